"""How fast preset 1 trains at ratio 60, in a process of its own, since Keras' settings are global.

python3 -m benchmarks.train_steps WAY STORE STEPS: WAY is `toolkit`, as the toolkit trains, out of the pixel store in
STORE; `toolkit_float32`, the same without bfloat16; `keras`, the same layers under Keras' defaults; or `keras_xla`,
these compiled with XLA. It prints posters per second over STEPS steps of 32.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np

from cnn.config import TrainConfig
from cnn.presets import find_preset
from core import hardware
from movies_dataset import PosterSet, list_genres

BATCH = 32  # posters
WARM_UP = 3  # steps: compilation, allocation and oneDNN's choice of kernels
PRESET = find_preset(1)
GENRES, RATIO = list_genres(7), 60


def toolkit(posters, labels, precision='auto'):
    """A function that trains on the first `number` posters as the toolkit does."""
    machine = hardware.set_up(precision)
    from cnn import networks
    from cnn.train import optimizers, training  # after the set-up: they import Keras

    model = networks.build(PRESET, posters.shape[1:], len(GENRES), trained=True)
    networks.compile_for_training(model, lambda: optimizers.build_optimizer(PRESET, steps=1), PRESET.loss, machine)

    def train(number):
        data = PosterSet(range(number), posters[:number], labels[:number], GENRES, RATIO)
        training.train_epoch(model, data, TrainConfig(seed=1, batch_size=BATCH), 1)

    return train


def plain(posters, labels, xla='auto'):
    """A function that trains on the first `number` posters, float32 in memory, under Keras' defaults.

    Keras' 'auto' leaves XLA out where there is only a CPU; it did not always.
    """
    import keras
    from keras import layers

    relu = {'activation': 'relu'}
    model = keras.Sequential(
        [
            keras.Input(posters.shape[1:]),
            layers.Conv2D(32, 3, padding='same', **relu),
            layers.Conv2D(32, 3, padding='same', **relu),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Conv2D(64, 3, padding='same', **relu),
            layers.Conv2D(64, 3, padding='same', **relu),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(512, **relu),
            layers.Dropout(0.5),
            layers.Dense(len(GENRES), activation='sigmoid'),
        ]
    )
    model.compile(keras.optimizers.RMSprop(PRESET.learning_rate), PRESET.loss, jit_compile=xla)
    posters = posters.astype(np.float32) / 255
    labels = labels.astype(np.float32)

    def train(number):
        model.fit(posters[:number], labels[:number], BATCH, verbose=0)

    return train


WAYS = {
    'toolkit': toolkit,
    'toolkit_float32': partial(toolkit, precision='float32'),
    'keras': plain,
    'keras_xla': partial(plain, xla=True),
}


def main():
    way, store, steps = sys.argv[1:]
    posters = np.load(Path(store) / 'pixels.npy', mmap_mode='r')
    labels = np.random.default_rng(1).integers(0, 2, (len(posters), len(GENRES)), np.uint8)
    train = WAYS[way](posters, labels)
    train(WARM_UP * BATCH)
    from benchmarks.measure import rate

    number = int(steps) * BATCH
    print(rate(number, lambda: train(number)))


if __name__ == '__main__':
    main()
