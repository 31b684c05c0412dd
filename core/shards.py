"""Work in shards on the workers of a cluster. Each has a state file, which its worker writes.

A state says what the shard is of, whether it is done, by which worker, of which versions, at which try. A worker that
is lost leaves its shard undone: the cluster gives it to another one.
"""

import hashlib
import json
import os
import platform
from functools import partial

from core import cluster, files, parallel, storage
from core.cluster import TRIES
from core.errors import WorkFailed
from core.log import log

PER_WORKER = 4  # shards at least, where there is much to do: workers differ in speed


def split(items, most, step=1):
    """`items` in shards of a multiple of `step` each, and `most` at most."""
    share = -(-len(items) // (PER_WORKER * parallel.workers()))
    size = min(most, -(-share // step) * step)
    return [items[start : start + size] for start in range(0, len(items), size)]


def run(name, data, function, shards, keep=False):
    """Yield (number, result) of function(*arguments) for each of the iterable `shards`, as they are done.

    A shard is (keys, arguments), the keys being what it is of; it is taken when its turn comes, so that few are in
    memory. Its state is data/shards/`name`/<number>.json; with `keep` it has the result too, which is of JSON then.
    Raises WorkFailed for one that has cost TRIES workers, and what the function raises.
    """
    folder = storage.absolute(data) / 'shards' / name
    clear(folder)
    work = partial(_work, cluster.versions(), function, keep)
    numbered = ((folder / f'{number:05d}.json', *shard) for number, shard in enumerate(shards))
    for path, tries, result in parallel.on_workers(work, numbered):
        if tries > 1:
            log.warning(f'{name}: a worker was lost; its shard {path.stem} was done at try {tries}')
        yield int(path.stem), result


def kept(name, data):
    """The results that an earlier run, which was stopped, has kept of shards that were done."""
    found = [_read(path) for path in _states(storage.folder(data) / 'shards' / name)]
    return [state['result'] for state in found if state.get('done')]


def clear(folder):
    """Remove the states of an earlier run."""
    files.sweep(folder)
    for path in _states(folder):
        path.unlink()


def _states(folder):
    """The state files in a folder, without those that a lost worker has left half-written."""
    return sorted(path for path in folder.glob('*.json') if path.stem.isdecimal())


def _work(versions, function, keep, shard):
    """On a worker: (path of the state, tries, result) of a shard."""
    path, keys, arguments = shard
    worker = f'{platform.node()}, process {os.getpid()}'
    cluster.check(worker, cluster.versions(), versions)
    parallel.be_worker()
    state = {'of': _describe(keys), 'done': False, 'worker': worker, 'try': _read(path).get('try', 0) + 1}
    if state['try'] > TRIES:
        raise WorkFailed(f'{path}: {TRIES} workers were lost at this shard, the last one: {_read(path)["worker"]}')
    _write(path, state | versions)
    result = function(*arguments)
    _write(path, state | {'done': True} | ({'result': result} if keep else {}) | versions)
    return path, state['try'], result


def _describe(keys):
    digest = hashlib.sha256('\n'.join(map(str, keys)).encode()).hexdigest()[:16]
    return {'number': len(keys), 'first': keys[0], 'last': keys[-1], 'digest': digest}


def _read(path):
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return {}


def _write(path, state):
    files.write(path, files.as_json(state) + '\n')
