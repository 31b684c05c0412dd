"""Save a preset at its own ratio, untrained, and its ONNX file, in a process of its own.

python3 -m benchmarks.random_model PATH PRESET
"""

import sys
from pathlib import Path

from cnn.config import TrainConfig
from cnn.model_card import ModelCard
from cnn.presets import FromScratch, find_preset
from core import hardware
from movies_dataset import list_genres
from posters.layout import poster_size

GENRES = list_genres(7)


def main():
    path, preset = Path(sys.argv[1]), find_preset(sys.argv[2])
    hardware.set_up('float32')
    from cnn import networks, saved_models  # after the set-up: these import Keras
    from core.onnx.export import export

    width, height = poster_size(preset.ratio)
    weights = None if isinstance(preset, FromScratch) else 'imagenet'
    model = networks.build(preset, (height, width, 3), len(GENRES), weights=weights)
    config = TrainConfig(preset.number, genres=GENRES, epochs=1).resolved()
    card = ModelCard(config, {'map': 0.0}, {'genres': GENRES, 'thresholds': dict.fromkeys(GENRES, 0.5)})
    saved_models.save(model, card, path)
    export(model, saved_models.onnx_path(path))


if __name__ == '__main__':
    main()
