"""What a model that tells a year or a score is worth on the films it has never seen."""

from dataclasses import dataclass

import numpy as np

from cnn import bootstrap, metrics
from cnn.saved_models import SavedModel
from cnn.targets import values
from movies_dataset import Movie, PosterSet


@dataclass(frozen=True)
class NumberEvaluation:
    """A model's answers on its test films, (n, 3) low, middle and high, and their scores beside the floor's."""

    saved: SavedModel
    model: object
    trained_on: frozenset[Movie]
    test: PosterSet
    answers: np.ndarray
    scores: dict[str, float]
    floor: dict[str, float]

    def as_json(self):
        return {
            'name': self.saved.name,
            'n_test': len(self.test.movies),
            'metrics': self.scores,
            'floor': self.floor,
        }


def judge(saved, model, train, test, outputs):
    """The NumberEvaluation of a model whose `outputs` (n, bins) on the test films are these.

    The floor always says the median of the training films.
    """
    name = saved.target
    true, answers = values(name, test.movies), saved.read(outputs)
    errors = np.abs(answers[:, 1] - true)
    low, high = bootstrap.interval(errors.mean(), bootstrap.means(errors))
    inside = (answers[:, 0] <= true) & (true <= answers[:, 2])
    scores = metrics.number_scores(true, answers[:, 1])
    scores |= {'mae_low': low, 'mae_high': high, 'coverage': float(inside.mean())}
    constant = np.full(len(true), np.median(values(name, train.movies)))
    return NumberEvaluation(
        saved, model, frozenset(train.movies), test, answers, scores, metrics.number_scores(true, constant)
    )
