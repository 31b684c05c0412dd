"""Activation functions by the names that the flags take."""

from keras import ops

ACTIVATIONS = {
    'relu': ops.relu,
    'lrelu': lambda x: ops.leaky_relu(x, 0.2),
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
