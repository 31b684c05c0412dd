"""Parallel work, by joblib: processes or threads of this machine, or the workers of a cluster."""

import contextlib
import math
import multiprocessing
import os
import signal
import threading
import time
import warnings
from concurrent.futures import BrokenExecutor
from functools import partial
from pathlib import Path

from core.errors import WorkFailed, ignore_pillow

GROUPS = Path('/sys/fs/cgroup')
IDLE = 30  # seconds after which processes without work end
SKIPPED = object()
_clusters: list[tuple] = []  # (joblib.Parallel, workers) of the cluster in use, the last one
_worker: list[bool] = []


def cores():
    """The number of cores this process may use: of its affinity, and of its container's share of time."""
    if _worker:
        return 1
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


def processes(function, tasks, chunksize):
    """Yield function(task) for each of the list `tasks`, in order, computed in one process per core.

    The first Ctrl-C, and a reader that stops early, drop what was not begun. Where processes cannot share a lock, as
    without /dev/shm, threads do the work.
    """
    chunks = [tasks[start : start + chunksize] for start in range(0, len(tasks), chunksize)]
    settings = {'backend': 'threading', 'n_jobs': max(1, min(cores(), len(chunks)))}
    with contextlib.suppress(OSError, ImportError):
        multiprocessing.get_context('spawn').Lock()
        settings |= {'backend': 'loky', 'initializer': _start_worker, 'initargs': (os.getpid(),)}
        settings |= {'idle_worker_timeout': IDLE, 'max_nbytes': None}
    for results in _run(partial(_each, function), chunks, settings):
        yield from results


def threads(function, tasks, number=None):
    """Yield function(task) for each of the sequence `tasks`, in order, on one thread per core or on so many."""
    if len(tasks) == 1:  # without joblib, which takes a while to come
        yield function(tasks[0])
    elif tasks:
        yield from _run(function, tasks, {'backend': 'threading', 'n_jobs': number or cores()})


def _each(function, tasks):
    return [function(task) for task in tasks]


@contextlib.contextmanager
def on_cluster(backend):
    """Have the workers of a cluster do the work of `on_workers` in this block, by joblib's `backend` for it."""
    import joblib  # slow

    with joblib.parallel_config(backend=backend, n_jobs=-1):
        number = joblib.effective_n_jobs(-1)
        pool = joblib.Parallel(return_as='generator_unordered', batch_size=1)
    with pool:  # the workers stay, with what they have opened
        _clusters.append((pool, number))
        try:
            yield
        finally:
            _clusters.pop()


def is_on_cluster():
    return bool(_clusters)


def workers():
    """How many workers the cluster has."""
    return _clusters[-1][1]


def on_workers(function, tasks):
    """Yield function(task) for each of the iterable `tasks`, on the workers of the cluster, as they are done.

    Raises WorkFailed where the cluster fails.
    """
    import joblib  # slow

    outcomes = _clusters[-1][0](joblib.delayed(_outcome)((), function, task) for task in tasks)
    try:
        for result, error in _answers(outcomes):
            if error:
                raise error
            yield result
    finally:
        with warnings.catch_warnings(action='ignore'):  # of tasks that are given up, after an error
            outcomes.close()


def _answers(outcomes):
    try:
        yield from outcomes
    except Exception as error:  # each engine has its own
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise WorkFailed(f'the cluster failed: {reason}') from None


def be_worker():
    """Have this process, a worker of a cluster, use one core per task: it is given as many tasks as it has cores."""
    _worker.append(True)


def is_worker():
    return bool(_worker)


def _run(function, tasks, settings):
    """Yield function(task) for each of `tasks`, in order. Errors are raised once all work that was begun has ended."""
    import joblib  # slow

    stopped = []

    def calls():
        for task in tasks:
            if stopped:
                return
            yield joblib.delayed(_outcome)(stopped, function, task)

    with _noting_interrupts(stopped):
        with _sigint_blocked(), joblib.parallel_config(**settings):  # the workers inherit the block
            outcomes = joblib.Parallel(return_as='generator', batch_size=1, pre_dispatch='n_jobs + 1')(calls())
        try:
            for result, error in outcomes:
                if error:
                    raise error
                if result is not SKIPPED:
                    yield result
        except BrokenExecutor:
            raise WorkFailed('a process of this work was killed, for lack of memory perhaps') from None
        finally:
            stopped.append('early')
            for _ in outcomes:
                pass
    if stopped[0] is signal.SIGINT:
        raise KeyboardInterrupt


def _outcome(stopped, function, task):
    """(result, None) or (None, error): joblib ends the other workers at once when one raises."""
    if stopped:
        return SKIPPED, None
    try:
        return function(task), None
    except Exception as error:
        return None, error


@contextlib.contextmanager
def _noting_interrupts(noted):
    """Have the first Ctrl-C be noted as signal.SIGINT, later ones do what they did before."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return

    def note(number, frame):
        if noted:
            before(number, frame)
        noted.append(signal.SIGINT)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _sigint_blocked():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(parent):
    """Let this worker end when its parent is killed, which otherwise leaves it waiting for work."""
    ignore_pillow()

    def wait():
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
