"""Results that are computed once per key and kept in a folder of part files.

A part holds some keys and their values, and is complete or not there: other keys cost only what is missing, and a
computation that was killed resumes after its last part.
"""

import zipfile
from dataclasses import dataclass

import numpy as np
from filelock import FileLock
from tqdm import tqdm

from core import files, parallel, shards, storage


@dataclass(frozen=True)
class Arrays:
    """Parts that are .npz files of so many `keys`, each with an array; these are stored together under a `name`."""

    name: str
    keys: int
    suffix = '.npz'
    errors = OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile

    def read(self, path):
        with path.open('rb') as file, np.load(file) as part:
            return dict(zip(part['keys'].tolist(), part[self.name], strict=True))

    def write(self, path, keys, values):
        np.savez(path, **{'keys': keys, self.name: np.stack(values)})


def load(folder, keys, take, compute, form):
    """The value of each of `keys`, in order.

    For keys that no part has, `compute(take(indices))` yields the values, some at a time. On a cluster a part is a
    shard: what `take` returns is sent to a worker, as is `compute`. `form` is how a part is stored: of how many `keys`,
    its `suffix`, `read(path)` -> {key: value}, raising one of its `errors` for a part that is damaged, which is then
    computed again, and `write(path, keys, values)`.
    """
    if there := find(folder, keys, form):
        return there  # without a lock, for which a read-only folder has no place
    place = storage.cache(folder)
    with FileLock(storage.make(place.parent) / f'{place.name}.lock'):
        files.sweep(folder)
        cached = _read(folder, form, set(keys))
        missing = [i for i, key in enumerate(keys) if key not in cached]
        chunks = [missing[start : start + form.keys] for start in range(0, len(missing), form.keys)]
        numbered = enumerate(chunks, _free_number(folder, form))
        new = [(folder / f'{number:05d}{form.suffix}', [keys[i] for i in some], some) for number, some in numbered]
        with tqdm(total=len(missing), desc=folder.parent.name, unit=' posters', disable=None, leave=False) as bar:
            make = _make_on_workers if parallel.is_on_cluster() else _make_here
            for values in make(new, take, compute, form, bar):
                cached |= values
    return [cached[key] for key in keys]


def _make_here(new, take, compute, form, bar):
    """Compute and write the parts `new`, (path, keys, indices) each; yield {key: value} of each."""
    for path, keys, indices in new:
        values = []
        for batch in compute(take(indices)):
            values += batch
            bar.update(len(batch))
        _write(path, keys, values, form)
        yield dict(zip(keys, values, strict=True))


def _make_on_workers(new, take, compute, form, bar):
    """The same on a cluster, in any order."""
    if not new:
        return
    folder = new[0][0].parent
    work = ((keys, (storage.absolute(path), keys, take(indices), compute, form)) for path, keys, indices in new)
    for number, _ in shards.run(f'{folder.parent.name}/{folder.name}', folder.parent.parent, _make, work):
        path, keys, _ = new[number]
        bar.update(len(keys))
        yield form.read(path)


def _make(path, keys, inputs, compute, form):
    _write(path, keys, [value for batch in compute(inputs) for value in batch], form)


def _write(path, keys, values, form):
    with files.replacing(path) as temporary:
        form.write(temporary, keys, values)


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
