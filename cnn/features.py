"""What a frozen network makes of posters, computed once a poster and kept beside the pixel store.

A folder a network holds parts, `.npz` files of the keys and the features of some posters each: another selection of
films, or a longer one, computes only what is missing, and a killed computation goes on after its last part.
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
    """The features that a model makes of the posters of a PosterSet, (n, features) float16.

    `build()` makes the model, where a poster's are missing. `name` tells apart what different networks, sizes and
    precisions make of the same posters.
    """
    folder = data.movies[0].data / 'features' / name
    keys = [key(movie, data.ratio) for movie in data.movies]
    found = read(folder, set(keys))
    if len(found) == len(set(keys)):
        return np.stack([found[k] for k in keys])  # without a lock, for which a read-only folder has no place
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f'{name}.lock')):
        files.sweep(folder)
        found = read(folder, set(keys))
        missing = [i for i, k in enumerate(keys) if k not in found]
        if missing:
            found |= compute(build(), data, keys, missing, folder)
    return np.stack([found[k] for k in keys])


def key(movie, ratio):
    """What a poster's features hang on: its file, as the pixel store tells it."""
    stat = os.stat(movie.poster_path(ratio))
    return f'{movie.id} {stat.st_size} {stat.st_mtime_ns}'


def read(folder, wanted):
    """{key: features} of the wanted posters in the parts of `folder`; a part that cannot be read is left out."""
    found = {}
    for path in sorted(folder.glob('*.npz')):
        try:
            with np.load(path) as part:
                keys, features = part['keys'], part['features']
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            continue
        found |= {k: row for k, row in zip(keys.tolist(), features, strict=True) if k in wanted}
    return found


def compute(model, data, keys, missing, folder):
    found = {}
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
            with files.replacing(folder / f'{free_number(folder):05d}.npz') as temporary:
                np.savez(temporary, keys=part, features=features)
            found |= dict(zip(part, features, strict=True))
    return found


def free_number(folder):
    return max((int(path.stem) for path in folder.glob('*.npz')), default=-1) + 1
