"""Films whose posters look alike: exact cosine search over the features of preset 4, a frozen EfficientNet-Lite0."""

from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
from PIL import Image

from cnn.config import TrainConfig
from cnn.features import cache
from cnn.predict.networks import open_features
from cnn.probe_files import EPSILON
from core import parts
from core.errors import WorkFailed
from core.onnx.runner import Runner
from core.parallel import threads
from movies_dataset import Catalogue, Movie, poster_keys, with_posters
from posters.decode import BadImage, fit, read_rgb
from posters.pixel_store import report_broken

CONFIG = TrainConfig(preset=4).resolved()
PRECISIONS = 'bfloat16', 'float32'  # of features that a training has left in data/features
FEW = 4  # posters that a thread takes at once
CHUNK = 2048  # films that are compared at once


@dataclass(frozen=True)
class Index:
    """`movies` with the features of their posters, (films, features) float16, standardized and of length 1.

    `runner` makes such features of posters; `mean` and `scale` (features,) standardize them.
    """

    movies: tuple[Movie, ...]
    vectors: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    runner: Runner

    @classmethod
    def open(cls, catalogue: Catalogue, models: Path) -> 'Index':
        """Of the films that have a poster; the network is assembled in the folder of `models`.

        Features that no training has left in data/features are computed once. Raises WorkFailed where no film has a
        poster. A poster that cannot be read is named and skipped.
        """
        movies = tuple(with_posters(catalogue.movies, CONFIG.ratio))
        if not movies:
            raise WorkFailed(f'{catalogue.path}: no film of it has a poster yet; run: python3 get_data.py -download')
        runner = open_features(models, CONFIG)
        features = load(movies, runner)
        movies, features = _readable(movies, features)
        mean = features.mean(axis=0, dtype=np.float32)
        scale = 1 / np.sqrt(features.var(axis=0, dtype=np.float32) + EPSILON)
        index = cls(movies, np.empty_like(features), mean, scale, runner)
        for start in range(0, len(features), CHUNK):
            rows = slice(start, start + CHUNK)
            index.vectors[rows] = index.vectors_of(features[rows])
        return index

    def vectors_of(self, features):
        """Raw features (n, features), standardized and of length 1, float32."""
        vectors = (features - self.mean) * self.scale
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), EPSILON)

    def nearest(self, features, number):
        """[[(movie, cosine similarity)] for each row of raw `features` (n, features)], the most similar first."""
        wanted = self.vectors_of(features)
        chunks = [self.vectors[i : i + CHUNK].astype(np.float32) @ wanted.T for i in range(0, len(self.vectors), CHUNK)]
        likeness = np.concatenate(chunks).T
        best = np.argsort(-likeness, axis=1, kind='stable')[:, :number]
        return [[(self.movies[i], float(row[i])) for i in found] for row, found in zip(likeness, best, strict=True)]


def load(movies, runner):
    """(films, features) float16 of the posters of `movies`, from data/features, or computed by `runner`.

    They are zeros where a poster cannot be read.
    """
    folder, keys = movies[0].data / 'features', poster_keys(movies, CONFIG.ratio)
    for precision in PRECISIONS:
        cached = parts.find(folder / _name(precision), keys, cache.FORM)
        if cached:
            return np.stack(cached)

    def compute(indices):
        yield from threads(run, [indices[i : i + FEW] for i in range(0, len(indices), FEW)])

    def run(indices):
        posters = [_poster(movies[i].poster_path(CONFIG.ratio), runner.size) for i in indices]
        features = runner.run(np.stack([poster or Image.new('RGB', runner.size) for poster in posters]))
        return [row * bool(poster) for row, poster in zip(features.astype(np.float16), posters, strict=True)]

    return np.stack(parts.load(folder / _name(PRECISIONS[-1]), keys, list, compute, cache.FORM))


def _poster(path, size):
    """The poster as an image of `size` (width, height), or None where it cannot be read."""
    try:
        return fit(read_rgb(path), size)
    except BadImage:
        return None


def _readable(movies, features):
    """Those of `movies`, with their features, that have any. Raises WorkFailed where none has."""
    there = features.any(axis=1)
    report_broken([movie.poster_path(CONFIG.ratio) for movie in movies], np.flatnonzero(~there))
    if not there.any():
        raise WorkFailed(f'none of the {len(movies):,} posters can be read')
    return tuple(compress(movies, there)), features[there]


def _name(precision):
    preset = CONFIG.find_preset()
    return cache.name_of(preset, preset.backbones[0], CONFIG.weights, CONFIG.ratio, precision)
