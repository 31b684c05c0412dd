"""From a version to a Keras model: posters as uint8 in, what they say out."""

from functools import partial

import keras
import numpy as np
from keras import layers, ops

from backbones import registry
from cnn.dropout import BitDropout
from cnn.losses import LOSSES
from cnn.presets import BESIDE
from cnn.train.logistic import EPSILON

PARTS = 8
STATISTICS, FEATURES, HEAD = 'poster_statistics', 'poster_features', 'answer'  # layers: raw, standardized, the last


def build(version, shape, outputs, activation='sigmoid', weights=None, trained=False):
    """A model from (batch, height, width, 3) uint8 posters to (batch, outputs) float32.

    `shape` is (height, width, 3); `weights` are a backbone's: None, 'imagenet' or the path of a file. One that is to be
    `trained` has layers that train faster and answer alike; it is not for saving.
    """
    posters = keras.Input(shape, dtype='uint8')
    x = pretrained(version, posters, weights) if version.backbone else classic(version, posters, trained)
    x = layers.Dropout(version.dropout)(x)
    x = layers.Dense(outputs, activation=activation, dtype='float32', name=HEAD)(x)
    return keras.Model(posters, x, name=f'version_{version.number}')


def classic(version, posters, trained):
    """Keras' classic small CNN, as the toolkit's ancestor had it."""
    quarter = partial(BitDropout, 2) if trained else partial(layers.Dropout, 0.25)
    x = layers.Rescaling(1 / 255)(posters)
    for channels, kernel in zip((32, 64), version.kernels(posters.shape[2]), strict=True):
        x = layers.Conv2D(channels, kernel, padding='same', activation='relu')(x)
        x = layers.Conv2D(channels, kernel, padding='same')(x)
        x = layers.ReLU()(layers.MaxPooling2D()(x))  # as if the other way round, on a quarter of the values
        x = quarter()(x)
    x = layers.Flatten()(x)
    # one layer of 512 in parts: each part's gradient and updates need a fraction of the memory
    return layers.Concatenate()([layers.Dense(512 // PARTS, activation='relu')(x) for _ in range(PARTS)])


def pretrained(version, posters, weights):
    """Means and standard deviations of the channels of the backbone's maps, (batch, features) float32, standardized.

    The early maps tell of a poster's style, the late ones of what is on it. Of the last one only the means
    are read, since its deviations were found to add nothing. Several backbones stand side by side.
    """
    height, width = (round(side * version.enlarged) for side in posters.shape[1:3])
    if version.enlarged != 1:
        whole = ops.cast(posters, 'float32')  # of integers, Keras on torch makes integers
        posters = layers.Resizing(height, width, dtype='float32', name='enlarged')(whole)
    statistics = []
    for name in version.backbone.split(BESIDE):
        found = registry.build(name, posters, weights, frozen=not version.tuned)
        for x in (ops.cast(x, 'float32') for x in found):
            statistics += [ops.mean(x, axis=(1, 2)), ops.sqrt(ops.var(x, axis=(1, 2)) + EPSILON)]
        statistics.pop()
    x = layers.Concatenate(name=STATISTICS, dtype='float32')(statistics)
    return layers.BatchNormalization(center=False, scale=False, epsilon=EPSILON, dtype='float32', name=FEATURES)(x)


def statistics(model, hardware):
    """The part of a pretrained `model` from posters to the raw means and deviations, compiled for prediction."""
    part = keras.Model(model.input, model.get_layer(STATISTICS).output)
    compile_for_prediction(part, hardware)
    return part


def fix(model, version):
    """Keep as they were pretrained batch normalization, its statistics and its scales, and the version's first layers.

    `version.tuned_from` begins the name of the first layer that is tuned.
    """
    before = bool(version.tuned_from)
    for layer in model.layers:
        before = before and not layer.name.startswith(version.tuned_from)
        if before or isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


def compile_for_training(model, optimizer, loss, hardware):
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, LOSSES.get(loss, loss), jit_compile=hardware.xla)


def compile_for_prediction(model, hardware):
    model.compile(jit_compile=hardware.xla)


def predict(model, posters, batch_size=32):
    """The outputs (n, outputs) float32 for `posters`, (n, height, width, 3) uint8, which may be memory-mapped."""
    starts = range(0, len(posters), batch_size)
    return np.concatenate([model.predict_on_batch(posters[i : i + batch_size]) for i in starts])
