"""Files that are whole or not there: written under a temporary name, then renamed."""

import contextlib
import os
import re
from pathlib import Path

TEMPORARY = re.compile(r'^\..*\.(\d+)\.tmp(\.\w+)?$')


@contextlib.contextmanager
def replacing(path):
    """Give a temporary path beside `path`; when the block ends well it takes the place of `path`, else it goes.

    The temporary name ends in the suffix of `path`, for writers that choose their format by it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp{path.suffix}')
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, path)
    except OSError as error:  # a full disk names no file, a read-only one the temporary
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def sync(path):
    """Have the disk hold what was written to `path`: a rename may outlive a power cut that the content does not."""
    with open(path, 'rb') as file:
        os.fsync(file.fileno())


def write(path, data):
    """Write text (as UTF-8) or bytes to `path`, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


def sweep(folder):
    """Remove what killed processes have left half-written in `folder`."""
    if not os.path.isdir(folder):
        return
    for entry in os.scandir(folder):
        match = TEMPORARY.match(entry.name)
        if match and not is_running(int(match[1])):
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
    """Whether the process has ended and only waits to be reaped, which a signal does not tell."""
    try:
        state = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0]
    except OSError:  # no Linux, or gone by now
        return False
    return state in 'ZX'
