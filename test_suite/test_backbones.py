"""Pretrained backbones: the weights that pip brings, and what is made of them."""

import pickle

import keras
import numpy as np
import pytest
from keras import layers

from backbones import efficientnet_lite
from backbones.torch_weights import read_state_dict
from core.errors import WorkFailed

# every 50th of the 1,000 logits of an independent implementation, in torch 2.13, on the same state dict and picture
REFERENCES = {
    'EfficientNetLite0': [
        0.14354, -0.9737, -1.39466, -0.83328, -1.139, -1.65117, -0.07693, 0.36881, -0.14212, 0.01428,
        -1.30508, -3.14172, 2.79506, 2.31598, 0.06722, -0.38233, 1.10401, -1.09075, 0.21999, 0.69059,
    ],
    'EfficientNetLite1': [
        -0.53472, -1.77673, -0.47263, 0.13364, 0.37658, -0.84476, -1.07381, 0.41742, 0.36198, -0.19795,
        -1.46321, -0.93657, 3.12027, 2.22895, -0.081, -0.30027, -0.01905, -1.59535, -0.64822, 2.15947,
    ],
    'EfficientNetLite2': [
        -1.26305, -1.2284, -0.73896, -0.72068, -0.92362, -0.69935, -0.03074, 1.34789, 0.83924, -1.10886,
        -2.32771, -1.81235, 2.53518, 2.90129, -0.08632, 1.53277, 2.87454, 0.97682, -0.3469, 0.07866,
    ],
}  # fmt: skip
LITE = efficientnet_lite.FAMILY['EfficientNetLite0']


@pytest.mark.parametrize('folded', [False, True])
@pytest.mark.parametrize('name', REFERENCES)
def test_the_ported_network_says_what_the_original_says(name, folded):
    lite = efficientnet_lite.FAMILY[name]
    posters = keras.Input((268, 182, 3), dtype='uint8')
    head = efficientnet_lite.build(lite, posters, folded)[-1]
    classes = layers.Dense(1000)
    model = keras.Model(posters, classes(layers.GlobalAveragePooling2D()(head)))
    efficientnet_lite.load_weights(lite, model, folded=folded)
    classes.set_weights(efficientnet_lite.read_weights(lite, efficientnet_lite.weights_path(lite))['fc'])
    y, x, channel = np.ogrid[:268, :182, :3]
    picture = ((7 * y + 5 * x + 83 * channel + y * x // 97) % 256).astype(np.uint8)
    assert model.predict(picture[None], verbose=0)[0, ::50] == pytest.approx(REFERENCES[name], abs=1e-4)


def test_weights_with_another_hash_are_refused(tmp_path):
    damaged = bytearray(efficientnet_lite.weights_path(LITE).read_bytes())
    damaged[1_000_000] ^= 1
    (tmp_path / 'weights.pth').write_bytes(damaged)
    with pytest.raises(WorkFailed, match='SHA-256'):
        read_state_dict(tmp_path / 'weights.pth', LITE.sha256)


def test_weights_can_run_no_code(tmp_path):
    from backbones.torch_weights import StateDictUnpickler

    class Harmful:
        def __reduce__(self):
            return (open, (str(tmp_path / 'made'), 'w'))

    (tmp_path / 'harmful').write_bytes(pickle.dumps(Harmful()))
    with open(tmp_path / 'harmful', 'rb') as file, pytest.raises(pickle.UnpicklingError, match='no place'):
        StateDictUnpickler(file, most=0).load()
    assert not (tmp_path / 'made').exists()
