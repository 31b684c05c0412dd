"""Results that are computed once per key and kept in a folder of part files.

A part holds some keys and their values, and is complete or not there: other keys cost only what is missing, and a
computation that was killed resumes after its last part.
"""

import zipfile
from dataclasses import dataclass

import numpy as np
from filelock import FileLock
from tqdm import tqdm

from core import files


@dataclass(frozen=True)
class Arrays:
    """Parts that are .npz files of so many `keys`, each with an array; these are stored together under a `name`."""

    name: str
    keys: int
    suffix = '.npz'
    errors = OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile

    def read(self, path):
        with np.load(path) as part:
            return dict(zip(part['keys'].tolist(), part[self.name], strict=True))

    def write(self, path, keys, values):
        np.savez(path, **{'keys': keys, self.name: np.stack(values)})


def load(folder, keys, compute, form):
    """The value of each of `keys`, in order.

    `compute(indices)` yields the values of the keys at those indices, some at a time, for keys that no part has.
    `form` is how a part is stored: of how many `keys`, its `suffix`, `read(path)` -> {key: value}, raising one of its
    `errors` for a part that is damaged, which is then computed again, and `write(path, keys, values)`.
    """
    if there := find(folder, keys, form):
        return there  # without a lock, for which a read-only folder has no place
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f'{folder.name}.lock')):
        files.sweep(folder)
        cached = _read(folder, form, set(keys))
        missing = [i for i, key in enumerate(keys) if key not in cached]
        with tqdm(total=len(missing), desc=folder.parent.name, unit=' posters', disable=None, leave=False) as bar:
            for start in range(0, len(missing), form.keys):
                some, values = missing[start : start + form.keys], []
                for batch in compute(some):
                    values += batch
                    bar.update(len(batch))
                part = [keys[i] for i in some]
                with files.replacing(folder / f'{_free_number(folder, form):05d}{form.suffix}') as temporary:
                    form.write(temporary, part, values)
                cached |= zip(part, values, strict=True)
    return [cached[key] for key in keys]


def find(folder, keys, form):
    """The value of each of `keys`, in order, or None where some are not there."""
    cached = _read(folder, form, set(keys))
    return [cached[key] for key in keys] if len(cached) == len(set(keys)) else None


def _read(folder, form, wanted):
    """{key: value} of the wanted keys in the parts of `folder`; a part that cannot be read is skipped."""
    cached = {}
    for path in _parts(folder, form):
        try:
            cached |= {key: value for key, value in form.read(path).items() if key in wanted}
        except form.errors:
            continue
    return cached


def _free_number(folder, form):
    return max((int(path.stem) for path in _parts(folder, form)), default=-1) + 1


def _parts(folder, form):
    """The files whose names are those of parts, in order."""
    return sorted(path for path in folder.glob(f'*{form.suffix}') if path.stem.isdecimal())
