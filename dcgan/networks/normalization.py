"""Batch normalization that is fast on a CPU, in the precision of its input."""

import keras
import numpy as np
from keras import ops

from core.hardware import replicas

MOMENTUM, EPSILON = 0.9, 1e-5


class BatchNormalization(keras.layers.Layer):
    """Ioffe and Szegedy, "Batch Normalization", 2015, over the last axis of (batch, height, width, channels).

    Keras' own layer computes in float32 and sums along axes, which takes a CPU as long as a convolution. This one sums
    by products of matrices and stays in bfloat16; variances are taken after the means are gone, so that they
    keep all their digits. Devices that share a batch have the means of the whole one. `affine`: with a scale and an
    offset a channel to learn.
    """

    def __init__(self, affine=True, **settings):
        super().__init__(**settings)
        self.affine = affine

    def build(self, shape):
        channels = shape[-1:]
        if self.affine:
            self.gamma = self.add_weight(shape=channels, initializer='ones', name='gamma')
            self.beta = self.add_weight(shape=channels, initializer='zeros', name='beta')
        still = {'trainable': False, 'autocast': False}
        self.moving_mean = self.add_weight(shape=channels, initializer='zeros', name='moving_mean', **still)
        self.moving_variance = self.add_weight(shape=channels, initializer='ones', name='moving_variance', **still)

    def call(self, x, training=False):
        flat = ops.reshape(x, (-1, x.shape[-1]))
        if training:
            mean = replicas().mean(means(flat))
            flat = flat - ops.cast(mean, x.dtype)
            variance = replicas().mean(means(flat * flat))
            for kept, batch_value in ((self.moving_mean, mean), (self.moving_variance, variance)):
                kept.assign(kept * MOMENTUM + batch_value * (1 - MOMENTUM))
        else:
            flat, variance = flat - ops.cast(self.moving_mean, x.dtype), self.moving_variance
        scale = ops.cast(ops.rsqrt(variance + EPSILON), x.dtype)
        flat = flat * (self.gamma * scale) + self.beta if self.affine else flat * scale
        return ops.reshape(flat, ops.shape(x))

    def to_onnx(self, graph, x):
        ones = np.ones(x.shape[-1], np.float32)
        parts = (self.gamma, self.beta) if self.affine else (ones, 0 * ones)
        parts = [graph.constant(part) for part in (*parts, self.moving_mean, self.moving_variance)]
        return graph.add('BatchNormalization', x.name, *parts, epsilon=EPSILON)


def means(rows):
    """The mean row of (n, channels), (channels,) float32."""
    number = ops.shape(rows)[0]
    return ops.cast(ops.matmul(ops.ones((1, number), rows.dtype), rows)[0], 'float32') / ops.cast(number, 'float32')
