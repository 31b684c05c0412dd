"""How much of a score is chance: scores on the test films drawn anew, again and again.

The bias-corrected bootstrap of B. Efron, Better Bootstrap Confidence Intervals, 1987. Models on the same films get the
same draws, so that their difference can be resampled as well (the paired bootstrap).
"""

from statistics import NormalDist

import numpy as np

from cnn.metrics import weighted_precisions

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
    """Macro mAP in each resample, (resamples,); genres that no film drawn has are left out of that mean."""
    return np.nanmean(weighted_precisions(labels, probabilities, draws(len(labels), resamples)), axis=1)


def means(values, resamples=RESAMPLES):
    """The mean of `values`, (films,), in each resample, (resamples,)."""
    return draws(len(values), resamples) @ values.astype(np.float32) / len(values)


def interval(observed, resampled):
    """(low, high), the 95% interval of a score, bias-corrected: where it lies in its resamples says how far these lean.

    Average precision leans upwards, for a film drawn twice ranks beside itself; plain percentiles would come too high.
    """
    below = np.mean(resampled < observed) + np.mean(resampled == observed) / 2
    margin = 1 / (2 * len(resampled))
    shift = 2 * NORMAL.inv_cdf(float(np.clip(below, margin, 1 - margin)))
    low, high = (NORMAL.cdf(shift + bound) for bound in (-Z, Z))
    return float(np.quantile(resampled, low)), float(np.quantile(resampled, high))
