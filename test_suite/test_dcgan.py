"""The GAN end to end, on tiny images: trained, killed, resumed, asked."""

import contextlib
import csv
import json
import signal
import time
from functools import partial

import imageio_ffmpeg
import numpy as np
import pytest
from conftest import run_script
from PIL import Image

from core.cli import Parser
from dcgan import __main__ as commands

pytestmark = pytest.mark.slow

run = partial(run_script, timeout=300)
QUICK = '-output_width=16', '-output_height=24', '-batch_size=4', '-nbr_of_layers_g=3', '-nbr_of_layers_d=3', '-z_dim=8'
PROJECTED = '-output_width=16', '-output_height=24', '-batch_size=4', '-width=0.125', '-feature_height=32', '-z_dim=8'


def draw_images(folder, number, size=(16, 24), first=0):
    """Images of two kinds that a network can tell apart: bright above, or bright below."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for i in range(first, first + number):
        pixels = rng.integers(0, 60, (size[1], size[0], 3)).astype(np.uint8)
        half = slice(0, size[1] // 2) if i % 2 else slice(size[1] // 2, None)
        pixels[half] += 180
        Image.fromarray(pixels).save(folder / f'{i}.png')
    return folder


@pytest.fixture(scope='session')
def images(tmp_path_factory):
    return draw_images(tmp_path_factory.mktemp('images'), 24)


def dcgan(*flags, **settings):
    return run('-m', 'dcgan', *flags, **settings)


def steps(folder):
    with open(folder / 'log.csv', encoding='utf-8', newline='') as file:
        return [int(row['step']) for row in csv.DictReader(file)]


@pytest.fixture(scope='session')
def trained(images, tmp_path_factory):
    """The folder of runs, with one called `tiny`."""
    runs = tmp_path_factory.mktemp('runs')
    done = dcgan(f'-dataset={images}', '-name=tiny', f'-runs={runs}', *QUICK, '-train', '-epoch=3', '-video_length=1')
    assert done.returncode == 0, done.stderr
    return runs


def test_any_images_train_and_the_grid_has_its_tiles(tmp_path):
    """Odd sides, grey, CMYK, another shape, a broken file, fewer images than a batch, a grid of one row."""
    folder = draw_images(tmp_path / 'odd' / 'deeper', 3, size=(17, 25))
    Image.new('L', (17, 25), 99).save(folder / 'grey.jpg')
    Image.new('CMYK', (40, 20), (10, 90, 0, 0)).save(folder / 'wide.jpg')
    (folder / 'broken.png').write_bytes((folder / '0.png').read_bytes()[:60])
    flags = f'-dataset={tmp_path / "odd"}', f'-runs={tmp_path / "runs"}', '-nbr_of_layers_g=3', '-nbr_of_layers_d=3'
    done = dcgan(*flags, '-grid_height=1', '-grid_width=7', '-epoch=3', '-sample_rate=1', '-train')
    assert done.returncode == 0, done.stderr
    assert 'broken.png: cannot be read' in done.stderr and '5 images to train on, 17x25' in done.stdout
    made = sorted((tmp_path / 'runs' / 'odd' / 'samples').glob('*.png'))
    assert made and all(Image.open(path).size == (7 * 17, 25) for path in made)
    assert steps(tmp_path / 'runs' / 'odd') == [1, 2]


def test_one_image_is_enough(tmp_path):
    flags = f'-dataset={draw_images(tmp_path / "one", 1)}', f'-runs={tmp_path / "runs"}', *QUICK
    done = dcgan(*flags, '-epoch=8', '-loss=hinge', '-train')
    assert done.returncode == 0, done.stderr
    assert steps(tmp_path / 'runs' / 'one') == [1, 2]


@pytest.mark.parametrize('networks', [QUICK, PROJECTED], ids=['dcgan', 'projected'])
def test_a_killed_training_goes_on_at_the_very_step(networks, start, images, tmp_path):
    flags = f'-dataset={images}', '-name=killed', f'-runs={tmp_path}', *networks, '-epoch=20', '-ckpt_freq=7', '-train'
    training = start('-m', 'dcgan', *flags)
    folder = tmp_path / 'killed'
    deadline, kept = time.monotonic() + 120, 0
    while not kept and time.monotonic() < deadline:
        time.sleep(0.02)
        with contextlib.suppress(FileNotFoundError):
            kept = json.loads((folder / 'checkpoint.json').read_text())['steps'][-1]
    training.send_signal(signal.SIGKILL)
    training.wait()
    kept = json.loads((folder / 'checkpoint.json').read_text())['steps'][-1]
    total = 20 * 24 // 4
    assert 0 < kept < total
    done = dcgan(*flags)
    assert done.returncode == 0, done.stderr
    assert f'resuming from step {kept} of {total}' in done.stdout
    assert steps(folder) == list(range(1, total + 1))


def test_the_same_seed_makes_the_same_images(trained, tmp_path):
    """And the video of the training has a frame a step."""
    flags = '-name=tiny', f'-runs={trained}', '-generate=5'
    done = dcgan(*flags, '-seed=1', f'-out={tmp_path / "first"}')
    assert done.returncode == 0, done.stderr
    for name, seed in (('again', 1), ('other', 6)):  # in this process, as a notebook would
        commands.sample(
            Parser(commands.ABOUT, commands.FLAGS).parse([*flags, f'-seed={seed}', f'-out={tmp_path / name}'])
        )
    first, again, other = ([(tmp_path / name / f'{seed + i:06d}.png').read_bytes() for i in range(5)]
                           for name, seed in (('first', 1), ('again', 1), ('other', 6)))  # fmt: skip
    assert first == again and not set(first) & set(other)
    assert Image.open(tmp_path / 'first' / '000001.png').size == (16, 24)
    frames, _ = imageio_ffmpeg.count_frames_and_secs(str(trained / 'tiny' / 'video' / 'training.mp4'))
    assert frames == len(steps(trained / 'tiny')) == 18


def test_interpolations_and_traversals(trained, tmp_path):
    done = dcgan('-name=tiny', f'-runs={trained}', '-interpolate=3', '-video', '-visualize', f'-out={tmp_path}')
    assert done.returncode == 0, done.stderr
    reader = imageio_ffmpeg.read_frames(str(tmp_path / 'interpolation.mp4'))
    facts = next(reader)
    reader.close()
    assert (facts['codec'], facts['pix_fmt'].split('(')[0]) == ('h264', 'yuv420p')
    assert facts['size'] == (6 * 16, 3 * 24)
    assert len(list((tmp_path / 'traversals').glob('*.png'))) == 8


def test_jobs_go_on_after_one_that_fails(images, tmp_path):
    rows = [['dataset', 'name', 'epoch', 'batch_size', 'output_height', 'output_width', 'crop']]
    rows += [['/nowhere', 'lost', 1, 4, 24, 16, ''], [images, 'good', 1, 12, 24, 16, 'false']]
    with open(tmp_path / 'jobs.csv', 'w', encoding='utf-8', newline='') as file:
        csv.writer(file).writerows(rows)
    done = dcgan(f'-jobs={tmp_path / "jobs.csv"}', f'-runs={tmp_path}')
    assert done.returncode == 1 and '1 of 2 jobs failed: lost' in done.stderr
    assert steps(tmp_path / 'good') == [1, 2]
    again = dcgan(f'-jobs={tmp_path / "jobs.csv"}', f'-runs={tmp_path}')
    assert again.returncode == 1 and 'trained already' in again.stdout


@pytest.mark.parametrize(
    ('flags', 'status', 'words'),
    [
        (['-train'], 2, 'name the images'),
        (['-train', '-dataset=/nowhere'], 2, 'there is no such folder'),
        (['-train', '-dataset={empty}'], 1, 'no image is in this folder'),
        (['-train', '-dataset={images}', '-conditional'], 2, 'prepare_dcgan_dataset.py'),
        (['-train', '-dataset={images}', '-grid_height=0'], 2, 'a whole number from 1'),
        (['-train', '-dataset={images}', '-activation_g=relv'], 2, 'did you mean relu'),
        (['-train', '-dataset={images}', '-loss=wgan'], 2, 'bce, hinge, relativistic'),
        (['-train', '-dataset={images}', '-loss=relativistic', '-precision=bfloat16'], 2, 'float32'),
        (['-name=nobody', '-generate=3'], 1, 'no run is in this folder'),
        (['-jobs=nothing.csv'], 2, 'cannot be read'),
        (['-evaluate'], 2, '-name='),
        (['-generate=3', '-weights=.'], 1, 'the card of these weights'),
        (['-generate=3', '-weights=a.npz', '-name=a'], 2, 'not both'),
        (['-name=nobody', '-export=a.json'], 2, 'ends with .npz'),
        (['-generate=3', '-nearest'], 2, '-dataset=FOLDER'),
        (['-generate=3', '-genres=Sitcom'], 2, 'the dataset has no such genre'),
        (['-generate=3', '-decade=1880'], 2, 'the dataset has 1980'),
    ],
)
def test_bad_input_gets_one_line(flags, status, words, images, tmp_path):
    (tmp_path / 'empty').mkdir()
    done = dcgan(
        *(flag.format(empty=tmp_path / 'empty', images=images) for flag in flags), f'-runs={tmp_path / "runs"}'
    )
    assert done.returncode == status and words in done.stderr and done.stderr.count('\n') == 1
