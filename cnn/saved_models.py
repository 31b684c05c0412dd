"""Saved models: a `.keras` file, with a model card, a `.json` of the same name, and an `.onnx` for predictions.

The models that come with the toolkit are probe files, an `.npz` instead of the `.keras` file.
"""

import functools
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnn import probe_files
from cnn.model_card import ModelCard
from cnn.targets import TARGETS, find_target
from cnn.words import SUFFIX as WORDS
from cnn.words import WordModel, fuse
from core import files, keras_files
from core.cli import nearest
from core.errors import WorkFailed, WrongCall
from posters.layout import poster_size


@dataclass(frozen=True)
class SavedModel:
    """A model on disk with its card; `load()` gives the Keras model."""

    path: Path
    card: ModelCard

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def config(self):
        return self.card.config

    @functools.cached_property
    def target(self):
        """The target, with what decodes the outputs of this model."""
        return find_target(self.config.target).from_card(self.card.target_fields)

    @property
    def years(self) -> tuple[int, int]:
        return self.config.min_year, self.config.max_year

    @property
    def selection(self):
        """What models must share to be compared: the target and its identity, titles, and the years of their films."""
        return self.config.target, self.target.identity, self.takes_title, *self.years

    @property
    def selection_metric(self) -> float:
        """How well it validates, the higher the better: macro mAP, or the mean absolute error with a minus."""
        value = self.card.scores[self.target.metric]
        if value is None or not np.isfinite(value):
            return -np.inf
        return float(value if self.target.ranked else -value)

    @property
    def progress(self) -> str:
        """' (8 of 50 epochs: no gain for 8 epochs)'; nothing for a model without epochs."""
        card = self.card
        return f' ({len(card.history)} of {self.config.epochs} epochs: {card.ended})' if card.ended else ''

    @property
    def label(self) -> str:
        return self.config.label

    @property
    def is_probe_file(self) -> bool:
        """Whether it is a head without its backbone, as those that come with the toolkit."""
        return self.path.suffix == probe_files.SUFFIX

    @property
    def onnx_path(self) -> Path:
        """Where the network is for predict.py, once it is exported; of a model that is no probe file."""
        return onnx_path(self.path)

    @property
    def reads_words(self) -> bool:
        return bool(self.config.recipe.get('words'))

    @property
    def takes_title(self) -> bool:
        """Whether it is told the film's title, which the poster may not show."""
        return bool(self.config.recipe.get('title'))

    @functools.cached_property
    def words(self) -> WordModel:
        """Of a model that reads words. Raises WorkFailed where their file cannot be read."""
        return WordModel.read(self.path.with_suffix(WORDS))

    def with_words(self, outputs, lines, titles):
        """The `outputs` (n, outputs) of the network with what the Lines on the n posters say, and the films' titles.

        A model that takes no title does without.
        """
        logits = self.words.logits_of(lines, titles if self.takes_title else None)
        return fuse(outputs, logits, self.target.activation)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    def load(self):
        """The Keras model, uint8 posters in, (n, outputs) out. Raises WorkFailed for a corrupt file."""
        if self.is_probe_file:
            return probe_files.build(self.path, self.config, self.target)
        model = keras_files.load(self.path)
        if model.output_shape[-1] != self.target.outputs:
            raise WorkFailed(
                f'{self.path}: its model card says {self.target.outputs} outputs, the model has another number'
            )
        if model.input_shape[2:0:-1] != poster_size(self.config.ratio):
            raise WorkFailed(f'{self.path}: its model card says ratio {self.config.ratio}, the model has another size')
        return model


def card_path(path) -> Path:
    return Path(path).with_suffix('.json')


def onnx_path(path) -> Path:
    return Path(path).with_suffix('.onnx')


def open_model(path) -> SavedModel:
    """The SavedModel at `path`. Raises WorkFailed where its card is missing or unusable."""
    path = Path(path)
    try:
        saved = SavedModel(path, ModelCard.read(card_path(path)))
        if saved.config.target not in TARGETS:
            raise WorkFailed(f'{card_path(path)}: there is no target {saved.config.target!r}')
        if saved.target.outputs and isinstance(saved.selection_metric, float):
            return saved
    except FileNotFoundError:
        raise WorkFailed(f'{path}: its {card_path(path).name} is missing') from None
    except (ValueError, AttributeError, KeyError, TypeError):
        pass
    raise WorkFailed(f'{card_path(path)}: this is no model card')


def list_models(folder) -> list[Path]:
    """Paths of the models in `folder`, by name."""
    paths = [*Path(folder).glob('*.keras'), *Path(folder).glob(f'*{probe_files.SUFFIX}')]
    return sorted(path for path in paths if not path.name.startswith('.'))


def find_models(folder, name=None) -> list[Path]:
    """Paths of all models in `folder`, or of the one called `name`.

    Raises WorkFailed where there is none at all, WrongCall for an unknown name, with the nearest.
    """
    paths = list_models(folder)
    if not paths:
        there = '' if Path(folder) == Path('saved_models') else f' -models={folder}'
        raise WorkFailed(f'no saved model is in {folder} yet; train one with: python3 __main__.py{there}')
    if name is None:
        return paths
    wanted = Path(name).name.removesuffix('.keras').removesuffix(probe_files.SUFFIX)
    if wanted not in (names := [path.stem for path in paths]):
        hint = nearest(wanted, names) or f'; there are {", ".join(names)}'
        raise WrongCall(f"no model '{wanted}' is in {folder}{hint}")
    return [path for path in paths if path.stem == wanted]


def save(model, card: ModelCard, path: Path, words: WordModel | None = None) -> None:
    """Write the model, then its words and its card; each is whole or not there."""
    import keras  # slow

    onnx_path(path).unlink(missing_ok=True)  # of the model that this one replaces
    with files.replacing(path) as temporary, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        keras.saving.save_model(model, folder, zipped=False)  # the zipped form is put together in memory
        with zipfile.ZipFile(temporary, 'w') as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)
    if words:
        words.write(path.with_suffix(WORDS))
    card.write(card_path(path))
