"""Work that needs every core: a pool of fresh processes, with progress."""

import math
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from core.errors import ignore_pillow

GROUPS = Path('/sys/fs/cgroup')


def cores():
    """The number of cores this process may use: of its affinity, and of its container's share of time."""
    number = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    return max(1, min([number, *(math.ceil(share) for share in shares(group_folders()))]))


def group_folders():
    """The folders of this process's control group and of those around it."""
    try:
        lines = Path('/proc/self/cgroup').read_text(encoding='utf-8').splitlines()
    except OSError:  # no Linux
        return []
    folders = [GROUPS, GROUPS / 'cpu']
    for line in lines:
        _, controllers, path = line.split(':', 2)
        base = GROUPS / 'cpu' if 'cpu' in controllers.split(',') else GROUPS
        folders += [base / part for part in (Path(path.lstrip('/')), *Path(path.lstrip('/')).parents)]
    return list(dict.fromkeys(folders))


def shares(folders):
    """How many cores' time each of the control groups allows, of those that limit it."""
    for folder in folders:
        try:
            quota, period = (folder / 'cpu.max').read_text(encoding='utf-8').split()
        except (OSError, ValueError):
            try:
                quota, period = (
                    (folder / f'cpu.cfs_{name}_us').read_text(encoding='utf-8') for name in ('quota', 'period')
                )
            except OSError:
                continue
        if quota != 'max' and int(quota) > 0:
            yield int(quota) / int(period)


def parallel(function, tasks, chunksize):
    """Yield function(task) for each of `tasks`, in order, computed in one process per core.

    When the reader stops early, by Ctrl-C for example, what was not begun is dropped. Where processes cannot share a
    lock, as without /dev/shm, or cannot import the main module, as one from standard input, threads do the work.
    """
    context = multiprocessing.get_context('spawn')  # a fork of a process with threads may hang
    workers = min(cores(), -(-len(tasks) // chunksize))
    try:
        context.Lock()
        main = getattr(sys.modules['__main__'], '__file__', None)
        if main and not os.path.isfile(main):
            raise ImportError(main)
        pool = ProcessPoolExecutor(workers, context, start_worker)
    except (OSError, ImportError):
        pool = ThreadPoolExecutor(workers)
    try:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the workers inherit it
        try:
            results = pool.map(function, tasks, chunksize=chunksize)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        yield from results
    finally:
        pool.shutdown(cancel_futures=True)


def start_worker():
    """Let this worker end when its parent is killed, which otherwise leaves it waiting for work forever."""
    ignore_pillow()

    def wait():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
