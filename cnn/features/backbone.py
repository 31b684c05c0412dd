"""Channel means and standard deviations of the feature maps of a frozen backbone."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnn import networks
from cnn.features import cache
from cnn.presets import FineTune, LinearProbe


@dataclass(frozen=True)
class BackboneFeatures:
    """Features of one backbone of a preset; `weights` are 'imagenet' or the path of a file."""

    preset: LinearProbe | FineTune
    backbone: str
    weights: str
    hardware: Any

    def load(self, data) -> np.ndarray:
        """(films, features) float16 of a PosterSet. Raises WorkFailed where the weights cannot be had."""

        def build():
            preset = replace(self.preset, backbones=(self.backbone,))
            model = networks.build(preset, data.posters.shape[1:], 1, weights=self.weights)
            return networks.statistics(model, self.hardware)

        name = cache.name_of(self.preset, self.backbone, self.weights, data.ratio, self.hardware.precision)
        return cache.load(build, data, name)
