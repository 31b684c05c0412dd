"""Clusters of Ray and of Dask: joining one, and the versions of its workers.

The toolkit is not sent to the workers: they import their own copy, which must be the same.
"""

import contextlib
import functools
import hashlib
import importlib.util
import logging
import os
import platform
import re
import tempfile
import types
import warnings
from concurrent.futures import Future
from pathlib import Path

from core import parallel
from core.cli import Flag
from core.errors import WorkFailed, WrongCall
from core.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
TOKEN = Path.home() / '.ray' / 'auth_token'  # which `ray start` makes
STARTED = Path('/tmp/ray/ray_current_cluster')  # the address that `ray start` writes
ANSWER = 10  # seconds within which a cluster answers
ADDRESS = re.compile(r'ray|(?:ray|dask)://(?P<place>[^/\s]+:\d{1,5})')
PACKAGES = (
    *('keras', 'numpy', 'onnxruntime', 'opencv-python-headless', 'pillow'),
    *('rapidocr', 'scipy', 'simplejpeg', 'tensorflow'),
)
SOURCES = 'backbones', 'catalogues', 'cnn', 'core', 'posters', 'sample'
START = 60  # seconds within which its workers have started
TRIES = 3  # workers that may be lost at one shard
STORE = 100_000_000  # bytes of memory in which a Ray of this machine keeps what is passed on


def read_address(text):
    """A reader of the flag -cluster."""
    if not ADDRESS.fullmatch(text):
        raise ValueError('give ray, ray://HEAD:10001 or dask://SCHEDULER:8786')
    return text


FLAG = Flag(
    'cluster',
    'do the work on the workers of a cluster, which see the same data: ray, the one of this machine, which is started '
    'if need be, ray://HEAD:10001 or dask://SCHEDULER:8786',
    None,
    read_address,
    'ADDRESS',
)


@contextlib.contextmanager
def join(address):
    """Have the cluster at `address` do the parallel work of this block; None: this machine.

    Raises WrongCall where a package is missing; WorkFailed where the cluster does not answer, has no worker, or has
    workers of other versions.
    """
    if not address:
        yield
        return
    engine, connect = ('distributed', _dask) if address.startswith('dask') else ('ray', _ray)
    if not importlib.util.find_spec(engine):
        raise WrongCall(f'-cluster={address}: {engine} is not installed; run: pip install -r requirements-cluster.txt')
    with contextlib.ExitStack() as stack:
        try:
            backend, found = stack.enter_context(connect(address))
            for worker, there in found.items():
                check(worker, there, versions())
            stack.enter_context(parallel.on_cluster(backend))
        except WorkFailed:
            raise
        except Exception as error:  # each has its own
            late = isinstance(error, OSError) or 'Timeout' in type(error).__name__
            reason = f'no answer within {ANSWER} seconds' if late else f'it cannot be used: {first_line(error)}'
            raise WorkFailed(f'-cluster={address}: {reason}') from None
        yield


@contextlib.contextmanager
def _ray(address):
    """(joblib's backend, {node: its versions}) of Ray; without a place that of this machine, old or new."""
    os.environ.setdefault('RAY_USAGE_STATS_ENABLED', '0')
    os.environ.setdefault('RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO', '0')  # else it warns that this will be the default
    if place := ADDRESS.fullmatch(address)['place']:
        import grpc  # slow, as what follows

        with grpc.insecure_channel(place) as channel:  # Ray itself would wait longer
            grpc.channel_ready_future(channel).result(ANSWER)
    import ray
    from ray._private import worker
    from ray.util.joblib.ray_backend import RayBackend

    worker.print_to_stdstream = lambda *_, **__: None  # it writes of lost workers between a command's lines
    options = {'log_to_driver': False, 'logging_level': logging.CRITICAL}
    limits = {'num_cpus': 1, 'max_restarts': -1, 'max_task_retries': 2 * TRIES}  # core/shards.py counts the tries
    with tempfile.TemporaryDirectory(prefix='ray_', ignore_cleanup_errors=True) as folder:
        try:
            if place:
                _init_client(ray, address, options)
            else:
                _init_here(ray, options, folder)
            yield _away(RayBackend)(ray_remote_args=limits), _versions_on_ray(ray)
        finally:
            ray.shutdown()


def _init_client(ray, address, options):
    tokens = os.environ.get('RAY_AUTH_TOKEN'), os.environ.get('RAY_AUTH_TOKEN_PATH'), TOKEN.is_file()
    if any(tokens):
        os.environ.setdefault('RAY_AUTH_MODE', 'token')  # which Ray's client does not find out by itself
    try:
        with warnings.catch_warnings(action='ignore'):
            ray.init(address, **options)
    except ConnectionError:
        raise WorkFailed(f'-cluster={address}: it is refused; {TOKEN} must be that of the head') from None


def _init_here(ray, options, folder):
    """Join the Ray that `ray start` has started here, or start one; its `folder` keeps other commands from joining."""
    try:
        ray.init(os.environ.get('RAY_ADDRESS') or STARTED.read_text(encoding='utf-8'), **options)
    except (OSError, ValueError):  # ConnectionError is one
        limits = {'num_cpus': parallel.cores(), 'object_store_memory': STORE}
        ray.init('local', include_dashboard=False, _temp_dir=folder, **limits, **options)


def _versions_on_ray(ray):
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    probe = ray.remote(num_cpus=0)(_by_value(_probe))
    nodes = [node for node in ray.nodes() if node['Alive'] and node['Resources'].get('CPU')]
    places = [NodeAffinitySchedulingStrategy(node['NodeID'], soft=False) for node in nodes]
    found = ray.get([probe.options(scheduling_strategy=place).remote() for place in places], timeout=START)
    return {node['NodeManagerHostname']: there for node, there in zip(nodes, found, strict=True)}


@contextlib.contextmanager
def _dask(address):
    """(joblib's backend, {worker or scheduler: its versions}) of Dask."""
    import asyncio  # slow, as what follows

    import distributed
    from joblib._dask import DaskDistributedBackend

    logging.getLogger('distributed').setLevel(logging.CRITICAL)
    place = address.replace('dask:', 'tcp:')

    async def reach():  # a client itself would wait longer for what is no scheduler
        await (await distributed.comm.connect(place, timeout=ANSWER)).close()

    asyncio.run(asyncio.wait_for(reach(), ANSWER))
    with distributed.Client(place, timeout=ANSWER, set_as_default=False) as client:
        with contextlib.suppress(TimeoutError):
            client.wait_for_workers(1, timeout=ANSWER)
        if not client.ncores():
            raise WorkFailed(f'-cluster={address}: it has no worker; start them with: dask worker {place}')
        probe = _by_value(_probe)
        found = {'the scheduler': client.run_on_scheduler(probe)} | client.run(probe)
        yield _failing(_away(DaskDistributedBackend))(client=client), found


def _away(backend):
    """A class of joblib's backend that works on the workers also where there is one only, and yields what is done."""

    class Away(backend):
        supports_return_generator = True

        def configure(self, *args, **settings):
            return max(2, super().configure(*args, **settings))  # for 1 joblib would do the work here

        def effective_n_jobs(self, n_jobs):
            return max(2, super().effective_n_jobs(n_jobs))

    return Away


def _failing(backend):
    """A class of joblib's Dask that raises what befalls a task outside its function; joblib would wait for ever."""

    class Failing(backend):
        def submit(self, func, callback=None):
            future = super().submit(func, callback)
            future.add_done_callback(lambda done: done.exception() and callback(done))
            return future

        def retrieve_result_callback(self, out):
            return out.result() if isinstance(out, Future) else super().retrieve_result_callback(out)

    return Failing


def _probe():
    """The versions where this runs, or why there are none."""
    try:
        from core.cluster import versions
    except ImportError as error:
        return str(error)
    return versions()


def _by_value(function):
    """`function`, which has no globals, as cloudpickle sends it whole: a worker may lack its module."""
    return types.FunctionType(function.__code__, {'__name__': '__main__'}, function.__name__)


def check(worker, there, here):
    """Raise WorkFailed where the versions on a worker, or why it has none, are not those that are `here`."""
    if isinstance(there, str):
        raise WorkFailed(f'{worker} cannot import the toolkit ({there}); start it with PYTHONPATH={ROOT}')
    others = [f'{name} {there.get(name)} (here {mine})' for name, mine in here.items() if there.get(name) != mine]
    if others:
        raise WorkFailed(f'{worker} has {", ".join(others)}; all machines must have the same')


@functools.cache
def versions():
    """{name: version} of what results depend on: the toolkit and its code, Python, packages."""
    from importlib import metadata  # slow

    code = hashlib.sha256()
    paths = (path for name in SOURCES for path in (ROOT / name).rglob('*.py'))
    for path in sorted([*paths, ROOT / 'movies_dataset.py']):
        code.update(path.read_bytes())
    found = {'toolkit': VERSION, 'code': code.hexdigest()[:8], 'Python': platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def first_line(error):
    return (str(error) or type(error).__name__).splitlines()[0]
