"""Layers of the generator of FastGAN: upsampling, noise, skip-layer excitation."""

from functools import partial

import keras
import numpy as np
from keras import layers, ops

from core.hardware import replicas
from core.onnx.layers import numbers, transpose_convolve

SPREAD = 0.02  # standard deviation of initial kernels


class UpConv2D(keras.layers.Layer):
    """Nearest-neighbor upsampling to twice the sides, then a convolution of 3x3, in one.

    Each new pixel sees only 2x2 old ones, so the two are a transposed convolution with a kernel of 4x4, the 3x3 one
    spread over 2x2 places: 16 multiplications where there were 36. `size`, (height, width), is twice the input's or one
    less.
    """

    def __init__(self, filters, size, **settings):
        super().__init__(**settings)
        self.filters, self.size = filters, size

    def build(self, shape):
        spread = keras.initializers.RandomNormal(stddev=SPREAD)
        self.kernel = self.add_weight(shape=(3, 3, self.filters, shape[-1]), initializer=spread, name='kernel')

    def call(self, x):
        height, width = self.size
        return ops.conv_transpose(x, spread_kernel(self.kernel), 2, 'same')[:, :height, :width]

    def to_onnx(self, graph, x):
        kernel = graph.weight(lambda: numbers(self.kernel).transpose(3, 2, 0, 1))
        for before, after in (((0, 0, 1, 0), (0, 0, 0, 0)), ((0, 0, 0, 1), (0, 0, 0, 0))):
            first = graph.add('Pad', kernel, graph.constant((*before, *after), dtype=np.int64))
            second = graph.add('Pad', kernel, graph.constant((*after, *before), dtype=np.int64))
            kernel = graph.add('Add', first, second)
        doubled = tuple(2 * side for side in x.shape[1:3])
        name = transpose_convolve(graph, x, kernel, (4, 4), (2, 2), doubled)
        if doubled == self.size:
            return name
        return graph.add('Slice', name, *(graph.constant(part, dtype=np.int64) for part in ((0, 0), self.size, (2, 3))))


def spread_kernel(kernel):
    """The kernel of 4x4, (4, 4, out, in), that does at stride 2 what one of 3x3 does after upsampling."""
    for axis in (0, 1):
        before, after = [[0, 0]] * 4, [[0, 0]] * 4
        before[axis], after[axis] = [1, 0], [0, 1]
        kernel = ops.pad(kernel, before) + ops.pad(kernel, after)
    return kernel


class Noise(keras.layers.Layer):
    """Adds noise of one value a pixel, times a factor that is learned: new noise in training, then always the same.

    Karras, Laine and Aila, "A Style-Based Generator Architecture for Generative Adversarial Networks", 2019.
    """

    def __init__(self, seed, **settings):
        super().__init__(**settings)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, shape):
        self.factor = self.add_weight(shape=(), initializer='zeros', name='factor')
        still = np.random.default_rng(self.seed).standard_normal((1, *shape[1:3], 1), np.float32)
        self.constant = still

    def call(self, x, training=False):
        if training:
            noise = replicas().draw(partial(self._draw, x), ops.shape(x)[0])
        else:
            noise = ops.cast(self.constant, x.dtype)
        return x + self.factor * noise

    def _draw(self, x, rows):
        return keras.random.normal((rows, *x.shape[1:3], 1), dtype=x.dtype, seed=self.seed_generator)

    def to_onnx(self, graph, x):
        return graph.add('Add', x.name, graph.constant(numbers(self.factor) * self.constant, 4))


def excite(x, small, name):
    """Skip-layer excitation: the channels of `x` times what the mean of `small`, maps of a lower resolution, says.

    Liu et al., "Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis", 2021.
    """
    channels = x.shape[-1]
    mean = layers.GlobalAveragePooling2D(name=f'{name}_mean')(small)
    gate = layers.Dense(channels, 'swish', name=f'{name}_inner')(mean)
    gate = layers.Dense(channels, 'sigmoid', name=f'{name}_gate')(gate)
    return layers.Multiply(name=name)([x, layers.Reshape((1, 1, channels), name=f'{name}_shape')(gate)])
