"""What a training learns from, and that stopping it changes nothing: planted posters, in this process."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from cnn.config import TrainConfig
from cnn.presets import find_preset
from cnn.targets.genres import Genres
from cnn.train import linear_probe, logistic, optimizers, training
from cnn.train.checkpoints import Checkpoints
from core import hardware
from core.errors import WrongCall
from movies_dataset import Movie, PosterSet

GENRES = 'Comedy', 'Drama'
SHAPE = 20, 16, 3
SHADES = {'train': 50, 'validation': 150, 'test': 250}  # of the posters of each split
CONFIG = TrainConfig(preset=1, genres=GENRES, ratio=100, epochs=2, batch_size=8, catalogue='planted').resolved()

pytestmark = pytest.mark.filterwarnings('ignore:__array__')  # TensorFlow under NumPy 2.4


@pytest.fixture(scope='module')
def machine():
    return hardware.set_up('float32')


@pytest.fixture
def data():
    """70 films, 50 of them for training, whose posters show to which split they belong."""
    movies = [Movie(i, 'A', 1999, None, (GENRES[i // 7 % 2],), 'u') for i in range(70)]
    movies.sort(key=lambda movie: (list(SHADES).index(movie.split), movie.id))
    noise = np.random.default_rng(1).integers(0, 6, (len(movies), *SHAPE))
    posters = np.uint8(noise + np.array([SHADES[movie.split] for movie in movies])[:, None, None, None])
    labels = Genres(GENRES).labels(movies)
    return PosterSet(tuple(movies), posters, labels, GENRES, 100)


def training_of(path, data, machine, **changes):
    """A Training to begin or to resume, of a model at `path`."""
    config = replace(CONFIG, **changes)
    checkpoints = Checkpoints(path, config)
    if run := checkpoints.read():
        checkpoints.run = run
    checkpoints.begin()
    return training.Training(config.find_preset(), data, Genres(GENRES), checkpoints, machine)


def fitted(path, data, machine, **changes):
    """The variables after the last epoch of a training at `path`, begun or resumed."""
    one = training_of(path, data, machine, **changes)
    training.fit(one)
    with np.load(one.checkpoints.last_path) as arrays:
        return [arrays[name] for name in sorted(arrays, key=int)]


def test_only_training_films_are_learned_from(tmp_path, data, machine, monkeypatch):
    seen, train_on_batch = [], keras.Model.train_on_batch

    def watched(model, posters, labels, **options):
        seen.append(np.array(posters))
        return train_on_batch(model, posters, labels, **options)

    monkeypatch.setattr(keras.Model, 'train_on_batch', watched)
    fitted(tmp_path / 'model.keras', data, machine, epochs=1)
    posters = np.concatenate(seen)
    assert len(posters) == 50 and posters.max() < SHADES['train'] + 6
    assert len(np.unique(posters.reshape(50, -1), axis=0)) == 50  # each once


@pytest.mark.slow
def test_a_resumed_training_is_an_uninterrupted_one(tmp_path, data, machine, monkeypatch):
    """To the last weight, and to the optimizer's slots: the stop comes in the second epoch."""
    whole = fitted(tmp_path / 'whole.keras', data, machine)
    train_epoch = training.train_epoch

    def stopping(model, films, config, epoch, augmented):
        if epoch == 2:
            raise KeyboardInterrupt
        return train_epoch(model, films, config, epoch, augmented)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, 'train_epoch', stopping)
        fitted(tmp_path / 'stopped.keras', data, machine)
    resumed = fitted(tmp_path / 'stopped.keras', data, machine)
    for mine, other in zip(resumed, whole, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)
    first = fitted(tmp_path / 'one.keras', data, machine, epochs=1)
    assert max(np.abs(one - two).max() for one, two in zip(first, whole, strict=True)) > 1e-3


def test_training_ends_after_just_as_many_epochs_without_gain(tmp_path, data, machine, monkeypatch):
    values = iter([0.5, 0.6, 0.6, 0.1, 0.9])
    monkeypatch.setattr(
        Genres, 'validate', lambda *_: {'validation_loss': 0, 'map': 0, 'selection_metric': next(values)}
    )
    one = training_of(tmp_path / 'model.keras', data, machine, epochs=9, patience=2)
    run = (training.fit(one), one.checkpoints.run)[1]
    assert training.fit(one) == 'no gain for 2 epochs'
    assert (len(run.history), run.best) == (4, 2)


def test_a_training_resumes_with_its_own_films_only(tmp_path, data, machine):
    one = training_of(tmp_path / 'model.keras', data, machine)
    one.checkpoints.run = replace(one.checkpoints.run, films=training._digest(data.movies[:-1]))
    with pytest.raises(WrongCall, match='begun with other posters'):
        training._run(one)


def test_a_probe_is_fitted_and_scaled_on_training_films_alone(data, machine, monkeypatch):
    """Of planted features the first is 1000 for every film that is not for training."""
    splits = np.array([movie.split for movie in data.movies])
    width, given = 4896, {}
    planted = np.random.default_rng(1).standard_normal((len(splits), width)).astype(np.float16)
    planted[:, 0] = np.where(splits == 'train', planted[:, 0], 1000)
    monkeypatch.setattr(linear_probe.BackboneFeatures, 'load', lambda *_: planted)
    for name in ('moments', 'principal_axes', 'solve'):
        function = getattr(logistic, name)
        monkeypatch.setattr(
            logistic,
            name,
            lambda *args, name=name, f=function: (given.setdefault(name, args), f(*args))[1],
        )
    _, outputs, _ = linear_probe.fit_probe(find_preset(4), data, Genres(GENRES), 'imagenet', machine)
    assert outputs.shape == (10, 2)
    np.testing.assert_array_equal(given['moments'][0], planted[splits == 'train'])
    scaled, _, labels = given['solve'][:3]
    assert len(scaled) == 50 and np.abs(scaled[:, 0]).max() < 10
    np.testing.assert_array_equal(labels, data.labels[splits == 'train'])
    assert given['principal_axes'][0] is scaled


def test_preset_5_warms_up_and_falls_along_a_cosine(machine):
    optimizer = optimizers.build_optimizer(find_preset(5), steps=100)
    rates = [float(optimizer._learning_rate(step)) for step in (0, 5, 10, 55, 100)]
    assert rates == pytest.approx([0, 0.5e-4, 1e-4, 0.5e-4, 0], abs=1e-7)
    assert (optimizer.use_ema, optimizer.ema_momentum, optimizer.head_factor) == (True, 0.995, pytest.approx(0.1))


def test_the_head_learns_slower_by_its_factor(machine):
    head, other = (keras.Variable(np.zeros(3), name='kernel') for _ in range(2))
    head._path = f'{optimizers.HEAD}/kernel'
    optimizer = optimizers.TwoRateAdam(0.01, head_factor=0.1)
    optimizer.build([head, other])
    gradient = keras.ops.ones(3)
    optimizer.apply([gradient, gradient], [head, other])
    moved = [float(keras.ops.convert_to_numpy(variable)[0]) for variable in (head, other)]
    assert moved == pytest.approx([-0.001, -0.01], rel=1e-3)


def test_the_dtype_policy_comes_back_even_after_an_error(machine):
    before = keras.config.dtype_policy().name
    with pytest.raises(ZeroDivisionError), hardware.dtype_policy('mixed_bfloat16'):
        assert keras.config.dtype_policy().name == 'mixed_bfloat16' != before
        raise ZeroDivisionError
    assert keras.config.dtype_policy().name == before
