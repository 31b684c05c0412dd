"""Save version 1 at ratio 60 with random weights, and its ONNX file, in a process of its own.

python3 -m benchmarks.random_model PATH
"""

import sys
from pathlib import Path

import hardware
from cnn.versions import VERSIONS
from movies_dataset import list_genres
from posters.paths import poster_size

GENRES, RATIO = list_genres(7), 60


def main():
    path = Path(sys.argv[1])
    hardware.set_up('float32')
    from cnn import networks, saved_models  # after the set-up: these import Keras
    from cnn.onnx_files.export import export

    width, height = poster_size(RATIO)
    model = networks.build(VERSIONS[1], (height, width, 3), len(GENRES))
    card = {
        'settings': {'min_year': 1977, 'max_year': 2017, 'ratio': RATIO, 'version': 1, 'epochs': 1},
        'genres': GENRES,
        'thresholds': dict.fromkeys(GENRES, 0.5),
        'scores': {'map': 0.0},
    }
    saved_models.save(model, card, path)
    export(model, saved_models.onnx_path(path))


if __name__ == '__main__':
    main()
