"""From a version to a Keras model: posters as uint8 in, an independent probability a genre out."""

import keras
import numpy as np
from keras import layers, ops

PARTS = 8


def build(version, shape, outputs):
    """A model from (batch, height, width, 3) uint8 posters to (batch, outputs) float32 probabilities.

    `shape` is (height, width, 3). The layers follow Keras' classic small CNN, as the toolkit's ancestor did.
    """
    posters = keras.Input(shape, dtype='uint8')
    x = layers.Rescaling(1 / 255)(posters)
    for channels, kernel in zip((32, 64), version.kernels(shape[1]), strict=True):
        x = layers.Conv2D(channels, kernel, padding='same', activation='relu')(x)
        x = layers.Conv2D(channels, kernel, padding='same', activation='relu')(x)
        x = layers.MaxPooling2D()(x)
        x = layers.Dropout(0.25)(x)
    x = layers.Flatten()(x)
    # one layer of 512 in parts: each part's gradient and updates need a fraction of the memory
    x = layers.Concatenate()([layers.Dense(512 // PARTS, activation='relu')(x) for _ in range(PARTS)])
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(outputs, activation='sigmoid', dtype='float32')(x)
    return keras.Model(posters, x, name=f'version_{version.number}')


class LeanRMSprop(keras.optimizers.RMSprop):
    """RMSprop, its update ordered so that it needs one temporary of a variable's size instead of three."""

    def update_step(self, gradient, variable, learning_rate):
        velocity = self._velocities[self._get_variable_index(variable)]
        gradient = ops.cast(gradient, variable.dtype)
        self.assign_add(velocity, (ops.square(gradient) - velocity) * (1 - self.rho))
        step = ops.cast(learning_rate, variable.dtype)
        self.assign_sub(variable, ops.rsqrt(velocity + self.epsilon) * gradient * step)


OPTIMIZERS = {'rmsprop': LeanRMSprop}


def compile_for_training(model, version, hardware):
    optimizer = OPTIMIZERS[version.optimizer](version.learning_rate)
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, version.loss, jit_compile=hardware.xla)


def compile_for_prediction(model, hardware):
    model.compile(jit_compile=hardware.xla)


def predict(model, posters, batch_size=32):
    """Probabilities (n, outputs) float32 of `posters`, (n, height, width, 3) uint8, which may be memory-mapped."""
    starts = range(0, len(posters), batch_size)
    return np.concatenate([model.predict_on_batch(posters[i : i + batch_size]) for i in starts])
