"""Training, evaluation and prediction for notebooks and other programs, without the command line.

Keras is set up and imported with the first call, not with this module. What a call reports goes to the logger
`movie_posters`, silent until `core.log.print_log()` or a handler of yours.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cnn.config import TrainConfig
from core import hardware
from core.hardware import Hardware
from movies_dataset import Catalogue, open_catalogue

__all__ = ['TrainConfig', 'evaluate', 'open_catalogue', 'predict', 'train']


def train(
    config: TrainConfig,
    catalogue: Catalogue,
    folder: str | Path = 'saved_models',
    machine: Hardware | None = None,
    overwrite: bool = False,
    minutes: float | None = None,
) -> Path:
    """Train a config, the members of an ensemble first, and return the path of the saved model.

    A training that was interrupted resumes; one that is finished is not repeated, unless `overwrite`. Raises
    `core.errors.WrongCall` or `WorkFailed`, which say what is wrong in one line.
    """
    from cnn import presets

    machine = machine or hardware.set_up(together=True)
    from cnn.train.training import train  # after the set-up: it imports Keras

    resolved = config.resolved(catalogue.short_digest)
    for preset in presets.with_members([presets.find_preset(config.preset)]):
        path = train(resolved.member(preset.number), catalogue, folder, machine, overwrite, minutes)
    return path


def evaluate(paths: Sequence[str | Path], catalogue: Catalogue, machine: Hardware | None = None) -> list[Any]:
    """The `Evaluation` of each saved model on the test films of a catalogue. Raises WorkFailed where one has none."""
    machine = machine or hardware.set_up('float32')
    from cnn.evaluate import evaluation  # after the set-up: it imports Keras
    from cnn.saved_models import open_model

    return [evaluation.evaluate(open_model(path), catalogue, machine) for path in paths]


def predict(
    posters: Iterable[str | Path],
    folder: str | Path = 'saved_models',
    model: str | None = None,
    title: str | None = None,
):
    """Yield (name, predictions, reason) per poster: image files, folders or http addresses.

    `predictions` are {target: array}: calibrated probabilities (genres,), or low, median and high (3,) of a number;
    None where the poster cannot be read, for `reason`. With a `title`, that of the film whose posters they are, models
    that take one are used. Neither Keras nor TensorFlow is imported.
    """
    from cnn.predict import choice, networks, predictor  # slow: onnxruntime
    from posters import inputs

    opened, reader, failures = networks.open_all(choice.choose_models(folder, model, titled=bool(title)))
    if failures:
        raise failures[0]
    yield from predictor.predict(opened, inputs.find([str(poster) for poster in posters])[0], reader, title)
