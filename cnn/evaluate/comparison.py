"""Comparison of models: which leads, by how much, whether that is more than chance, and how their settings differ."""

import time
from dataclasses import dataclass

import numpy as np

from cnn import networks
from cnn.evaluate import bootstrap, metrics
from cnn.evaluate.evaluation import Evaluation

BATCH = 32  # posters, when speed is measured
LEAST_ROUNDS, LEAST_SECONDS = 5, 0.5


@dataclass(frozen=True)
class Score:
    """Macro mAP on the films shared, and that in each resample of them."""

    map: float
    resampled: np.ndarray

    @property
    def interval(self):
        return bootstrap.interval(self.map, self.resampled)


@dataclass(frozen=True)
class Entry(Score):
    """A model in a ranking: its score, and its speed."""

    evaluation: Evaluation
    milliseconds: float  # per poster

    @property
    def saved(self):
        return self.evaluation.saved


@dataclass(frozen=True)
class Ranking:
    """Models with the same genres, the best first, on the `films` test films that all of them have.

    `averaged` is what the best two reach together, their probabilities averaged; None where there is one model.
    `critical` is how many standard deviations a difference must have to be more than chance, whichever two of the
    models are picked.
    """

    entries: tuple[Entry, ...]
    films: int
    baseline: float  # macro mAP of a constant predictor
    averaged: Score | None
    critical: float

    @property
    def evaluations(self):
        return [entry.evaluation for entry in self.entries]

    @property
    def genres(self):
        return self.entries[0].saved.target.genres

    @property
    def told(self):
        """Whether its models are told the titles of the films."""
        return self.entries[0].saved.takes_title


@dataclass(frozen=True)
class Difference:
    """By how much macro mAP one model is ahead of another: the middle 95% of it, and how often the order reverses.

    `reversals` is the share of bootstrap resamples of the test films in which the other is ahead, a draw counting half.
    """

    value: float
    low: float
    high: float
    reversals: float

    @property
    def beyond_chance(self):
        return self.low > 0 or self.high < 0


def difference(ahead, behind, critical=None):
    """The Difference between two Scores of one ranking, by the paired bootstrap.

    Without `critical` its interval is that of a pair named beforehand, else one that holds for all pairs at once.
    """
    values = ahead.resampled - behind.resampled
    reversals = np.mean(values < 0) + np.mean(values == 0) / 2
    observed = ahead.map - behind.map
    if critical is None:
        return Difference(observed, *bootstrap.interval(observed, values), float(reversals))
    reach = critical * float(values.std())
    return Difference(observed, observed - reach, observed + reach, float(reversals))


def rankings(evaluations):
    """A Ranking for each set of evaluations that have genres, years and at least some test films in common.

    Those of fewer genres come first; models of years and scores are not ranked. Models that are told the titles of the
    films have rankings of their own.
    """
    return [rank(group['evaluations'], group['films']) for group in grouped(evaluations)]


def untold(ranking, others):
    """The Ranking among `others` of models that see the posters of the same films, and are not told the titles."""
    alike = (one for one in others if not one.told and one.films == ranking.films and one.genres == ranking.genres)
    return next(alike, None) if ranking.told else None


def grouped(evaluations):
    """[{'evaluations', 'films': ids of the test films that all of them have}] of what can be compared."""
    groups = []
    ranked = [evaluation for evaluation in evaluations if evaluation.saved.target.ranked]
    for evaluation in sorted(ranked, key=lambda evaluation: evaluation.saved.target.outputs):
        films, alike = {movie.id for movie in evaluation.test.movies}, evaluation.saved.selection
        for group in groups:
            if group['alike'] == alike and group['films'] & films:
                group['films'] &= films
                group['evaluations'].append(evaluation)
                break
        else:
            groups.append({'alike': alike, 'films': films, 'evaluations': [evaluation]})
    return groups


def rank(evaluations, films):
    """The Ranking of evaluations with the same genres on the test films whose ids are `films`."""
    entries, predicted = [], {}
    for evaluation in evaluations:
        rows = [i for i, movie in enumerate(evaluation.test.movies) if movie.id in films]  # by id in every evaluation
        labels, probabilities = evaluation.test.labels[rows], evaluation.predictions[rows]
        entries.append(
            Entry(**score(labels, probabilities), evaluation=evaluation, milliseconds=milliseconds(evaluation))
        )
        predicted[evaluation.saved.name] = probabilities
    entries.sort(key=lambda entry: -entry.map)
    baseline = float(labels[:, metrics.counted(labels)].mean())
    best = [predicted[entry.saved.name] for entry in entries[:2]]
    averaged = Score(**score(labels, sum(best) / 2)) if len(best) == 2 else None
    scores = [one.resampled for one in (*entries, averaged) if one]
    critical = bootstrap.simultaneous(scores) if averaged else np.inf
    return Ranking(tuple(entries), len(films), baseline, averaged, critical)


def score(labels, probabilities):
    """The fields of a Score."""
    return {
        'map': metrics.macro_map(labels, probabilities),
        'resampled': bootstrap.macro_maps(labels, probabilities),
    }


def milliseconds(evaluation):
    """The median time that the model takes for a poster, in batches of 32."""
    posters = np.array(evaluation.test.posters[:BATCH])
    networks.predict(evaluation.model, posters)  # warm
    rounds = []
    while len(rounds) < LEAST_ROUNDS or sum(rounds) < LEAST_SECONDS:
        started = time.perf_counter()
        networks.predict(evaluation.model, posters)
        rounds.append(time.perf_counter() - started)
    return 1000 * float(np.median(rounds)) / len(posters)


def varying(entries):
    """{setting: its value in each entry, None where it has none} of the settings that are not the same in all."""
    settings = [entry.saved.config.flat() for entry in entries]
    names = dict.fromkeys(name for one in settings for name in one)
    values = {name: [one.get(name) for one in settings] for name in names}
    return {name: several for name, several in values.items() if any(value != several[0] for value in several)}
