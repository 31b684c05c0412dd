"""Save a version at its own ratio, untrained, and its ONNX file, in a process of its own.

python3 -m benchmarks.random_model PATH VERSION
"""

import sys
from pathlib import Path

from cnn.presets import VERSIONS
from core import hardware
from movies_dataset import list_genres
from posters.layout import poster_size

GENRES = list_genres(7)


def main():
    path, version = Path(sys.argv[1]), VERSIONS[int(sys.argv[2])]
    hardware.set_up('float32')
    from cnn import networks, saved_models  # after the set-up: these import Keras
    from cnn.onnx.export import export

    width, height = poster_size(version.ratio)
    model = networks.build(version, (height, width, 3), len(GENRES), weights=version.backbone and 'imagenet')
    card = {
        'settings': {
            'min_year': 1977,
            'max_year': 2017,
            'ratio': version.ratio,
            'version': version.number,
            'epochs': 1,
        },
        'genres': GENRES,
        'thresholds': dict.fromkeys(GENRES, 0.5),
        'scores': {'map': 0.0},
    }
    saved_models.save(model, card, path)
    export(model, saved_models.onnx_path(path))


if __name__ == '__main__':
    main()
