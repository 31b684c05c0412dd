"""Precision, XLA, threads, and the devices and workers that train together, chosen for the machine in one place.

On a CPU XLA compiles convolutions into far slower code than oneDNN's, so it is off there, and a CPU with bfloat16
instructions multiplies twice as fast in bfloat16; on a GPU both are on. `make bench` measures it: `train`, `train_xla`.
"""

import contextlib
import ctypes
import json
import logging
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core import distribution, tf_config
from core.cli import Flag, choice, integer
from core.errors import WrongCall
from core.parallel import cores

PRECISION = Flag('precision', 'bfloat16 or float32', 'auto', choice('auto', 'bfloat16', 'float32'))
FLAGS = [
    Flag('xla', 'compile with XLA: on or off', 'auto', choice('auto', 'on', 'off')),
    Flag('threads', 'cores to use; 0 for all', 0, integer(0, 1024)),
]
BACKENDS = 'tensorflow', 'torch', 'jax'
UNUSED = 'matplotlib', 'pandas', 'sklearn'  # Keras imports them where they are there; none of what is used needs them


@dataclass(frozen=True)
class Hardware:
    backend: str
    device: str
    precision: str
    xla: bool
    threads: int
    workers: int = 1
    devices: int = 1

    def __str__(self):
        threads = f', {self.threads} threads' if self.device.startswith('CPU') else ''
        xla = 'on' if self.xla else 'off'
        workers = f', {self.workers} workers' if self.workers > 1 else ''
        devices = f', {self.devices} devices' if self.devices > self.workers else ''
        return f'Keras on {self.backend}, {self.device}{threads}, {self.precision}, XLA {xla}{workers}{devices}'


_replicas = distribution.Alone()


def replicas():
    """What trains together, as the last `set_up` has chosen it."""
    return _replicas


def has_other_workers():
    """Whether a training has several workers. Raises WrongCall where TF_CONFIG is wrong."""
    return tf_config.read_cluster() is not None


def is_first_worker():
    """Whether this process is the one that writes. Raises WrongCall where TF_CONFIG is wrong."""
    named = tf_config.read_cluster()
    return named is None or named.index == 0


def set_up(precision='auto', xla='auto', threads=0, together=False):
    """Set Keras up for this machine, import it and return the Hardware chosen. Call it before any keras import.

    With `together`, for a training, all GPUs of this machine are used, and all workers that TF_CONFIG names: the first
    call in a process decides. Raises WrongCall or WorkFailed where they cannot be.
    """
    global _replicas
    for name in ('OMP_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS', 'MKL_NUM_THREADS'):
        os.environ[name] = str(threads or os.environ.get(name) or cores())
    os.environ.setdefault('TF_NUM_INTEROP_THREADS', '1')  # one after the other takes less memory
    os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
    logging.getLogger('tensorflow').setLevel(logging.ERROR)  # it warns of several models in one process
    os.environ['KERAS_BACKEND'] = choose_backend()
    keep_freed_memory()
    with quiet_import(), hidden(UNUSED):
        import keras  # slow, and reads the variables above

    keras.config.set_image_data_format('channels_last')  # whatever ~/.keras/keras.json has
    keras.config.set_floatx('float32')
    keras.config.set_epsilon(1e-7)
    backend = keras.backend.backend()
    if backend == 'tensorflow':
        keep_order()
    if together and _replicas.devices == 1:
        _replicas = distribution.start(backend)  # before the devices are listed, which TensorFlow cannot undo
    gpu = gpu_name(backend)
    if precision == 'auto':
        fast = gpu or (backend == 'tensorflow' and has_bfloat16())
        precision = 'bfloat16' if fast else 'float32'
    compiled = backend == 'jax' or (bool(gpu) and backend == 'tensorflow') if xla == 'auto' else xla == 'on'
    if backend == 'tensorflow' and _replicas.devices > 1:
        compiled = False  # XLA compiles for one device
    keras.config.set_dtype_policy('mixed_bfloat16' if precision == 'bfloat16' else 'float32')
    return Hardware(
        backend,
        gpu or f'CPU ({cpu_name()})',
        precision,
        compiled,
        int(os.environ['TF_NUM_INTRAOP_THREADS']),
        _replicas.workers,
        _replicas.devices,
    )


def choose_backend():
    """The backend that KERAS_BACKEND names, else keras.json, else TensorFlow. Raises WrongCall for an unusable one."""
    asked = os.environ.get('KERAS_BACKEND')
    backend, source = (asked, f'KERAS_BACKEND={asked}') if asked else configured_backend()
    if backend not in BACKENDS:
        raise WrongCall(f'{source}: there is no such backend; give one of {", ".join(BACKENDS)}')
    if not find_spec(backend):
        raise WrongCall(f'{source}: the package {backend} is not installed; {BACKENDS[0]} is the default')
    return backend


def configured_backend():
    """(backend, where it is named) of ~/.keras/keras.json; the default where that names none of today's."""
    path = Path(os.environ.get('KERAS_HOME') or Path('~').expanduser() / '.keras') / 'keras.json'
    try:
        named = json.loads(path.read_text(encoding='utf-8')).get('backend')
    except (OSError, ValueError, AttributeError, RuntimeError):
        named = None
    return (named, f'"backend": "{named}" in {path}') if named in BACKENDS else (BACKENDS[0], 'the default')


def keep_order():
    """Have a step read its weights before it updates them.

    TensorFlow 2.21's optimizer of dependencies drops that order now and then, and losses and gradients come out wrong.
    """
    import tensorflow

    tensorflow.config.optimizer.set_experimental_options({'dependency_optimization': False})


def keep_freed_memory():
    """Let glibc keep large blocks that are freed for those that are requested next, instead of giving them back.

    A network's maps are such blocks, and without the page faults it is faster on a CPU.
    """
    set_malloc(trim_threshold=2**31 - 1, mmap_max=0, arena_max=1)


@contextlib.contextmanager
def returning_freed_memory():
    """Give back what `keep_freed_memory` has kept, and in this block also large blocks as soon as they are freed."""
    malloc = set_malloc(trim_threshold=128 * 1024, mmap_max=65536)  # glibc's defaults
    if malloc:
        malloc.malloc_trim(0)
    try:
        yield
    finally:
        keep_freed_memory()


def set_malloc(**options):
    """Set glibc's options of these names and return the C library; None where it is another one."""
    numbers = {'trim_threshold': -1, 'mmap_max': -4, 'arena_max': -8}  # from malloc.h
    with contextlib.suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        for name, value in options.items():
            library.mallopt(numbers[name], value)
        return library


@contextlib.contextmanager
def dtype_policy(name):
    """Build layers under another dtype policy in this block."""
    import keras  # slow

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@contextlib.contextmanager
def quiet_import():
    """Keep back what TensorFlow's libraries write to standard error while they load, unless they fail to."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as notes:
        os.dup2(notes.fileno(), 2)
        try:
            yield
        except BaseException:
            notes.seek(0)
            os.write(kept, notes.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextlib.contextmanager
def hidden(names):
    """Have imports not find these packages, unless they are imported already.

    Keras is there in two thirds of the time then, and takes two thirds of the memory.
    """
    away = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(away))
    try:
        yield
    finally:
        for name in away:
            del sys.modules[name]


def gpu_name(backend):
    """The name of the first GPU that the backend can use, or None."""
    if backend == 'torch':
        import torch

        return torch.cuda.get_device_name() if torch.cuda.is_available() else None
    import keras

    try:
        devices = keras.distribution.list_devices('gpu')
    except RuntimeError:  # JAX, where there is none
        devices = []
    return devices[0] if devices else None


def cpu_fields():
    """The fields of /proc/cpuinfo's first processor; empty elsewhere than on Linux."""
    try:
        first = Path('/proc/cpuinfo').read_text(encoding='utf-8').split('\n\n')[0]
    except OSError:
        return {}
    pairs = (line.split(':', 1) for line in first.splitlines() if ':' in line)
    return {name.strip(): value.strip() for name, value in pairs}


def has_bfloat16():
    return bool({'avx512_bf16', 'amx_bf16', 'bf16'} & set(cpu_fields().get('flags', '').split()))


def cpu_name():
    return cpu_fields().get('model name') or platform.processor() or platform.machine()
