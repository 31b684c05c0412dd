"""Ranges of years and scores that hold what they promise: 80% of the films, whatever is answered.

Conformalized quantile regression (Y. Romano, E. Patterson and E. Candes, 2019): on validation films, the range between
the low and the high answer is widened, or narrowed, until it holds SHARE of them. That is done apart for each group of
answers, by decade or by whole score, where enough validation films are in it (Mondrian groups).
"""

import numpy as np

from catalogues.movie_genre import FIRST_YEAR, LAST_YEAR

SHARE = 0.8  # of the films that lie between the low and the high answer
LEAST_FILMS = 100  # of a group that is widened by itself
STEPS = {'year': 10, 'score': 1}
LIMITS = {'year': (FIRST_YEAR, LAST_YEAR), 'score': (0, 10)}


def fit(target, true, answers):
    """By how much to widen ranges, from `true` values (n,) and `answers` (n, 3), low, middle and high.

    That is {'share', 'all': by how much, 'groups': {group: by how much}} for the model's card.
    """
    short = np.maximum(answers[:, 0] - true, true - answers[:, 2])
    groups = group_of(target, answers)
    names, counts = np.unique(groups, return_counts=True)
    large = names[counts >= LEAST_FILMS]
    apart = {str(name): quantile(short[groups == name]) for name in large}
    return {'share': SHARE, 'all': quantile(short), 'groups': apart}


def quantile(short):
    """What SHARE of values like `short`, and of one that is not among them, are not above."""
    rank = min(len(short), int(np.ceil((len(short) + 1) * SHARE)))
    return round(float(np.sort(short)[rank - 1]), 4)


def group_of(target, answers):
    """The decade or the whole score of the middle answers, (n,) int."""
    step = STEPS[target]
    return (answers[:, 1] // step * step).astype(int)


def apply(target, ranges, answers):
    """`answers` (n, 3) with their ranges widened as `ranges`, what `fit` gave, says (None: not at all).

    None is before the first year of films or after next year, or is no score.
    """
    answers = np.array(answers, float)
    if ranges:
        wider = [ranges['groups'].get(str(group), ranges['all']) for group in group_of(target, answers)]
        answers[:, 0] = np.minimum(answers[:, 0] - wider, answers[:, 1])
        answers[:, 2] = np.maximum(answers[:, 2] + wider, answers[:, 1])
    return np.clip(answers, *LIMITS[target])
