"""Training and evaluating, as a user does it: scripts run as processes on the sample posters."""

import json
import re
import signal
import time
from functools import partial

import numpy as np
import pytest
from conftest import run_script
from PIL import Image

pytestmark = pytest.mark.slow

run = partial(run_script, timeout=600)
MODEL = 'genres_1977_2017_g7_r30_e{}_v1'


@pytest.fixture(scope='session')
def trained(sample_data, tmp_path_factory):
    """A folder with a model trained for two epochs, and what the training printed."""
    models = tmp_path_factory.mktemp('models')
    done = run('__main__.py', *sample_data.flags, f'-models={models}', '-version=1', '-ratio=30', '-epochs=2')
    assert done.returncode == 0, done.stderr
    return models, done.stdout


def test_a_training_leaves_model_card_and_curve(trained):
    models, printed = trained
    name = MODEL.format(2)
    assert sorted(path.name for path in models.iterdir() if not path.name.endswith('.lock')) == [
        f'{name}.json',
        f'{name}.keras',
        f'{name}.onnx',
        f'{name}.png',
    ]
    card = json.loads((models / f'{name}.json').read_text())
    assert card['config']['seed'] == 1 and card['config']['batch_size'] == 32
    assert len(card['config']['catalogue']) == 12
    assert set(card['thresholds']) == set(card['calibration']) == set(card['genres']) and len(card['genres']) == 7
    assert card['films']['train'] > card['films']['test'] > 0
    assert card['packages']['keras'] and card['hardware']
    assert [len(card['history']), card['best_epoch'] in (1, 2)] == [2, True]
    assert card['scores']['map'] == pytest.approx(card['history'][card['best_epoch'] - 1]['map'], abs=0.02)
    assert re.search(r'the rest takes at most', printed)
    assert 'Keras on tensorflow' in printed


def test_a_finished_training_is_not_repeated(sample_data, trained):
    models, _ = trained
    flags = [*sample_data.flags, f'-models={models}', '-version=1', '-ratio=30', '-epochs=2']
    before = (models / f'{MODEL.format(2)}.keras').stat().st_mtime_ns
    again = run('__main__.py', *flags)
    assert again.returncode == 0 and 'is trained already' in again.stdout
    other = run('__main__.py', *flags, '-seed=2')
    assert other.returncode == 2 and 'seed 1, not 2' in other.stderr
    assert (models / f'{MODEL.format(2)}.keras').stat().st_mtime_ns == before


def test_a_killed_training_goes_on(start, sample_data, tmp_path):
    """kill -9 in the third epoch or later; the same command goes on after the last finished one."""
    flags = [*sample_data.flags, f'-models={tmp_path}', '-version=1', '-ratio=30', '-epochs=6', '-patience=6']
    state = tmp_path / f'{MODEL.format(6)}.training' / 'state.json'
    process = start('__main__.py', *flags)
    while process.poll() is None and finished_epochs(state) < 2:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    finished = finished_epochs(state)
    done = run('__main__.py', *flags)
    assert done.returncode == 0, done.stderr
    assert f'resuming from epoch {finished} of 6' in done.stdout
    assert [int(n) for n in re.findall(r'^epoch (\d+)/6', done.stdout, re.MULTILINE)] == list(range(finished + 1, 7))
    card = json.loads((tmp_path / f'{MODEL.format(6)}.json').read_text())
    losses = [entry['loss'] for entry in card['history']]
    assert len(losses) == 6 and losses[-1] < losses[0]
    assert max(np.diff(losses)) < 0.05  # the optimizer's state came back as well: no seam
    assert not state.parent.exists()


def finished_epochs(state):
    try:
        return len(json.loads(state.read_text())['history'])
    except FileNotFoundError:
        return 0


def test_evaluation_of_good_and_bad_models(sample_data, trained, tmp_path):
    """A corrupt model and one without its card are named and skipped, the rest is evaluated, exit status 1."""
    models, _ = trained
    name = MODEL.format(2)
    folder = tmp_path / 'models'
    folder.mkdir()
    for suffix in ('.keras', '.json'):
        (folder / f'{name}{suffix}').write_bytes((models / f'{name}{suffix}').read_bytes())
    (folder / 'corrupt.keras').write_bytes(b'PK no model')
    (folder / 'corrupt.json').write_bytes((models / f'{name}.json').read_bytes())
    (folder / 'lonely.keras').write_bytes(b'')
    (folder / 'foreign.keras').write_bytes(b'')
    (folder / 'foreign.json').write_text('{"settings": {}, "genres": [], "thresholds": {}, "scores": {}}')
    out, sheet = tmp_path / 'scores.json', tmp_path / 'sheet.png'
    done = run('tests.py', *sample_data.flags, f'-models={folder}', f'-json={out}', f'-sheet={sheet}')
    assert done.returncode == 1
    assert 'corrupt.keras: this is no .keras file' in done.stderr and 'lonely.json is missing' in done.stderr
    assert 'foreign.json: this is no model card' in done.stderr
    assert max(map(len, done.stdout.splitlines()[2:9])) <= 140
    assert re.search(r'^baseline +\d+', done.stdout, re.MULTILINE)
    films = re.findall(r"^.{32} \[('[A-Za-z-]+(?:\[!\])?: \d+%'(?:, )?)+\]$", done.stdout, re.MULTILINE)
    assert len(films) == 12, done.stdout
    (found,) = json.loads(out.read_text())['models']
    assert found['name'] == name and found['n_test'] > 0
    keys = 'map micro_ap auc f1_micro f1_macro f1_micro_tuned f1_macro_tuned hamming exact_match top1_hit'
    keys += ' coverage map_low map_high ece ece_calibrated ece_genres ece_genres_calibrated'
    assert set(found['metrics']) == set(found['baseline']) == {*keys.split(), 'original_accuracy'}
    assert found['baseline']['auc'] == 0.5
    assert found['metrics']['map_low'] < found['metrics']['map'] < found['metrics']['map_high']
    aps = [genre['ap'] for genre in found['per_genre'].values() if genre['ap'] is not None]
    assert found['metrics']['map'] == pytest.approx(np.mean(aps))
    assert all(
        set(genre) == {'ap', 'positives', 'threshold', 'ece', 'in_macro_averages'}
        for genre in found['per_genre'].values()
    )
    with Image.open(sheet) as picture:
        assert picture.width > 1000 and np.asarray(picture.convert('L')).std() > 20


def test_films_by_title(sample_data, trained):
    models, _ = trained
    title = sample_data.titles[0]
    asked = f'-movies={title.upper()};No Such Film;{title[:-1]}'
    done = run('tests.py', *sample_data.flags, f'-models={models}', asked)
    assert done.returncode == 1
    assert '-movies=No Such Film: the catalogue has no such film' in done.stderr
    assert f'-movies={title[:-1]}: the catalogue has no such film (did you mean {title}?)' in done.stderr
    assert f'{"No Such Film":<33}not in the catalogue' in done.stdout
    assert re.search(rf"^{re.escape(title)} \(\d+\) +\['", done.stdout, re.MULTILINE)


def test_version_1_learns_the_sample_posters(whole_sample, tmp_path):
    """Much, and not everything: the sample is to be neither noise nor a riddle with its answer printed on it."""
    flags = [*whole_sample.flags, f'-models={tmp_path}']
    assert run('__main__.py', *flags, '-version=1', '-ratio=30', '-batch_size=8', '-epochs=10').returncode == 0
    assert run('tests.py', *flags, f'-json={tmp_path / "scores.json"}').returncode == 0
    (found,) = json.loads((tmp_path / 'scores.json').read_text())['models']
    assert found['baseline']['map'] < 0.4  # of the genres with 30 test films or more, which are the most frequent
    assert 0.75 < np.mean([genre['ap'] for genre in found['per_genre'].values()]) < 0.95
