"""Transfer: a training that begins with the weights of a generator that others have trained (`-init`)."""

from pathlib import Path

import numpy as np

from core.errors import WorkFailed
from core.log import log
from dcgan import generators, weight_files
from dcgan.networks.fastgan import SLOW

EMBEDDING = 'embedding/kernel'  # a row a genre or decade


def begin_with(path, trainer):
    """Set the generators of a GANTrainer to the weights in a file, as far as they fit. Raises WorkFailed if none do."""
    path = Path(path)
    given, conditions = generators.read_card(path)
    arrays = weight_files.read(path)
    try:
        arrays |= fit(arrays, given, trainer.config, conditions)
    except KeyError:
        raise WorkFailed(f'{path}: these are no weights of the generator that its card describes') from None
    share = max(weight_files.put(arrays, generator) for generator in (trainer.generator, trainer.g_ema))
    if not share:
        raise WorkFailed(f'{path}: none of its weights fit the generator of this run')
    trained = weight_files.read_card(path).get('trained', 'somewhere')
    log.info(f'begins with {share:.0%} of its weights from {path}, trained {trained}')


def fit(arrays, given, wanted, conditions):
    """What changes in the weights, {path of a variable: array}, from a GANConfig `given` to one that is `wanted`.

    Genres and decades keep what they have by their names; what the weights know nothing of begins as what is left
    open. A generator without conditions begins with the mean of `conditions`, (n, k). A DCGAN, which takes
    conditions in another way, keeps what has the same shape.
    """
    if 'dcgan' in (given.architecture, wanted.architecture):
        return {}
    if given.conditional and wanted.conditional:
        rows = dict(zip((*given.known_genres, *given.known_decades), arrays[EMBEDDING], strict=True))
        nothing = np.zeros_like(arrays[EMBEDDING][0])
        return {
            EMBEDDING: np.array([rows.get(name, nothing) for name in (*wanted.known_genres, *wanted.known_decades)])
        }
    if given.conditional:
        mean = conditions.mean(axis=0)
        embedding = SLOW * mean @ arrays[EMBEDDING] + arrays['embedding/bias']

        def dense(layer):
            return embedding @ arrays[f'{layer}/kernel'] + arrays[f'{layer}/bias']

        norms = [path.removesuffix('_scale/kernel') for path in arrays if path.endswith('_scale/kernel')]
        scales = {f'{norm}/gamma': 1 + dense(f'{norm}_scale') for norm in norms}
        return scales | {f'{norm}/beta': dense(f'{norm}_offset') for norm in norms}
    if wanted.conditional:
        scales = {
            path.removesuffix('/gamma') + '_scale/bias': arrays[path] - 1 for path in arrays if path.endswith('/gamma')
        }
        return scales | {
            path.removesuffix('/beta') + '_offset/bias': arrays[path] for path in arrays if path.endswith('/beta')
        }
    return {}
