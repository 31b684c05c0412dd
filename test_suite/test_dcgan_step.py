"""A step of the GAN's training: its losses, what each network learns from, the averaged generator, what is made."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from PIL import Image
from tiny_gan import begin, tiny_config, tiny_images

from core import hardware, variables_io
from core.cli import Parser
from core.errors import WrongCall
from dcgan import __main__ as commands
from dcgan import losses
from dcgan.data import open_images
from dcgan.losses import LOSSES
from dcgan.noise import DISCRIMINATOR, GENERATOR, ORDER, SAMPLER, stream
from dcgan.train import diffaugment, steps, trainer
from movies_dataset import Movie

REAL, FAKE = np.array([[1.0], [-2.0]]), np.array([[3.0], [-1.0]])


@pytest.mark.parametrize(
    ('kind', 'discriminator', 'generator'),
    [
        # log(1 + e^x) is 3.048587 of 3, 2.126928 of 2, 1.313262 of 1, 0.313262 of -1, 0.126928 of -2, 0.048587 of -3
        ('bce', (0.313262 + 2.126928) / 2 + (3.048587 + 0.313262) / 2, (0.048587 + 1.313262) / 2),
        ('hinge', (0 + 3) / 2 + (4 + 0) / 2, -1),
        ('relativistic', (2.126928 + 1.313262) / 2, (0.126928 + 0.313262) / 2),
    ],
)
def test_losses_of_logits_worked_by_hand(kind, discriminator, generator):
    assert float(LOSSES[kind].discriminator(REAL, FAKE)) == pytest.approx(discriminator, rel=1e-5)
    assert float(LOSSES[kind].generator(REAL, FAKE)) == pytest.approx(generator, rel=1e-5)


@pytest.mark.parametrize('loss', ['bce', 'hinge', 'relativistic'])
def test_what_each_player_learns_from(loss):
    """With a linear discriminator the loss is worked with NumPy: real images in -1..1, both altered, penalties."""
    hardware.set_up('float32')
    rng, options = np.random.default_rng(0), tiny_config(loss=loss, diffaugment=('color', 'cutout'))
    shape, weights = (6, 5, 3), rng.normal(0, 0.2, (90, 1)).astype(np.float32)
    judge = keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(1)])
    judge.set_weights([weights, np.array([0.3], np.float32)])
    maker = keras.Sequential([keras.Input((8,)), layers.Dense(90, 'tanh'), layers.Reshape(shape)])
    inputs = {
        'real': rng.integers(0, 256, (4, *shape), np.uint8),
        'noise': rng.random((4, 8), np.float32),
        **{name: diffaugment.draws(rng, 4) for name in ('draws_real', 'draws_fake')},
        **{name: rng.standard_normal((4, *shape), np.float32) for name in ('nudges_real', 'nudges_fake')},
    }
    made = ops.convert_to_numpy(maker(inputs['noise']))
    scaled = inputs['real'].astype(np.float32) / 127.5 - 1
    real, fake = (
        logits(diffaugment.augment(images, inputs[drawn], options.diffaugment), weights)
        for images, drawn in ((scaled, 'draws_real'), (made, 'draws_fake'))
    )
    generator = steps.GeneratorStep(maker, judge, None, options)
    assert float(generator.call(inputs)) == pytest.approx(float(LOSSES[loss].generator(real, fake)), rel=1e-4)
    assert ops.convert_to_numpy(generator.made[0]) == pytest.approx(made)
    discriminator = steps.DiscriminatorStep(judge, generator, None, options)
    wanted = float(LOSSES[loss].discriminator(real, fake))
    if loss == 'relativistic':  # of a linear function the slope along a nudge is its product with the weights
        slopes = [logits(inputs[name], weights) - 0.3 for name in ('nudges_real', 'nudges_fake')]
        wanted += sum(losses.PENALTY / 2 * float(np.mean(slope**2)) for slope in slopes)
    assert float(discriminator.call(inputs)) == pytest.approx(wanted, rel=1e-3)
    assert float(discriminator.real_accuracy.result()) == pytest.approx((real > 0).mean())
    assert float(discriminator.fake_accuracy.result()) == pytest.approx((fake < 0).mean())


def logits(images, weights):
    return ops.convert_to_numpy(images).reshape(len(images), -1) @ weights + 0.3


def test_steps_see_all_images_move_the_average_and_resume(tmp_path):
    options = tiny_config(ema=0.2, nbr_g_updates=2)
    gan = trainer.GANTrainer(options, tiny_images(number=8, held_out=3), hardware.set_up('float32'))
    given, inputs = [], gan.inputs
    gan.inputs = lambda *call: given.append(inputs(*call)) or given[-1]
    average = numbers(gan.g_ema)
    for step in range(4):
        gan.step(step)
        momentum = (0.1, 0.2, 0.2, 0.2)[step]  # the least of 0.2 and (1 + updates) / (10 + updates)
        pairs = zip(average, numbers(gan.generator), strict=True)
        average = [momentum * kept + (1 - momentum) * now for kept, now in pairs]
        assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(numbers(gan.g_ema), average, strict=True))
        if step == 1:
            variables_io.save(gan.variables, tmp_path / 'state.npz')
    seen = [found['real'][:, 0, 0, 0].tolist() for found in given]
    assert all(seen[i] == seen[i + 1] == seen[i + 2] for i in range(0, 12, 3))  # two updates of G and one of D a step
    assert sorted(seen[0] + seen[3]) == sorted(seen[6] + seen[9]) == list(range(8)) and seen[0] != seen[6]
    assert len({found['noise'].tobytes() for found in given}) == 12

    ended = [ops.convert_to_numpy(variable).copy() for variable in gan.variables]
    variables_io.load(gan.variables, tmp_path / 'state.npz')
    for step in (2, 3):
        gan.step(step)
    resumed = [ops.convert_to_numpy(variable) for variable in gan.variables]
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(resumed, ended, strict=True))


def test_each_optimizer_has_its_own_settings():
    rates = {'learning_rate_g': 1e-3, 'learning_rate_d': 3e-4, 'beta1_g': 0.2, 'beta1_d': 0.7}
    gan = trainer.GANTrainer(tiny_config(**rates), tiny_images(), hardware.set_up('float32'))
    optimizers = [gan.steps[name].optimizer for name in 'gd']
    for factor in (1, 0.5):
        assert [float(o.learning_rate) for o in optimizers] == pytest.approx([1e-3 * factor, 3e-4 * factor])
        gan.slow_down(0.5)
    assert [optimizer.beta_1 for optimizer in optimizers] == [0.2, 0.7]


def numbers(model):
    return [ops.convert_to_numpy(variable).copy() for variable in model.variables]


def test_photographs_are_not_trained_on_at_their_own_size(tmp_path):
    """The bound of the flags holds for what the images have, too; the line gives flags of their shape."""
    Image.new('RGB', (1600, 1200)).save(tmp_path / 'photograph.jpg')
    options = tiny_config(dataset=(str(tmp_path),), output_height=None, output_width=None)
    with pytest.raises(WrongCall, match=r'1600 x 1200 .*-output_width=256 -output_height=192'):
        open_images(options, tmp_path, tmp_path / '.pixels')


def test_no_poster_of_a_test_or_validation_film_is_trained_on(tmp_path):
    for number in range(1, 64):
        Image.new('RGB', (16, 24), (number, 0, 0)).save(tmp_path / f'{number}.png')
    options = tiny_config(dataset=(str(tmp_path),), output_height=None, output_width=None)
    shown, _ = open_images(options, tmp_path, tmp_path / '.pixels')
    ids = shown.pixels[shown.training][:, 0, 0, 0].tolist()
    assert ids and {Movie(int(i), '', 2000, None, (), '').split for i in ids} == {'train'}


def test_no_two_purposes_share_random_numbers():
    assert len({stream(1, purpose, 5).random() for purpose in (ORDER, GENERATOR, DISCRIMINATOR, SAMPLER)}) == 4


@pytest.fixture
def ask(tmp_path):
    """A function that asks a run whose generator is as it was initialized, by flags; returns the folder `made`."""
    run, _ = begin(tmp_path, output_height=25, output_width=17, activation_g=('tanh',))
    gan = trainer.GANTrainer(run.config, tiny_images(), hardware.set_up('float32'))
    for variable in gan.g_ema.trainable_variables:
        variable.assign(variable * 2)
    run.save(gan.variables, 1)

    def ask(*flags):
        words = '-name=run', f'-runs={tmp_path}', f'-out={tmp_path / "made"}', *flags
        commands.sample(Parser(commands.ABOUT, commands.FLAGS).parse(words))
        return tmp_path / 'made'

    return ask


def pictures(folder):
    return [np.asarray(Image.open(path), int) for path in sorted(folder.glob('0*.png'))]


def test_truncation_narrows_the_noise(ask):
    apart = [np.ptp(pictures(ask('-generate=4', f'-truncation={share}')), axis=0).mean() for share in (1, 0.5, 1e-6)]
    assert apart[0] > 1.3 * apart[1] > 0 and apart[2] <= 1


def test_a_seed_is_a_poster(ask):
    """Whatever else is made in the call."""
    many, one = pictures(ask('-generate=3', '-seed=5')), pictures(ask('-generate=1', '-seed=6'))
    assert (many[1] == one[0]).all() and (many[0] != one[0]).any()


def test_older_images_of_the_toolkit_do_not_stay_beside_new_ones(ask, capsys):
    made = ask('-generate=6')
    Image.new('RGB', (4, 5)).save(made / '000009.png')
    (made / 'notes.txt').write_text('mine')
    ask('-generate=2')
    assert sorted(path.name for path in made.iterdir()) == [
        '000001.png', '000002.png', '000009.png', 'grid.png', 'notes.txt',
    ]  # fmt: skip
    assert '1 images that the toolkit did not make stay there' in capsys.readouterr().err
