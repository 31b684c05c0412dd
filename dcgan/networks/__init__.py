"""GAN architectures by name: a new one is a module here and an entry of ARCHITECTURES.

Such a module has `generator(config, height, width, conditions=0)`, a Keras model from noise (batch, z_dim) to images
(batch, height, width, 3) float32 in -1..1, and `discriminator(config, height, width, conditions=0)`, from such images
to logits (batch, 1) float32, above 0 for real ones. With `conditions` each takes a list, its input and (batch,
conditions) float32.
"""

from importlib import import_module

ARCHITECTURES = {'dcgan': 'dcgan.networks.dcgan'}


def generator(config, height, width, conditions=0):
    """The generator of the architecture of a GANConfig."""
    return _module(config).generator(config, height, width, conditions)


def discriminator(config, height, width, conditions=0):
    """The discriminator of the architecture of a GANConfig."""
    return _module(config).discriminator(config, height, width, conditions)


def _module(config):
    return import_module(ARCHITECTURES[config.architecture])  # Keras comes with it, after the set-up
