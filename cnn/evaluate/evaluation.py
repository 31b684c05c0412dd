"""What a saved model is worth on the films it has never seen."""

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

import movies_dataset
from catalogues.splits import STANDARD
from cnn import networks
from cnn.evaluate import bootstrap, metrics, number_evaluation
from cnn.saved_models import SavedModel, open_model
from core.errors import WorkFailed, say
from movies_dataset import Movie, PosterSet
from posters.decode import fit, read_rgb


@dataclass(frozen=True)
class Evaluation:
    """A model's calibrated probabilities (n, genres) on its test films, and the scores they give beside the floor's."""

    saved: SavedModel
    model: object
    trained_on: frozenset[Movie]
    test: PosterSet
    probabilities: np.ndarray
    scores: dict[str, float]
    floor: dict[str, float]
    precisions: np.ndarray
    floor_precisions: np.ndarray

    def as_json(self):
        labels = self.test.labels
        errors = metrics.calibration_errors(labels, self.probabilities)
        rows = self.precisions, labels.sum(axis=0), self.saved.thresholds, errors, metrics.counted(labels)
        return {
            'name': self.saved.name,
            'n_test': len(self.test.movies),
            'metrics': self.scores,
            'floor': self.floor,
            'per_genre': {
                genre: {
                    'ap': float(ap),
                    'positives': int(positives),
                    'threshold': float(threshold),
                    'ece': float(error),
                    'in_macro_averages': bool(among),
                }
                for genre, ap, positives, threshold, error, among in zip(self.saved.genres, *rows, strict=True)
            },
        }


def by_selection(evaluations):
    """Lists of those evaluations whose scores can stand in one table: of the same target, genres and films."""
    groups = {}
    for evaluation in evaluations:
        groups.setdefault(selection(evaluation), []).append(evaluation)
    return [groups[key] for key in sorted(groups, key=str)]


def selection(evaluation):
    saved, films = evaluation.saved, tuple(movie.id for movie in evaluation.test.movies)
    years = saved.settings['min_year'], saved.settings['max_year']
    return saved.target, *years, saved.genres if saved.target == 'genres' else (), films


def evaluate(saved, hardware):
    """The Evaluation, or NumberEvaluation, of a SavedModel on the test films of the opened catalogue.

    Raises WorkFailed where it cannot be evaluated.
    """
    settings, genres = saved.settings, saved.genres if saved.target == 'genres' else None
    years = settings['min_year'], settings['max_year']
    try:
        data = movies_dataset.load_posters(*years, genres, settings['ratio'], saved.target == 'score', saved.scheme)
    except WorkFailed as error:
        raise WorkFailed(f'{saved.path}: {error}') from None
    train, test = data.split('train'), data.split('test')
    for part, name in ((train, 'training'), (test, 'test')):
        if not len(part.movies):
            raise WorkFailed(f'{saved.path}: no film with a poster falls into its {name} split')
    model = saved.load()
    networks.compile_for_prediction(model, hardware)
    judge = judge_genres if saved.target == 'genres' else number_evaluation.judge
    return judge(saved, model, train, test, networks.predict(model, test.posters))


def judge_genres(saved, model, train, test, outputs):
    """The Evaluation of a model whose `outputs` (n, genres) on the test films are these."""
    probabilities = saved.calibrate(outputs)
    constant = np.broadcast_to(train.labels.mean(axis=0), test.labels.shape)
    return Evaluation(
        saved,
        model,
        frozenset(train.movies),
        test,
        probabilities,
        {**metrics.scores(test.labels, probabilities, saved.thresholds), **trust(test.labels, outputs, probabilities)},
        {**metrics.floor(train.labels, test.labels), **trust(test.labels, constant, constant)},
        metrics.average_precisions(test.labels, probabilities),
        metrics.average_precisions(test.labels, constant),
    )


def trust(labels, raw, probabilities):
    """How far scores and probabilities can be relied on: the interval of macro mAP and the calibration errors."""
    observed = metrics.macro_map(labels, probabilities)
    low, high = bootstrap.interval(observed, bootstrap.macro_maps(labels, probabilities))
    return {
        'map_low': low,
        'map_high': high,
        'ece': metrics.calibration_error(labels, raw),
        'ece_calibrated': metrics.calibration_error(labels, probabilities),
        'ece_genres': mean_error(labels, raw),
        'ece_genres_calibrated': mean_error(labels, probabilities),
    }


def mean_error(labels, probabilities):
    """The mean of the calibration errors of the genres that macro averages count."""
    return float(metrics.calibration_errors(labels, probabilities)[metrics.counted(labels)].mean())


def evaluate_all(paths, hardware):
    """The evaluations of the models that can be evaluated, and 1 if any cannot, which is named, else 0.

    One whose films were split in another way than the standard is evaluated only where it is the only one.
    """
    evaluations, status = [], 0
    for path in tqdm(paths, desc='evaluating', unit=' models', disable=None, leave=False):
        try:
            saved = open_model(path)
            if saved.scheme != STANDARD and len(paths) > 1:
                print(f'{saved.name} is left out: -split={saved.scheme} trains on films that others are tested on')
                continue
            evaluations.append(evaluate(saved, hardware))
        except WorkFailed as error:
            status = say(f'{error}; skipped', 1)
    return evaluations, status


def ask(evaluation, movies):
    """{movie: what the model says, as SavedModel.read gives it} for those of any films whose poster can be read."""
    height, width = evaluation.test.posters.shape[1:3]
    posters = {}
    for movie in movies:
        for ratio in (evaluation.saved.settings['ratio'], 100):
            try:
                posters[movie] = np.asarray(fit(read_rgb(movie.poster_path(ratio)), (width, height)))
                break
            except (OSError, ValueError):
                continue
    if not posters:
        return {}
    outputs = networks.predict(evaluation.model, np.stack([*posters.values()]))
    return dict(zip(posters, evaluation.saved.read(outputs), strict=True))
