"""Layers with spectral normalization, the same on every backend.

Miyato et al., "Spectral Normalization for Generative Adversarial Networks", 2018: a kernel is divided by its largest
singular value, which one step of power iteration per training step follows.
"""

import keras
from keras import ops


class SpectralLayer(keras.layers.Layer):
    """Its `kernel`, of any shape (..., outputs), is added by `add_kernel` and read by `normalized_kernel`."""

    def add_kernel(self, shape):
        self.kernel = self.add_weight(shape=shape, name='kernel', autocast=False)
        self.left = self.add_weight(
            shape=(1, shape[-1]), initializer='random_normal', name='left', trainable=False, autocast=False
        )

    def normalized_kernel(self, training):
        """The kernel over its largest singular value, in the layer's precision; training moves `left`."""
        matrix = ops.reshape(self.kernel, (-1, self.kernel.shape[-1]))
        still, left = ops.stop_gradient(matrix), ops.convert_to_tensor(self.left)
        right = unit(ops.matmul(left, ops.transpose(still)))
        if training:
            left = unit(ops.matmul(right, still))
            self.left.assign(left)
        largest = ops.sum(ops.matmul(right, matrix) * left)
        return ops.cast(self.kernel / largest, self.compute_dtype)


class SpectralConv2D(SpectralLayer):
    """A convolution of (batch, height, width, channels) to `filters` maps, padded, with a bias."""

    def __init__(self, filters, kernel_size, strides=1, **settings):
        super().__init__(**settings)
        self.filters, self.kernel_size, self.strides = filters, kernel_size, strides

    def build(self, shape):
        self.add_kernel((self.kernel_size, self.kernel_size, shape[-1], self.filters))
        self.bias = self.add_weight(shape=(self.filters,), initializer='zeros', name='bias')

    def call(self, x, training=False):
        return ops.conv(x, self.normalized_kernel(training), self.strides, 'same') + self.bias


class SpectralDense(SpectralLayer):
    """A product of (batch, width) with a matrix, (batch, units)."""

    def __init__(self, units, **settings):
        super().__init__(**settings)
        self.units = units

    def build(self, shape):
        self.add_kernel((shape[-1], self.units))

    def call(self, x, training=False):
        return ops.matmul(x, self.normalized_kernel(training))


def unit(vector):
    return vector / (ops.sqrt(ops.sum(ops.square(vector))) + 1e-12)
