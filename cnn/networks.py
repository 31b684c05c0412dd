"""From a version to a Keras model: posters as uint8 in, an independent probability a genre out."""

import keras
import numpy as np
from keras import layers


def build(version, shape, outputs):
    """A model from (batch, height, width, 3) uint8 posters to (batch, outputs) float32 probabilities.

    `shape` is (height, width, 3). The layers follow Keras' classic small CNN, as the toolkit's ancestor did.
    """
    first, second = version.kernels(shape[1])
    relu = {'activation': 'relu'}
    return keras.Sequential(
        [
            keras.Input(shape, dtype='uint8'),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, first, padding='same', **relu),
            layers.Conv2D(32, first, padding='same', **relu),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Conv2D(64, second, padding='same', **relu),
            layers.Conv2D(64, second, padding='same', **relu),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(512, **relu),
            layers.Dropout(0.5),
            layers.Dense(outputs, activation='sigmoid', dtype='float32'),
        ],
        name=f'version_{version.number}',
    )


def compile_for_training(model, version, hardware):
    optimizer = keras.optimizers.get({'class_name': version.optimizer, 'config': {}})
    optimizer.learning_rate = version.learning_rate
    model.compile(optimizer, version.loss, jit_compile=hardware.xla)


def compile_for_prediction(model, hardware):
    model.compile(jit_compile=hardware.xla)


def predict(model, posters, batch_size=64):
    """Probabilities (n, outputs) float32 of `posters`, (n, height, width, 3) uint8, which may be memory-mapped."""
    starts = range(0, len(posters), batch_size)
    return np.concatenate([model.predict_on_batch(posters[i : i + batch_size]) for i in starts])
