"""How near two sets of images are, from their features (n, width): KID, precision and recall, nearest neighbours."""

import numpy as np

SUBSET, SUBSETS = 500, 50
NEIGHBOURS = 3  # that make the manifold of precision and recall
CHUNK = 1024  # rows of distances held at once


def kid(first, second, seed=1):
    """(mean, standard deviation over subsets) of the kernel inception distance of two sets of features.

    Binkowski et al., "Demystifying MMD GANs", 2018: the unbiased squared maximum mean discrepancy under the cubic
    kernel (x.y / width + 1)^3, over SUBSETS subsets of SUBSET images of each set, or of as many as there are.
    """
    rng = np.random.default_rng(seed)
    size = min(SUBSET, len(first), len(second))
    found = [mmd(*(some[rng.permutation(len(some))[:size]] for some in (first, second))) for _ in range(SUBSETS)]
    return float(np.mean(found)), float(np.std(found))


def mmd(x, y):
    """The unbiased estimate for as many x as y, (n, width)."""
    n = len(x)
    x, y = x.astype(np.float64), y.astype(np.float64)
    within = sum((kernel(a, a).sum() - np.trace(kernel(a, a))) / (n * (n - 1)) for a in (x, y))
    return within - 2 * kernel(x, y).mean()


def kernel(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


def precision_recall(real, made):
    """(precision, recall): the share of `made` within the manifold of `real`, and the other way round.

    Kynkaanniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019: the manifold is
    made of balls around each point that reach to its third nearest neighbour.
    """
    return within(made, real), within(real, made)


def within(points, others):
    """The share of `points` that lie in a ball of `others`."""
    reach = np.concatenate([np.partition(d, NEIGHBOURS, axis=1)[:, NEIGHBOURS] for d in distances(others, others)])
    return float(np.mean(np.concatenate([(d <= reach).any(axis=1) for d in distances(points, others)])))


def nearest(points, others):
    """(index, distance) of the nearest of `others` to each of `points`, (n,) each."""
    found = [(d.argmin(axis=1), d.min(axis=1)) for d in distances(points, others)]
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))


def distances(points, others):
    """Euclidean distances, (up to CHUNK, len(others)) at a time."""
    squares = np.square(others).sum(axis=1)
    for start in range(0, len(points), CHUNK):
        part = points[start : start + CHUNK]
        squared = np.square(part).sum(axis=1)[:, np.newaxis] + squares - 2 * part @ others.T
        yield np.sqrt(np.maximum(squared, 0))
