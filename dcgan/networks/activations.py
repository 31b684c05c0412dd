"""Activation functions by the names that the flags take."""

import keras
from keras import layers, ops

SLOPE = 0.2  # of lrelu below 0


def leaky_relu(x):
    """Its gradient looks at the output, whose sign is the input's, so that a training need not keep the input."""
    if keras.backend.backend() != 'tensorflow':
        return ops.leaky_relu(x, SLOPE)
    import tensorflow

    @tensorflow.custom_gradient
    def leak(x):
        y = tensorflow.nn.leaky_relu(x, SLOPE)
        return y, lambda upstream: tensorflow.raw_ops.LeakyReluGrad(gradients=upstream, features=y, alpha=SLOPE)

    return leak(x)


ACTIVATIONS = {
    'relu': ops.relu,
    'lrelu': lambda x: layers.Activation(leaky_relu)(x),
    'relu6': ops.relu6,
    'elu': ops.elu,
    'crelu': lambda x: ops.concatenate([ops.relu(x), ops.relu(-x)], axis=-1),
    'selu': ops.selu,
    'tanh': ops.tanh,
    'sigmoid': ops.sigmoid,
    'softplus': ops.softplus,
    'softsign': ops.softsign,
    'softmax': ops.softmax,
    'swish': ops.silu,
}


def activate(name, x):
    return ACTIVATIONS[name](x)
