"""Platt scaling: calibrated probabilities, so that of films that are comedies with 30% probability 30% are comedies.

A calibration is {genre: {'slope': a, 'intercept': b}}: a probability p becomes sigmoid(a logit(p) + b). The slope is
positive, so that films keep their order within a genre.
"""

import numpy as np

LEAST_SLOPE = 0.01
IDENTITY = {'slope': 1.0, 'intercept': 0.0}


def fit(genres, labels, probabilities):
    """The calibration that makes `labels`, (n, genres) of 0 and 1, most likely, given `probabilities` (n, genres).

    A genre that none or all of the films have stays as it is. After J. Platt, Probabilistic Outputs for Support Vector
    Machines and Comparisons to Regularized Likelihood Methods, 1999; his targets, short of 0 and 1, keep the slope
    finite where the genre is predicted without an error.
    """
    scores = logits(np.clip(probabilities.astype(np.float64), 1e-7, 1 - 1e-7))
    return {genre: fit_genre(labels[:, i], scores[:, i]) for i, genre in enumerate(genres)}


def fit_genre(labels, scores):
    from scipy.optimize import minimize  # slow, and predictions need none of it

    positives, negatives = labels.sum(), len(labels) - labels.sum()
    if not positives or not negatives:
        return IDENTITY
    targets = np.where(labels, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(line):
        shifted = line[0] * scores + line[1]
        error = sigmoid(shifted) - targets
        return np.mean(np.logaddexp(0, shifted) - targets * shifted), (np.mean(error * scores), np.mean(error))

    result = minimize(loss, (1.0, 0.0), jac=True, method='L-BFGS-B', bounds=[(LEAST_SLOPE, None), (None, None)])
    return {'slope': round(float(result.x[0]), 6), 'intercept': round(float(result.x[1]), 6)}


def apply(calibration, genres, probabilities):
    """`probabilities` (n, genres) or (genres,), calibrated, float64 of the same shape."""
    slopes, intercepts = np.array([(calibration[g]['slope'], calibration[g]['intercept']) for g in genres]).T
    return sigmoid(slopes * logits(probabilities.astype(np.float64)) + intercepts)


def logits(probabilities):
    with np.errstate(divide='ignore'):  # 0 and 1 are infinitely sure, and stay so
        return np.log(probabilities) - np.log1p(-probabilities)


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))
