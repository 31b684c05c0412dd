"""Evaluation of a trained generator: KID and its companions, and memorization, against real images.

The features are those of two networks of `extractor`, so this is no FID. Each measure is also given for held-out real
images (real-vs-real), which no generator can beat, and for noise, which each should. A network that the discriminator
has compared features of is named as such: a generator learns to please it.
"""

import numpy as np

from core import files
from core.errors import WorkFailed, WrongCall
from dcgan.metrics import extractor, kid, memorization
from dcgan.sheets import pairs

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
        'truncation': sampler.truncation,
        'guidance': sampler.guidance or 1,
        'training': len(training),
        'held_out': len(held_out),
        'metrics': metrics,
        'memorization': copies,
    }
    files.write(folder / 'evaluation.json', files.as_json(record, indent=1) + '\n')
    closest = np.argsort(ratios, kind='stable')[:SHOWN]
    with files.replacing(folder / 'nearest.png') as temporary:
        pairs(generated[closest], training[nearest[closest]], ratios[closest]).save(temporary)
    return record


def score(features, real, within):
    """{measure: value} of one set of features beside those of the training images.

    All of these count for KID. The shares, which depend on how many images there are, are of two sets of one size.
    """
    estimate, error = kid.kid(features, real, within)
    size = min(len(features), len(real))
    rng = np.random.default_rng(0)
    some, others = (rows[np.sort(rng.permutation(len(rows))[:size])] for rows in (features, real))
    return {'kid': estimate, 'kid_error': error, 'images': size, **kid.manifold_metrics(others, some)}


def table(record):
    """Lines to print."""
    lines = []
    for network, rows in record['metrics'].items():
        kind = 'independent' if network in record['independent'] else 'the discriminator has compared its features'
        lines += [
            f'{network}, {kind}',
            f'{"":<14}{"KID x 1000":>16}' + ''.join(f'{name:>11}' for name in SHARES) + '   of',
        ]
        for name, scores in rows.items():
            kid = f'{1000 * scores["kid"]:.1f} ± {1000 * scores["kid_error"]:.1f}'
            shares = ''.join(f'{scores[share]:>11.3f}' for share in SHARES)
            lines.append(f'{name:<14}{kid:>16}{shares}{scores["images"]:>7,}')
    lines.append(
        f'KID: {record["kid"]}; {record["generated"]:,} generated, {record["training"]:,} training and '
        f'{record["held_out"]:,} held-out images, all resized to {"x".join(map(str, record["resized_to"]))}'
    )
    altered = {name: record.get(name, 1) for name in ('truncation', 'guidance') if record.get(name, 1) != 1}
    lines += [f'generated with {" and ".join(f"-{name}={value:g}" for name, value in altered.items())}'] * bool(altered)
    return '\n'.join([*lines, *memorization.lines(record['memorization'], record['generated'])])
