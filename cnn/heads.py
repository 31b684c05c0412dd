"""A linear head over features, solved for instead of trained by steps.

Features are (n, width); weights and biases are (width, outputs) and (outputs,) float32.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax

ITERATIONS = 60
EPSILON = 1e-6  # added to variances


def moments(features):
    """Mean and variance of each feature, (width,) float32 each."""
    mean = features.mean(axis=0, dtype=np.float64)
    square = np.einsum('ij,ij->j', features, features, dtype=np.float64) / len(features)
    return mean.astype(np.float32), np.maximum(square - mean**2, 0).astype(np.float32)


def standardize(features, mean, variance):
    """Features of mean 0 and variance 1, (n, width) float32, in columns: products with few vectors are faster so."""
    return np.asfortranarray((features - mean) / np.sqrt(variance + EPSILON), np.float32)


def solve(features, labels, penalty, activation, start=None):
    """(weights, biases) that minimize the mean cross-entropy plus `penalty` / 2 times the squared weights.

    `features` are standardized, `labels` (n, outputs) in 0..1; `activation` is 'sigmoid' for outputs of their own or
    'softmax' for a distribution over them. By L-BFGS, from the solution `start` where there is one.
    """
    n, width, outputs = *features.shape, labels.shape[1]
    labels = labels.astype(np.float32)

    def unpack(flat):
        flat = flat.astype(np.float32)
        return flat[:-outputs].reshape(width, outputs), flat[-outputs:]

    def cost(flat):
        weights, biases = unpack(flat)
        logits = features @ weights + biases
        if activation == 'sigmoid':
            loss, said = np.logaddexp(0, logits) - labels * logits, expit(logits)
        else:
            loss, said = -labels * log_softmax(logits, axis=1), softmax(logits, axis=1)
        error = (said - labels) / n
        value = loss.sum(dtype=np.float64) / n + penalty / 2 * np.square(weights).sum(dtype=np.float64)
        gradient = np.append(features.T @ error + penalty * weights, error.sum(axis=0))
        return value, gradient.astype(np.float64)

    start = np.zeros((width + 1) * outputs) if start is None else np.append(*start)
    found = minimize(cost, start, jac=True, method='L-BFGS-B', options={'maxiter': ITERATIONS, 'ftol': 1e-7})
    return unpack(found.x)


def apply(features, head, activation):
    """The outputs, (n, outputs) float32, for standardized features."""
    weights, biases = head
    logits = features @ weights + biases
    return expit(logits) if activation == 'sigmoid' else softmax(logits, axis=1)
