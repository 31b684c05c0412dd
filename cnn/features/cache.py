"""Features of posters, computed once per poster and cached in data/features, a folder of parts per extractor."""

import hashlib
from pathlib import Path

import numpy as np

from core import parts
from posters.layout import size_name

BATCH = 32
FORM = parts.Arrays('features', 256)


def name_of(preset, backbone, weights, ratio, precision) -> str:
    """The name of the features that a backbone of the preset, with those weights, makes of posters at a ratio."""
    size = size_name(ratio) + (f'_x{preset.enlarged:g}' if preset.enlarged != 1 else '')
    return f'{backbone.lower()}_{_digest(weights)}_{size}_{precision}'


def _digest(weights):
    """'imagenet', or what distinguishes one file of weights from another."""
    return weights if weights == 'imagenet' else hashlib.sha256(Path(weights).read_bytes()).hexdigest()[:12]


def load(compute, data, name):
    """The features of the posters of a PosterSet, (n, features) float16.

    `compute(posters)` yields them, some at a time, where a poster's are missing. `name` distinguishes extractors, their
    versions, sizes and precisions.
    """
    return np.stack(parts.load(data.movies[0].data / 'features' / name, data.keys(), data.take, compute, FORM))
