"""Channel means and standard deviations of the feature maps of a frozen backbone."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
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

    def name(self, ratio: int) -> str:
        size = f'r{ratio}' + (f'_x{self.preset.enlarged:g}' if self.preset.enlarged != 1 else '')
        return f'{self.backbone.lower()}_{_digest(self.weights)}_{size}_{self.hardware.precision}'

    def load(self, data) -> np.ndarray:
        """(films, features) float16 of a PosterSet. Raises WorkFailed where the weights cannot be had."""

        def build():
            preset = replace(self.preset, backbones=(self.backbone,))
            model = networks.build(preset, data.posters.shape[1:], 1, weights=self.weights)
            return networks.statistics(model, self.hardware)

        return cache.load(build, data, self.name(data.ratio))


def _digest(weights):
    """'imagenet', or what distinguishes one file of weights from another."""
    return weights if weights == 'imagenet' else hashlib.sha256(Path(weights).read_bytes()).hexdigest()[:12]
