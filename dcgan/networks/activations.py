"""Activation functions by the names that the flags take: those of Keras, and two more."""

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


OWN = {
    'lrelu': lambda x: layers.Activation(leaky_relu)(x),
    'crelu': lambda x: ops.concatenate([ops.relu(x), ops.relu(-x)], axis=-1),
}


def activate(name, x):
    """Apply the activation of that name: one of `keras.activations`, or of OWN."""
    return OWN[name](x) if name in OWN else keras.activations.get(name)(x)
