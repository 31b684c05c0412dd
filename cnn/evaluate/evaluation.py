"""Evaluation of saved models on their test films."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from catalogues.splits import STANDARD
from cnn import networks
from cnn.data import load_posters
from cnn.saved_models import SavedModel, open_model
from core.errors import WorkFailed
from core.log import log
from movies_dataset import Catalogue, Movie, PosterSet
from posters import reading
from posters.decode import fit, read_rgb
from posters.text import Reader


@dataclass(frozen=True)
class Evaluation:
    """What a model predicts of its test films, the metrics of that, and those of a constant predictor.

    `predictions` are what the target's `decode` returns: (n, genres) calibrated probabilities, or (n, 3) intervals;
    `details` are the target's own.
    """

    saved: SavedModel
    model: Any
    trained_on: frozenset[Movie]
    test: PosterSet
    predictions: np.ndarray
    metrics: dict[str, float]
    baseline: dict[str, float]
    details: dict[str, Any]

    @property
    def scores(self) -> dict[str, Any]:
        """What a model card keeps of it, as `test_scores`."""
        films, groups = len(self.test.movies), self.saved.target.by_group(self)
        return {'split': 'test', 'films': films, **self.metrics, 'baseline': self.baseline, 'groups': groups}

    def as_json(self) -> dict[str, Any]:
        return {
            'name': self.saved.name,
            'n_test': len(self.test.movies),
            'metrics': self.metrics,
            'baseline': self.baseline,
            **self.saved.target.as_json(self),
        }


def by_selection(evaluations: list[Evaluation]) -> list[list[Evaluation]]:
    """Lists of those evaluations whose metrics can be in one table: of the same target, genres, years and films."""
    groups: dict[Any, list[Evaluation]] = {}
    for evaluation in evaluations:
        films = tuple(movie.id for movie in evaluation.test.movies)
        groups.setdefault((*evaluation.saved.selection, films), []).append(evaluation)
    return [groups[key] for key in sorted(groups, key=str)]


def evaluate(saved: SavedModel, catalogue: Catalogue, hardware) -> Evaluation:
    """The Evaluation of a SavedModel on the test films of a catalogue.

    Raises WorkFailed where it cannot be evaluated.
    """
    try:
        data = load_posters(catalogue, saved.target, saved.config)
    except WorkFailed as error:
        raise WorkFailed(f'{saved.path}: {error}') from None
    train, test = data.split('train'), data.split('test')
    for part, name in ((train, 'training'), (test, 'test')):
        if not len(part.movies):
            raise WorkFailed(f'{saved.path}: no film with a poster is in its {name} split')
    model = saved.load()
    networks.compile_for_prediction(model, hardware)
    scored = saved.target.evaluate(train, test, outputs_of(saved, model, test))
    return Evaluation(saved, model, frozenset(train.movies), test, *scored)


def outputs_of(saved, model, part):
    """(n, outputs) of the Keras `model` of a SavedModel for the n posters of a PosterSet, before calibration."""
    outputs = networks.predict(model, part.posters)
    return saved.with_words(outputs, reading.load(part), titles_of(part.movies)) if saved.reads_words else outputs


def titles_of(movies):
    return [movie.title for movie in movies]


def evaluate_all(paths, catalogue: Catalogue, hardware) -> tuple[list[Evaluation], list[WorkFailed]]:
    """The evaluations of the models that can be evaluated, and what is wrong with the others.

    One whose films were split in another way than the standard is evaluated only where it is the only one.
    """
    evaluations, failures = [], []
    for path in tqdm(paths, desc='evaluating', unit=' models', disable=None, leave=False):
        try:
            saved = open_model(path)
            if saved.config.split != STANDARD and len(paths) > 1:
                log.info(
                    f'{saved.name} is skipped: -split={saved.config.split} trains on films that others are tested on'
                )
                continue
            evaluations.append(evaluate(saved, catalogue, hardware))
        except WorkFailed as error:
            failures.append(error)
    return evaluations, failures


def predict_films(evaluation: Evaluation, movies) -> dict[Movie, np.ndarray]:
    """{movie: prediction} for those of any films whose poster can be read."""
    height, width = evaluation.test.posters.shape[1:3]
    posters = {}
    for movie in movies:
        for ratio in (evaluation.saved.config.ratio, 100):
            try:
                posters[movie] = np.asarray(fit(read_rgb(movie.poster_path(ratio)), (width, height)))
                break
            except (OSError, ValueError):
                continue
    if not posters:
        return {}
    outputs = networks.predict(evaluation.model, np.stack([*posters.values()]))
    if evaluation.saved.reads_words:
        outputs = evaluation.saved.with_words(outputs, Reader().read([*posters.values()]), titles_of(posters))
    return dict(zip(posters, evaluation.saved.target.decode(outputs), strict=True))
