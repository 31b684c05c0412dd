"""What makes the classic network train faster must not change what it learns: against Keras' own."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from cnn.dropout import BitDropout
from cnn.train.optimizers import LeanRMSprop


def test_the_compiled_rmsprop_is_keras_own():
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=(5, 3)), rng.normal(size=(4, 5, 3))
    updated = []
    for optimizer in (LeanRMSprop(0.05), keras.optimizers.RMSprop(0.05)):
        variable = keras.Variable(start)
        for gradient in gradients:
            optimizer.apply([ops.convert_to_tensor(gradient, 'float32')], [variable])
        updated.append(ops.convert_to_numpy(variable.value))
    np.testing.assert_allclose(*updated, rtol=1e-5)
    assert np.abs(updated[0] - start).min() > 0.01


@pytest.mark.parametrize('bits', [1, 2])
def test_bit_dropout_is_dropout(bits):
    layer, shape, rate = BitDropout(bits, seed=1), (400, 7, 9), 2.0**-bits
    values = ops.ones(shape)
    first, second = (ops.convert_to_numpy(layer(values, training=True)) for _ in range(2))
    assert set(np.unique(first)) == {0, np.float32(1 / (1 - rate))}
    for axis in range(3):  # no place of a random number is another than the rest, and no film
        others = tuple({0, 1, 2} - {axis})
        count = first.size / shape[axis]
        deviation = np.sqrt(rate * (1 - rate) / count)
        assert np.abs((first == 0).mean(axis=others) - rate).max() < 5 * deviation
    both = ((first == 0) & (second == 0)).mean()
    assert abs(both - rate**2) < 0.01  # another mask per step
    neighbors = ((first[..., 1:] == 0) & (first[..., :-1] == 0)).mean()
    assert abs(neighbors - rate**2) < 0.01
    np.testing.assert_array_equal(layer(values, training=False), values)


def test_bit_dropout_stands_in_for_keras_layer():
    """A training's state has the same variables as the network that is saved."""
    ours, theirs = BitDropout(2), layers.Dropout(0.25)
    assert [(v.shape, v.dtype) for v in ours.variables] == [(v.shape, v.dtype) for v in theirs.variables]
    assert ours.rate == theirs.rate
