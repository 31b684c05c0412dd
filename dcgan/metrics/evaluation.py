"""Evaluation of a trained generator: KID and its companions, and memorization, against real images.

The features are those of two networks of `extractor`, so this is no FID. Each measure is also given for held-out real
images (real-vs-real), which no generator can beat, and for noise, which each should. A network that the discriminator
has compared features of is named as such: a generator learns to please it.
"""

import numpy as np
from PIL import Image, ImageDraw

from core import files
from core.errors import WorkFailed, WrongCall
from dcgan.grids import grid
from dcgan.metrics import extractor, kid, memorization

NETWORKS = 'EfficientNetLite0', kid.INDEPENDENT
SHARES = 'precision', 'recall', 'density', 'coverage'
SHOWN = 20  # samples beside their nearest training image, the most likely copies first


def evaluate(sampler, images, number, folder, hardware):
    """Compare `number` images of a Sampler with Images, real ones; returns the record in `folder`/evaluation.json.

    Raises WrongCall where `number` is too low, WorkFailed where there are too few images to compare with.
    """
    if number < kid.LEAST:
        raise WrongCall(f'-generate={number}: -evaluate needs {kid.LEAST} images at least, better 2,000')
    if not len(images.held_out):
        raise WorkFailed('no image was held out of the training, so that its samples cannot be compared with any')
    if len(images.training) < kid.LEAST:
        raise WorkFailed(f'-evaluate needs {kid.LEAST} training images at least, this run has {len(images)}')
    generated = np.concatenate(list(sampler.batches(number)))
    training, held_out = images.pixels[images.training], images.pixels[images.held_out]
    noise = np.random.default_rng(0).integers(0, 256, (min(number, len(held_out)), *generated.shape[1:]), np.uint8)
    rows = {'generated': generated, 'real-vs-real': held_out, 'noise': noise}
    metrics = {}
    for name in NETWORKS:
        network = extractor.build(name, *images.size, hardware)
        real = extractor.extract(network, training, f'real images, {name}')
        within = kid.sums_within(real)
        metrics[name] = {
            what: score(extractor.extract(network, some, what), real, within) for what, some in rows.items()
        }
    copies, ratios, nearest = memorization.check(generated, training, held_out)
    record = {
        'independent': [name for name in NETWORKS if name not in (sampler.config.features or ())],
        'resized_to': list(extractor.SIZE[::-1]),
        'kid': 'cubic kernel, ± the standard error (jackknife)',
        'generated': len(generated),
        'training': len(training),
        'held_out': len(held_out),
        'metrics': metrics,
        'memorization': copies,
    }
    files.write(folder / 'evaluation.json', files.as_json(record, indent=1) + '\n')
    closest = np.argsort(ratios, kind='stable')[:SHOWN]
    write_pairs(generated[closest], training[nearest[closest]], ratios[closest], folder / 'nearest.png')
    return record


def score(features, real, within):
    """{measure: value} of one set of features beside those of the training images."""
    estimate, error = kid.kid(features, real, within)
    return {'kid_error': error, **kid.manifold_metrics(real, features), 'kid': estimate}


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
    lines = []
    for network, rows in record['metrics'].items():
        kind = 'independent' if network in record['independent'] else 'the discriminator has compared its features'
        lines += [f'{network}, {kind}', f'{"":<14}{"KID x 1000":>16}' + ''.join(f'{name:>11}' for name in SHARES)]
        for name, scores in rows.items():
            kid = f'{1000 * scores["kid"]:.1f} ± {1000 * scores["kid_error"]:.1f}'
            lines.append(f'{name:<14}{kid:>16}' + ''.join(f'{scores[share]:>11.3f}' for share in SHARES))
    lines.append(
        f'KID: {record["kid"]}; {record["generated"]:,} generated, {record["training"]:,} training and '
        f'{record["held_out"]:,} held-out images, all resized to {"x".join(map(str, record["resized_to"]))}'
    )
    return '\n'.join([*lines, *memorization.lines(record['memorization'], record['generated'])])
