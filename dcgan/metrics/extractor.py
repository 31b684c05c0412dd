"""Features for KID, precision and recall: the pooled last maps of an EfficientNet-Lite from ImageNet, frozen."""

import keras
import numpy as np
from keras import layers, ops
from tqdm import tqdm

from backbones import efficientnet_lite
from core.hardware import dtype_policy

SIZE = 268, 182  # (height, width) to which images are resized: a poster's
BATCH = 32


def build(name, height, width, hardware):
    """A model from images (batch, height, width, 3) uint8 to features (batch, 1280) float32 of the network `name`.

    Images are resized bilinearly to the size of a poster first, real and generated ones alike. Raises WorkFailed where
    the weights are not installed.
    """
    lite = efficientnet_lite.FAMILY[name]
    with dtype_policy('float32'):
        images = keras.Input((height, width, 3), dtype='uint8')
        whole = ops.cast(images, 'float32')  # of integers, Keras on torch makes integers
        x = layers.Resizing(*SIZE, interpolation='bilinear', dtype='float32')(whole)
        head = efficientnet_lite.build(lite, x, folded=True)[-1]
        model = keras.Model(images, ops.mean(head, axis=(1, 2)))
        efficientnet_lite.load_weights(lite, model, folded=True)
    model.compile(jit_compile=hardware.xla)
    return model


def extract(model, images, what):
    """Features (n, 1280) float32 of images (n, height, width, 3) uint8; a progress bar says `what` they are."""
    features = []
    with tqdm(total=len(images), desc=what, unit=' images', disable=None, leave=False) as bar:
        for start in range(0, len(images), BATCH):
            batch = np.asarray(images[start : start + BATCH])
            features.append(model.predict_on_batch(batch))
            bar.update(len(batch))
    return np.concatenate(features)
