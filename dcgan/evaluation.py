"""How good a trained generator is: its images beside images that the training has not seen.

Distances are of the features of `extractor`, so the kernel distance is named for them and is no FID. Beside every
figure stand those of real images, which no generator can beat, and of noise, which each should.
"""

import json

import numpy as np
from PIL import Image, ImageDraw

from dcgan import extractor, measures
from dcgan.grids import grid
from errors import WorkFailed
from posters import files

SHOWN = 20  # samples beside their nearest training image


def evaluate(maker, images, number, folder, hardware):
    """Judge `number` images of a Maker by Images, real ones; returns what evaluation.json in `folder` then says.

    Raises WorkFailed where no image was held out of training.
    """
    if not len(images.held_out):
        raise WorkFailed('no image was held out of the training, so that there is nothing to judge its samples by')
    network = extractor.build(*images.size, hardware)
    made = np.concatenate(list(maker.batches(number)))
    real = extractor.extract(network, images.pixels[images.training], 'real images')
    held_out = extractor.extract(network, images.pixels[images.held_out], 'held-out images')
    found = extractor.extract(network, made, 'generated images')
    noise = np.random.default_rng(0).integers(0, 256, (min(number, len(held_out)), *made.shape[1:]), np.uint8)
    noised = extractor.extract(network, noise, 'noise')
    rows = {'generated': found, 'held-out real': held_out, 'noise': noised}
    told = {
        'extractor': f'{extractor.NAME}, ImageNet, means of its last maps',
        'resized_to': list(extractor.SIZE[::-1]),
        'kid': f'on {extractor.NAME}, cubic kernel, {measures.SUBSETS} subsets of {measures.SUBSET} or fewer',
        'generated': len(found),
        'training': len(real),
        'held_out': len(held_out),
        'scores': {name: score(features, real) for name, features in rows.items()},
    }
    nearest, distance = measures.nearest(found, real)
    told['nearer'] = nearer(distance, measures.nearest(held_out, real)[1])
    files.write(folder / 'evaluation.json', json.dumps(told, indent=1) + '\n')
    write_pairs(made, images.pixels[images.training][nearest[:SHOWN]], distance, folder / 'nearest.png')
    return told


def score(features, real):
    """{measure: value} of one set of features beside those of the training images."""
    mean, deviation = measures.kid(features, real)
    precision, recall = measures.precision_recall(real, features)
    return {'kid': mean, 'kid_deviation': deviation, 'precision': precision, 'recall': recall}


def nearer(samples, held_out):
    """The share of samples nearer to a training image than the nearest 1%, and than half, of the held-out images are.

    Where samples are as new as held-out images, these are 0.01 and 0.5; copies drive the first up.
    """
    return {f'{share:g}': float(np.mean(samples < np.quantile(held_out, share))) for share in (0.01, 0.5)}


def write_pairs(made, real, distances, path):
    """A picture of samples, each above the training image nearest to it, with their distance."""
    rows, label = 2, 14
    tiles = [tile for pair in zip(made[:SHOWN], real, strict=True) for tile in pair]
    half = SHOWN // rows
    pictures = []
    for start in range(0, len(tiles), 2 * half):
        part = tiles[start : start + 2 * half]
        pictures.append(grid([*part[::2], *part[1::2]], 2, len(part) // 2))
    width, height = pictures[0].size
    sheet = Image.new('RGB', (width, len(pictures) * (height + label)), 'white')
    pen = ImageDraw.Draw(sheet)
    tile = width // half
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (0, i * (height + label)))
        for j in range(picture.width // tile):
            pen.text((j * tile + 2, (i + 1) * height + i * label + 1), f'{distances[i * half + j]:.1f}', 'black')
    with files.replacing(path) as temporary:
        sheet.save(temporary)


def table(told):
    """Lines to print."""
    lines = [f'{"":<16}{"KID x 1000":>18}{"precision":>12}{"recall":>10}']
    for name, found in told['scores'].items():
        kid = f'{1000 * found["kid"]:.1f} ± {1000 * found["kid_deviation"]:.1f}'
        lines.append(f'{name:<16}{kid:>18}{found["precision"]:>12.3f}{found["recall"]:>10.3f}')
    near, middle = told['nearer'].values()
    lines += [
        f'KID {told["kid"]}; {told["generated"]:,} generated, {told["training"]:,} training and {told["held_out"]:,} '
        f'held-out images, all resized to {"x".join(map(str, told["resized_to"]))}',
        f'nearer to a training image than the nearest 1% of the held-out ones: {near:.1%} of the generated; than half '
        f'of them: {middle:.1%}',
    ]
    return '\n'.join(lines)
