"""KID, precision, recall, density and coverage of two sets of images, from their features (n, width)."""

import numpy as np

INDEPENDENT = 'EfficientNetLite2'  # whose features trainings are watched by; no discriminator has them by default
MEASURES = 'kid', 'precision', 'recall', 'density', 'coverage'
NEIGHBORS = 3  # that make the manifold of precision and recall
BALLS = 5  # neighbors in a ball of density and coverage
LEAST = NEIGHBORS + 1  # images of a set
CHUNK = 1024  # rows of distances held at once


def kid(made, real, within_real=None):
    """(estimate, standard error) of the kernel inception distance of two sets of features, LEAST or more each.

    Binkowski et al., "Demystifying MMD GANs", 2018: the unbiased squared maximum mean discrepancy under the cubic
    kernel (x.y / width + 1)^3, here over all images at once. The error is that of the jackknife over the images of both
    sets. `within_real` are the `sums_within` of `real`, where they are known.
    """
    m, n = len(made), len(real)
    within = sums_within(made), sums_within(real) if within_real is None else within_real
    across = np.zeros(m), np.zeros(n)
    for rows, values in kernels(made, real):
        across[0][rows] = values.sum(axis=1)
        across[1][:] += values.sum(axis=0)

    def estimate(first, m, second, n, between):
        return first / (m * (m - 1)) + second / (n * (n - 1)) - 2 * between / (m * n)

    first, second, between = within[0].sum(), within[1].sum(), across[0].sum()
    left_out = (
        estimate(first - 2 * within[0], m - 1, second, n, between - across[0]),
        estimate(first, m, second - 2 * within[1], n - 1, between - across[1]),
    )
    variance = sum((len(values) - 1) * values.var() for values in left_out)
    return float(estimate(first, m, second, n, between)), float(variance**0.5)


def sums_within(features):
    """(n,): the kernels of each of the features with the others, summed."""
    sums = [values.sum(axis=1) for _, values in kernels(features, features)]
    wide = features.astype(np.float64)
    return np.concatenate(sums) - (np.square(wide).sum(axis=1) / features.shape[1] + 1) ** 3


def kernels(x, y):
    """(rows of x, their kernels with all y), up to CHUNK rows at a time."""
    y = y.astype(np.float64)
    for start in range(0, len(x), CHUNK):
        part = x[start : start + CHUNK].astype(np.float64)
        yield slice(start, start + len(part)), (part @ y.T / x.shape[1] + 1) ** 3


def manifold_metrics(real, made):
    """{'precision', 'recall', 'density', 'coverage'} of `made`.

    Precision is the share of `made` within the manifold of `real`, recall the share of `real` within that of `made`:
    balls around each point that reach to its third nearest neighbor (Kynkaanniemi et al., "Improved Precision and
    Recall Metric for Assessing Generative Models", 2019). Density is in how many balls of `real` one of `made` is, of
    those that it should be in, and coverage the share of these balls that has one; they reach to the fifth neighbor
    (Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020).
    """
    reaches, wider = reach(real, NEIGHBORS, BALLS)
    (reaches_made,) = reach(made, NEIGHBORS)
    inside, balls = [], 0
    nearest, recalled = np.full(len(real), np.inf), np.zeros(len(real), bool)
    for some in distances(made, real):
        inside.append((some <= reaches).any(axis=1))
        balls += (some <= wider).sum()
        nearest = np.minimum(nearest, some.min(axis=0))
    start = 0
    for some in distances(real, made):
        recalled[start : start + len(some)] = (some <= reaches_made).any(axis=1)
        start += len(some)
    return {
        'precision': float(np.concatenate(inside).mean()),
        'recall': float(recalled.mean()),
        'density': float(balls / (min(BALLS, len(real) - 1) * len(made))),
        'coverage': float((nearest <= wider).mean()),
    }


def reach(points, *neighbors):
    """The distance of each of `points` to its so-manieth nearest neighbor, (n,), for each of `neighbors`."""
    places = [min(number, len(points) - 1) for number in neighbors]
    found = [np.sort(np.partition(some, places, axis=1)[:, : max(places) + 1]) for some in distances(points, points)]
    return [np.concatenate([some[:, place] for some in found]) for place in places]


def distances(points, others):
    """Euclidean distances, (up to CHUNK, len(others)) at a time."""
    squares = np.square(others).sum(axis=1)
    for start in range(0, len(points), CHUNK):
        part = points[start : start + CHUNK]
        squared = np.square(part).sum(axis=1)[:, np.newaxis] + squares - 2 * part @ others.T
        yield np.sqrt(np.maximum(squared, 0))
