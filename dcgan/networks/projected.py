"""Projected GAN: discriminators on the features of frozen, pretrained networks.

Sauer, Chitta, Müller and Geiger, "Projected GANs Converge Faster", 2021. The features are maps of four scales of each
network of `config.features`, EfficientNet-Lites with their ImageNet weights, mixed across channels and scales by random
convolutions that are not trained. The generator is FastGAN's.

The discriminators take conditions by projection (Miyato and Koyama, 2018).
"""

from itertools import accumulate

import keras
import numpy as np
from keras import layers

from backbones import efficientnet_lite
from backbones.frozen_depthwise import FrozenDepthwiseConv2D
from dcgan.networks.activations import leaky_relu
from dcgan.networks.fastgan import generator, judge
from dcgan.networks.spectral import SpectralConv2D

__all__ = ['discriminator', 'features', 'generator']

STAGES = 1, 2, 4, 6  # whose last maps are taken, at a quarter, an eighth, a sixteenth and a thirty-second of the sides
MIXED = 64  # channels of each scale after the mixing
CHANNELS = 64, 128, 256  # up to width 1, of a discriminator after each halving; a wider run has more
SEED = 0  # of the random convolutions


def features(config, height, width):
    """A frozen model from images (batch, height, width, 3) in -1..1 to the list of maps that `discriminator` takes."""
    images = keras.Input((height, width, 3), name='images')
    posters = (images + 1) * 127.5
    size = feature_size(config, height, width)
    if size != (height, width):
        posters = layers.Resizing(*size, interpolation='bilinear', dtype='float32', name='resize')(posters)
    rng = np.random.default_rng(SEED)
    mixed = []
    for name in config.features:
        lite = efficientnet_lite.FAMILY[name]
        maps = efficientnet_lite.build(lite, posters, folded=True, depthwise=FrozenDepthwiseConv2D)
        efficientnet_lite.load_weights(lite, keras.Model(images, maps), folded=True)
        last = list(accumulate(stage[2] for stage in lite.stages))
        mixed += mix([maps[last[stage] - 1] for stage in STAGES], lite.prefix, rng)
    model = keras.Model(images, mixed, name='features')
    model.trainable = False
    return model


def feature_size(config, height, width):
    """(height, width) that the images are resized to, in their own shape."""
    return config.feature_height, max(1, round(width * config.feature_height / height))


def mix(maps, prefix, rng):
    """The maps of one network, the finest first, with MIXED channels each, the coarser ones added to the finer."""
    coarser, mixed = None, []
    for number, x in reversed(list(enumerate(maps))):
        height, width = x.shape[1:3]
        x = random_convolution(x, 1, f'{prefix}channels{number}', rng)
        if coarser is not None:
            below = random_convolution(coarser, 3, f'{prefix}scales{number}', rng)
            below = layers.UpSampling2D(2, name=f'{prefix}up{number}')(below)
            x = x + below[:, :height, :width]
        coarser = x
        mixed.insert(0, x)
    return mixed


def random_convolution(x, side, name, rng):
    layer = layers.Conv2D(MIXED, side, padding='same', use_bias=False, trainable=False, name=name)
    maps = layer(x)
    shape = layer.kernel.shape
    layer.kernel.assign(rng.normal(0, np.prod(shape[:-1]) ** -0.5, shape).astype(np.float32))
    return maps


def discriminator(config, height, width, conditions=0):
    """A model from the maps of `features`, a list, to logits (batch, n) float32, as many of each scale.

    With `conditions` its input is a list, the maps and then (batch, conditions) float32.
    """
    sizes = [feature_size(config, height, width)]
    for _ in range(5):  # halvings of the network
        sizes.append(tuple(-(-side // 2) for side in sizes[-1]))
    maps = [
        keras.Input((*size, MIXED), name=f'maps{network}_{scale}')
        for network in range(len(config.features))
        for scale, size in enumerate(sizes[2:])
    ]
    asked = keras.Input((conditions,), name='conditions') if conditions else None
    logits = []
    for number, x in enumerate(maps):
        halvings = len(STAGES) - 1 - number % len(STAGES)
        for step in range(max(1, halvings)):
            wide = round(CHANNELS[step] * max(1, config.width) / 8) * 8
            shape = {'kernel_size': 4, 'strides': 2} if halvings else {'kernel_size': 3}
            x = SpectralConv2D(wide, **shape, name=f'scale{number}_{step}')(x)
            x = layers.Activation(leaky_relu)(x)
        logits.append(judge(x, asked, f'judge{number}'))
    logits = layers.Concatenate(dtype='float32', name='logits')(logits)
    return keras.Model([*maps, asked] if conditions else maps, logits, name='discriminator')
