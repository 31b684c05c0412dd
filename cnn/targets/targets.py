"""What a model is asked: a film's genres, the year of its release, or its score.

A target tells what labels films have, how a network's last layer answers, and how good its answers are.
"""

from dataclasses import asdict, dataclass

import numpy as np

from cnn.evaluate import calibration, metrics
from cnn.targets import conformal
from cnn.targets.binned import Bins

WIDTHS = {'year': 4.0, 'score': 0.4}  # of the bins
SCORES = 0.0, 10.0


@dataclass(frozen=True)
class Genres:
    """An independent probability a genre."""

    genres: tuple[str, ...]
    name = 'genres'
    activation = 'sigmoid'
    loss = None  # the version's
    measure = 'map'
    measured = 'macro mAP'

    def __str__(self):
        return f'{len(self.genres)} genres'

    @property
    def outputs(self):
        return len(self.genres)

    def labels(self, movies):
        """(films, genres) uint8."""
        return np.array([movie.genres_vector(self.genres) for movie in movies])

    def measures(self, movies, outputs):
        """The figures that a training is steered by; `quality` is the one to be made large."""
        labels = self.labels(movies)
        found = metrics.macro_map(labels, outputs)
        return {'validation_loss': metrics.cross_entropy(labels, outputs), 'map': found, 'quality': found}

    def judge(self, movies, outputs):
        """What a model's card tells of its answers on validation: calibration, thresholds and scores."""
        labels = self.labels(movies)
        calibrated = calibration.fit(self.genres, labels, outputs)
        probabilities = calibration.apply(calibrated, self.genres, outputs)
        thresholds = metrics.tune_thresholds(labels, probabilities)
        precisions = metrics.average_precisions(labels, probabilities)
        if missing := [genre for genre, ap in zip(self.genres, precisions, strict=True) if np.isnan(ap)]:
            print(f'no validation film is {" or ".join(missing)}: left out of macro mAP, threshold 0.5, not calibrated')
        return {
            'genres': list(self.genres),
            'calibration': calibrated,
            'thresholds': dict(zip(self.genres, rounded_down(thresholds).tolist(), strict=True)),
            # the thresholds are tuned on the films that they are scored on here: tuned F1 is better than on others
            'scores': {'split': 'validation', **metrics.scores(labels, probabilities, thresholds)},
        }


def rounded_down(thresholds, digits=6):
    """Thresholds of few digits that the films still reach by which they were set."""
    return np.floor(thresholds * 10**digits) / 10**digits


@dataclass(frozen=True)
class Number:
    """A film's year or score, as a distribution over bins."""

    name: str
    bins: Bins
    activation = 'softmax'
    loss = 'categorical_crossentropy'
    measure = 'mae'
    measured = 'mean absolute error'

    def __str__(self):
        return f'the {self.name} in {self.bins.number} bins'

    @property
    def outputs(self):
        return self.bins.number

    def labels(self, movies):
        """(films, bins) float32"""
        return self.bins.spread(values(self.name, movies))

    def measures(self, movies, outputs):
        loss = -(self.labels(movies) * np.log(np.maximum(outputs, 1e-12))).sum(axis=1).mean()
        found = metrics.number_scores(values(self.name, movies), self.bins.answers(outputs)[:, 1])
        return {'validation_loss': float(loss), **found, 'quality': -found['mae']}

    def judge(self, movies, outputs):
        """What a model's card tells of its answers on validation: scores, and the bins that the outputs stand for."""
        true, answers = values(self.name, movies), self.bins.answers(outputs)
        found = metrics.number_scores(true, answers[:, 1])
        ranges = conformal.fit(self.name, true, answers)
        return {'bins': asdict(self.bins), 'ranges': ranges, 'scores': {'split': 'validation', **found}}


def values(name, movies):
    """The years or the scores of films, (films,) float64."""
    return np.array([getattr(movie, name) for movie in movies], float)


def choose(settings, genres):
    """The target of a training's settings."""
    name = settings['target']
    if name == 'genres':
        return Genres(genres)
    low, high = SCORES if name == 'score' else (settings['min_year'], settings['max_year'])
    return Number(name, Bins.between(low, high, WIDTHS[name]))
