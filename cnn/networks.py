"""Keras models of the presets: posters as uint8 in, predictions out."""

from functools import partial

import keras
import numpy as np
from keras import layers, ops

from backbones import registry
from cnn.dropout import BitDropout, SharedDropout
from cnn.losses import LOSSES
from cnn.presets import FineTune, FromScratch, LinearProbe, Preset
from cnn.probe_files import EPSILON
from core.hardware import replicas

PARTS = 8
STATISTICS, FEATURES, HEAD = 'poster_statistics', 'poster_features', 'answer'  # layers: raw, standardized, the last


def build(preset: Preset, shape, outputs, activation='sigmoid', weights=None, trained=False):
    """A model from (batch, height, width, 3) uint8 posters to (batch, outputs) float32.

    `shape` is (height, width, 3); `weights` are a backbone's: None, 'imagenet' or the path of a file. With `trained` it
    has layers that train faster and predict the same; it is not for saving.
    """
    posters = keras.Input(shape, dtype='uint8')
    is_classic = isinstance(preset, FromScratch)
    x = _classic(preset, posters, trained) if is_classic else _pretrained(preset, posters, weights)
    x = layers.Dropout(preset.dropout)(x)
    x = layers.Dense(outputs, activation=activation, dtype='float32', name=HEAD)(x)
    return keras.Model(posters, x, name=f'version_{preset.number}')


def _classic(preset, posters, trained):
    """Keras' classic small CNN, as in benckx/dnn-movie-posters."""
    quarter = partial(BitDropout, 2) if trained else partial(layers.Dropout, 0.25)
    x = layers.Rescaling(1 / 255)(posters)
    for channels, kernel in zip((32, 64), preset.kernels(posters.shape[2]), strict=True):
        x = layers.Conv2D(channels, kernel, padding='same', activation='relu')(x)
        x = layers.Conv2D(channels, kernel, padding='same')(x)
        x = layers.ReLU()(layers.MaxPooling2D()(x))  # as if the other way round, on a quarter of the values
        x = quarter()(x)
    x = layers.Flatten()(x)
    # one layer of 512 in parts: each part's gradient and updates need a fraction of the memory
    return layers.Concatenate()([layers.Dense(512 // PARTS, activation='relu')(x) for _ in range(PARTS)])


def _pretrained(preset, posters, weights):
    """Channel means and standard deviations of the backbones' feature maps, (batch, features) float32, standardized.

    The early maps have a poster's style, the late ones what is on it. Of the last one only the means are used, since
    its deviations add nothing. The features of several backbones are concatenated.
    """
    height, width = (round(side * preset.enlarged) for side in posters.shape[1:3])
    if preset.enlarged != 1:
        whole = ops.cast(posters, 'float32')  # of integers, Keras on torch makes integers
        posters = layers.Resizing(height, width, dtype='float32', name='enlarged')(whole)
    statistics = []
    for name in preset.backbones:
        feature_maps = registry.build(name, posters, weights, frozen=isinstance(preset, LinearProbe))
        for x in (ops.cast(x, 'float32') for x in feature_maps):
            statistics += [ops.mean(x, axis=(1, 2)), ops.sqrt(ops.var(x, axis=(1, 2)) + EPSILON)]
        statistics.pop()
    x = layers.Concatenate(name=STATISTICS, dtype='float32')(statistics)
    return layers.BatchNormalization(center=False, scale=False, epsilon=EPSILON, dtype='float32', name=FEATURES)(x)


def statistics(model, hardware):
    """The part of a pretrained `model` from posters to raw channel means and deviations, compiled for prediction."""
    part = keras.Model(model.input, model.get_layer(STATISTICS).output)
    compile_for_prediction(part, hardware)
    return part


def freeze(model, preset: FineTune):
    """Freeze batch normalization, its statistics and its scales, and the layers before the first one that is tuned.

    `preset.tuned_from` is the prefix of that one's name.
    """
    before = bool(preset.tuned_from)
    for layer in model.layers:
        before = before and not layer.name.startswith(preset.tuned_from)
        if before or isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


def replicate(model):
    """The model on all devices that train together, on TensorFlow with layers that look at whole batches there."""

    def replicated(layer):
        config = layer.get_config()
        if type(layer) is layers.Dropout:
            return SharedDropout.from_config(config)
        if isinstance(layer, layers.BatchNormalization):
            return type(layer).from_config({**config, 'synchronized': keras.backend.backend() == 'tensorflow'})
        return type(layer).from_config(config)

    with replicas().scope():
        copy = keras.models.clone_model(model, clone_function=replicated)
    for variable, start in zip(copy.variables, model.variables, strict=True):
        variable.assign(ops.copy(start))
    return copy


def compile_for_training(model, optimizer, loss, hardware):
    """Compile a model for an optimizer that `optimizer()` makes."""
    with replicas().scope():
        made = optimizer()
        made.build(model.trainable_variables)
        model.compile(made, LOSSES.get(loss, loss), jit_compile=hardware.xla)


def compile_for_prediction(model, hardware):
    model.compile(jit_compile=hardware.xla)


def predict(model, posters, batch_size=32):
    """The outputs (n, outputs) float32 for `posters`, (n, height, width, 3) uint8, which may be memory-mapped."""
    starts = range(0, len(posters), batch_size)
    return np.concatenate([model.predict_on_batch(posters[i : i + batch_size]) for i in starts])
