"""Files and folders that are whole or not there: written under a temporary name, then renamed."""

import contextlib
import errno
import json
import math
import os
import re
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

TEMPORARY = re.compile(r'^\..*\.(\d+)(\.[0-9a-f]{8})?\.tmp(\.\w+)?$')


@contextlib.contextmanager
def replacing(path):
    """Give a temporary path beside `path`; when the block ends well it takes the place of `path`, else it goes.

    The temporary name ends in the suffix of `path`, for writers that choose their format by it. A link stays, and what
    it leads to is replaced. What is there and is no regular file, /dev/stdout or a pipe, is written to as it is. In an
    object store a file is whole or not there anyway.
    """
    if not is_local(path):
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder, path.name)
            _store(path, Path(folder, path.name).read_bytes())
        return
    if is_special(path):
        yield Path(path)
        return
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(_temporary_name(path.name) + path.suffix)
    try:
        yield temporary
        sync(temporary)
        if path.exists():
            os.chmod(temporary, stat.S_IMODE(path.stat().st_mode))
        os.replace(temporary, path)
    except OSError as error:  # a full disk names no file, a read-only one the temporary
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


@contextlib.contextmanager
def new_folder(path):
    """Give an empty temporary folder beside `path`, which is renamed to `path` when the block ends well, else it goes.

    Raises OSError where `path` is there and is no empty folder.
    """
    path = Path(os.path.realpath(path))
    sweep(path.parent)
    temporary = path.with_name(_temporary_name(path.name))
    temporary.mkdir(parents=True)
    try:
        yield temporary
        for file in temporary.iterdir():
            sync(file)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary_name(name):
    return f'.{name}.{os.getpid()}.{secrets.token_hex(4)}.tmp'


def is_local(path):
    """Whether a path is of this machine's file system, and not of an object store."""
    return isinstance(path, str | os.PathLike)


def _store(path, data):
    try:
        path.write_bytes(data)
    except PermissionError:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path)) from None


def is_special(path):
    try:
        return not stat.S_ISREG(os.stat(path).st_mode) and not os.path.isdir(path)
    except OSError:
        return False


def sync(path):
    """Have the disk hold what was written to `path`: a rename may outlive a power cut that the content does not."""
    with open(path, 'rb') as file:
        os.fsync(file.fileno())


def write(path, data):
    """Write text (as UTF-8) or bytes to `path`, whole or not at all."""
    data = data.encode() if isinstance(data, str) else data
    if not is_local(path):
        _store(path, data)
        return
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def link(source, path):
    """Have the file `source` at `path` too: as a hard link, or as a copy where the file system has none."""
    with replacing(path) as temporary:
        try:
            os.link(os.path.realpath(source), temporary)
        except OSError:
            shutil.copyfile(source, temporary)


def as_json(value, **options):
    """`value` as JSON text, which has no NaN and no infinity: null stands for them."""
    return json.dumps(finite(value), allow_nan=False, **options)


def finite(value):
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    return [finite(entry) for entry in value] if isinstance(value, list | tuple) else value


def sweep(folder):
    """Remove what killed processes have left half-written in `folder`."""
    if not is_local(folder) or not os.path.isdir(folder):
        return
    for entry in os.scandir(folder):
        match = TEMPORARY.match(entry.name)
        if match and not is_running(int(match[1])):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
                continue
            with contextlib.suppress(FileNotFoundError):
                os.unlink(entry.path)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not is_zombie(pid)


def is_zombie(pid):
    """Whether the process has ended and only waits to be reaped, which a signal does not show."""
    try:
        state = Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rpartition(')')[2].split()[0]
    except OSError:  # no Linux, or gone by now
        return False
    return state in 'ZX'


def with_tuples(values):
    """Values read from JSON, which has lists only, with tuples instead, as frozen records have them."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def cache_folder(folder):
    """Where networks are assembled: in the folder of the models or, where that is read-only, in the user's cache."""
    if os.access(folder, os.W_OK):
        return folder / '.assembled'
    return user_cache()


def user_cache():
    return Path(os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache') / 'movie-poster-toolkit'
