"""The gradient of a function of arrays: the one thing that Keras leaves to its backends."""

import keras
from keras import ops

from core.errors import WorkFailed


def gradients(function, arrays):
    """The gradients, as NumPy arrays, at `arrays` of `function`, which takes them as a list and returns a scalar.

    Raises WorkFailed on a backend that has no gradients.
    """
    backend = keras.backend.backend()
    if backend not in BACKENDS:
        raise WorkFailed(f'Keras on {backend} has no gradients; KERAS_BACKEND={" or ".join(BACKENDS)} has')
    tensors = [ops.convert_to_tensor(array) for array in arrays]
    return [ops.convert_to_numpy(gradient) for gradient in BACKENDS[backend](function, tensors)]


def with_tensorflow(function, tensors):
    import tensorflow

    with tensorflow.GradientTape() as tape:
        tape.watch(tensors)
        value = function(tensors)
    return tape.gradient(value, tensors)


def with_torch(function, tensors):
    import torch

    tensors = [tensor.detach().requires_grad_() for tensor in tensors]
    with torch.enable_grad():
        return torch.autograd.grad(function(tensors), tensors)


def with_jax(function, tensors):
    import jax

    return jax.grad(function)(tensors)


BACKENDS = {'tensorflow': with_tensorflow, 'torch': with_torch, 'jax': with_jax}
