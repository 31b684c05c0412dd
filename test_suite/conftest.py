"""What the tests share: scripts run as a user runs them, catalogues, and a server of posters."""

import contextlib
import csv
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from poster_server import PosterServer

import movies_dataset
from benchmarks.browser import serving
from core.log import print_log

print_log()  # as the commands do: tests read what is printed
ROOT = Path(__file__).resolve().parents[1]
COLUMNS = 'imdbId', 'Imdb Link', 'Title', 'IMDB Score', 'Genre', 'Poster'
PROXIES = 'http_proxy', 'https_proxy', 'all_proxy'  # the scripts obey them; the tests speak to this machine


def environment():
    return {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}


def run_script(script, *flags, timeout=60, **settings):
    """Run a script of the checkout to its end; it may fail, but not with a traceback."""
    command = [sys.executable, script, *map(str, flags)]
    settings = {'cwd': ROOT, 'env': environment(), 'capture_output': True, 'text': True, **settings}
    done = subprocess.run(command, timeout=timeout, **settings)
    assert 'Traceback' not in done.stderr, done.stderr
    return done


def make_catalogue(path, urls):
    """Write a catalogue of the films {imdbId: poster URL} to `path` and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', encoding='utf-8', newline='') as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for imdb_id, url in urls.items():
            table.writerow(
                (imdb_id, f'http://www.imdb.com/title/tt{imdb_id}', f'Film {imdb_id} (2000)', 7, 'Drama', url)
            )
    return path


@pytest.fixture
def run():
    return run_script


@pytest.fixture
def start():
    """Start a script, or code given as -c, as a process group of its own; what still runs after the test is killed."""
    processes = []

    def start_script(*command, **settings):
        command = [sys.executable, *map(str, command)]
        pipes = {'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
        settings = {'cwd': ROOT, 'env': environment(), 'text': True, 'start_new_session': True, **pipes, **settings}
        processes.append(subprocess.Popen(command, **settings))
        return processes[-1]

    yield start_script
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # also workers that have outlived it
        process.communicate()


@pytest.fixture
def write_catalogue(tmp_path):
    """A function that writes the films {imdbId: poster URL} to a catalogue in tmp_path and returns its path."""
    return lambda urls: make_catalogue(tmp_path / 'catalogue.csv', urls)


@pytest.fixture
def server():
    with PosterServer() as running:
        yield running


@dataclass(frozen=True)
class SampleFolder:
    """A folder with sample posters at ratio 30, ready to train on; `flags` point a script at it."""

    catalogue: Path
    data: Path

    @property
    def flags(self):
        return f'-catalogue={self.catalogue}', f'-data={self.data}'

    @property
    def titles(self):
        with open(self.catalogue, encoding='utf-8', newline='') as file:
            return [row['Title'].rpartition(' (')[0] for row in csv.DictReader(file)]


def make_sample(folder, films=None):
    """Draw and resize the posters of the first `films` rows of the sample catalogue (None: of all)."""
    lines = (ROOT / 'MovieGenre.csv').read_text().splitlines(keepends=True)
    catalogue = folder / 'films.csv'
    catalogue.write_text(''.join(lines[: films and films + 1]))
    made = SampleFolder(catalogue, folder / 'data')
    done = run_script('get_data.py', '-download', '-resize', '-ratios=30', *made.flags, timeout=300)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope='session')
def sample_data(tmp_path_factory):
    return make_sample(tmp_path_factory.mktemp('sample'), 210)


@pytest.fixture(scope='session')
def whole_sample(tmp_path_factory):
    return make_sample(tmp_path_factory.mktemp('whole_sample'))


@pytest.fixture
def sample(sample_data):
    """The sample catalogue."""
    return movies_dataset.open_catalogue(sample_data.catalogue, sample_data.data)


@pytest.fixture(scope='session')
def page_data(tmp_path_factory):
    """Sample films for the web page."""
    return make_sample(tmp_path_factory.mktemp('page'), 120)


@pytest.fixture(scope='session')
def page(page_data):
    """app.py as a process, with these films and the models that come with the toolkit; it prints no traceback."""
    with serving(*page_data.flags, f'-runs={page_data.data / "runs"}') as server:
        yield server
        assert 'Traceback' not in server.errors(), server.errors()
