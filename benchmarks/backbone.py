"""How fast posters go through preset 4's frozen backbone, in a process of its own, since Keras' settings are global.

python3 -m benchmarks.backbone WAY STORE: WAY is `toolkit`, as preset 4 computes its features out of the pixel store
in STORE, or `keras`, the same network as its authors published it under Keras' defaults. It prints posters per second.
"""

import sys
from pathlib import Path

import numpy as np

from cnn.presets import FineTune, find_preset
from core import hardware

BATCH = 32  # posters
PRESET = find_preset(4)


def toolkit(shape):
    """A function from posters to features, as a training of preset 4 computes them."""
    machine = hardware.set_up()
    from cnn import networks  # after the set-up: it imports Keras

    statistics = networks.statistics(networks.build(PRESET, shape, 1, weights='imagenet'), machine)
    return lambda posters: networks.predict(statistics, posters, BATCH)


def plain(shape):
    """The same with batch normalization in layers of its own, in float32, by Keras' predict."""
    import keras

    from cnn import networks

    model = networks.build(FineTune(0, 'unfolded', ''), shape, 1, weights='imagenet')
    statistics = keras.Model(model.input, model.get_layer(networks.STATISTICS).output)
    return lambda posters: statistics.predict(posters, batch_size=BATCH, verbose=0)


WAYS = {'toolkit': toolkit, 'keras': plain}


def main():
    way, store = sys.argv[1:]
    posters = np.load(Path(store) / 'pixels.npy', mmap_mode='r')
    features = WAYS[way](posters.shape[1:])
    features(posters[: 2 * BATCH])
    from benchmarks.measure import rate

    print(rate(len(posters), lambda: features(posters)))


if __name__ == '__main__':
    main()
