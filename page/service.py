"""What all visitors of the page share: the catalogue, the models and their networks, opened when first needed."""

import contextlib
import importlib
import os
import tempfile
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from cnn.predict.choice import choose_models
from cnn.predict.networks import open_all
from cnn.predict.predictor import SIMILAR, predict
from cnn.saved_models import SavedModel, list_models, open_model
from cnn.similar import Index
from core import hardware
from core.errors import WorkFailed, WrongCall
from movies_dataset import Catalogue
from posters import decode
from posters.decode import MAX_PIXELS, WEB, BadImage
from posters.inputs import in_sizes
from posters.layout import poster_size

SIMILAR_FILMS = 6
SUBJECTS = 2  # models that are held open for explanations


@dataclass(frozen=True)
class Choice:
    """Models that predict together, {target: SavedModel}; `titled` are those that take the title of the film too."""

    models: dict[str, SavedModel]
    titled: dict[str, SavedModel] | None = None

    def told(self, title):
        return self.titled if title and self.titled else self.models

    @property
    def main(self) -> SavedModel:
        """The model of genres or, where there is none, the first one."""
        models = sorted(self.models.values(), key=lambda saved: not saved.target.explainable)
        return models[0]

    @property
    def label(self):
        saved = self.main
        score = saved.card.scores[saved.target.metric]
        return f'{saved.name}: {saved.target}, validation {saved.target.metric_label} {score:.3g}'


def find_choices(folders) -> dict[str, Choice]:
    """{label: Choice} for each model of genres in `folders`, with the year and score models beside it.

    Per folder the one that predict.py takes comes first. Raises WorkFailed where no folder has a model.
    """
    choices, problem = {}, None
    for folder in folders:
        try:
            for choice in _choices_of(folder):
                choices.setdefault(choice.label, choice)
        except (WorkFailed, WrongCall) as error:
            problem = problem or WorkFailed(error)
    if not choices:
        raise problem
    return choices


def _choices_of(folder):
    first = choose_models(folder)
    found = _models_in(folder)
    others = [saved for saved in found if saved.target.explainable and not saved.takes_title]
    mains = [saved for saved in first.values() if saved.target.explainable]
    mains += sorted(others, key=lambda saved: -saved.selection_metric)
    if not mains:
        yield Choice(first)
    for saved in {one.path: one for one in mains}.values():
        beside = {target: one for target, one in first.items() if not one.target.explainable}
        takers = [one for one in found if one.takes_title and one.target.identity == saved.target.identity]
        told = max(takers, key=lambda one: one.selection_metric, default=None)
        models = {saved.config.target: saved, **beside}
        yield Choice(models, told and {**models, told.config.target: told})


def _models_in(folder):
    models = []
    for path in list_models(folder):
        try:
            models.append(open_model(path))
        except WorkFailed:
            continue
    return models


class Prediction(NamedTuple):
    """`predicted` is {target: prediction, WORDS: Lines} by the `targets` {name: target}, or None for a `reason`."""

    targets: dict[str, Any]
    predicted: dict[str, Any] | None
    reason: str = ''

    def without(self, names):
        """The same without what is called that."""
        targets = {name: target for name, target in self.targets.items() if name not in names}
        return Prediction(targets, {name: value for name, value in self.predicted.items() if name not in names})


class Service:
    """Opens what is needed once, for all visitors. `folders` are those of saved models."""

    def __init__(self, catalogue: Catalogue, folders: tuple[str, ...]):
        """Raises WorkFailed where no folder has a model."""
        self.catalogue, self.folders = catalogue, folders
        self.choices = find_choices(folders)
        self._networks: dict[tuple[Path, ...], tuple] = {}
        self._subjects: dict[Path, Any] = {}
        self._opening, self._indexing, self._explaining = (threading.Lock() for _ in range(3))

    def choice(self, label) -> Choice:
        """Raises WrongCall for a label that is not one of the page's."""
        if label not in self.choices:
            raise WrongCall('there is no such model here')
        return self.choices[label]

    @cached_property
    def machine(self):
        return hardware.set_up('float32')

    @property
    def index(self) -> Index:
        """Of the films of the catalogue. Raises WorkFailed where none has a poster."""
        with self._indexing:
            return self._index

    @cached_property
    def _index(self):
        return Index.open(self.catalogue, Path(self.folders[0]))

    def open(self, models):
        """({target: Network}, reader) of the SavedModels {target: model}."""
        key = tuple(saved.path for saved in models.values())
        with self._opening:
            if key not in self._networks:
                networks, reader, _ = open_all(models)
                self._networks[key] = networks, reader
            return self._networks[key]

    def warm_up(self):
        """Predict a gray poster with the first choice meanwhile: the first visitor need not wait for networks."""
        threading.Thread(target=self._predict_gray, daemon=True).start()

    def _predict_gray(self):
        importlib.import_module('core.plotting')  # matplotlib, which Gradio imports with its first answer
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(WorkFailed):  # the first visitor is told
            path = Path(folder, 'gray.png')
            Image.new('RGB', poster_size(100), 'gray').save(path)
            self.predict([path], next(iter(self.choices)))

    def predict(self, paths, label, title='') -> list[Prediction]:
        """A Prediction for each of the posters in files, in their order."""
        networks, reader = self.open(self.choice(label).told(title))
        targets = {target: network.saved.target for target, network in networks.items()}
        checked = [(str(path), complaint(path)) for path in paths]
        found = predict(networks, checked, reader, title or None)
        return [Prediction(targets, predicted, reason) for _, predicted, reason in found]

    def similar(self, path, number=SIMILAR_FILMS, besides=None):
        """[(movie, cosine similarity)] of the films whose posters are most similar to that in a file.

        That of the film `besides` is left out.
        """
        ((_, predicted, reason),) = predict({}, [(str(path), complaint(path))], similar=(self.index, number + 1))
        if reason:
            raise BadImage(reason)
        return [(movie, likeness) for movie, likeness in predicted[SIMILAR] if movie != besides][:number]

    def panels(self, path, label, title=''):
        """(panels, legends): what supports the genres that a model predicts of the poster in a file.

        Nothing where the choice has no model of genres. The first call starts Keras.
        """
        saved = next((one for one in self.choice(label).told(title).values() if one.target.explainable), None)
        if not saved:
            return [], ()
        poster, shown, whole = in_sizes(str(path), poster_size(saved.config.ratio))
        with self._explaining:
            subject = self._subject(saved)
            from cnn.explain import overlays  # slow, with Keras

            (lines,) = subject.read([whole])
            return [*overlays.panels(subject, poster, lines, title, shown)], overlays.legends(subject)

    @property
    def has_explained(self):
        return bool(self._subjects)

    @property
    def is_indexed(self):
        return '_index' in vars(self)

    def _subject(self, saved):
        if saved.path not in self._subjects:
            machine = self.machine
            from cnn.explain.subject import Subject  # after the set-up: it imports Keras

            while len(self._subjects) >= SUBJECTS:
                del self._subjects[next(iter(self._subjects))]
            self._subjects[saved.path] = Subject.open(saved, machine)
        return self._subjects[saved.path]


def complaint(path) -> str:
    """Why the file at `path` is no image that the page takes; '' where it is one."""
    try:
        with decode.open_file(path) as file:
            if not os.fstat(file.fileno()).st_size:
                return 'an empty file'
            decode.open_image(file, WEB, MAX_PIXELS).close()
    except BadImage as error:
        return str(error)
    return ''
