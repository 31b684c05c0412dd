"""Trained generators as ONNX files, run by onnxruntime: neither Keras nor TensorFlow is imported to use one.

A run's is exported when it is first used, and checked against Keras; so is that of a weight file, such as the one that
the toolkit brings along, `saved_models/gan/posters.npz`.
"""

import contextlib
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np

from core import files
from core.errors import WorkFailed
from core.log import log
from core.onnx.runner import Runner
from core.parallel import cores
from dcgan import weight_files
from dcgan.config import GANConfig
from dcgan.train.runs import read_rows

SHIPPED = Path(__file__).parents[1] / 'saved_models' / 'gan' / 'posters.npz'
BATCH = 8  # images that a core makes at once


class Generator:
    """Makes images (n, height, width, 3) uint8 of noise (n, z_dim) and, where the config is conditional, conditions.

    `open_runner()` gives the Runner of its network, when the first images are made, so that a wrong request costs no
    export; `training_conditions` (n, conditions) are those of training images, for what a request leaves open, None
    where the generator is not conditional.
    """

    def __init__(self, open_runner, config, training_conditions=None):
        self.open_runner, self.config, self.training_conditions = open_runner, config, training_conditions

    @cached_property
    def runner(self):
        return self.open_runner()

    def __call__(self, noise, conditions=None):
        inputs = [noise] if conditions is None else [noise, conditions]
        starts, run = range(0, len(noise), BATCH), self.runner.run
        with ThreadPoolExecutor(min(cores(), len(starts))) as pool:
            made = pool.map(lambda start: run(*(part[start : start + BATCH] for part in inputs)), starts)
            return np.concatenate([pixels(images) for images in made])


def of_run(run, checkpoint='best', set_up=None):
    """The Generator of a trained Run, exported when it is first used if that has not been done.

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

    def open_runner():
        runner = _open(path, lambda: open_model(run, checkpoint), set_up)
        for older in set(run.folder.glob(f'generator_{kind}_*.onnx')) - {path}:
            older.unlink(missing_ok=True)
        return runner

    return Generator(open_runner, run.config, run.read_conditions() if run.config.conditional else None)


def open_model(run, checkpoint='best'):
    """The Keras generator of a trained Run, its EMA where it has one."""
    model = _build(run.config)
    if not (checkpoint == 'best' and run.restore_best(model.variables)):
        run.restore(model.variables)
    return model


def export(run, path, checkpoint='best'):
    """Write the generator of a trained Run to a weight file.

    The card says what was trained, and has what `-evaluate` and `-judge` have measured.
    """
    config = run.config
    best, rows = run.best() if checkpoint == 'best' else None, read_rows(run.log_path)
    rows = [row for row in rows if not best or int(row['step']) <= best['step']]
    minutes = sum(float(row['seconds']) for row in rows) / 60
    card = {
        'trained': f'on {config.images["number"]:,} images of {", ".join(config.dataset)}, {config.holdout} of seven '
        f'held out: {len(rows):,} steps, {len(rows) * config.batch_size:,} images seen, {minutes:.0f} minutes'
        + (f', begun with the weights in {config.init}' if config.init else ''),
        'config': config.to_json(),
        'conditions': weight_files.pack(run.read_conditions()) if config.conditional else [],
    }
    for name in ('evaluation', 'conditional_accuracy'):
        with contextlib.suppress(OSError):
            card[name] = json.loads((run.folder / f'{name}.json').read_text(encoding='utf-8'))
    weight_files.write(path, open_model(run, checkpoint), card)


def of_file(path=SHIPPED, set_up=None):
    """The Generator of a weight file, exported when it is first used; `set_up` as for `of_run`.

    Raises WorkFailed where the file or its card cannot be used.
    """
    config, conditions = read_card(path)

    def open_runner():
        arrays = weight_files.read(path)
        digest = hashlib.sha256(path.read_bytes() + repr(config).encode()).hexdigest()[:12]

        def restored():
            log.warning(f'assembling the network of {path.name}, once')
            model = _build(config)
            if weight_files.put(arrays, model) < 1:
                raise WorkFailed(f'{path}: these are no weights of the generator that its card describes')
            return model

        return _open(files.cache_folder(path.parent) / f'{path.stem}-{digest}.onnx', restored, set_up)

    return Generator(open_runner, config, conditions)


def read_card(path=SHIPPED):
    """(GANConfig, conditions of training images or None) of a weight file. Raises WorkFailed for another card."""
    card = weight_files.read_card(path)
    try:
        config = GANConfig.from_json(card['config'])
        return config, weight_files.unpack(card['conditions'], config.conditions) if config.conditional else None
    except (KeyError, TypeError, IndexError):
        raise WorkFailed(f'{path.with_suffix(".json")}: this is no card of a generator') from None


def _build(config):
    from dcgan import networks

    return networks.generator(config, config.output_height, config.output_width, config.conditions)


def _open(path, restored, set_up):
    """The Runner of the ONNX file `path`; where it is missing or damaged, the Keras model of `restored` is exported."""
    if path.is_file():
        with contextlib.suppress(WorkFailed):
            return Runner(path)
    if set_up:
        set_up()
    from core.hardware import dtype_policy  # after the set-up: these import Keras
    from core.onnx.export import export

    with dtype_policy('float32'):
        export(restored(), path)
    return Runner(path)


def pixels(images):
    """-1..1 as uint8."""
    return np.clip((np.asarray(images) + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)
