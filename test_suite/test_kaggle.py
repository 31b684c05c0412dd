"""Kaggle: its catalogue is fetched, a published folder uploaded, by the real client and a local server over HTTP."""

import os

import pytest
from conftest import ROOT, environment, run_script
from kaggle_server import KaggleServer

pytest.importorskip('kagglehub')
MODELS = ROOT / 'test_suite' / 'fixtures' / 'saved_models'
YEAR = 'year_1900_2017_r5_e2_v1'
CATALOGUE = (ROOT / 'MovieGenre.csv').read_bytes()
NOWHERE = {'http_proxy': 'http://127.0.0.1:9'}


@pytest.fixture
def kaggle():
    with KaggleServer(CATALOGUE) as server:
        yield server


@pytest.fixture
def call(kaggle, tmp_path):
    """Run a script that takes the local server for Kaggle, with a home of its own and a token."""

    def run(script, *flags, **settings):
        env = environment() | kaggle.environment(tmp_path) | settings
        return run_script(ROOT / script, *flags, env=env, cwd=tmp_path, timeout=120)

    return run


def test_the_catalogue_is_fetched_once_and_used(kaggle, call, tmp_path):
    done = call('get_data.py', '-catalogue=kaggle')
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout == 'catalogue data/MovieGenre.csv: 1,400 films\n'
    assert (tmp_path / 'data' / 'MovieGenre.csv').read_bytes() == CATALOGUE
    assert os.listdir(tmp_path / 'data') == ['MovieGenre.csv']
    kaggle.requests.clear()
    (tmp_path / 'data' / 'MovieGenre.csv').write_bytes(CATALOGUE[: CATALOGUE.index(b'\n', 5000)])
    done = call('get_data.py', '-catalogue=kaggle', '-describe')  # what is there is used as it is
    assert done.returncode == 0 and 'decades: ' in done.stdout and kaggle.requests == []
    assert (tmp_path / 'data' / 'MovieGenre.csv').stat().st_size < 6000


def test_a_token_is_not_needed_for_the_catalogue(call):
    assert call('get_data.py', '-catalogue=kaggle', KAGGLE_API_TOKEN='').returncode == 0


@pytest.mark.parametrize(
    ('settings', 'reason'),
    [
        (NOWHERE, 'Kaggle cannot be reached'),
        ({'KAGGLE_API_TOKEN': 'wrong'}, 'Kaggle asks for a token, or refuses it; set KAGGLE_API_TOKEN'),
        (
            {'PYTHONPATH': 'absent'},
            'kagglehub is not installed; run: pip install -r requirements-publish.txt',
        ),
    ],
)
def test_a_catalogue_that_cannot_be_fetched_is_one_line_with_the_way_by_hand(kaggle, call, tmp_path, settings, reason):
    (tmp_path / 'absent').mkdir()
    (tmp_path / 'absent' / 'kagglehub.py').write_text("raise ModuleNotFoundError('kagglehub', name='kagglehub')")
    for script, flag in (('get_data.py', '-describe'), ('tests.py', '-compare')):
        done = call(script, '-catalogue=kaggle', flag, **settings)
        assert (done.returncode, done.stdout) == (1, '') and done.stderr.count('\n') == 1
        assert reason in done.stderr
        assert 'by hand: put MovieGenre.csv from https://www.kaggle.com/datasets/neha1703/' in done.stderr
    assert not (tmp_path / 'data').exists()


def test_a_dataset_that_is_gone_is_named(kaggle, call):
    kaggle.dataset = None
    assert 'Kaggle has no such dataset or model' in call('get_data.py', '-catalogue=kaggle').stderr


def test_a_model_is_uploaded_and_a_second_time_as_another_version(kaggle, call, tmp_path):
    missing = call('publish.py', YEAR, f'-models={MODELS}', '-to=kaggle:ann/years', KAGGLE_API_TOKEN='')
    assert missing.returncode == 1 and 'no Kaggle token is here' in missing.stderr
    later = missing.stderr.strip().split('to push it later: python3 ')[1].split()
    for _ in range(2):
        done = call(*later)
        assert (done.returncode, done.stderr) == (0, '')
        assert done.stdout == 'pushed: https://www.kaggle.com/models/ann/years\n'
    folder = {path.name: path.read_bytes() for path in (tmp_path / 'published' / 'years').iterdir()}
    assert kaggle.models == {'ann/years': [folder, folder]} and len(folder) == 4


@pytest.mark.parametrize(
    ('settings', 'reason'),
    [(NOWHERE, 'Kaggle cannot be reached'), ({'KAGGLE_API_TOKEN': 'wrong'}, 'Kaggle asks for a token, or refuses it')],
)
def test_an_upload_that_fails_is_one_line(kaggle, call, tmp_path, settings, reason):
    done = call('publish.py', YEAR, f'-models={MODELS}', '-to=kaggle:ann/years', **settings)
    assert done.returncode == 1 and reason in done.stderr.splitlines()[-1] and kaggle.models == {}
    assert (tmp_path / 'published' / 'years' / 'README.md').is_file()
