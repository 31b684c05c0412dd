"""Probe files: the head of a linear probe without its backbone, which pip installs anyway.

A probe file is an .npz with `mean`, `variance` (features,), `kernel` (features, outputs) and `bias` (outputs,), all
float32, beside a model card. The models in `saved_models/` that are tracked are such files:

  python3 -m cnn.probe_files -models=saved_models -out=saved_models

writes them from linear probes with ImageNet weights that `__main__.py` has trained, with their test scores in the card.
"""

import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from cnn.presets import LinearProbe
from core import files
from core.errors import WorkFailed

ARRAYS = 'mean', 'variance', 'kernel', 'bias'
SUFFIX = '.npz'


def write(model, path: Path) -> None:
    """Write the head of the Keras model of a linear probe."""
    from cnn import networks  # slow: Keras

    arrays = *model.get_layer(networks.FEATURES).get_weights(), *model.get_layer(networks.HEAD).get_weights()
    with files.replacing(path) as temporary, open(temporary, 'wb') as file:
        np.savez_compressed(file, **dict(zip(ARRAYS, arrays, strict=True)))


def load(path: Path, config, target):
    """The Keras model of a probe file: its head on the backbones of its preset, with ImageNet weights.

    Raises WorkFailed where the file cannot be read or has another shape.
    """
    from cnn import networks  # slow: Keras
    from core.hardware import dtype_policy
    from posters.layout import poster_size

    try:
        with np.load(path, allow_pickle=False) as arrays:
            mean, variance, kernel, bias = (arrays[name] for name in ARRAYS)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise WorkFailed(f'{path}: no linear probe can be loaded from it ({type(error).__name__})') from None
    width, height = poster_size(config.ratio)
    with dtype_policy('float32'):
        model = networks.build(
            config.find_preset(), (height, width, 3), target.outputs, target.activation, config.weights
        )
    try:
        model.get_layer(networks.FEATURES).set_weights([mean, variance])
        model.get_layer(networks.HEAD).set_weights([kernel, bias])
    except ValueError:
        raise WorkFailed(f'{path}: this is no linear probe of preset {config.preset}') from None
    return model


def main():
    from catalogues.flags import FLAGS as CATALOGUE_FLAGS
    from core import hardware
    from core.cli import Flag, Parser, text

    flags = Parser(
        __doc__,
        {
            'Which models': [Flag('models', 'the folder of saved models', 'saved_models', text), *CATALOGUE_FLAGS],
            'Where to': [Flag('out', 'the folder of the probe files', 'saved_models', text)],
            'Hardware': hardware.FLAGS,
        },
    ).parse()
    from cnn.saved_models import card_path, find_models, open_model
    from movies_dataset import open_catalogue

    catalogue = open_catalogue(flags.catalogue, flags.data)
    print(catalogue)
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    from cnn.evaluate.evaluation import evaluate  # after the set-up: it imports Keras

    for path in find_models(flags.models):
        saved = open_model(path)
        preset = saved.config.find_preset()
        if path.suffix == SUFFIX or not isinstance(preset, LinearProbe):
            continue
        evaluation = evaluate(saved, catalogue, machine)
        genres = saved.target.outputs if saved.target.takes_genres else ''
        out = Path(flags.out) / f'{saved.config.target}{genres}-{preset.name}{SUFFIX}'
        write(evaluation.model, out)
        test_scores = {'split': 'test', 'films': len(evaluation.test.movies), **evaluation.metrics}
        replace(saved.card, test_scores=test_scores).write(card_path(out))
        metric = saved.target.metric
        print(f'{out}: {out.stat().st_size / 1000:,.0f} kB, test {saved.target.metric_label} {test_scores[metric]:.3f}')
    return 0


if __name__ == '__main__':
    from core.errors import run

    sys.exit(run(main))
