"""The losses that Keras does not have."""

import keras
import numpy as np
import pytest
from keras import ops

from cnn import losses

LABELS = np.float32([[1, 0, 0, 1], [0, 0, 1, 0]])
PROBABILITIES = np.float32([[0.8, 0.04, 0.6, 0.3], [0.5, 0.05, 0.9, 0.02]])


def loss(labels, probabilities):
    return ops.convert_to_numpy(losses.asymmetric(labels, probabilities))


def test_without_its_focus_and_margin_the_asymmetric_loss_is_cross_entropy(monkeypatch):
    monkeypatch.setattr(losses, 'GAMMA', 0)
    monkeypatch.setattr(losses, 'MARGIN', 0)
    expected = keras.losses.binary_crossentropy(LABELS, PROBABILITIES)
    assert loss(LABELS, PROBABILITIES) == pytest.approx(ops.convert_to_numpy(expected), rel=1e-5)


def test_the_asymmetric_loss_forgets_what_is_easily_seen_not_to_be_there():
    """Worked out by hand: probabilities under the margin cost nothing, others (p - 0.05)^4 of their cross-entropy."""
    first = -(np.log(0.8) + np.log(0.3) + 0.55**4 * np.log(0.45)) / 4
    second = -(np.log(0.9) + 0.45**4 * np.log(0.55)) / 4
    assert loss(LABELS, PROBABILITIES) == pytest.approx([first, second], rel=1e-5)
