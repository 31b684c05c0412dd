"""Noise that images are made from. It comes from NumPy, so that a seed gives the same on every backend."""

import numpy as np

ORDER, GENERATOR, DISCRIMINATOR, MAKER = range(4)  # what random numbers are for


def stream(seed, purpose, number, update=0):
    """The random numbers of a purpose: of an epoch's order, of an update of a step, of what a Maker is asked for.

    No two purposes share a stream. Trailing zeros do not tell streams apart, hence the order of the four numbers.
    """
    return np.random.default_rng((seed, number, purpose, update))


def draw(options, rng, number):
    """(number, z_dim) float32 of the distribution `options.z_dist`."""
    shape = number, options.z_dim
    if options.z_dist == 'normal01':
        return rng.standard_normal(shape, np.float32)
    z = rng.random(shape, np.float32)
    return 2 * z - 1 if options.z_dist == 'uniform_signed' else z
