"""How good a trained generator is: its images beside images that the training has not seen.

Distances are of the features of `extractor`, so the kernel distance is named for them and is no FID. Beside every
figure stand those of real images, which no generator can beat, and of noise, which each should.
"""

import numpy as np
from PIL import Image, ImageDraw

from core import files
from core.errors import WorkFailed, WrongCall
from dcgan import extractor, measures, memorization
from dcgan.grids import grid

SHOWN = 20  # samples beside their nearest training image, the likeliest copies first


def evaluate(maker, images, number, folder, hardware):
    """Compare `number` images of a Maker with Images, real ones; returns the record in `folder`/evaluation.json.

    Raises WrongCall where `number` is too low, WorkFailed where too few images are there to compare with.
    """
    if number < measures.LEAST:
        raise WrongCall(f'-generate={number}: -evaluate needs {measures.LEAST} images at least, better 2,000')
    if not len(images.held_out):
        raise WorkFailed('no image was held out of the training, so that there is nothing to judge its samples by')
    if len(images.training) < measures.LEAST:
        raise WorkFailed(f'-evaluate needs {measures.LEAST} training images at least, this run has {len(images)}')
    network = extractor.build(*images.size, hardware)
    made = np.concatenate(list(maker.batches(number)))
    training, held_out = images.pixels[images.training], images.pixels[images.held_out]
    real = extractor.extract(network, training, 'real images')
    noise = np.random.default_rng(0).integers(0, 256, (min(number, len(held_out)), *made.shape[1:]), np.uint8)
    rows = {'generated': made, 'held-out real': held_out, 'noise': noise}
    within = measures.sums_within(real)
    copies, ratios, nearest = memorization.check(made, training, held_out)
    record = {
        'extractor': f'{extractor.NAME}, ImageNet, means of its last maps',
        'resized_to': list(extractor.SIZE[::-1]),
        'kid': f'on {extractor.NAME}, cubic kernel, ± the standard error (jackknife)',
        'generated': len(made),
        'training': len(real),
        'held_out': len(held_out),
        'scores': {name: score(extractor.extract(network, some, name), real, within) for name, some in rows.items()},
        'memorization': copies,
    }
    files.write(folder / 'evaluation.json', files.as_json(record, indent=1) + '\n')
    closest = np.argsort(ratios, kind='stable')[:SHOWN]
    write_pairs(made[closest], training[nearest[closest]], ratios[closest], folder / 'nearest.png')
    return record


def score(features, real, within):
    """{measure: value} of one set of features beside those of the training images."""
    estimate, error = measures.kid(features, real, within)
    precision, recall = measures.precision_recall(real, features)
    return {'kid': estimate, 'kid_error': error, 'precision': precision, 'recall': recall}


def write_pairs(made, real, ratios, path):
    """A picture of samples, each above the training image nearest to it, with the measure of `memorization`."""
    rows, label = 2, 14
    tiles = [tile for pair in zip(made, real, strict=True) for tile in pair]
    half = SHOWN // rows
    pictures = []
    for start in range(0, len(tiles), 2 * half):
        part = tiles[start : start + 2 * half]
        pictures.append(grid([*part[::2], *part[1::2]], 2, len(part) // 2))
    width, height = pictures[0].size
    sheet = Image.new('RGB', (width, len(pictures) * (height + label)), 'white')
    pen = ImageDraw.Draw(sheet)
    tile = made.shape[2]
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (0, i * (height + label)))
        for j in range(picture.width // tile):
            pen.text((j * tile + 2, (i + 1) * height + i * label + 1), f'{ratios[i * half + j]:.2f}', 'black')
    with files.replacing(path) as temporary:
        sheet.save(temporary)


def table(record):
    """Lines to print."""
    lines = [f'{"":<16}{"KID x 1000":>18}{"precision":>12}{"recall":>10}']
    for name, found in record['scores'].items():
        kid = f'{1000 * found["kid"]:.1f} ± {1000 * found["kid_error"]:.1f}'
        lines.append(f'{name:<16}{kid:>18}{found["precision"]:>12.3f}{found["recall"]:>10.3f}')
    lines.append(
        f'KID {record["kid"]}; {record["generated"]:,} generated, {record["training"]:,} training and '
        f'{record["held_out"]:,} held-out images, all resized to {"x".join(map(str, record["resized_to"]))}'
    )
    return '\n'.join([*lines, *memorization.lines(record['memorization'], record['generated'])])
