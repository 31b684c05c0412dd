"""What a model is asked: a film's genres, the year of its release, or its score.

A target tells what labels films have, how a network's last layer answers, and how good its answers are. Numbers are
asked for as a distribution over bins, of which the answer is the median: the figure with the least mean absolute error.
"""

from dataclasses import dataclass

import numpy as np

from cnn import metrics
from errors import WorkFailed

TARGETS = 'genres', 'year', 'score'
WIDTHS = {'year': 4.0, 'score': 0.4}  # of the bins
SHARES = 0.1, 0.5, 0.9  # of the distribution that lie below the low, the middle and the high answer


@dataclass(frozen=True)
class Genres:
    """An independent probability a genre."""

    genres: tuple[str, ...]
    name = 'genres'
    activation = 'sigmoid'
    loss = None  # the version's
    measure = 'map'
    measured = 'macro mAP'

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


@dataclass(frozen=True)
class Number:
    """A film's year or score, as a distribution over bins that begin at `low`, each `width` wide."""

    name: str
    low: float
    bins: int
    activation = 'softmax'
    loss = 'categorical_crossentropy'
    measure = 'mae'
    measured = 'mean absolute error'

    @property
    def outputs(self):
        return self.bins

    @property
    def width(self):
        return WIDTHS[self.name]

    @property
    def edges(self):
        """(bins + 1,)"""
        return self.low + self.width * np.arange(self.bins + 1)

    def values(self, movies):
        """(films,) float64."""
        return np.array([getattr(movie, self.name) for movie in movies], float)

    def labels(self, movies):
        """(films, bins) float32: the bin of each film, shared with its neighbours as a normal curve has it."""
        centres = self.edges[:-1] + self.width / 2
        distance = (self.values(movies)[:, None] - centres) / self.width
        weights = np.exp(-(distance**2) / 2)
        return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)

    def decode(self, outputs):
        """(films, 3): low, middle and high answer, between which four fifths of the distribution lie."""
        below = np.pad(np.cumsum(outputs, axis=1), ((0, 0), (1, 0)))
        below /= below[:, -1:]
        return np.array([np.interp(SHARES, row, self.edges) for row in below])

    def measures(self, movies, outputs):
        error = float(np.abs(self.decode(outputs)[:, 1] - self.values(movies)).mean())
        loss = -(self.labels(movies) * np.log(np.maximum(outputs, 1e-12))).sum(axis=1).mean()
        return {'validation_loss': float(loss), 'mae': error, 'quality': -error}


def number(name, movies):
    """The Number whose bins hold the values of all `movies`, with half a bin to spare on both sides."""
    width = WIDTHS[name]
    values = Number(name, 0, 1).values(movies)
    if not len(values):
        raise WorkFailed(f'no film has a {name}')
    low = np.floor(values.min() / width) * width - width
    return Number(name, float(low), int(np.ceil((values.max() - low) / width)) + 1)
