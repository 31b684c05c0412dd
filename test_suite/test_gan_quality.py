"""A training that is watched: its measurements, the best generator, what the watchdog does; weight files."""

import json
import shutil
from functools import partial

import numpy as np
import pytest
from keras import ops
from PIL import Image
from tiny_gan import tiny_config, tiny_images

from core import hardware
from core.cli import Parser
from core.errors import WorkFailed, WrongCall
from dcgan import __main__ as commands
from dcgan import api, generators, networks, sampling, weight_files
from dcgan.config import MonitorConfig
from dcgan.metrics import extractor, kid
from dcgan.train import quality, trainer, transfer
from dcgan.train.runs import Run, read_rows
from dcgan.train.watchdog import PATIENCE

TWO = {'conditional': True, 'known_genres': ('Drama', 'War'), 'known_decades': (1980,)}


class Stopped(Exception):
    pass


@pytest.fixture
def plain_features(monkeypatch):
    """Means and deviations of colors instead of the features of a network, which takes seconds to build."""
    monkeypatch.setattr(extractor, 'build', lambda *_: None)
    monkeypatch.setattr(
        extractor,
        'extract',
        lambda model, images, what: np.concatenate([images.mean(axis=(1, 2)), images.std(axis=(1, 2))], axis=1) / 64,
    )


def train(run, images, **monitoring):
    watched = MonitorConfig(2, 2, sample_rate=100, video_length=0, **monitoring)
    trainer.train(run, images, hardware.set_up('float32'), watched)


def start(folder, architecture='projected', epoch=4, **given):
    run = Run('run', folder, tiny_config(architecture, epoch=epoch, **given))
    run.begin(resume=True)
    return run


def state(run):
    with np.load(run.checkpoint(run.steps()[-1])) as arrays:
        return [arrays[name] for name in arrays]


@pytest.mark.slow
@pytest.mark.parametrize('architecture', ['projected', 'fastgan'])
def test_a_training_that_is_resumed_ends_as_one_that_was_not_stopped(
    architecture, tmp_path, monkeypatch, plain_features
):
    """The log has each step once, with the measurements; the noise within the generator goes on where it was."""
    runs = [start(tmp_path / name, architecture) for name in ('whole', 'parts')]
    often = {'metrics_minutes': 1e-9, 'ckpt_freq': 3}
    train(runs[0], tiny_images(), **often)
    step, stop_at = trainer.GANTrainer.step, [2, 5, 7]

    def stopping(gan, number):
        if number in stop_at:
            stop_at.remove(number)
            raise Stopped
        return step(gan, number)

    monkeypatch.setattr(trainer.GANTrainer, 'step', stopping)
    for _ in range(3):
        with pytest.raises(Stopped):
            train(runs[1], tiny_images(), **often)
    train(runs[1], tiny_images(), **often)
    whole, parts = (read_rows(run.log_path) for run in runs)
    assert [int(row['step']) for row in parts] == list(range(1, 9))
    for name in ('loss_g', 'loss_d', *kid.MEASURES):
        assert [float(row[name]) for row in parts] == pytest.approx([float(row[name]) for row in whole], rel=1e-3)
    for a, b in zip(*map(state, runs), strict=True):
        assert a == pytest.approx(b, abs=1e-5)


def test_the_best_generator_is_kept(tmp_path, monkeypatch, plain_features):
    """That of the lowest KID, whatever comes later; it is what is used unless the last one is asked for."""
    found = iter([0.5, 0.2, 0.3, 0.2, 0.4, 0.3, 0.3, 0.3])
    seen = {}

    def measure(self, generator):
        step = len(seen) + 1
        seen[step] = [ops.convert_to_numpy(variable).copy() for variable in generator.variables]
        return dict.fromkeys(kid.MEASURES, 0.1) | {'kid': next(found)}

    monkeypatch.setattr(quality.Quality, 'measure', measure)
    run = start(tmp_path, output_height=25, output_width=17)
    train(run, tiny_images(), metrics_minutes=1e-9)
    assert run.best() == {'step': 2, 'kid': 0.2} and len(list(run.folder.glob('best_*.npz'))) == 1
    models = {name: generators.open_model(run, name) for name in ('best', 'last')}
    for name, step in (('best', 2), ('last', 8)):
        for variable, kept in zip(models[name].variables, seen[step], strict=True):
            assert ops.convert_to_numpy(variable) == pytest.approx(kept)
    noise = np.random.default_rng(0).standard_normal((3, 8)).astype(np.float32)
    images = {name: generators.of_run(run, name)(noise) for name in models}
    assert images['best'].shape == (3, 25, 17, 3) and (images['best'] != images['last']).any()
    made = {path.name for path in run.folder.glob('*.onnx')}
    assert made == {'generator_best_00000002.onnx', 'generator_last_00000008.onnx'}


def test_a_damaged_best_generator(tmp_path, monkeypatch, plain_features):
    run = start(tmp_path, epoch=2, output_height=25, output_width=17)
    train(run, tiny_images(), metrics_minutes=1e-9)
    path, best = next(run.folder.glob('best_*.npz')), run.best()
    (run.folder / 'checkpoint.json').write_text('{', encoding='utf-8')
    assert run.best() == pytest.approx(best, rel=1e-4)  # of log.csv
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WorkFailed, match='is damaged; -checkpoint=last takes the last one'):
        generators.of_run(run).open_runner()
    assert generators.of_run(run, 'last').open_runner()


def test_a_damaged_onnx_file_is_made_again(exported):
    run, _ = exported
    noise, conditions = np.ones((1, 8), np.float32), np.ones((1, 3), np.float32)
    before = generators.of_run(run)(noise, conditions)
    onnx = next(run.folder.glob('generator_*.onnx'))
    onnx.write_bytes(onnx.read_bytes()[:1000])
    assert (generators.of_run(run)(noise, conditions) == before).all()


def test_damaged_features_of_real_images_are_made_again(tmp_path, plain_features):
    run, images = start(tmp_path), tiny_images()
    real = quality.Quality(run, images, None).real
    path = run.folder / 'real_features.npz'
    for damaged in (path.read_bytes()[:500], b'features'):
        path.write_bytes(damaged)
        assert (quality.Quality(run, images, None).real == real).all()


def test_measurements_are_of_training_images_alone(tmp_path, plain_features):
    """KID of the real images themselves is about 0, of what the untrained generator makes it is not."""
    run = start(tmp_path)
    images = tiny_images(number=60, held_out=20)
    measuring = quality.Quality(run, images, hardware.set_up('float32'))
    assert len(measuring.real) == 60
    wanted = extractor.extract(None, images.pixels[:60], '')
    assert measuring.real == pytest.approx(wanted)
    again = quality.Quality(run, images, None)
    assert (again.real == measuring.real).all() and (again.noise == measuring.noise).all()
    estimate, _ = kid.kid(wanted, measuring.real, measuring.within)
    assert estimate < 1e-3 < kid.kid(wanted + 1, measuring.real)[0]


def test_a_discriminator_that_wins_learns_more_slowly(tmp_path, monkeypatch):
    """Its learning rate is halved, at most to an eighth; that of the generator stays."""
    run, rates = start(tmp_path, 'dcgan', epoch=5 * PATIENCE // 2), []

    def win(gan, number):
        rates.append([float(gan.steps[name].optimizer.learning_rate) for name in 'gd'])
        accuracy = 0.5 if number % (PATIENCE + 2) == PATIENCE + 1 else 1.0
        return {'loss_g': 0.0, 'loss_d': 0.0, 'accuracy_real': accuracy, 'accuracy_fake': accuracy}

    monkeypatch.setattr(trainer.GANTrainer, 'step', win)
    train(run, tiny_images(), metrics_minutes=0)
    generator, discriminator = np.array(rates).T
    assert set(generator) == {np.float32(2e-4)}
    assert sorted(set(discriminator), reverse=True) == pytest.approx([2e-4, 1e-4, 5e-5, 2.5e-5], rel=1e-5)
    assert discriminator[PATIENCE - 1] == generator[0] > discriminator[PATIENCE]


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """The folder of runs with a conditional one, trained a little, and of its weight file."""
    folder = tmp_path_factory.mktemp('trained')
    images = {'number': 8, 'digest': ''}
    run = start(folder, output_height=25, output_width=17, dataset=('posters',), images=images, epoch=1, **TWO)
    conditions = np.array([[1, 0, 1], [1, 1, 1]] * 4, np.float32)
    train(run, tiny_images(conditions), metrics_minutes=0)
    generators.export(run, folder / 'weights' / 'small.npz')
    return folder


@pytest.fixture
def exported(trained, tmp_path):
    """The Run, and the path of its weight file, of a copy."""
    shutil.copytree(trained, tmp_path / 'copy')
    hardware.set_up('float32')
    return Run('run', tmp_path / 'copy'), tmp_path / 'copy' / 'weights' / 'small.npz'


def test_a_weight_file_makes_the_same_posters(exported):
    """But for what float16 rounds off; its card says how it was trained."""
    run, path = exported
    noise = np.random.default_rng(0).standard_normal((4, 8)).astype(np.float32)
    conditions = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 1], [0, 0, 0]], np.float32)
    of_run, of_file = generators.of_run(run), generators.of_file(path)
    assert of_file(noise, conditions).astype(int) == pytest.approx(of_run(noise, conditions).astype(int), abs=2)
    assert sorted(map(tuple, of_file.training_conditions)) == sorted(map(tuple, of_run.training_conditions))
    card = weight_files.read_card(path)
    assert card['trained'].startswith('on 8 images of posters, 2 of seven held out: 2 steps, 8 images seen')
    assert of_file.config == run.config and json.dumps(card)


def test_a_command_uses_a_weight_file(exported, tmp_path):
    """Instead of a run; images are compared with it only where they have its genres and decades."""
    _, path = exported
    made, posters = tmp_path / 'made', tmp_path / 'posters'
    parse = Parser(commands.ABOUT, commands.FLAGS).parse
    commands.sample(parse((f'-weights={path}', '-generate=2', '-seed=3', f'-out={made}')))
    expected = next(sampling.Sampler(generators.of_file(path), 3).batches(2))
    assert (np.stack([np.asarray(Image.open(made / f'00000{seed}.png')) for seed in (3, 4)]) == expected).all()
    posters.mkdir()
    Image.new('RGB', (17, 25)).save(posters / '1.png')
    (posters / 'dataset.json').write_text('{"films": {"1.png": {"year": 1950, "genres": ["Horror"]}}}')
    flags = parse((f'-weights={path}', f'-dataset={posters}', '-evaluate', f'-runs={tmp_path}', f'-out={made}'))
    with pytest.raises(WrongCall, match='other genres or decades'):
        commands.evaluate(flags)


def test_a_training_begins_with_a_weight_file(exported, tmp_path):
    """What fits is taken, here all but what depends on the genres; the EMA generator begins there too."""
    _, path = exported
    arrays = weight_files.read(path)
    config = tiny_config('projected', init=str(path), output_height=25, output_width=17)
    gan = trainer.GANTrainer(config, tiny_images(), hardware.set_up('float32'))
    transfer.begin_with(path, gan)
    for network in (gan.generator, gan.g_ema):
        fitting = [v for v in network.variables if v.path in arrays and arrays[v.path].shape == tuple(v.shape)]
        assert {'up0/kernel', 'image/kernel'} <= {v.path for v in fitting}
        assert all((ops.convert_to_numpy(v) == arrays[v.path].astype(np.float32)).all() for v in fitting)
    other = trainer.GANTrainer(tiny_config('dcgan'), tiny_images(), hardware.set_up('float32'))
    with pytest.raises(WorkFailed, match='none of its weights fit'):
        transfer.begin_with(path, other)


@pytest.mark.parametrize(
    ('given', 'wanted', 'row', 'same'),
    [
        (TWO, {}, [1, 0, 1], []),
        (TWO, {**TWO, 'known_genres': ('Horror', 'War', 'Drama')}, [1, 0, 1], [0, 0, 1, 1]),
        ({}, TWO, [], [0, 0, 0]),
    ],
    ids=['conditional to not', 'other genres', 'not to conditional'],
)
def test_weights_of_other_conditions(given, wanted, row, same):
    """The images stay the same: those of the only conditions there were, of the same ones, of what is left open."""
    sizes = {'output_height': 25, 'output_width': 17}
    hardware.set_up('float32')
    given, wanted = (tiny_config('projected', **sizes, **some) for some in (given, wanted))
    before, after = (networks.generator(config, 25, 17, config.conditions) for config in (given, wanted))
    rng = np.random.default_rng(0)
    for variable in before.trainable_variables:
        variable.assign(ops.convert_to_numpy(variable) + 0.1 * rng.standard_normal(variable.shape))
    arrays = {variable.path: ops.convert_to_numpy(variable) for variable in before.weights}
    weight_files.put(arrays | transfer.fit(arrays, given, wanted, np.array([row], np.float32)), after)
    noise = np.ones((1, 8), np.float32)
    images = [
        ops.convert_to_numpy(model([noise, np.array([asked], np.float32)] if asked else noise))
        for model, asked in ((before, row), (after, same))
    ]
    assert np.ptp(images[0]) > 0.1 and images[1] == pytest.approx(images[0], abs=1e-5)


@pytest.mark.parametrize('damage', ['cut', 'card', 'missing', 'others', 'garbled', 'array'])
def test_weight_files_that_cannot_be_used(exported, damage, tmp_path):
    _, path = exported
    if damage == 'cut':
        path.write_bytes(path.read_bytes()[:2000])
    elif damage == 'card':
        path.with_suffix('.json').write_text('{"config": 3}')
    elif damage == 'missing':
        path.unlink()
    elif damage == 'garbled':
        content = bytearray(path.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 100] = bytes(100)
        path.write_bytes(content)
    elif damage == 'array':
        with open(path, 'wb') as file:
            np.save(file, np.zeros(3))
    else:
        np.savez(path, **{'up0/kernel': np.zeros(3, np.float16)})
    with pytest.raises(WorkFailed, match='small') as refused:
        generators.of_file(path).open_runner()
    assert '\n' not in str(refused.value)
    config = tiny_config('projected', output_height=25, output_width=17)
    gan = trainer.GANTrainer(config, tiny_images(), hardware.set_up('float32'))
    with pytest.raises(WorkFailed, match='small'):
        transfer.begin_with(path, gan)


def test_fewer_images_than_a_batch_and_images_too_small(tmp_path):
    for i in range(6):
        Image.new('RGB', (20, 30), (40 * i, 0, 0)).save(tmp_path / f'{i}.png')
    prepare = partial(api.prepare, monitoring=MonitorConfig(), runs=tmp_path / 'runs')
    config = tiny_config('projected', dataset=(str(tmp_path),), name='few', holdout=0)
    with pytest.raises(WrongCall, match='6 images to train on are fewer than a batch of 8; give -batch_size=6'):
        prepare(config.replace(batch_size=8))
    with pytest.raises(WrongCall, match='images of 12 x 30 pixels are too small: projected makes sides of 16'):
        prepare(config.replace(output_width=12))
    prepare(config)
