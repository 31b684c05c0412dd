"""A GAN that is told genres and decades: trained on sample posters, asked, judged; and what it cannot be asked."""

import json
import resource
import shutil
import subprocess
import sys
from functools import partial

import pytest
from conftest import ROOT, run_script
from PIL import Image

from cnn.evaluate.evaluation import evaluate_all
from cnn.saved_models import list_models

dcgan = partial(run_script, '-m', 'dcgan', timeout=300)

pytestmark = pytest.mark.slow
QUICK = '-output_width=16', '-output_height=24', '-batch_size=16', '-nbr_of_layers_g=3', '-nbr_of_layers_d=3'


@pytest.fixture(scope='session')
def runs(sample_data, tmp_path_factory):
    """The folder of runs, with one called `asked`."""
    folder = tmp_path_factory.mktemp('runs')
    posters = folder / 'posters'
    done = run_script('prepare_dcgan_dataset.py', *sample_data.flags, '-ratio=30', f'-out={posters}')
    assert done.returncode == 0, done.stderr
    done = dcgan(f'-dataset={posters}', '-name=asked', f'-runs={folder}', *QUICK, '-conditional', '-epoch=1', '-train')
    assert done.returncode == 0, done.stderr
    return folder


def test_genres_and_a_decade_are_asked_for(runs, tmp_path):
    made = []
    for name, wish in (('drama', '-genres=Drama'), ('war', '-genres=War')):
        done = dcgan('-name=asked', f'-runs={runs}', '-generate=3', wish, '-decade=1980', f'-out={tmp_path / name}')
        assert done.returncode == 0, done.stderr
        made.append([(tmp_path / name / f'{i:06d}.png').read_bytes() for i in (1, 2, 3)])
    assert made[0] != made[1]


def test_it_is_evaluated(runs):
    done = dcgan('-name=asked', f'-runs={runs}', '-evaluate', '-generate=40')
    assert done.returncode == 0, done.stderr
    assert 'EfficientNetLite2, independent' in done.stdout
    told = json.loads((runs / 'asked' / 'evaluation.json').read_text())
    assert (told['generated'], told['training'], told['held_out']) == (40, 150, 60)
    assert 'planted copies found: sharp 100%' in done.stdout
    assert told['independent'] == list(told['metrics']) == ['EfficientNetLite0', 'EfficientNetLite2']
    for rows in told['metrics'].values():
        kid = {name: found['kid'] for name, found in rows.items()}
        assert kid['real-vs-real'] < kid['generated'] and kid['real-vs-real'] < kid['noise']
    assert Image.open(runs / 'asked' / 'nearest.png').width == 10 * 16


def test_it_is_judged_whether_it_obeys(runs, sample_data, tmp_path):
    """By models that are for nothing else: neither predict.py nor tests.py takes them."""
    flags = *sample_data.flags, f'-models={tmp_path}', '-version=1', '-ratio=30', '-epochs=1'
    done = run_script('__main__.py', *flags, '-target=genres,year', '-split=judge', timeout=300)
    assert done.returncode == 0, done.stderr
    card = json.loads((tmp_path / 'year_1900_2017_r30_e1_v1_judge.json').read_text())
    assert card['config']['split'] == 'judge' and sum(card['films'].values()) == 60  # two sevenths of 210
    done = run_script('predict.py', f'-models={tmp_path}', sample_data.data / 'images' / '30')
    assert done.returncode == 1 and 'none of its models has -split=standard' in done.stderr
    assert evaluate_all(list_models(tmp_path), None, None) == ([], [])
    done = dcgan('-name=asked', f'-runs={runs}', f'-judge={tmp_path}')
    assert done.returncode == 0, done.stderr
    told = json.loads((runs / 'asked' / 'conditional_accuracy.json').read_text())
    assert told['genre']['generated']['images'] == 1400 and set(told) == {'genre', 'decade'}
    for what, classes in (('genre', 7), ('decade', 5)):
        assert told[what]['generated']['shuffled'] == pytest.approx(1 / classes)
        assert 0 <= told[what]['generated']['accuracy'] <= 1 and 0 < told[what]['real']['images'] <= 12


def test_a_run_of_an_earlier_version_goes_on_with_its_own_split(runs, tmp_path):
    """It held out the test films alone, and its options say `true`."""
    shutil.copytree(runs / 'asked', tmp_path / 'asked')
    path = tmp_path / 'asked' / 'options.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), 'holdout': True}))
    command = f'-dataset={runs / "posters"}', '-name=asked', f'-runs={tmp_path}', *QUICK, '-conditional', '-train'
    done = dcgan(*command, '-epoch=1', '-minutes=0.001')
    assert done.returncode == 0 and '180 images to train on, 30 more held out' in done.stdout, done.stderr
    assert json.loads(path.read_text())['holdout'] is True


@pytest.mark.parametrize(
    ('flags', 'status', 'words'),
    [
        (['-genres=Darma'], 2, 'did you mean Drama'),
        (['-decade=1850'], 2, 'the dataset has'),
        (['-judge=/nowhere'], 1, '/nowhere'),
    ],
)
def test_what_it_cannot_be_asked(flags, status, words, runs):
    done = dcgan('-name=asked', f'-runs={runs}', *flags)
    assert done.returncode == status and words in done.stderr and done.stderr.count('\n') == 1, done.stderr


def test_a_disk_without_room(runs, tmp_path):
    """A limit on the size of files stands for the full disk: the samples stop, and the run is as it was."""
    before = {path.name: path.stat().st_mtime_ns for path in (runs / 'asked').glob('*.*')}
    call = [sys.executable, '-m', 'dcgan', '-name=asked', f'-runs={runs}', '-generate=2', f'-out={tmp_path / "made"}']
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (500, 500))
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, preexec_fn=limit)
    assert done.returncode == 1 and 'larger than this system allows' in done.stderr and 'Traceback' not in done.stderr
    assert not list((tmp_path / 'made').iterdir())
    assert {path.name: path.stat().st_mtime_ns for path in (runs / 'asked').glob('*.*')} == before


def test_a_run_of_another_version(runs, tmp_path):
    (tmp_path / 'old').mkdir()
    options = json.loads((runs / 'asked' / 'options.json').read_text())
    (tmp_path / 'old' / 'options.json').write_text(json.dumps({**options, 'format': 0}))
    done = dcgan('-name=old', f'-runs={tmp_path}', '-generate=1')
    assert done.returncode == 1 and 'another version of this toolkit' in done.stderr
