"""The target `genres`: an independent probability per genre."""

from dataclasses import dataclass

import numpy as np

from catalogues.genres import list_genres
from cnn.evaluate import calibration
from cnn.targets.registry import register
from core.errors import WrongCall
from core.log import log

SHOWN_FROM = 0.10  # probabilities below are not printed by format_line, but for a film's first
AS_GIVEN = calibration.IDENTITY


@register
@dataclass(frozen=True)
class Genres:
    """`genres` are names; a model that is trained also has a calibration and a threshold per genre."""

    genres: tuple[str, ...]
    calibration: dict | None = None
    thresholds: tuple[float, ...] = ()
    name = 'genres'
    activation = 'sigmoid'
    loss = None
    metric = 'map'
    metric_label = 'macro mAP'
    first_year = 1977
    takes_genres = ranked = explainable = True
    films = ''  # named by the genres
    missing = ''

    @classmethod
    def from_config(cls, config):
        return cls(tuple(config.genres))

    @classmethod
    def from_card(cls, fields: dict):
        """Raises KeyError, TypeError or ValueError where the fields of the model card cannot be used."""
        names = tuple(fields['genres'])
        lines = fields.get('calibration')
        if lines:
            lines = {name: {key: float(lines[name][key]) for key in AS_GIVEN} for name in names}
        return cls(names, lines, tuple(float(fields['thresholds'][name]) for name in names))

    @classmethod
    def comparable(cls, models: list, genres=None) -> list:
        """Those of the models that predict `genres`; None: the first seven of the toolkit, else the largest set.

        Raises WrongCall where no model does.
        """
        sets = list(dict.fromkeys(saved.target.genres for saved in models))
        if genres is not None and tuple(genres) not in sets:
            known = '; '.join(f'{len(one)}: {", ".join(one)}' for one in sets)
            raise WrongCall(f'no model predicts the genres {", ".join(genres)}; there are models of {known}')
        wanted = tuple(genres or (list_genres(7) if list_genres(7) in sets else max(sets, key=len)))
        return [saved for saved in models if saved.target.genres == wanted]

    def __str__(self):
        return f'{len(self.genres)} genres'

    @property
    def identity(self):
        return self.genres

    @property
    def outputs(self) -> int:
        return len(self.genres)

    def has_label(self, movie) -> bool:
        return any(movie.has_genre(genre) for genre in self.genres)

    def labels(self, movies) -> np.ndarray:
        """(films, genres) uint8"""
        return np.array([movie.genres_vector(self.genres) for movie in movies])

    def validate(self, movies, outputs) -> dict:
        """The metrics of an epoch; training keeps the epoch with the largest `selection_metric`."""
        from cnn.evaluate import metrics  # slow: scikit-learn

        labels = self.labels(movies)
        macro_map = metrics.macro_map(labels, outputs)
        return {
            'validation_loss': metrics.cross_entropy(labels, outputs),
            'map': macro_map,
            'selection_metric': macro_map,
        }

    def fit(self, movies, outputs) -> dict:
        """The fields of the model card: calibration, thresholds and scores on these validation films."""
        from cnn.evaluate import metrics  # slow: scikit-learn

        labels = self.labels(movies)
        calibrated = calibration.fit(self.genres, labels, outputs)
        probabilities = calibration.apply(calibrated, self.genres, outputs)
        thresholds = metrics.tune_thresholds(labels, probabilities)
        precisions = metrics.average_precisions(labels, probabilities)
        if absent := [genre for genre, ap in zip(self.genres, precisions, strict=True) if np.isnan(ap)]:
            log.info(
                f'no validation film is {" or ".join(absent)}: left out of macro mAP, threshold 0.5, not calibrated'
            )
        return {
            'genres': list(self.genres),
            'calibration': calibrated,
            'thresholds': dict(zip(self.genres, rounded_down(thresholds).tolist(), strict=True)),
            # the thresholds are tuned on the films that they are scored on here: tuned F1 is better than on others
            'scores': {'split': 'validation', **metrics.scores(labels, probabilities, thresholds)},
        }

    def calibrate(self, probabilities) -> np.ndarray:
        """Outputs of the network, (n, genres) or (genres,), as probabilities to show; films keep their order."""
        return calibration.apply(self.calibration, self.genres, probabilities) if self.calibration else probabilities

    decode = calibrate

    @property
    def cutoffs(self) -> np.ndarray:
        """(genres,) in 0..1: the calibrated probability from which on a genre is predicted."""
        return np.array(self.thresholds)

    def evaluate(self, train, test, outputs):
        """(probabilities, metrics, baseline, details) of a model's `outputs` (n, genres) on the test PosterSet.

        The baseline always predicts how frequent each genre is in training.
        """
        from cnn.evaluate import metrics  # slow: scikit-learn

        probabilities = self.calibrate(outputs)
        constant = np.broadcast_to(train.labels.mean(axis=0), test.labels.shape)
        return (
            probabilities,
            {
                **metrics.scores(test.labels, probabilities, self.cutoffs),
                **_reliability(test.labels, outputs, probabilities),
            },
            {**metrics.baseline(train.labels, test.labels), **_reliability(test.labels, constant, constant)},
            {
                'precisions': metrics.average_precisions(test.labels, probabilities),
                'baseline_precisions': metrics.average_precisions(test.labels, constant),
            },
        )

    def as_json(self, evaluation) -> dict:
        from cnn.evaluate import metrics  # slow: scikit-learn

        labels = evaluation.test.labels
        errors = metrics.calibration_errors(labels, evaluation.predictions)
        columns = evaluation.details['precisions'], labels.sum(axis=0), self.cutoffs, errors, metrics.counted(labels)
        return {
            'per_genre': {
                genre: {
                    'ap': float(ap),
                    'positives': int(positives),
                    'threshold': float(threshold),
                    'ece': float(error),
                    'in_macro_averages': bool(among),
                }
                for genre, ap, positives, threshold, error, among in zip(self.genres, *columns, strict=True)
            }
        }

    def by_group(self, evaluation) -> dict:
        """What a model card keeps per genre: {'films': {genre: test films}, 'scores': {genre: average precision}}."""
        films = zip(self.genres, evaluation.test.labels.sum(axis=0).tolist(), strict=True)
        scores = zip(self.genres, evaluation.details['precisions'].round(4).tolist(), strict=True)
        return {'films': dict(films), 'scores': dict(scores)}

    def table(self, evaluations):
        """Lines that tests.py prints of evaluations of the same genres and films."""
        from cnn.evaluate.tables import genre_lines  # slow: scikit-learn

        return genre_lines(evaluations)

    def format_line(self, movie, probabilities) -> str:
        """`The Matrix (1999)   ['Action: 91%', 'Drama[!]: 25%']`; [!] marks a genre that the catalogue does not list.

        `probabilities` are (genres,) in 0..1.
        """
        order = sorted(range(len(self.genres)), key=lambda i: -probabilities[i])
        shown = [i for i in order if probabilities[i] >= SHOWN_FROM] or order[:1]
        texts = [
            f'{self.genres[i]}{"" if movie.has_genre(self.genres[i]) else "[!]"}: {probabilities[i]:.0%}' for i in shown
        ]
        return f'{movie.short_title():<33}{texts}'

    def ranked_genres(self, probabilities, top=None, passing=False) -> list:
        """(genre, probability, whether it reaches its threshold), the most probable first.

        `top` keeps so many (None: all), `passing` only those that reach their threshold.
        """
        columns = self.genres, probabilities.tolist(), probabilities >= self.cutoffs
        entries = sorted(zip(*columns, strict=True), key=lambda entry: -entry[1])
        return [entry for entry in entries if entry[2] or not passing][:top]

    def format_text(self, probabilities, top=None, passing=False) -> str:
        """'Drama 61%*, Comedy 34%*, Horror 20%'; * marks a genre that reaches its threshold."""
        entries = self.ranked_genres(probabilities, top, passing)
        texts = [f'{genre} {p:.0%}{"*" if passes else ""}' for genre, p, passes in entries]
        return ', '.join(texts) or 'no genre reaches its threshold'

    def to_json(self, probabilities, top=None, passing=False) -> list:
        return [
            {'genre': genre, 'probability': round(p, 4), 'passes': bool(passes)}
            for genre, p, passes in self.ranked_genres(probabilities, top, passing)
        ]

    @property
    def csv_header(self):
        """Names of the columns before and after those of other targets."""
        return ('genres',), self.genres

    def csv_cells(self, probabilities, top=None, passing=False):
        entries = self.ranked_genres(probabilities, top, passing)
        values = {genre: f'{p:.4f}' for genre, p, _ in entries}
        passes = '|'.join(genre for genre, _, passes in entries if passes)
        return (passes,), tuple(values.get(genre, '') for genre in self.genres)

    def describe(self) -> dict:
        return {'thresholds': dict(zip(self.genres, self.thresholds, strict=True))}


def rounded_down(thresholds, digits=6):
    """Thresholds of few digits that the films by which they were set still reach."""
    return np.floor(thresholds * 10**digits) / 10**digits


def _reliability(labels, raw, probabilities):
    """The bootstrap interval of macro mAP and the calibration errors before and after calibration."""
    from cnn.evaluate import bootstrap, metrics  # slow: scikit-learn

    observed = metrics.macro_map(labels, probabilities)
    low, high = bootstrap.interval(observed, bootstrap.macro_maps(labels, probabilities))
    return {
        'map_low': low,
        'map_high': high,
        'ece': metrics.calibration_error(labels, raw),
        'ece_calibrated': metrics.calibration_error(labels, probabilities),
        'ece_genres': metrics.mean_calibration_error(labels, raw),
        'ece_genres_calibrated': metrics.mean_calibration_error(labels, probabilities),
    }
