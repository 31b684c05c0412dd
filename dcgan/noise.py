"""Noise that images are made from. It comes from NumPy, so that a seed gives the same on every backend."""

import numpy as np


def draw(options, rng, number):
    """(number, z_dim) float32 of the distribution `options.z_dist`."""
    shape = number, options.z_dim
    if options.z_dist == 'normal01':
        return rng.standard_normal(shape, np.float32)
    z = rng.random(shape, np.float32)
    return 2 * z - 1 if options.z_dist == 'uniform_signed' else z
