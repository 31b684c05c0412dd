"""Trained generators as ONNX files, run by onnxruntime: neither Keras nor TensorFlow is imported to use one.

A run's is exported when it is first used, and checked against Keras. The shipped one, `saved_models/posters-gan.onnx`,
has its model card in a `.json` beside it: the config, the conditions of some of its training posters, its figures.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from core import files
from core.errors import WorkFailed
from core.onnx.runner import Runner
from core.parallel import cores
from dcgan.config import GANConfig

SHIPPED = Path(__file__).parents[1] / 'saved_models' / 'posters-gan.onnx'
BATCH = 8  # images that a core makes at once


class Generator:
    """Makes images (n, height, width, 3) uint8 of noise (n, z_dim) and, where the config is conditional, conditions.

    `training_conditions` (n, conditions) are those of training images, for what a request leaves open; None where the
    generator is not conditional.
    """

    def __init__(self, path, config, training_conditions=None):
        self.path, self.config, self.training_conditions = path, config, training_conditions
        self.runner = Runner(path)

    def __call__(self, noise, conditions=None):
        inputs = [noise] if conditions is None else [noise, conditions]
        starts = range(0, len(noise), BATCH)
        with ThreadPoolExecutor(min(cores(), len(starts))) as pool:
            made = pool.map(lambda start: self.runner.run(*(part[start : start + BATCH] for part in inputs)), starts)
            return np.concatenate([pixels(images) for images in made])


def of_run(run, checkpoint='best', set_up=None):
    """The Generator of a trained Run, exported first if that has not been done.

    `checkpoint` is 'best', the one with the lowest KID in the training, or 'last'; `set_up` is called before Keras is
    imported. Raises WorkFailed where nothing is trained yet, or the checkpoint is damaged.
    """
    best = run.best() if checkpoint == 'best' else None
    steps = run.steps()
    if not best and not (steps and steps[-1]):
        raise WorkFailed(
            f'{run.folder}: nothing is trained yet; train with: python3 -m dcgan --train --name={run.name}'
        )
    kind, step = ('best', best['step']) if best else ('last', steps[-1])
    path = run.folder / f'generator_{kind}_{step:08d}.onnx'
    if not path.is_file():
        if set_up:
            set_up()
        _export(run, checkpoint, path)
        for older in set(run.folder.glob(f'generator_{kind}_*.onnx')) - {path}:
            older.unlink(missing_ok=True)
    return Generator(path, run.config, run.read_conditions() if run.config.conditional else None)


def _export(run, checkpoint, path, half=False):
    from core.hardware import dtype_policy  # after the set-up: these import Keras
    from core.onnx.export import export

    with dtype_policy('float32'):
        model = open_model(run, checkpoint)
        if half:
            for variable in model.variables:
                variable.assign(np.asarray(variable).astype(np.float16))
        export(model, path, half)


def open_model(run, checkpoint='best'):
    """The Keras generator of a trained Run, its EMA where it has one."""
    from dcgan import networks

    config = run.config
    model = networks.generator(config, config.output_height, config.output_width, config.conditions)
    if not (checkpoint == 'best' and run.restore_best(model.variables)):
        run.restore(model.variables)
    return model


def shipped(path=SHIPPED):
    """The Generator of a file with its card. Raises WorkFailed where they are not there or damaged."""
    card = read_card(path)
    config = GANConfig.from_json(card['config'])
    conditions = np.zeros((len(card['conditions']), config.conditions), np.float32)
    for row, set_ones in zip(conditions, card['conditions'], strict=True):
        row[set_ones] = 1
    return Generator(path, config, conditions if config.conditional else None)


def read_card(path=SHIPPED):
    """The model card of a shipped generator."""
    try:
        return json.loads(path.with_suffix('.json').read_text(encoding='utf-8'))
    except (OSError, ValueError):
        raise WorkFailed(
            f'{path.with_suffix(".json")}: the model card of the shipped generator cannot be read'
        ) from None


def ship(run, path, figures, checkpoint='best', rows=500):
    """Write the generator of a Run to `path` with float16 weights, and its card with `figures` beside it."""
    _export(run, checkpoint, path, half=True)
    card = {'config': run.config.replace(dataset=(), name=path.stem).to_json(), 'conditions': [], **figures}
    if run.config.conditional:
        conditions = run.read_conditions()
        chosen = np.random.default_rng(0).permutation(len(conditions))[:rows]
        card['conditions'] = [np.flatnonzero(conditions[i]).tolist() for i in chosen]
    files.write(path.with_suffix('.json'), files.as_json(card) + '\n')


def pixels(images):
    """-1..1 as uint8."""
    return np.clip((np.asarray(images) + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)
