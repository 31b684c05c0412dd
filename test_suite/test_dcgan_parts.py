"""What the GAN is made of, part by part."""

import keras
import numpy as np
import pytest
from keras import ops
from tiny_gan import begin, tiny_config, tiny_images

from core import hardware
from core.errors import WorkFailed
from dcgan import losses, networks, sampling
from dcgan.conditions import draw_conditions
from dcgan.config import POLICIES
from dcgan.metrics import kid
from dcgan.networks.activations import SLOPE, leaky_relu
from dcgan.networks.normalization import EPSILON, MOMENTUM, BatchNormalization
from dcgan.train import diffaugment, trainer, training_video
from dcgan.train.runs import read_rows
from dcgan.train.watchdog import PATIENCE, Watchdog


def values(model):
    return [ops.convert_to_numpy(variable).copy() for variable in model.trainable_variables]


@pytest.mark.parametrize(
    ('loss', 'precision'), [('bce', 'float32'), ('hinge', 'bfloat16'), ('relativistic', 'float32')]
)
def test_each_player_moves_its_own_network_alone(loss, precision):
    options = tiny_config(loss=loss, diffaugment=POLICIES, conditional=True, known_genres='AB', known_decades=())
    conditions = np.eye(2, dtype=np.float32)[np.arange(8) % 2]
    gan = trainer.GANTrainer(options, tiny_images(conditions), hardware.set_up(precision))
    for name, mine, other in (('g', gan.generator, gan.discriminator), ('d', gan.discriminator, gan.generator)):
        before, kept = values(mine), values(other)
        gan.steps[name].train_on_batch(gan.inputs(0, name, 0))
        moved = [(now != then).any() for now, then in zip(values(mine), before, strict=True)]
        still = {'real/bias'} if loss == 'relativistic' else set()  # its loss is of differences of logits
        assert {v.path for v, move in zip(mine.trainable_variables, moved, strict=True) if not move} <= still
        assert all((now == then).all() for now, then in zip(values(other), kept, strict=True))


def test_normalization_is_keras_own():
    """In training, whose gradients and moving averages count too, and afterwards."""
    hardware.set_up('float32')
    images = np.random.default_rng(0).normal(3, 2, (4, 5, 6, 7)).astype(np.float32)
    weights = np.random.default_rng(1).standard_normal(images.shape).astype(np.float32)
    found = []
    for layer in (BatchNormalization(), keras.layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON)):
        model = keras.Sequential([keras.Input(images.shape[1:]), keras.layers.Dense(7, 'tanh'), layer])
        model.layers[0].set_weights([np.eye(7), np.linspace(-1, 1, 7)])
        layer.gamma.assign(np.linspace(0.5, 2, 7))
        model.compile(keras.optimizers.SGD(1.0), lambda wanted, made: ops.sum(wanted * made), jit_compile=False)
        model.train_on_batch(images, weights)
        found.append([*model.get_weights(), model.predict(images, verbose=0)])
    for mine, theirs in zip(*found, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-3, abs=1e-3)


def test_the_leaky_activation_is_keras_own():
    """Its gradient too, which is written by hand for one backend."""
    hardware.set_up('float32')
    rows = np.random.default_rng(0).standard_normal((8, 5)).astype(np.float32)
    found = []
    for layer in (keras.layers.Activation(leaky_relu), keras.layers.LeakyReLU(SLOPE)):
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(5), layer])
        model.layers[0].set_weights([np.eye(5), np.linspace(-1, 1, 5)])
        model.compile(keras.optimizers.SGD(1.0), lambda wanted, made: ops.sum(wanted * made), jit_compile=False)
        model.train_on_batch(rows, rows)
        found.append([*model.get_weights(), model.predict(rows, verbose=0)])
    for mine, theirs in zip(*found, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-5, abs=1e-5)


@pytest.mark.slow
def test_a_step_reads_its_weights_before_it_updates_them():
    """Its loss is that of the weights it began with, every time."""
    hardware.set_up('float32')
    images = np.random.default_rng(0).normal(3, 2, (4, 5, 6, 7)).astype(np.float32)
    weights = np.random.default_rng(1).standard_normal(images.shape).astype(np.float32)
    found = set()
    for _ in range(20):
        model = keras.Sequential([keras.Input((5, 6, 7)), keras.layers.Dense(7), keras.layers.BatchNormalization()])
        model.layers[0].set_weights([np.eye(7), np.linspace(-1, 1, 7)])
        model.compile(keras.optimizers.SGD(1.0), lambda wanted, made: ops.sum(wanted * made), jit_compile=False)
        start = model.get_weights()
        for _ in range(4):
            model.set_weights(start)
            found.add(round(float(model.train_on_batch(images, weights)), 1))
    assert len(found) == 1


def test_what_is_asked_for_changes_what_is_made():
    options = tiny_config(conditional=True, known_genres=('Drama', 'War'), known_decades=(1980, 1990))
    model = networks.generator(options, 25, 17, options.conditions)
    noise = np.zeros((2, 8), np.float32)
    asked = np.array([[1, 0, 1, 0], [0, 1, 1, 0]], np.float32)
    drama, war = np.asarray(sampling.generate_images(model, noise, asked), int)
    same = np.asarray(sampling.generate_images(model, noise, asked[[0, 0]]), int)
    assert (drama != war).any() and (same[0] == same[1]).all()
    judge = networks.discriminator(options, 25, 17, options.conditions)
    image = np.ones((2, 25, 17, 3), np.float32)
    said = ops.convert_to_numpy(judge([image, asked]))
    assert said[0] != said[1]


def test_a_request_is_filled_in_from_what_was_seen():
    options = tiny_config(conditional=True, known_genres=('Drama', 'War'), known_decades=(1980, 1990))
    seen = np.array([[1, 0, 1, 0], [1, 1, 0, 1], [0, 1, 0, 1]], np.uint8)
    rows = draw_conditions(options, seen, np.random.default_rng(0), 20, genres=('War',))
    assert (rows == [0, 1, 0, 1]).all()
    rows = draw_conditions(options, seen, np.random.default_rng(0), 20, decade=1990)
    assert {tuple(row) for row in rows} == {(1, 1, 0, 1), (0, 1, 0, 1)}
    rows = draw_conditions(options, seen, np.random.default_rng(0), 20, genres=('War',), decade=1980)
    assert (rows == [0, 1, 1, 0]).all()


@pytest.mark.parametrize('policy', POLICIES)
def test_augmentation_is_the_same_for_the_same_draws(policy):
    images = np.random.default_rng(0).uniform(-1, 1, (6, 24, 16, 3)).astype(np.float32)
    drawn = diffaugment.draws(np.random.default_rng(1), 6)
    first, again, other = (
        ops.convert_to_numpy(diffaugment.augment(images, some, [policy])) for some in (drawn, drawn, drawn[::-1].copy())
    )
    assert first.shape == images.shape and (first == again).all() and (first != other).any()
    if policy == 'translation':
        inside = first != 0
        assert 0.7 < inside.mean() < 1  # moved by an eighth at most, nothing where nothing was
    if policy == 'cutout':
        assert (first == 0).all(axis=3).mean() == pytest.approx(0.2, abs=0.1)


def test_the_penalty_is_the_squared_gradient():
    slope = np.random.default_rng(0).standard_normal((24 * 16 * 3, 1)).astype(np.float32)
    images = np.zeros((64, 24, 16, 3), np.float32)
    noise = np.random.default_rng(1).standard_normal(images.shape).astype(np.float32)

    def discriminate(x):
        return ops.matmul(ops.reshape(x, (len(x), -1)), slope)

    found = float(losses.gradient_penalty(discriminate, images, noise, discriminate(images)))
    assert found == pytest.approx(losses.PENALTY / 2 * float((slope**2).sum()), rel=0.4)


def test_losses_that_are_not_finite_bring_the_last_checkpoint_back(tmp_path, monkeypatch):
    run, train = begin(tmp_path)
    step, poisoned = trainer.GANTrainer.step, []

    def poison(gan, number):
        if number == 5 and not poisoned:
            poisoned.append(number)
            variable = gan.discriminator.trainable_variables[0]
            variable.assign(variable * np.nan)
        return step(gan, number)

    monkeypatch.setattr(trainer.GANTrainer, 'step', poison)
    train()
    rows = read_rows(run.log_path)
    assert [int(row['step']) for row in rows] == list(range(1, 11)) and poisoned
    assert all(np.isfinite(float(row['loss_d'])) for row in rows)


def test_losses_that_stay_so_end_the_training(tmp_path, monkeypatch):
    """Noise that is not finite, whatever the learning rate."""
    _, train = begin(tmp_path)
    monkeypatch.setattr(trainer, 'draw', lambda options, rng, number: np.full((number, 8), np.nan, 'float32'))
    with pytest.raises(WorkFailed, match='not finite'):
        train()


def test_the_watchdog_says_it_once():
    real = np.random.default_rng(0).integers(0, 256, (8, 24, 16, 3)).astype(np.uint8)
    guard = Watchdog(real)
    won = [guard.losses({'accuracy_real': 1.0, 'accuracy_fake': 1.0}) for _ in range(2 * PATIENCE)]
    assert sum(bool(said) for said in won) == 1 and 'discriminator' in won[PATIENCE - 1][0]
    assert won[PATIENCE - 1][1] == ('d',)
    assert guard.samples(real) is None
    assert 'alike' in guard.samples(real[[0] * 8])[0] and guard.samples(real[[0] * 8]) is None
    found = [guard.measures({'coverage': coverage}) for coverage in (0.3, 0.6, 0.31, 0.29, 0.2, 0.5, 0.25)]
    assert [bool(said) for said in found] == [False, False, False, True, False, False, True]
    assert 'coverage is 0.29 and was 0.60' in found[3][0] and found[3][1] == ('g', 'd')


def test_measures_tell_the_same_from_another():
    rng = np.random.default_rng(0)
    real, same, other = (rng.standard_normal((600, 16)) + shift for shift in (0, 0, 1))
    near, far = kid.kid(real, same), kid.kid(real, other)
    assert abs(near[0]) < 3 * near[1] < far[0]
    half = kid.manifold_metrics(real, real[:300] + 1e-6)
    assert half['precision'] == 1 and half['recall'] > 0.4 and 0.8 < half['coverage'] < 1
    assert half['density'] == pytest.approx(kid.manifold_metrics(real, real)['density'], abs=0.2)
    assert set(kid.manifold_metrics(real, other + 9).values()) == {0}
    alike = kid.manifold_metrics(real, np.repeat(real[:1], 600, axis=0))
    assert alike['precision'] == 1 and alike['recall'] <= 0.01 and alike['coverage'] < 0.05


def test_the_kernel_distance_is_the_unbiased_estimate(monkeypatch):
    """Against the double sums of its definition, and its error against leaving out one image after the other."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((7, 3)), rng.standard_normal((5, 3))

    def kernel(a, b):
        return (a @ b / 3 + 1) ** 3

    def estimate(x, y):
        pairs = [[kernel(a, b) for i, a in enumerate(some) for j, b in enumerate(some) if i != j] for some in (x, y)]
        return np.mean(pairs[0]) + np.mean(pairs[1]) - 2 * np.mean([kernel(a, b) for a in x for b in y])

    monkeypatch.setattr(kid, 'CHUNK', 3)
    left_out = [estimate(np.delete(x, i, 0), y) for i in range(7)], [estimate(x, np.delete(y, i, 0)) for i in range(5)]
    error = sum((len(some) - 1) / len(some) * np.square(some - np.mean(some)).sum() for some in left_out) ** 0.5
    assert kid.kid(x, y) == pytest.approx((estimate(x, y), error))


def test_boxes_cover_the_grid():
    assert training_video.split(100, 50, None) == [(0, 0, 100, 50)]
    boxes = training_video.split(100, 50, (64, 32))
    assert boxes == [(0, 0, 64, 32), (64, 0, 100, 32), (0, 32, 64, 50), (64, 32, 100, 50)]
    assert training_video.plan(100, 5) == 1 and training_video.plan(20_000, 5) == 3


def test_every_size_comes_out_as_it_went_in():
    for height, width, depth in ((161, 109, 5), (7, 5, 4), (24, 16, 2)):
        options = tiny_config(nbr_of_layers_g=depth, nbr_of_layers_d=depth, k_h=3, k_w=4, activation_d=('crelu', 'elu'))
        assert networks.generator(options, height, width).output_shape == (None, height, width, 3)
        assert networks.discriminator(options, height, width).output_shape == (None, 1)
    keras.backend.clear_session()
