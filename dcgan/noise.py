"""Latent noise. It comes from NumPy, so that a seed gives the same on every backend."""

import numpy as np

ORDER, GENERATOR, DISCRIMINATOR, SAMPLER, QUALITY = range(5)  # purposes of random numbers


def stream(seed, purpose, number, update=0):
    """The random generator of a purpose: of an epoch's order, of an update of a step, of a Sampler, of Quality.

    No two purposes share a stream. Trailing zeros do not distinguish streams, hence the order of the four numbers.
    """
    return np.random.default_rng((seed, number, purpose, update))


def draw(config, rng, number):
    """(number, z_dim) float32 of the distribution `config.z_dist`."""
    shape = number, config.z_dim
    if config.z_dist == 'normal01':
        return rng.standard_normal(shape, np.float32)
    z = rng.random(shape, np.float32)
    return 2 * z - 1 if config.z_dist == 'uniform_signed' else z
