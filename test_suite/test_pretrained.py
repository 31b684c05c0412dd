"""Trainings on a pretrained backbone: frozen, fine-tuned and killed, any network of keras.applications."""

import json
import re
import signal
import time
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest
from conftest import ROOT, environment, run_script
from scipy.special import logit

from cnn import networks
from cnn.features import cache
from cnn.presets import find_preset
from cnn.train import augment, optimizers
from core import hardware, variables_io
from core.onnx.export import export
from core.onnx.runner import Runner

run = partial(run_script, timeout=600)
SMALL = '-ratio=30', '-min_year=2005'  # posters of 55x80, fewer films: a test's worth of a training


def test_augmented_posters_are_the_same_again_and_not_far_away():
    y, x = np.mgrid[:80, :55]
    poster = np.stack([3 * y, 4 * x, 100 + y - x], axis=-1).astype(np.uint8)
    posters = np.stack([poster] * 64)
    first, again = (augment.augment(posters, np.random.default_rng(1)) for _ in range(2))
    assert first.dtype == np.uint8 and first.shape == posters.shape
    assert (first == again).all()
    assert len({p.tobytes() for p in first}) == 64
    either = np.minimum(abs(first - posters.astype(int)), abs(first - posters[:, :, ::-1].astype(int)))
    assert np.median(either) < 40


def test_an_alteration_by_nothing_changes_nothing(monkeypatch):
    for name in ('TURN', 'ZOOM', 'SHIFT', 'BRIGHTNESS', 'CONTRAST', 'SATURATION', 'CUTOUT_SHARE'):
        monkeypatch.setattr(augment, name, 0)
    posters = np.random.default_rng(0).integers(0, 256, (16, 20, 14, 3)).astype(np.uint8)
    altered = augment.augment(posters, np.random.default_rng(0)).astype(int)
    as_it_was = (abs(altered - posters) <= 1).all(axis=(1, 2, 3))
    mirrored = (abs(altered - posters[:, :, ::-1]) <= 1).all(axis=(1, 2, 3))
    assert (as_it_was ^ mirrored).all() and 0 < mirrored.sum() < 16


def test_features_are_computed_once(sample):
    from catalogues.genres import list_genres

    first = sample.load_posters(2005, 2010, 30, list_genres(7))
    more = sample.load_posters(2005, 2017, 30, list_genres(7))
    seen = []

    def compute(posters):
        seen.append(len(posters))
        yield [*posters.mean(axis=(1, 2)).astype(np.float16)]

    load = partial(cache.load, compute)
    found = load(first, 'test')
    assert sum(seen) == len(first.movies) and found.dtype == np.float16
    assert found == pytest.approx(np.asarray(first.posters).mean(axis=(1, 2)), rel=1e-3)
    assert (load(first, 'test') == found).all() and sum(seen) == len(first.movies)
    load(more, 'test')
    assert sum(seen) == len(more.movies)
    part = min((first.movies[0].data / 'features' / 'test').glob('*.npz'))
    part.write_bytes(part.read_bytes()[:-1000])
    assert (load(first, 'test') == found).all() and sum(seen) == len(more.movies) + len(first.movies)


@pytest.fixture(scope='session')
def frozen(sample_data, tmp_path_factory):
    """A folder with models of version 4 for genres, year and score."""
    models = tmp_path_factory.mktemp('frozen')
    done = run(
        '__main__.py', *sample_data.flags, f'-models={models}', *SMALL, '-version=4', '-target=genres,year,score'
    )
    assert done.returncode == 0, done.stderr
    return models


@pytest.mark.slow
def test_a_frozen_network_learns_and_is_evaluated_with_year_and_score(frozen, sample_data, tmp_path):
    names = sorted(path.stem for path in frozen.glob('*.keras'))
    assert names == ['genres_2005_2017_g7_r30_e1_v4', 'score_2005_2017_r30_e1_v4', 'year_2005_2017_r30_e1_v4']
    made = f'-json={tmp_path / "scores.json"}', f'-report={tmp_path / "report.html"}'
    done = run('tests.py', *sample_data.flags, f'-models={frozen}', *made)
    assert done.returncode == 0, done.stderr
    report = (tmp_path / 'report.html').read_text()
    assert report.count('src="data:image/') == report.count('<img ') > 30 and len(report) < 5e6
    assert not re.search(r'(src|href)="(?!data:)|url\(|@import', report) and str(sample_data.data) not in report
    assert '>baseline' in report and '>Comedy' in report
    assert report.count('Largest errors of') == 2 and 'Missed: the largest errors of' in report
    genres, score, year = json.loads((tmp_path / 'scores.json').read_text())['models']
    assert genres['metrics']['map'] > 1.5 * genres['baseline']['map']
    for number in (score, year):
        assert set(number['baseline']) >= {'mae', 'r2', 'spearman'} and number['baseline']['spearman'] == 0
        assert number['metrics']['mae_low'] < number['metrics']['mae'] < number['metrics']['mae_high']
    assert year['metrics']['mae'] < year['baseline']['mae']
    assert 'films without a score' in done.stdout
    assert 'Spearman' in done.stdout and 'the catalogue: ' in done.stdout
    made = run('-m', 'docs.make_results', *sample_data.flags, f'-models={frozen}', f'-out={tmp_path}')
    assert made.returncode == 0, made.stderr
    results = (tmp_path / 'results.md').read_text()
    assert '7 genres, films of 2005 to 2017' in results and 'there is one model' in results


@pytest.mark.slow
def test_backbones_stand_side_by_side(tmp_path):
    """Together they read what each reads alone, in Keras and in the ONNX file."""
    machine, preset = hardware.set_up('float32'), find_preset(8)
    posters = np.random.default_rng(0).integers(0, 256, (4, 64, 44, 3)).astype(np.uint8)
    alone = [replace(preset, backbones=(name,)) for name in preset.backbones]
    both, *each = (networks.build(one, (64, 44, 3), 3, weights='imagenet') for one in (preset, *alone))
    read = [networks.predict(networks.statistics(model, machine), posters) for model in (both, *each)]
    assert len(each) == 2 and np.abs(read[0] - np.concatenate(read[1:], axis=1)).max() < 1e-4
    export(both, tmp_path / 'both.onnx')
    assert np.abs(Runner(tmp_path / 'both.onnx').run(posters) - networks.predict(both, posters)).max() < 1e-4


@pytest.mark.slow
def test_fine_tuning_changes_what_it_is_to_change(tmp_path):
    """The first blocks and batch normalization stay, the head moves slowly; the average is kept apart."""
    preset = find_preset(7)
    model = networks.build(preset, (64, 44, 3), 3, weights='imagenet')
    networks.freeze(model, preset)
    networks.compile_for_training(
        model, lambda: optimizers.build_optimizer(preset, steps=2), preset.loss, hardware.set_up('float32')
    )
    averaging = optimizers.Averaging(model)
    rng = np.random.default_rng(0)
    posters = rng.integers(0, 256, (4, 64, 44, 3)).astype(np.uint8)
    before = weights_of(model)
    for _ in range(2):  # the rate begins with 0
        model.train_on_batch(posters, np.eye(4, 3, dtype=np.float32))
    after = weights_of(model)
    moved = {path: np.abs(after[path] - before[path]).max() for path in before}
    early = 'stem', 'block0_', 'block1_', 'block2_', 'block3_', 'block4_'
    for path, distance in moved.items():
        stays = path.startswith(early) or '_bn/' in path or path.startswith('poster_features')
        assert (distance == 0) == stays or path.startswith('seed_generator'), path
    fastest = max(distance for path, distance in moved.items() if path.startswith('block15'))
    assert moved['answer/kernel'] == pytest.approx(fastest * preset.head_learning_rate / preset.learning_rate, rel=0.1)
    with averaging.in_place():
        inside = weights_of(model)
        variables_io.save([*model.variables, *averaging.raw], tmp_path / 'state.npz')
    kernel = 'block15_project/kernel'
    assert (inside[kernel] != after[kernel]).any()
    assert same(weights_of(model), after)
    variables_io.load([*model.variables, *averaging.raw], tmp_path / 'state.npz')
    assert same(weights_of(model), inside)
    averaging.restore()
    assert same(weights_of(model), after)


def weights_of(model):
    return {variable.path: keras.ops.convert_to_numpy(variable).copy() for variable in model.variables}


def same(weights, others):
    return all((weights[path] == others[path]).all() for path in others)


@pytest.mark.slow
def test_a_killed_fine_tuning_goes_on_and_is_averaged(start, sample_data, tmp_path):
    """kill -9 after the first epoch."""
    flags = [*sample_data.flags, f'-models={tmp_path}', *SMALL, '-epochs=2']
    training = start('__main__.py', *flags, '-version=5')
    state = tmp_path / 'genres_2005_2017_g7_r30_e2_v5.training' / 'state.json'
    deadline = time.monotonic() + 300
    while not state.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    training.send_signal(signal.SIGKILL)
    training.wait()
    before = json.loads(state.read_text())['history']
    done = run('__main__.py', *flags, '-version=9')
    assert done.returncode == 0, done.stderr
    assert f'resuming from epoch {len(before)} of 2' in done.stdout
    card = json.loads((tmp_path / 'genres_2005_2017_g7_r30_e2_v5.json').read_text())
    assert card['history'][: len(before)] == before and len(card['history']) == 2
    assert card['scores']['map'] == pytest.approx(card['history'][card['best_epoch'] - 1]['map'], abs=0.02)
    again = run('__main__.py', *flags, '-version=9')
    assert again.stdout.count('is trained already') == 3
    posters = np.random.default_rng(0).integers(0, 256, (4, 80, 55, 3)).astype(np.uint8)
    names = [f'genres_2005_2017_g7_r30_{of}.onnx' for of in ('e2_v5', 'e1_v8', 'e2_v9')]
    tuned, beside, averaged = (logit(Runner(tmp_path / name).run(posters)) for name in names)
    assert abs(averaged - (tuned + beside) / 2).max() < 1e-3


@pytest.mark.slow
def test_any_network_of_keras_applications_for_as_long_as_there_is_time(sample_data, tmp_path):
    flags = [*sample_data.flags, f'-models={tmp_path}', *SMALL, '-version=6', '-backbone=mobilenet', '-weights=none']
    done = run('__main__.py', *flags, '-minutes=0.001')
    assert done.returncode == 0, done.stderr
    assert 'stopped: 0.001 minutes were over' in done.stdout
    card = json.loads((tmp_path / 'genres_2005_2017_g7_r30_e5_v6-mobilenet-none.json').read_text())
    assert len(card['history']) == 1 and card['ended'] == '0.001 minutes were over'


@pytest.mark.parametrize(
    'flags, complaint',
    [
        (['-version=6', '-backbone=EfficentNetV2B0'], 'did you mean EfficientNetV2B0'),
        (['-version=6'], '-backbone=EfficientNetV2B0'),
        (['-version=4', '-backbone=ResNet50'], 'preset 6'),
        (['-version=6', '-backbone=ResNet50', '-weights=nowhere.h5'], 'no such file'),
        (['-target=yaer'], 'did you mean year'),
        (['-target=year', '-genres=7'], '-target=genres'),
    ],
)
def test_wrong_calls(flags, complaint, sample_data, tmp_path):
    done = run('__main__.py', *sample_data.flags, f'-models={tmp_path}', *SMALL, *flags)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert complaint in done.stderr


@pytest.mark.slow
def test_weights_that_cannot_be_fetched(sample_data, tmp_path):
    flags = [*sample_data.flags, f'-models={tmp_path}', *SMALL, '-version=6', '-backbone=MobileNetV2']
    offline = {'https_proxy': 'http://127.0.0.1:9', 'KERAS_HOME': str(tmp_path / 'keras')}
    done = run('__main__.py', *flags, env={**environment(), **offline})
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert 'cannot be fetched' in done.stderr and '-weights=none' in done.stderr and 'EfficientNetLite0' in done.stderr


@pytest.mark.slow
def test_genres_year_and_score_of_a_poster_at_once(frozen, sample_data, tmp_path):
    poster = next((sample_data.data / 'images' / '100').glob('*.jpg'))
    done = run(ROOT / 'predict.py', poster, f'-models={frozen}', '-json', '-explain', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    predicted = printed['posters'][0]
    assert set(printed['models']) == {'genres', 'year', 'score'} and len(predicted['genres']) == 7
    assert predicted['year']['low'] < predicted['year']['median'] < predicted['year']['high']
    assert (tmp_path / 'explained' / printed['models']['genres']['name'] / f'why_{poster.stem}.png').is_file()
    (frozen / 'score_2005_2017_r30_e1_v4.onnx').rename(tmp_path / 'away.onnx')
    without = run('predict.py', poster, f'-models={frozen}', '-json')
    (tmp_path / 'away.onnx').rename(frozen / 'score_2005_2017_r30_e1_v4.onnx')
    assert without.returncode == 1 and '-export=score_2005_2017_r30_e1_v4' in without.stderr
    assert set(json.loads(without.stdout)['posters'][0]) == {'poster', 'genres', 'year'}
