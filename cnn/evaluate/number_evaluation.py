"""What a model that tells a year or a score is worth on the films it has never seen."""

from dataclasses import dataclass

import numpy as np

from cnn.evaluate import bootstrap, metrics
from cnn.saved_models import SavedModel
from cnn.targets import conformal
from cnn.targets.targets import values
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
    coverage: dict[str, dict[int, tuple[int, float]]]  # by decade or whole score, as it is and as it was answered

    def as_json(self):
        return {
            'name': self.saved.name,
            'n_test': len(self.test.movies),
            'metrics': self.scores,
            'floor': self.floor,
            'coverage': {
                by: {str(group): {'films': films, 'share': share} for group, (films, share) in rows.items()}
                for by, rows in self.coverage.items()
            },
        }


def judge(saved, model, train, test, outputs):
    """The NumberEvaluation of a model whose `outputs` (n, bins) on the test films are these.

    The floor always says the median of the training films.
    """
    name = saved.target
    true, answers = values(name, test.movies), saved.read(outputs)
    errors = np.abs(answers[:, 1] - true)
    low, high = bootstrap.interval(errors.mean(), bootstrap.means(errors))
    inside = in_range(true, answers)
    scores = metrics.number_scores(true, answers[:, 1])
    scores |= {'mae_low': low, 'mae_high': high, 'coverage': float(inside.mean())}
    by_truth = coverage_by(conformal.group_of(name, true[:, None].repeat(2, axis=1)), inside)
    by_answer = coverage_by(conformal.group_of(name, answers), inside)
    constant = np.full(len(true), np.median(values(name, train.movies)))
    return NumberEvaluation(
        saved,
        model,
        frozenset(train.movies),
        test,
        answers,
        scores,
        metrics.number_scores(true, constant),
        {'true': by_truth, 'answered': by_answer},
    )


def in_range(true, answers):
    """Whether values (n,) lie between the low and the high of `answers` (n, 3), (n,) bool."""
    return (answers[:, 0] <= true) & (true <= answers[:, 2])


def coverage_by(groups, inside):
    """{group: (films, share of them inside their range)}, in order."""
    parts = {int(group): inside[groups == group] for group in np.unique(groups)}
    return {group: (len(part), float(part.mean())) for group, part in parts.items()}
