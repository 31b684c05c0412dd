"""Channel means and standard deviations of the feature maps of a frozen backbone."""

import os
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from cnn.features import cache
from cnn.presets import FineTune, LinearProbe
from core import hardware, parallel


@dataclass(frozen=True)
class BackboneFeatures:
    """Features of one backbone of a preset; `weights` are 'imagenet' or the path of a file."""

    preset: LinearProbe | FineTune
    backbone: str
    weights: str
    hardware: Any

    def load(self, data) -> np.ndarray:
        """(films, features) float16 of a PosterSet. Raises WorkFailed where the weights cannot be had."""
        name = cache.name_of(self.preset, self.backbone, self.weights, data.ratio, self.hardware.precision)
        try:
            return cache.load(partial(_compute, self, data.posters.shape[1:]), data, name)
        finally:
            _network.cache_clear()


def _compute(features, shape, posters):
    """Yield the features of posters (n, height, width, 3), some at a time."""
    for start in range(0, len(posters), cache.BATCH):
        batch = posters[start : start + cache.BATCH]
        yield [*_network(features, shape).predict_on_batch(batch).astype(np.float16)]


@lru_cache(1)
def _network(features, shape):
    """The network that computes BackboneFeatures of posters of that shape; a worker opens it once."""
    if parallel.is_worker():
        os.environ['KERAS_BACKEND'] = features.hardware.backend
        hardware.set_up(features.hardware.precision, 'on' if features.hardware.xla else 'off')
    from cnn import networks  # imports Keras, after the set-up

    preset = replace(features.preset, backbones=(features.backbone,))
    model = networks.build(preset, shape, 1, weights=features.weights)
    return networks.statistics(model, features.hardware)
