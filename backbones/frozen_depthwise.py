"""A depthwise convolution that is never trained, through which gradients flow fast on a CPU."""

import keras
from keras import layers


class FrozenDepthwiseConv2D(layers.DepthwiseConv2D):
    """Keras' layer, whose gradient is computed for its input alone, and as a depthwise convolution.

    TensorFlow's own gradient of a depthwise convolution has no fast code on a CPU, in bfloat16 least of all: there an
    EfficientNet-Lite0 goes backwards five times as fast with this one. The gradient of a convolution is a convolution
    with the flipped kernel, of the gradient of the output with zeros put between its values where the stride is 2.
    """

    def call(self, inputs):
        if keras.backend.backend() != 'tensorflow':
            return super().call(inputs)
        import tensorflow

        kernel = tensorflow.stop_gradient(tensorflow.cast(self.kernel, inputs.dtype))
        stride, size = self.strides[0], inputs.shape[1:3]

        @tensorflow.custom_gradient
        def convolve(x):
            y = tensorflow.nn.depthwise_conv2d(x, kernel, [1, stride, stride, 1], 'SAME')
            return y, lambda upstream: depthwise_gradient(upstream, kernel, stride, size)

        return convolve(inputs) + tensorflow.cast(self.bias, inputs.dtype)


def depthwise_gradient(upstream, kernel, stride, size):
    """The gradient of the input, of `size` (height, width), from that of the output of a 'SAME' convolution."""
    import tensorflow

    outputs = upstream.shape[1:3]
    if stride > 1:
        rows, columns = outputs
        between = [[0, 0], [0, 0], [0, stride - 1], [0, 0], [0, stride - 1], [0, 0]]
        spread = tensorflow.pad(tensorflow.reshape(upstream, (-1, rows, 1, columns, 1, upstream.shape[3])), between)
        upstream = tensorflow.reshape(spread, (-1, rows * stride, columns * stride, upstream.shape[3]))
    paddings = [[0, 0]]
    for axis in (0, 1):
        reach = kernel.shape[axis]
        before = max(0, (outputs[axis] - 1) * stride + reach - size[axis]) // 2  # what 'SAME' has padded
        first = reach - 1 - before
        last = size[axis] + reach - 1 - first - upstream.shape[axis + 1]
        if last < 0:  # only zeros are beyond
            upstream = upstream[:, :last] if axis == 0 else upstream[:, :, :last]
        paddings.append([first, max(0, last)])
    padded = tensorflow.pad(upstream, [*paddings, [0, 0]])
    return tensorflow.nn.depthwise_conv2d(padded, tensorflow.reverse(kernel, [0, 1]), [1, 1, 1, 1], 'VALID')
