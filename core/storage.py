"""Where the data are: a folder, or a place in an object store such as s3://bucket/prefix, through fsspec.

A path in a store is a UPath, which has the methods of a pathlib.Path; a folder's paths stay pathlib's. What needs a
lock or a memory map is in a folder of this machine, `cache`.
"""

import functools
import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from core import files
from core.errors import WorkFailed, WrongCall
from core.parallel import cores

ANSWER = 5  # seconds within which a store answers a connection
OPTIONS = {'s3': {'config_kwargs': {'connect_timeout': ANSWER, 'retries': {'max_attempts': 2}}}}
AT_ONCE = 16  # posters that are read from a store at once: each waits for its answer


def folder(data) -> Any:
    """The folder `data` as a path; the text may be an address of fsspec's. Raises WrongCall, WorkFailed."""
    if isinstance(data, str) and '://' in data:
        return _open(data)
    return Path(data) if isinstance(data, str | os.PathLike) else data


def absolute(data):
    """The folder `data` as a path that means the same in another process."""
    path = folder(data)
    return path.absolute() if files.is_local(path) else path


@functools.lru_cache
def _open(address):
    try:
        from upath import UPath  # slow, and only needed here

        path = UPath(address, use_listings_cache=False, **OPTIONS.get(address.partition('://')[0], {}))
        file_system = path.fs
    except (ImportError, ValueError) as error:
        reason = f'{_first_line(error)}; run: pip install -r requirements-cluster.txt'
        raise WrongCall(f'-data={address}: {reason}') from None
    try:
        _check(file_system, path)
    except PermissionError:
        raise WorkFailed(f'-data={address}: permission denied') from None
    except FileNotFoundError:
        raise WrongCall(f'-data={address}: there is no such bucket') from None
    except Exception as error:  # each kind of store has its own
        raise WorkFailed(f'-data={address}: {_first_line(error)}') from None
    return path


def _check(file_system, path):
    """Raise what the store says of a bucket that cannot be used; the prefix need not be there yet."""
    try:
        file_system.ls(path.path)
    except FileNotFoundError:
        file_system.ls(path.path.split('/')[0])


def _first_line(error):
    return (str(error) or type(error).__name__).splitlines()[0]


def make(place):
    """Make a folder, which a store does not need; returns it."""
    if files.is_local(place):
        place.mkdir(parents=True, exist_ok=True)
    return place


def names(place):
    """The names of what is in a folder; none where it is not there."""
    if files.is_local(place):
        return set(os.listdir(place)) if place.is_dir() else set()
    return set(listing(place))


def listing(place):
    """{name: (bytes, time of change in ns)} of what is in a folder, by one look at it; {} where it is not there."""
    if files.is_local(place):
        if not place.is_dir():
            return {}
        found = ((entry.name, entry.stat()) for entry in os.scandir(place) if entry.is_file())
        return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in found}
    try:
        entries = place.fs.ls(place.path, detail=True)
    except FileNotFoundError:
        return {}
    return {entry['name'].rpartition('/')[2]: (entry['size'], _changed(entry)) for entry in entries}


def _changed(entry):
    """The time of change in ns in an entry of fsspec's, which file systems name in their own ways; 0 without one."""
    changed = next((entry[name] for name in ('LastModified', 'mtime', 'updated', 'created') if entry.get(name)), 0)
    return int((changed.timestamp() if isinstance(changed, datetime) else changed) * 1e9)


def stats(paths):
    """[(bytes, time of change in ns)] of files of one folder. Raises OSError where one is not there."""
    if not paths or files.is_local(paths[0]):
        return [(stat.st_size, stat.st_mtime_ns) for stat in map(os.stat, paths)]
    there = listing(paths[0].parent)
    try:
        return [there[path.name] for path in paths]
    except KeyError as error:
        raise FileNotFoundError(f'{paths[0].parent / error.args[0]}: no such file') from None


def exist(paths):
    """[whether it is there] of files of one folder."""
    if not paths or files.is_local(paths[0]):
        return [path.is_file() for path in paths]
    there = listing(paths[0].parent)
    return [path.name in there for path in paths]


def at_once(paths):
    """How many threads read such files best: one per core, or more where each waits for a store."""
    return cores() if not paths or files.is_local(paths[0]) else AT_ONCE


def here(path):
    """A file on this machine: `path` itself or, of a store, a copy of what is there now, if anything is."""
    if files.is_local(path):
        return path
    copy = cache(path.parent) / path.name
    if path.is_file():
        files.write(copy, path.read_bytes())
    else:
        copy.unlink(missing_ok=True)
    return copy


def cache(place):
    """The folder of this machine for what needs a lock or a memory map: `place` itself, if it is a folder."""
    if files.is_local(place):
        return place
    return files.user_cache() / hashlib.sha256(str(place).encode()).hexdigest()[:12]
