"""GAN architectures by name: a new one is a module here and an entry of ARCHITECTURES.

Such a module has `generator(config, height, width, conditions=0)`, a Keras model from noise (batch, z_dim) to images
(batch, height, width, 3) float32 in -1..1, and `discriminator(config, height, width, conditions=0)`, from such images
to logits (batch, n) float32, above 0 for real ones. With `conditions` each takes a list, its inputs and (batch,
conditions) float32.

It may have `features(config, height, width)`, a frozen model from images to a list of maps: the discriminator then
takes these instead of images. And `auxiliary_loss(images, outputs)`, of real images and the outputs of a discriminator
that has others after the logits.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Architecture:
    """`defaults` of the fields of GANConfig that are not given, and those of its `own`, which not all others have.

    Images have sides of `least` pixels and more; with `repeats` a batch may hold an image more than once.
    """

    module: str
    about: str
    own: dict[str, Any]
    defaults: dict[str, Any]
    least: int = 16
    repeats: bool = False


_FASTGAN = {'width': 1.0, 'label_dropout': 0.1}
ARCHITECTURES = {
    'projected': Architecture(
        'dcgan.networks.projected',
        'a Projected GAN, which compares features of a frozen network',
        _FASTGAN | {'features': ('EfficientNetLite0',), 'feature_height': 144},
        {
            'batch_size': 16, 'learning_rate_g': 4e-4, 'learning_rate_d': 4e-4, 'beta1_g': 0.0, 'beta1_d': 0.0,
            'beta2': 0.99, 'loss': 'hinge', 'diffaugment': ('color', 'translation', 'cutout'), 'z_dim': 100,
            'z_dist': 'normal01',
        },
    ),
    'fastgan': Architecture(
        'dcgan.networks.fastgan',
        'a FastGAN, whose discriminator also reconstructs images',
        _FASTGAN | {'width': 0.5},
        {
            'batch_size': 16, 'learning_rate_g': 1e-4, 'learning_rate_d': 4e-4, 'beta1_g': 0.0, 'beta1_d': 0.0,
            'beta2': 0.9, 'loss': 'hinge', 'diffaugment': ('color', 'translation'), 'z_dim': 100, 'z_dist': 'normal01',
        },
    ),
    'dcgan': Architecture(
        'dcgan.networks.dcgan',
        'a DCGAN',
        {
            'nbr_of_layers_g': 5, 'nbr_of_layers_d': 5, 'activation_g': ('relu',), 'activation_d': ('lrelu',), 'k_h': 5,
            'k_w': 5, 'batch_norm_g': True, 'batch_norm_d': True,
        },
        {
            'learning_rate_g': 2e-4, 'learning_rate_d': 2e-4, 'beta1_g': 0.5, 'beta1_d': 0.5, 'beta2': 0.999,
            'loss': 'bce', 'diffaugment': (), 'z_dim': 100, 'z_dist': 'uniform_signed',
        },
        least=4,
        repeats=True,
    ),
}  # fmt: skip


def generator(config, height, width, conditions=0):
    """The generator of the architecture of a GANConfig."""
    return _module(config).generator(config, height, width, conditions)


def discriminator(config, height, width, conditions=0):
    """The discriminator of the architecture of a GANConfig."""
    return _module(config).discriminator(config, height, width, conditions)


def features(config, height, width):
    """The frozen model before the discriminator, from images to a list of maps; None where it takes images."""
    module = _module(config)
    return module.features(config, height, width) if hasattr(module, 'features') else None


def auxiliary_loss(config, images, outputs):
    """The loss of the other outputs of a discriminator of real images; 0 where it has only logits."""
    module = _module(config)
    return module.auxiliary_loss(images, outputs) if hasattr(module, 'auxiliary_loss') else 0.0


def _module(config):
    return import_module(ARCHITECTURES[config.architecture].module)  # Keras comes with it, after the set-up
