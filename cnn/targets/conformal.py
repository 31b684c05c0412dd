"""Conformal prediction: intervals that hold 80% of the films, whatever is predicted.

Conformalized quantile regression (Y. Romano, E. Patterson and E. Candes, 2019): on validation films, the interval
between the low and the high quantile is widened, or narrowed, until it holds SHARE of them. That is done separately for
each group of predictions (a decade, a whole score) where enough validation films are in it (Mondrian groups).
"""

import numpy as np

SHARE = 0.8  # of the films whose value the interval is to hold
LEAST_FILMS = 100  # of a group that is widened by itself


def fit(width, true, quantiles):
    """By how much to widen intervals, from `true` values (n,) and `quantiles` (n, 3), low, median and high.

    `width` is that of a group. The model card gets {'share', 'all': by how much, 'groups': {group: by how much}}.
    """
    short = np.maximum(quantiles[:, 0] - true, true - quantiles[:, 2])
    groups = group_of(width, quantiles[:, 1])
    names, counts = np.unique(groups, return_counts=True)
    large = names[counts >= LEAST_FILMS]
    separate = {str(name): quantile(short[groups == name]) for name in large}
    return {'share': SHARE, 'all': quantile(short), 'groups': separate}


def quantile(short):
    """The value that SHARE of values like `short`, and of one that is not among them, do not exceed."""
    rank = min(len(short), int(np.ceil((len(short) + 1) * SHARE)))
    return round(float(np.sort(short)[rank - 1]), 4)


def group_of(width, values):
    """The group of values (n,), named by its lower end, (n,) int."""
    return (values // width * width).astype(int)


def apply(width, limits, intervals, quantiles):
    """`quantiles` (n, 3), their intervals widened by what `fit` returned (None: not at all) and clipped to `limits`."""
    quantiles = np.array(quantiles, float)
    if intervals:
        wider = [intervals['groups'].get(str(group), intervals['all']) for group in group_of(width, quantiles[:, 1])]
        quantiles[:, 0] = np.minimum(quantiles[:, 0] - wider, quantiles[:, 1])
        quantiles[:, 2] = np.maximum(quantiles[:, 2] + wider, quantiles[:, 1])
    return np.clip(quantiles, *limits)
