"""The bootstrap: how much of a score is chance, from bootstrap resamples of the test films.

The bias-corrected bootstrap of B. Efron, Better Bootstrap Confidence Intervals, 1987. Models on the same films get the
same draws, so that their difference can be resampled as well (the paired bootstrap).
"""

from itertools import combinations
from statistics import NormalDist

import numpy as np

from cnn.evaluate.metrics import counted, weighted_precisions

RESAMPLES = 1000
SEED = 1
NORMAL = NormalDist()
Z = NORMAL.inv_cdf(0.975)


def draws(films, resamples=RESAMPLES):
    """How often each film is drawn, (resamples, films) float32: each row `films` draws with replacement."""
    drawn = np.random.default_rng(SEED).integers(films, size=(resamples, films))
    drawn += films * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * films)
    return counts.reshape(resamples, films).astype(np.float32)


def macro_maps(labels, probabilities, resamples=RESAMPLES):
    """Macro mAP in each resample, (resamples,), over the same genres; without those that no film of it has."""
    among = counted(labels)
    precisions = weighted_precisions(labels[:, among], probabilities[:, among], draws(len(labels), resamples))
    return np.nanmean(precisions, axis=1)


def means(values, resamples=RESAMPLES):
    """The mean of `values`, (films,), in each resample, (resamples,)."""
    return draws(len(values), resamples) @ values.astype(np.float32) / len(values)


def simultaneous(resampled):
    """How many standard deviations the difference of any two of several scores may be from its mean, 95% of the time.

    `resampled` (scores, resamples) are of paired resamples. Who picks the best of several and compares it with the rest
    looks at the largest of many differences; this is the distribution of the largest (a max-statistic bootstrap, as
    Tukey's range test). For two scores it is about 1.96.
    """
    pairs = [first - second for first, second in combinations(np.asarray(resampled), 2)]
    largest = np.max([np.abs(pair - pair.mean()) / max(pair.std(), 1e-12) for pair in pairs], axis=0)
    return float(np.quantile(largest, 0.95))


def interval(observed, resampled):
    """(low, high), the 95% interval of a score, bias-corrected: where it lies in its resamples says how far these lean.

    Average precision leans upwards, for a film drawn twice ranks beside itself; plain percentiles would come too high.
    """
    below = np.mean(resampled < observed) + np.mean(resampled == observed) / 2
    margin = 1 / (2 * len(resampled))
    shift = 2 * NORMAL.inv_cdf(float(np.clip(below, margin, 1 - margin)))
    low, high = (NORMAL.cdf(shift + bound) for bound in (-Z, Z))
    return float(np.quantile(resampled, low)), float(np.quantile(resampled, high))
