"""The generator of FastGAN, for images of any height and width, and its discriminator, which reconstructs images.

Liu, Zhu, Song and Elgammal, "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis",
2021. Differences: leaky ReLUs instead of gated linear units, which take twice the convolutions and learned no more in
the same time, an excitation that sees means, and a reconstruction that is measured by squares instead of a pretrained
network.

A conditional generator takes the conditions in its batch normalizations alone (de Vries et al., 2017). An embedding
beside the noise, or a bias there, is a constant to make one layout for all images from: such a generator collapsed.
The discriminator takes them by projection (Miyato and Koyama, 2018). A row of conditions that is left open is zeros.
"""

import keras
from keras import layers, ops

from dcgan.networks.activations import leaky_relu
from dcgan.networks.normalization import BatchNormalization
from dcgan.networks.spectral import SpectralConv2D, SpectralDense
from dcgan.networks.upsampling import SPREAD, Noise, UpConv2D, excite

CHANNELS = 32, 64, 128, 320, 512, 512, 512, 512  # at width 1, of the maps of the image's size, half of it and so on
LEAST = 4  # pixels: a generator begins with maps whose shorter side has at least so many, or as many as it can
EMBEDDING = 64  # values for the conditions
SLOW = 0.1  # the factor of the embedding's learning rate
REACH = 3  # halvings from the maps that excite to those that are excited
DECODED = 8  # the reconstruction's side is an eighth of the image's


def sides(height, width):
    """(height, width) of the maps, the image's first, each half of the one before, rounded up."""
    found = [(height, width)]
    while min(found[-1]) > LEAST and len(found) < len(CHANNELS):
        found.append(tuple(-(-side // 2) for side in found[-1]))
    return found


def channels(config, level):
    return max(8, round(CHANNELS[level] * config.width / 8) * 8)


def kernel():
    return keras.initializers.RandomNormal(stddev=SPREAD)


def generator(config, height, width, conditions=0):
    """A model from noise (batch, z_dim) to images (batch, height, width, 3) float32 in -1..1.

    With `conditions` its input is a list, [noise, conditions (batch, conditions) float32].
    """
    noise = keras.Input((config.z_dim,), name='noise')
    asked = keras.Input((conditions,), name='conditions') if conditions else None
    embedding = embed(asked) if conditions else None
    maps = sides(height, width)
    top = len(maps) - 1
    (high, wide), deep = maps[top], channels(config, top)
    x = layers.Dense(high * wide * deep, use_bias=False, kernel_initializer=kernel(), name='project')(noise)
    x = layers.Reshape((high, wide, deep), name='unfold')(x)
    x = layers.Activation(leaky_relu)(normalize(x, embedding, f'norm{top}'))
    levels = {top: x}
    for level in range(top - 1, -1, -1):
        x = UpConv2D(channels(config, level), maps[level], name=f'up{level}')(x)
        x = Noise(config.seed + level, name=f'noise{level}')(x)
        x = layers.Activation(leaky_relu)(normalize(x, embedding, f'norm{level}'))
        if level + REACH in levels:
            x = excite(x, levels[level + REACH], f'excite{level}')
        levels[level] = x
    x = layers.Conv2D(3, 3, padding='same', kernel_initializer=kernel(), name='image')(x)
    images = layers.Activation('tanh', dtype='float32', name='range')(x)
    return keras.Model([noise, asked] if conditions else noise, images, name='generator')


def embed(asked):
    """The embedding of conditions. Rows of rare genres have large steps with Adam: smaller inputs make them small."""
    return layers.Dense(EMBEDDING, kernel_initializer=keras.initializers.RandomNormal(stddev=1), name='embedding')(
        asked * SLOW
    )


def normalize(x, embedding, name):
    """Batch normalization; with an `embedding` of conditions its scale and offset depend on that."""
    x = BatchNormalization(affine=embedding is None, name=name)(x)
    if embedding is None:
        return x
    channels = x.shape[-1]
    scale = layers.Dense(channels, kernel_initializer=kernel(), name=f'{name}_scale')(embedding)
    offset = layers.Dense(channels, kernel_initializer=kernel(), name=f'{name}_offset')(embedding)
    scale, offset = (layers.Reshape((1, 1, channels))(part) for part in (scale, offset))
    return x * (1 + scale) + offset


def discriminator(config, height, width, conditions=0):
    """A model from images (batch, height, width, 3) in -1..1 to [logits (batch, n), reconstruction].

    The reconstruction is the image at an eighth of its sides, (batch, h, w, 3). With `conditions` the input is a list,
    [images, conditions].
    """
    images = keras.Input((height, width, 3), name='images')
    asked = keras.Input((conditions,), name='conditions') if conditions else None
    maps = sides(height, width)
    x, levels = images, {}
    for level in range(1, len(maps)):
        x = SpectralConv2D(channels(config, level), 4, 2, name=f'down{level}')(x)
        if level > 1 and not config.adversarial.penalized:  # a penalty is of single images, not of batches
            x = BatchNormalization(name=f'down_norm{level}')(x)
        x = layers.Activation(leaky_relu)(x)
        if level - REACH in levels:
            x = excite(x, levels[level - REACH], f'excite{level}')
        levels[level] = x
    logits = judge(x, asked, 'judge')
    halvings = min(REACH, len(maps) - 1)
    small = levels[len(maps) - 1]
    for level in range(len(maps) - 2, halvings - 1, -1):
        small = UpConv2D(channels(config, level), maps[level], name=f'decode{level}')(small)
        small = layers.Activation(leaky_relu)(BatchNormalization(name=f'decode_norm{level}')(small))
    small = layers.Conv2D(3, 3, padding='same', kernel_initializer=kernel(), name='decoded')(small)
    reconstruction = layers.Activation('tanh', dtype='float32', name='reconstruction')(small)
    return keras.Model([images, asked] if conditions else images, [logits, reconstruction], name='discriminator')


def judge(x, asked, name):
    """Logits (batch, n) float32 of maps (batch, height, width, channels), one a place, with the conditions `asked`.

    It is the mean of the conditions that counts: their sum outweighed the images, and the samples lost their variety.
    """
    logits = SpectralConv2D(1, 1, name=name)(x)
    if asked is not None:
        mean = asked / ops.maximum(1, ops.sum(asked, axis=-1, keepdims=True))
        wanted = SpectralDense(x.shape[-1], name=f'{name}_projection')(mean)
        wanted = layers.Reshape((1, 1, x.shape[-1]))(wanted)
        logits = logits + ops.sum(x * wanted, axis=-1, keepdims=True)
    return layers.Activation('linear', dtype='float32', name=f'{name}_logits')(layers.Flatten()(logits))


def auxiliary_loss(images, outputs):
    """What the discriminator learns beside its logits, of real images alone: to reconstruct them from its maps."""
    reconstruction = outputs[1]
    height, width = reconstruction.shape[1:3]
    small = ops.image.resize(images, (height, width), antialias=True)
    return ops.mean(ops.square(small - reconstruction))
