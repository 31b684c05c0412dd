"""Augmentation that gradients pass through, the same kinds for real and generated images.

Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020. What is drawn comes from NumPy, so
that it is the same on every backend; `draws` are made outside the graph, `augment` uses them inside.
"""

import numpy as np
from keras import ops

WIDTH = 8  # random numbers an image
SHIFT, HOLE = 1 / 8, 1 / 2  # of the sides


def draws(rng, batch):
    """(batch, WIDTH) float32 in 0..1."""
    return rng.random((batch, WIDTH), np.float32)


def augment(images, drawn, policies):
    """Altered `images`, (batch, height, width, 3) in -1..1, as the numbers `drawn` say."""
    for policy in policies:
        images = {'color': color, 'translation': translate, 'cutout': cut}[policy](images, drawn)
    return images


def part(drawn, i):
    return ops.reshape(drawn[:, i], (-1, 1, 1, 1))


def color(images, drawn):
    brightness, saturation, contrast = part(drawn, 0) - 0.5, 2 * part(drawn, 1), part(drawn, 2) + 0.5
    images = images + brightness
    grey = ops.mean(images, axis=3, keepdims=True)
    images = (images - grey) * saturation + grey
    middle = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return (images - middle) * contrast + middle


def translate(images, drawn):
    """Each image moved by up to an eighth of its sides, grey where nothing was."""
    height, width = images.shape[1:3]
    for axis, size, number in ((1, height, 3), (2, width, 4)):
        images = shift(images, axis, size, drawn[:, number])
    return images


def shift(images, axis, size, drawn):
    """`images` moved along an axis of `size` places, by a product with a matrix of zeros and ones an image."""
    most = max(1, int(size * SHIFT))
    by = ops.floor(drawn * (2 * most + 1)) - most
    places = ops.arange(size, dtype='float32')
    source = ops.reshape(places, (1, size, 1)) - ops.reshape(by, (-1, 1, 1))
    moves = ops.cast(ops.equal(source, ops.reshape(places, (1, 1, size))), images.dtype)  # (batch, to, from)
    return ops.einsum('bij,bjwc->biwc' if axis == 1 else 'bij,bhjc->bhic', moves, images)


def cut(images, drawn):
    """A grey rectangle of half the sides in each image."""
    height, width = images.shape[1:3]
    inside = []
    for size, number in ((height, 5), (width, 6)):
        hole = int(size * HOLE)
        first = ops.floor(drawn[:, number] * (size + (1 - hole % 2))) - hole // 2
        places = ops.reshape(ops.arange(size, dtype='float32'), (1, size))
        first = ops.reshape(first, (-1, 1))
        inside.append(ops.logical_and(places >= first, places < first + hole))
    rows, columns = inside
    hole = ops.logical_and(ops.expand_dims(rows, 2), ops.expand_dims(columns, 1))
    return images * ops.cast(ops.logical_not(ops.expand_dims(hole, 3)), images.dtype)
