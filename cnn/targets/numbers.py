"""The targets `year` and `score`: a number, predicted as a distribution over bins, with an 80% prediction interval."""

from dataclasses import asdict, dataclass

import numpy as np

from catalogues.records import FIRST_YEAR, LAST_YEAR
from cnn.targets import conformal
from cnn.targets.binned import Bins
from cnn.targets.registry import register

INTERVAL = 'low', 'median', 'high'


@dataclass(frozen=True)
class Number:
    """A number of a film. A subclass names it, and gives its bins, groups, limits and digits."""

    bins: Bins
    intervals: dict | None = None  # what `conformal.fit` returned
    name = ''
    films = ''  # the name of the selection of films that have a label
    missing = ''  # what the other films lack, where there may be any
    width = 1.0  # of a bin
    group = 1.0  # width of the groups that intervals are calibrated for
    limits = -np.inf, np.inf
    digits = 0
    activation = 'softmax'
    loss = 'categorical_crossentropy'
    metric = 'mae'
    metric_label = 'mean absolute error'
    first_year = FIRST_YEAR
    takes_genres = ranked = explainable = False
    identity = ()

    @classmethod
    def value(cls, movie) -> float | None:
        """The number of a film, None where it is unknown."""
        return getattr(movie, cls.name)

    @classmethod
    def span(cls, config) -> tuple[float, float]:
        """The smallest and the largest number that the bins must hold."""
        return cls.limits

    @classmethod
    def group_name(cls, group) -> str:
        return f'{group} to {group + cls.group:g}'

    @classmethod
    def from_config(cls, config):
        return cls(Bins.between(*cls.span(config), cls.width))

    @classmethod
    def from_card(cls, fields: dict):
        """Raises KeyError, TypeError or ValueError where the fields of the model card cannot be used."""
        bins = Bins(**fields['bins'])
        intervals = fields.get('ranges')
        if not bins.number or bins.low * bins.width != bins.low * bins.width:
            raise ValueError('no bins')
        if intervals:
            intervals = {
                'all': float(intervals['all']),
                'groups': {str(k): float(v) for k, v in intervals['groups'].items()},
            }
        return cls(bins, intervals)

    @classmethod
    def comparable(cls, models: list, genres=None) -> list:
        return models

    def __str__(self):
        return f'the {self.name} in {self.bins.number} bins'

    @property
    def outputs(self) -> int:
        return self.bins.number

    def has_label(self, movie) -> bool:
        return self.value(movie) is not None

    def values(self, movies) -> np.ndarray:
        """(films,) float64"""
        return np.array([self.value(movie) for movie in movies], float)

    def labels(self, movies) -> np.ndarray:
        """(films, bins) float32"""
        return self.bins.spread(self.values(movies))

    def validate(self, movies, outputs) -> dict:
        """The metrics of an epoch; training keeps the epoch with the largest `selection_metric`."""
        from cnn.evaluate import metrics  # slow: scikit-learn

        loss = -(self.labels(movies) * np.log(np.maximum(outputs, 1e-12))).sum(axis=1).mean()
        scores = metrics.number_scores(self.values(movies), self.bins.quantiles(outputs)[:, 1])
        return {'validation_loss': float(loss), **scores, 'selection_metric': -scores['mae']}

    def fit(self, movies, outputs) -> dict:
        """The fields of the model card: the bins, what calibrates intervals, and scores on these validation films."""
        from cnn.evaluate import metrics  # slow: scikit-learn

        true, quantiles = self.values(movies), self.bins.quantiles(outputs)
        scores = metrics.number_scores(true, quantiles[:, 1])
        intervals = conformal.fit(self.group, true, quantiles)
        return {'bins': asdict(self.bins), 'ranges': intervals, 'scores': {'split': 'validation', **scores}}

    def decode(self, outputs) -> np.ndarray:
        """(n, 3): the ends of the interval around the median, in the order of INTERVAL."""
        return conformal.apply(self.group, self.limits, self.intervals, self.bins.quantiles(outputs))

    def evaluate(self, train, test, outputs):
        """(predictions, metrics, baseline, details) of a model's `outputs` (n, bins) on the test PosterSet.

        The baseline always predicts the median of the training films.
        """
        from cnn.evaluate import bootstrap, metrics  # slow: scikit-learn

        true, predictions = self.values(test.movies), self.decode(outputs)
        errors = np.abs(predictions[:, 1] - true)
        low, high = bootstrap.interval(errors.mean(), bootstrap.means(errors))
        inside = in_interval(true, predictions)
        scores = metrics.number_scores(true, predictions[:, 1])
        scores |= {'mae_low': low, 'mae_high': high, 'coverage': float(inside.mean())}
        constant = np.full(len(true), np.median(self.values(train.movies)))
        coverage = {
            'true': coverage_by(conformal.group_of(self.group, true), inside),
            'predicted': coverage_by(conformal.group_of(self.group, predictions[:, 1]), inside),
        }
        return predictions, scores, metrics.number_scores(true, constant), {'coverage': coverage}

    def as_json(self, evaluation) -> dict:
        return {
            'coverage': {
                by: {str(group): {'films': films, 'share': share} for group, (films, share) in rows.items()}
                for by, rows in evaluation.details['coverage'].items()
            }
        }

    def by_group(self, evaluation) -> dict:
        """What a model card keeps per decade or whole score: {'films': {group: n}, 'scores': {group: share inside}}."""
        rows = {self.group_name(group): row for group, row in evaluation.details['coverage']['true'].items()}
        return {
            'films': {name: films for name, (films, _) in rows.items()},
            'scores': {name: round(share, 4) for name, (_, share) in rows.items()},
        }

    def table(self, evaluations):
        """Lines that tests.py prints of evaluations of the same target and films."""
        from cnn.evaluate.tables import number_lines  # slow: scikit-learn

        return number_lines(evaluations)

    def rounded(self, prediction) -> str:
        """'1994 (1987 to 2003)'"""
        low, median, high = (f'{value:.{self.digits}f}' for value in prediction)
        return f'{median} ({low} to {high})'

    def format_line(self, movie, prediction) -> str:
        """`The Matrix (1999)   2001 (1992 to 2010); the catalogue: 1999`"""
        true = self.value(movie)
        return f'{movie.short_title():<33}{self.rounded(prediction)}; the catalogue: {"-" if true is None else true}'

    def format_text(self, prediction, top=None, passing=False) -> str:
        return f'{self.name} {self.rounded(prediction)}'

    def to_json(self, prediction, top=None, passing=False) -> dict:
        return dict(zip(INTERVAL, prediction.round(2).tolist(), strict=True))

    @property
    def csv_header(self):
        return (self.name,), ()

    def csv_cells(self, prediction, top=None, passing=False):
        return (f'{prediction[1]:.{self.digits}f}',), ()

    def describe(self) -> dict:
        return {}


@register
class Year(Number):
    """The year of release."""

    name = 'year'
    films = 'all'
    missing = 'a year'
    width = 4.0
    group = 10
    limits = FIRST_YEAR, LAST_YEAR

    @classmethod
    def span(cls, config):
        return config.min_year, config.max_year

    @classmethod
    def group_name(cls, group):
        return f'{group}s'


@register
class Score(Number):
    """IMDb's score, 0 to 10."""

    name = 'score'
    films = 'scored'
    missing = 'a score'
    width = 0.4
    limits = 0.0, 10.0
    digits = 1


def in_interval(true, predictions):
    """Whether values (n,) are between the ends of the intervals of `predictions` (n, 3), (n,) bool."""
    return (predictions[:, 0] <= true) & (true <= predictions[:, 2])


def coverage_by(groups, inside):
    """{group: (films, share of them inside their interval)}, in order."""
    parts = {int(group): inside[groups == group] for group in np.unique(groups)}
    return {group: (len(part), float(part.mean())) for group, part in parts.items()}
