"""Training by several workers and devices: it learns what one process learns, and ends when a worker does."""

import csv
import json
import re
import signal
import socket
import threading

import numpy as np
import pytest
from conftest import environment, run_script
from PIL import Image

from core import tf_config
from core.errors import WorkFailed, WrongCall
from core.tf_config import Cluster, meet

EXACT = 2e-3  # relative; without rounding it were 0: docs/distributed.md
CNN = '-version=1', '-ratio=30', '-min_year=1999', '-batch_size=16', '-precision=float32', '-threads=1'
GAN = '-batch_size=4', '-epoch=3', '-precision=float32', '-threads=1', '-holdout=off', '-train'
UNWATCHED = '-metrics_minutes=0', '-video_length=0', '-grid_height=2', '-grid_width=2'
ARCHITECTURES = {'dcgan': ('-nbr_of_layers_g=3', '-nbr_of_layers_d=3'), 'fastgan': ('-width=0.25',)}
TWO_CPUS = """
import runpy, sys, tensorflow
one = tensorflow.config.LogicalDeviceConfiguration()
tensorflow.config.set_logical_device_configuration(tensorflow.config.list_physical_devices('CPU')[0], [one, one])
sys.path.insert(0, '.')
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def addresses(number=2):
    """Addresses of this machine with ports that nobody listens to."""
    sockets = [socket.create_server(('127.0.0.1', 0)) for _ in range(number)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return [f'127.0.0.1:{port}' for port in ports]


def task(index, at):
    config = {'cluster': {'worker': list(at)}, 'task': {'type': 'worker', 'index': index}}
    return {**environment(), 'TF_CONFIG': json.dumps(config)}


def start_two(start, *flags):
    """Two workers of a command; in its flags {} stands for the number of the worker."""
    at = addresses()
    return [start(*(str(flag).replace('{}', str(i)) for flag in flags), env=task(i, at)) for i in range(2)]


def end(workers, timeout=240):
    """[(status, standard output, last line of standard error)] of workers that end without a traceback."""
    ended = []
    for worker in workers:
        out, errors = worker.communicate(timeout=timeout)
        assert 'Traceback' not in errors, errors
        ended.append((worker.returncode, out, errors.strip().splitlines()[-1] if errors.strip() else ''))
    return ended


def losses(folder):
    """The loss of each epoch of the model in a folder, in training and validation."""
    (path,) = folder.glob('*.json')
    return [(epoch['loss'], epoch['validation_loss']) for epoch in json.loads(path.read_text())['history']]


def steps(run):
    """The losses of each step of a run."""
    with open(run / 'log.csv', encoding='utf-8', newline='') as file:
        return [[float(row['loss_g']), float(row['loss_d'])] for row in csv.DictReader(file)]


@pytest.fixture(scope='module')
def alone(sample_data, tmp_path_factory):
    """The losses of one process that trains the network for two epochs; the last batch is no even one."""
    folder = tmp_path_factory.mktemp('alone')
    done = run_script('__main__.py', *sample_data.flags, *CNN, '-epochs=2', f'-models={folder}', timeout=300)
    assert done.returncode == 0, done.stderr
    posters = int(re.search(r'(\d+) posters to train on', done.stdout)[1])
    assert posters > 64 and posters % 16 % 2 == 1, posters
    return losses(folder)


@pytest.mark.slow
def test_two_workers_learn_what_one_process_learns_and_the_first_alone_writes(alone, sample_data, start, tmp_path):
    models = f'-models={tmp_path}/{{}}'
    (first, said, _), (second, other, _) = end(
        start_two(start, '__main__.py', *sample_data.flags, *CNN, '-epochs=2', models)
    )
    assert (first, second) == (0, 0) and ', 2 workers' in said and ', 2 workers' in other
    assert losses(tmp_path / '0') == [pytest.approx(epoch, rel=EXACT) for epoch in alone]
    assert sorted(path.suffix for path in (tmp_path / '0').glob('[!.]*')) == ['.json', '.keras', '.onnx', '.png']
    assert not (tmp_path / '1').exists()


@pytest.mark.slow
def test_training_resumes_after_a_worker_is_killed(alone, sample_data, start, tmp_path):
    """The other one ends with a line; both started again get to where one process gets."""
    command = '__main__.py', *sample_data.flags, *CNN, '-epochs=2', f'-models={tmp_path}/{{}}'
    first, second = start_two(start, *command)
    while not (line := first.stdout.readline()).startswith('epoch 1/2'):
        assert line, first.stderr.read()
    second.send_signal(signal.SIGKILL)
    ((status, _, error),) = end([first])
    assert status == 1 and error == f'__main__.py: {tf_config.ENDED}'
    (status, said, error), (other, _, _) = end(start_two(start, *command))
    assert (status, other) == (0, 0), error
    assert 'resuming from epoch 1 of 2' in said
    assert losses(tmp_path / '0') == [pytest.approx(epoch, rel=EXACT) for epoch in alone]


@pytest.mark.slow
@pytest.mark.parametrize('architecture', ARCHITECTURES)
def test_two_workers_train_a_gan_as_one_process_does(architecture, images, start, tmp_path):
    command = '-m', 'dcgan', f'-dataset={images}', *GAN, *UNWATCHED, f'-architecture={architecture}', '-name=gan'
    command += ARCHITECTURES[architecture]
    done = run_script(*command, f'-runs={tmp_path}/alone', timeout=300)
    assert done.returncode == 0, done.stderr
    ended = end(start_two(start, *command, f'-runs={tmp_path}/{{}}'))
    assert [status for status, _, _ in ended] == [0, 0], ended
    wanted = steps(tmp_path / 'alone' / 'gan')
    assert len(wanted) == 9
    assert np.array(steps(tmp_path / '0' / 'gan')) == pytest.approx(np.array(wanted), rel=EXACT, abs=1e-4)
    assert list((tmp_path / '0' / 'gan').glob('step_*.npz')) and not (tmp_path / '1' / 'gan').exists()


@pytest.mark.slow
@pytest.mark.parametrize('backend', ['tensorflow', 'jax'])
def test_two_devices_of_one_host_learn_what_one_learns(backend, alone, sample_data, tmp_path):
    """Two CPU devices stand for two GPUs."""
    pytest.importorskip(backend)
    settings = {'KERAS_BACKEND': backend, 'XLA_FLAGS': '--xla_force_host_platform_device_count=2'}
    settings = {'env': {**environment(), **settings}, 'timeout': 300}
    two = ('-c', TWO_CPUS) if backend == 'tensorflow' else ()
    done = run_script(*two, '__main__.py', *sample_data.flags, *CNN, '-epochs=2', f'-models={tmp_path}', **settings)
    assert done.returncode == 0 and ', 2 devices' in done.stdout, done.stderr
    if backend == 'jax':  # whose random numbers are others
        one = {**settings, 'env': {**environment(), 'KERAS_BACKEND': 'jax'}}
        flags = *sample_data.flags, *CNN, '-epochs=2', f'-models={tmp_path / "one"}'
        assert run_script('__main__.py', *flags, **one).returncode == 0
        alone = losses(tmp_path / 'one')
    assert losses(tmp_path) == [pytest.approx(epoch, rel=EXACT) for epoch in alone]


@pytest.fixture(scope='module')
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp('images')
    pixels = np.random.default_rng(0).integers(0, 256, (12, 25, 17, 3)).astype(np.uint8)
    for i, image in enumerate(pixels):
        Image.fromarray(image).save(folder / f'{i}.png')
    return folder


WORKERS = {'worker': ['one:2222', 'two:2222']}


@pytest.mark.parametrize(
    ('config', 'words'),
    [
        ('{"cluster": ', 'TF_CONFIG is no JSON'),
        ('[]', 'TF_CONFIG lacks something; it looks like'),
        (json.dumps({'cluster': WORKERS}), 'TF_CONFIG lacks something'),
        (
            json.dumps({'cluster': WORKERS, 'task': {'type': 'worker', 'index': 2}}),
            'its task, worker 2, is not in its cluster, which has worker 0, worker 1',
        ),
        (json.dumps({'cluster': WORKERS, 'task': {'type': 'ps', 'index': 0}}), 'ps 0, is not in its cluster'),
        (
            json.dumps({'cluster': {'worker': ['one', 'two:2222']}, 'task': {'type': 'worker', 'index': 0}}),
            'the address one is not a host and a port',
        ),
    ],
)
def test_a_wrong_cluster_is_one_line(config, words, images, run, sample_data, tmp_path):
    settings = {'env': {**environment(), 'TF_CONFIG': config}}
    for command in (
        ('__main__.py', *sample_data.flags, '-ratio=30', '-version=1', f'-models={tmp_path}'),
        ('-m', 'dcgan', f'-dataset={images}', '-batch_size=4', '-train', f'-runs={tmp_path}'),
    ):
        done = run(*command, **settings)
        assert done.returncode == 2 and words in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_a_worker_that_does_not_answer_is_named():
    at = addresses()
    with pytest.raises(WorkFailed, match=rf'no answer within 0.5 seconds from worker 1 \({at[1]}\)'):
        meet(Cluster(tuple(at), 0), 0.5)


def test_all_workers_meet():
    at = tuple(addresses(3))
    others = [threading.Thread(target=meet, args=(Cluster(at, i), 10)) for i in (1, 2)]
    for other in others:
        other.start()
    meet(Cluster(at, 0), 10)
    for other in others:
        other.join(10)
        assert not other.is_alive()


def test_a_worker_of_another_version_is_named(start):
    at = tuple(addresses())
    code = f'from core import tf_config as t; t.VERSION = "1.0"; t.meet(t.Cluster({at}, 1), 10)'
    start('-c', code)
    with pytest.raises(WrongCall, match=r'worker 1 has version 1\.0 of the toolkit, this one'):
        meet(Cluster(at, 0), 10)


@pytest.mark.slow
def test_workers_with_other_flags_end(sample_data, start, tmp_path):
    """The one that differs says so, and the other ends with it."""
    ended = end(
        start_two(start, '__main__.py', *sample_data.flags, *CNN, '-epochs=1', '-seed=1{}', f'-models={tmp_path}/{{}}')
    )
    assert [(status, error) for status, _, error in ended] == [
        (1, f'__main__.py: {tf_config.ENDED}'),
        (2, '__main__.py: this worker has other flags or posters than the first one; give all workers the same'),
    ]
