"""Features of posters, computed once per poster and cached in data/features.

The folder of an extractor has parts, `.npz` files with the keys and the features of some posters each: another
selection of films computes only what is missing, and a killed computation resumes after its last part.
"""

import os
import zipfile

import numpy as np
from filelock import FileLock
from tqdm import tqdm

from core import files

PART = 1024  # posters
BATCH = 32


def load(build, data, name):
    """The features of the posters of a PosterSet, (n, features) float16.

    `build()` returns a model that computes them, where a poster's are missing. `name` distinguishes extractors,
    their versions, sizes and precisions.
    """
    folder = data.movies[0].data / 'features' / name
    keys = [_key(movie, data.ratio) for movie in data.movies]
    cached = _read(folder, set(keys))
    if len(cached) == len(set(keys)):
        return np.stack([cached[k] for k in keys])  # without a lock, for which a read-only folder has no place
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f'{name}.lock')):
        files.sweep(folder)
        cached = _read(folder, set(keys))
        missing = [i for i, k in enumerate(keys) if k not in cached]
        if missing:
            cached |= _compute(build(), data, keys, missing, folder)
    return np.stack([cached[k] for k in keys])


def _key(movie, ratio):
    """What a poster's features depend on: its file, identified as in the pixel store."""
    stat = os.stat(movie.poster_path(ratio))
    return f'{movie.id} {stat.st_size} {stat.st_mtime_ns}'


def _read(folder, wanted):
    """{key: features} of the wanted posters in the parts of `folder`; a part that cannot be read is skipped."""
    cached = {}
    for path in sorted(folder.glob('*.npz')):
        try:
            with np.load(path) as part:
                keys, features = part['keys'], part['features']
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            continue
        cached |= {k: row for k, row in zip(keys.tolist(), features, strict=True) if k in wanted}
    return cached


def _compute(model, data, keys, missing, folder):
    computed = {}
    with tqdm(total=len(missing), desc='features', unit=' posters', disable=None, leave=False) as bar:
        for start in range(0, len(missing), PART):
            rows = missing[start : start + PART]
            batches = []
            for i in range(0, len(rows), BATCH):
                batch = rows[i : i + BATCH]
                batches.append(model.predict_on_batch(data.posters[batch]).astype(np.float16))
                bar.update(len(batch))
            features = np.concatenate(batches)
            part = [keys[i] for i in rows]
            with files.replacing(folder / f'{_free_number(folder):05d}.npz') as temporary:
                np.savez(temporary, keys=part, features=features)
            computed |= dict(zip(part, features, strict=True))
    return computed


def _free_number(folder):
    return max((int(path.stem) for path in folder.glob('*.npz')), default=-1) + 1
