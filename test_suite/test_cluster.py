"""More machines: two workers of Ray and of Dask, an object store; what they make is what one machine makes."""

import contextlib
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import requests
from conftest import ROOT, environment, run_script

import movies_dataset
from cnn.features import cache
from cnn.predict.choice import choose_models
from cnn.predict.networks import open_all
from cnn.predict.on_cluster import predict_on_cluster
from cnn.predict.predictor import predict
from core import cluster, parts, shards, storage
from core.errors import WorkFailed
from core.version import VERSION
from posters import inputs, reading
from posters.fetch import download, journal
from posters.resize import resize

pytestmark = pytest.mark.cluster
FILMS = 48
RATIO = 40
MODEL = 'genres7-words'


def films(folder):
    """The sample films in a data folder: a catalogue of them."""
    lines = (ROOT / 'MovieGenre.csv').read_text(encoding='utf-8').splitlines(keepends=True)
    path = folder / 'films.csv'
    path.write_text(''.join(lines[: FILMS + 1]), encoding='utf-8')
    return movies_dataset.open_catalogue(path, folder)


def get(data):
    return download.download(films(data).list_poster_urls(), data)


def make_smaller(data):
    return resize([movie.id for movie in films(data).movies], data, (RATIO,))


def extract(data):
    """The features of all posters, of a frozen EfficientNet-Lite0."""
    from cnn.features.backbone import BackboneFeatures
    from cnn.presets import find_preset
    from core import hardware

    posters = films(data).load_posters(1900, 2020, 100)
    machine = hardware.set_up('float32', threads=2)
    return BackboneFeatures(find_preset('4'), 'EfficientNetLite0', 'imagenet', machine).load(posters)


def read_words(data):
    return reading.load(films(data).load_posters(1900, 2020, 100))


def predict_folder(data):
    """[(name of the file, {target: prediction})] of the posters in a folder."""
    chosen = choose_models(ROOT / 'saved_models', MODEL)
    posters, _ = inputs.find([str(data / 'images' / '100')])
    if shards.parallel.is_on_cluster():
        predicted = predict_on_cluster(chosen, posters, data)
    else:
        networks, reader, _ = open_all(chosen)
        predicted = predict(networks, posters, reader)
    return [(os.path.basename(name), prediction, reason) for name, prediction, reason in predicted]


STAGES = {  # what it does, the folders that it writes, the name of its shards
    'download': (get, ('images/100', 'download_report.csv'), 'download/r100'),
    'resize': (make_smaller, (f'images/{RATIO}',), 'resize'),
    'features': (extract, ('features', 'hashes'), 'features/*'),
    'words': (read_words, ('text',), 'text/*'),
    'predict': (predict_folder, (), 'predict'),
}


@pytest.fixture(scope='module', autouse=True)
def small_parts():
    """Parts of a few posters, so that a few films are several shards."""
    before = cache.FORM, reading.Texts.keys
    cache.FORM, reading.Texts.keys = parts.Arrays('features', 16), 8
    yield
    cache.FORM, reading.Texts.keys = before


@pytest.fixture(scope='module')
def alone(tmp_path_factory):
    """(data folder, {stage: result}) of one machine."""
    data = tmp_path_factory.mktemp('alone')
    return data, {stage: work(data) for stage, (work, _, _) in STAGES.items()}


@pytest.fixture(scope='module', params=['ray', 'dask'])
def joined(request, alone):
    """A cluster of two workers does the work of the tests."""
    logging.getLogger('distributed').setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(dask()) if request.param == 'dask' else 'ray'
        stack.enter_context(cluster.join(address))
        yield request.param


@contextlib.contextmanager
def dask(code=ROOT, workers=2):
    """The address of a Dask whose workers, in processes of their own, import the toolkit from the folder `code`."""
    import distributed  # which only these tests need

    port = free_port()
    python = sys.executable, '-m'
    place = f'tcp://127.0.0.1:{port}'
    settings = {'env': os.environ | {'PYTHONPATH': str(code)}, 'cwd': '/', 'start_new_session': True}
    settings |= {'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    flags = f'--nworkers={workers}', '--nthreads=1', '--no-dashboard'
    commands = [
        (*python, 'distributed.cli.dask_scheduler', '--host=127.0.0.1', f'--port={port}', '--no-dashboard'),
        (*python, 'distributed.cli.dask_worker', place, *flags),
    ]
    processes = [subprocess.Popen(command, **settings) for command in commands]
    try:
        with distributed.Client(place, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield f'dask://127.0.0.1:{port}'
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def prepare(alone, folder, stage):
    """A data folder as it is before a stage; files have the times that they have in `alone`."""
    folder.mkdir(exist_ok=True)
    if stage != 'download':
        shutil.copytree(alone[0] / 'images' / '100', folder / 'images' / '100', dirs_exist_ok=True)
    return folder


def files_of(data, stage):
    """{path in the data folder: bytes} of what a stage has written."""
    written = [path for place in STAGES[stage][1] for path in [data / place, *(data / place).rglob('*')]]
    kept = [path for path in written if path.is_file() and path.suffix not in ('.lock', '.tmp')]
    return {path.relative_to(data): path.read_bytes() for path in kept if not path.name.startswith('.')}


def states(data, stage):
    """{path: state} of the shards of a stage."""
    found = (data / 'shards').glob(f'{STAGES[stage][2]}/[0-9]*.json')
    return {path: json.loads(path.read_text(encoding='utf-8')) for path in found}


def same(stage, result, alone):
    """Whether a stage returned what it does on one machine."""
    if stage == 'download':
        return (result.obtained, result.failed) == (alone[1][stage].obtained, alone[1][stage].failed)
    if stage == 'features':
        return result.tobytes() == alone[1][stage].tobytes()
    return repr(result) == repr(alone[1][stage])


@contextlib.contextmanager
def killing(data, stage):
    """Kill the first worker that is at a shard of the stage."""
    killed = []

    def kill():
        with contextlib.suppress(AssertionError):
            wait_until(lambda: killed or kill_one())

    def kill_one():
        for path, state in states(data, stage).items():
            if not state['done'] and not killed:
                process = int(state['worker'].rpartition(' ')[2])
                assert process != os.getpid(), state
                os.kill(process, signal.SIGKILL)
                killed.append((path, state['worker']))

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        killed.append(None)
        thread.join()


@pytest.mark.parametrize('stage', STAGES)
def test_a_cluster_makes_what_one_machine_makes_and_a_lost_worker_costs_its_shard(
    stage, joined, alone, tmp_path, capsys
):
    data = prepare(alone, tmp_path / 'data', stage)
    with killing(data, stage) as killed:
        result = STAGES[stage][0](data)
    assert same(stage, result, alone)
    assert files_of(data, stage) == files_of(alone[0], stage)
    found = states(data, stage)
    assert len(found) > 2 and all(state['done'] for state in found.values())
    path, worker = killed[0]
    assert [one for one, state in found.items() if state['try'] > 1] == [path] and found[path]['worker'] != worker
    assert 'a worker was lost; its shard' in capsys.readouterr().err


def test_a_shard_that_costs_every_worker_ends_the_work_in_one_line(joined, tmp_path):
    with pytest.raises(WorkFailed, match=r'predict/00000\.json: 3 workers were lost at this shard'):
        list(shards.run('predict', tmp_path, os._exit, [(['poster'], (9,))]))


def test_an_error_on_a_worker_is_raised_as_it_is_here(joined, tmp_path):
    with pytest.raises(WorkFailed, match='it cannot import the toolkit'):
        list(shards.run('predict', tmp_path, cluster.check, [(['poster'], ('it', 'a reason', {}))]))


def test_a_task_that_a_worker_cannot_load_is_one_line(joined, tmp_path):
    with pytest.raises(WorkFailed, match='the cluster failed: '):
        list(shards.run('predict', tmp_path, free_port, [(['poster'], ())]))


def test_what_a_stopped_download_has_obtained_is_in_the_report(joined, tmp_path):
    jobs = films(tmp_path).list_poster_urls()[:3]
    shard = [jobs[0][0]], (jobs[:1], tmp_path, 1, 20, 100)
    list(shards.run('download/r100', tmp_path, download.get_shard, [shard], keep=True))  # and stopped before the report
    assert download.download(jobs, tmp_path).there == 1
    assert set(journal.read(tmp_path / journal.NAME)) == {film_id for film_id, _ in jobs}


@pytest.fixture
def run(tmp_path):
    """Run a script for the sample films with flags, and the toolkit's cache in a folder of the test."""
    films(tmp_path)
    settings = {'env': environment() | {'XDG_CACHE_HOME': str(tmp_path / 'cache')}, 'timeout': 300}
    return lambda script, *flags: run_script(script, f'-catalogue={tmp_path / "films.csv"}', *flags, **settings)


def one_line(done):
    """The only line of complaint of a command that has failed."""
    (line,) = done.stderr.splitlines()
    return line


def test_a_cluster_that_does_not_answer_is_one_line(run, tmp_path):
    with socket.socket() as silent:
        silent.bind(('127.0.0.1', 0))
        silent.listen()
        for address in (f'{kind}://127.0.0.1:{silent.getsockname()[1]}' for kind in ('ray', 'dask')):
            done = run('get_data.py', '-download', f'-data={tmp_path}', f'-cluster={address}')
            assert done.returncode == 1
            assert one_line(done) == f'get_data.py: -cluster={address}: no answer within 10 seconds'


def test_an_address_of_no_cluster_is_one_line(run):
    done = run('predict.py', '-cluster=spark://a:1', 'poster.jpg')
    assert done.returncode == 2 and 'give ray, ray://HEAD:10001 or dask://SCHEDULER:8786' in one_line(done)


def test_workers_of_another_version_are_refused(run, tmp_path):
    other = tmp_path / 'other'
    for name in (*cluster.SOURCES, 'movies_dataset.py'):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        other.mkdir(exist_ok=True)
        copy(ROOT / name, other / name)
    (other / 'core' / 'version.py').write_text("VERSION = '1.9.0'\n", encoding='utf-8')
    with dask(other) as address:
        done = run('get_data.py', '-download', f'-data={tmp_path}', f'-cluster={address}')
    assert done.returncode == 1 and f'toolkit 1.9.0 (here {VERSION})' in one_line(done)
    assert 'all machines must have the same' in one_line(done) and not (tmp_path / 'images').exists()


def test_workers_that_cannot_import_the_toolkit_are_told_how(run, tmp_path):
    with dask(tmp_path) as address:
        done = run('get_data.py', '-download', f'-data={tmp_path}', f'-cluster={address}')
    assert done.returncode == 1 and f'start it with PYTHONPATH={ROOT}' in one_line(done)


@pytest.fixture
def bucket(monkeypatch):
    """s3://posters in an object store of moto's, whose address and keys are in the environment."""
    from moto.server import ThreadedMotoServer  # which only these tests need

    server = ThreadedMotoServer('127.0.0.1', 0)
    server.start()
    endpoint = 'http://{}:{}'.format(*server.get_host_and_port())
    keys = {'AWS_ACCESS_KEY_ID': 'key', 'AWS_SECRET_ACCESS_KEY': 'secret', 'AWS_DEFAULT_REGION': 'us-east-1'}
    for name, value in (keys | {'AWS_ENDPOINT_URL': endpoint}).items():
        monkeypatch.setenv(name, value)
    assert requests.put(f'{endpoint}/posters').ok
    yield endpoint
    server.stop()


def test_data_in_an_object_store_make_what_a_folder_makes(bucket, run, alone, tmp_path):
    with dask() as address:
        data = '-data=s3://posters/films', f'-cluster={address}'
        done = run('get_data.py', '-download', '-resize', '-read', f'-ratios={RATIO}', *data)
        assert done.returncode == 0, done.stderr
        done = run('__main__.py', '-version=4', f'-models={tmp_path / "models"}', '-genres=3', *data)
        assert done.returncode == 0, done.stderr
        store = storage.folder('s3://posters/films')
        for place in 'images/100', f'images/{RATIO}':
            for path in (alone[0] / place).glob('[0-9]*.jpg'):
                assert (store / place / path.name).read_bytes() == path.read_bytes()
        words = [lines for path in sorted(store.glob('text/*/*.json')) for lines in reading.Texts.read(path).values()]
        assert sorted(map(repr, words)) == sorted(map(repr, alone[1]['words']))
        assert len([*store.glob('features/*/00000.npz')]) == 1 and (store / 'download_report.csv').is_file()
        (model,) = (tmp_path / 'models').glob('*.onnx')
        poster = next((alone[0] / 'images' / '100').glob('*.jpg'))
        done = run('predict.py', f'-models={model.parent}', *data, poster)
    assert done.returncode == 0 and poster.name in done.stdout, done.stderr


def test_a_bucket_that_cannot_be_used_is_one_line(bucket, run):
    done = run('get_data.py', '-download', '-data=s3://nothing/films')
    assert (done.returncode, one_line(done)) == (2, 'get_data.py: -data=s3://nothing/films: there is no such bucket')
    requests.post(f'{bucket}/moto-api/reset-auth', data=b'0')  # from now on keys count
    done = run('get_data.py', '-download', '-data=s3://posters/films')
    assert done.returncode == 1 and one_line(done) == 'get_data.py: -data=s3://posters/films: permission denied'
