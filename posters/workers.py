"""Work that needs every core: a pool of fresh processes, with progress."""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor


def cores():
    """The number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def parallel(function, tasks, chunksize):
    """Yield function(task) for each of `tasks`, in order, computed in one process a core.

    When the reader stops early, by Ctrl-C say, what was not begun is dropped.
    """
    context = multiprocessing.get_context('spawn')  # a fork of a process with threads may hang
    workers = min(cores(), -(-len(tasks) // chunksize))
    pool = ProcessPoolExecutor(workers, context, end_with_parent)
    try:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the workers inherit it
        try:
            results = pool.map(function, tasks, chunksize=chunksize)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        yield from results
    finally:
        pool.shutdown(cancel_futures=True)


def end_with_parent():
    """Let this worker end when its parent is killed, which otherwise leaves it waiting for work for ever."""

    def wait():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
