"""Features of posters, computed once per poster and cached in data/features, a folder of parts per extractor."""

import zipfile
from functools import cache

import numpy as np

from core import parts

BATCH = 32


def load(build, data, name):
    """The features of the posters of a PosterSet, (n, features) float16.

    `build()` returns a model that computes them, where a poster's are missing. `name` distinguishes extractors,
    their versions, sizes and precisions.
    """
    model = cache(build)

    def compute(indices):
        for start in range(0, len(indices), BATCH):
            posters = data.posters[indices[start : start + BATCH]]
            yield [*model().predict_on_batch(posters).astype(np.float16)]

    return np.stack(parts.load(data.movies[0].data / 'features' / name, data.keys(), compute, Arrays))


class Arrays:
    """Parts that are .npz files, with the `keys` and an array of their `features`."""

    keys, suffix = 1024, '.npz'
    errors = OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile

    @staticmethod
    def read(path):
        with np.load(path) as part:
            return dict(zip(part['keys'].tolist(), part['features'], strict=True))

    @staticmethod
    def write(path, keys, values):
        np.savez(path, keys=keys, features=np.stack(values))
