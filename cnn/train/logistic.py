"""L2-regularized logistic regression, sigmoid or softmax, by L-BFGS.

Features are (n, width); weights and biases are (width, outputs) and (outputs,) float32.
"""

import numpy as np
from scipy.linalg.blas import sgemm  # as minimize uses: numpy's has threads of its own, and the two wait for each other
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax
from sklearn.utils.extmath import randomized_svd

from cnn.probe_files import EPSILON

ITERATIONS, SPARSE = 60, 100  # at most, of L-BFGS
AXES = 200  # of the features, those along which solving is scaled


def moments(features):
    """Mean and variance of each feature, (width,) float32 each."""
    mean = features.mean(axis=0, dtype=np.float64)
    square = np.einsum('ij,ij->j', features, features, dtype=np.float64) / len(features)
    return mean.astype(np.float32), np.maximum(square - mean**2, 0).astype(np.float32)


def standardize(features, mean, variance):
    """Features of mean 0 and variance 1, (n, width) float32, in columns: products with few vectors are faster so."""
    return np.asfortranarray((features - mean) / np.sqrt(variance + EPSILON), np.float32)


def principal_axes(features):
    """(axes, variances) of where standardized features vary most, (width, m) and (m,) float32, the largest first."""
    _, lengths, axes = randomized_svd(features, min(AXES, *features.shape), n_iter=1, random_state=0)
    return np.asfortranarray(axes.T), lengths**2 / len(features)


def solve(features, principal, labels, strength, activation, start=None):
    """(weights, biases) that minimize the mean cross-entropy plus `strength` / 2 times the squared weights.

    `features` are standardized and `principal` their principal axes; `labels` are (n, outputs) in 0..1; `activation`
    is 'sigmoid' for independent outputs or 'softmax' for a distribution. By L-BFGS, from the solution
    `start` where there is one, the principal axes scaled so that the cost curves about as much along all of them: after
    Z. Frangella, J. Tropp and M. Udell, Randomized Nyström Preconditioning, 2023.
    """
    width, outputs = features.shape[1], labels.shape[1]
    labels = labels.astype(np.float32)
    axes, variances = principal
    shares = labels.mean(axis=0)
    curvatures = np.mean(shares * (1 - shares)) * variances + strength  # where each output predicts its share
    scales = np.sqrt(curvatures[-1] / curvatures)

    def unpack(flat):
        flat = flat.astype(np.float32)
        return stretch(flat[:-outputs].reshape(width, outputs), axes, scales), flat[-outputs:]

    def cost(flat):
        weights, biases = unpack(flat)
        loss, error = cross_entropy(sgemm(1, features, weights) + biases, labels, activation)
        value = loss + strength / 2 * np.square(weights).sum(dtype=np.float64)
        gradient = sgemm(1, features, error, trans_a=True) + strength * weights
        return value, np.append(stretch(gradient, axes, scales), error.sum(axis=0)).astype(np.float64)

    weights, biases = start or (np.zeros((width, outputs), np.float32), np.zeros(outputs, np.float32))
    flat = np.append(stretch(weights, axes, 1 / scales), biases)
    result = minimize(cost, flat, jac=True, method='L-BFGS-B', options={'maxiter': ITERATIONS, 'ftol': 1e-7})
    return unpack(result.x)


def solve_sparse(matrix, labels, strength, activation):
    """As `solve`, for a sparse matrix (n, width) of features that are not standardized; in float64."""
    width, outputs = matrix.shape[1], labels.shape[1]
    transposed = matrix.T.tocsr()

    def cost(flat):
        weights, biases = flat[:-outputs].reshape(width, outputs), flat[-outputs:]
        loss, error = cross_entropy(matrix @ weights + biases, labels, activation)
        gradient = transposed @ error + strength * weights
        return loss + strength / 2 * np.square(weights).sum(), np.append(gradient, error.sum(axis=0))

    start = np.zeros((width + 1) * outputs)
    flat = minimize(cost, start, jac=True, method='L-BFGS-B', options={'maxiter': SPARSE, 'ftol': 1e-7}).x
    return flat[:-outputs].reshape(width, outputs), flat[-outputs:]


def cross_entropy(logits, labels, activation):
    """(mean cross-entropy, its gradient (n, outputs) at the logits)."""
    if activation == 'sigmoid':
        loss, predicted = np.logaddexp(0, logits) - labels * logits, expit(logits)
    else:
        loss, predicted = -labels * log_softmax(logits, axis=1), softmax(logits, axis=1)
    return loss.sum(dtype=np.float64) / len(labels), (predicted - labels) / len(labels)


def stretch(vectors, axes, scales):
    """Vectors, (width, k), with their components along the axes multiplied by `scales`, the rest as it is."""
    components = sgemm(1, axes, vectors, trans_a=True)
    return vectors + sgemm(1, axes, (scales - 1)[:, np.newaxis] * components)


def apply(features, head, activation):
    """The outputs, (n, outputs) float32, for standardized features."""
    weights, biases = head
    logits = features @ weights + biases
    return expit(logits) if activation == 'sigmoid' else softmax(logits, axis=1)
