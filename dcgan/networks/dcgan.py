"""Generator and discriminator of a DCGAN for images of any height and width.

Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", 2015. Sizes are halved rounding up, so that no image has to be a square or a power of two.

A conditional pair also takes conditions, (batch, conditions): the generator by conditional batch normalization
(de Vries et al., 2017), the discriminator by projection (Miyato and Koyama, 2018).
"""

from itertools import cycle, islice

import keras
from keras import layers, ops

from dcgan.networks.activations import activate
from dcgan.networks.normalization import BatchNormalization

CHANNELS = 64  # of the layer next to the image; each further one has twice as many
MOST_CHANNELS = 1024
SPREAD = 0.02  # standard deviation of initial weights


def sides(height, width, layers):
    """(height, width) of the image and after each halving, the image's first."""
    return [(-(-height // 2**i), -(-width // 2**i)) for i in range(layers)]


def channels(i):
    return min(CHANNELS * 2**i, MOST_CHANNELS)


def normal():
    return keras.initializers.RandomNormal(stddev=SPREAD)


def generator(config, height, width, conditions=0):
    """A model from noise (batch, z_dim) to images (batch, height, width, 3) float32 in -1..1.

    With `conditions` its input is a list, [noise, conditions (batch, conditions) float32].
    """
    depth = config.nbr_of_layers_g
    heights_widths = sides(height, width, depth)
    noise = keras.Input((config.z_dim,), name='noise')
    conditions_input = keras.Input((conditions,), name='asked') if conditions else None
    names = list(islice(cycle(config.activation_g), depth - 1))
    start = (
        layers.Concatenate()([noise, layers.Dense(128, name='embedding')(conditions_input)]) if conditions else noise
    )
    (top, left), wide = heights_widths[-1], channels(depth - 2)
    bias = not config.batch_norm_g  # the normalization has an offset
    x = layers.Dense(top * left * wide, use_bias=bias, kernel_initializer=normal(), name='project')(start)
    x = layers.Reshape((top, left, wide))(x)
    for i in range(depth - 2, -1, -1):
        if config.batch_norm_g:
            x = normalize(x, conditions_input, f'norm{i}')
        x = activate(names[depth - 2 - i], x)
        x = upsample(x, channels(i - 1) if i else 3, config, heights_widths[i], use_bias=bias or not i, name=f'up{i}')
    images = layers.Activation('tanh', dtype='float32')(x)
    return keras.Model([noise, conditions_input] if conditions else noise, images, name='generator')


def upsample(x, wide, config, size, **settings):
    """A transposed convolution to `wide` maps of `size`, (height, width), each twice the side of `x` or one less."""
    kernel = config.k_h, config.k_w
    less = [2 * side - wanted for side, wanted in zip(x.shape[1:3], size, strict=True)]
    settings |= {'strides': 2, 'padding': 'same', 'kernel_initializer': normal()}
    if all(side % 2 for side in kernel):
        return layers.Conv2DTranspose(wide, kernel, output_padding=tuple(1 - one for one in less), **settings)(x)
    x = layers.Conv2DTranspose(wide, kernel, **settings)(x)
    return layers.Cropping2D(tuple((0, one) for one in less))(x) if any(less) else x


def normalize(x, conditions_input, name):
    """Batch normalization; with `conditions_input` its scale and offset depend on the conditions."""
    x = BatchNormalization(affine=conditions_input is None, name=name)(x)
    if conditions_input is None:
        return x
    wide = x.shape[-1]
    scale = layers.Dense(wide, kernel_initializer=normal(), name=f'{name}_scale')(conditions_input)
    offset = layers.Dense(wide, kernel_initializer=normal(), name=f'{name}_offset')(conditions_input)
    return x * (1 + ops.reshape(scale, (-1, 1, 1, wide))) + ops.reshape(offset, (-1, 1, 1, wide))


def discriminator(config, height, width, conditions=0):
    """A model from images (batch, height, width, 3) in -1..1 to logits (batch, 1) float32, above 0 for real ones.

    With `conditions` its input is a list, [images, conditions].
    """
    depth = config.nbr_of_layers_d
    images = keras.Input((height, width, 3), name='images')
    conditions_input = keras.Input((conditions,), name='asked') if conditions else None
    x = images
    for i, name in enumerate(islice(cycle(config.activation_d), depth - 1)):
        normed = i and config.batch_norm_d
        shape = {'kernel_size': (config.k_h, config.k_w), 'strides': 2, 'padding': 'same', 'use_bias': not normed}
        x = layers.Conv2D(channels(i), **shape, kernel_initializer=normal(), name=f'down{i}')(x)
        if normed:
            x = BatchNormalization(name=f'norm{i}')(x)
        x = activate(name, x)
    flat = layers.Flatten()(x)
    logits = layers.Dense(1, kernel_initializer=normal(), dtype='float32', name='real')(flat)
    if conditions:
        seen = ops.cast(ops.mean(x, axis=(1, 2)), 'float32')
        wanted = layers.Dense(seen.shape[-1], use_bias=False, dtype='float32', name='projection')(conditions_input)
        logits = logits + ops.sum(seen * wanted, axis=1, keepdims=True)
    return keras.Model([images, conditions_input] if conditions else images, logits, name='discriminator')
