"""A GAN run of 1.1.0: it generates what it generated then, and its training resumes."""

import csv
import json
import shutil

import numpy as np
import pytest
from conftest import ROOT, run_script
from PIL import Image

from dcgan.config import GANConfig

pytestmark = pytest.mark.slow

FIXTURES = ROOT / 'test_suite' / 'fixtures'
FIRST = [  # 1.1.0's first image, 6x4 pixels
    128, 128, 128, 128, 129, 127, 127, 127, 126, 127, 129, 126, 126, 128, 129, 127, 128, 128,
    128, 127, 128, 127, 128, 128, 128, 126, 127, 128, 129, 126, 128, 126, 129, 128, 128, 126,
    126, 128, 127, 127, 127, 127, 128, 128, 129, 128, 128, 128, 127, 127, 129, 129, 128, 125,
    128, 125, 126, 127, 129, 127, 126, 128, 127, 128, 127, 127, 128, 128, 127, 127, 127, 127,
]  # fmt: skip
TRAINING = (
    '-conditional', '-batch_size=5', '-nbr_of_layers_g=2', '-nbr_of_layers_d=2', '-z_dim=4', '-k_h=3', '-k_w=3',
    '-grid_height=2', '-grid_width=2', '-video_length=0', '-ckpt_freq=2', '-precision=float32', '-epoch=40',
    '-output_width=4', '-output_height=6', '-train',
)  # fmt: skip


@pytest.fixture
def runs(tmp_path):
    return shutil.copytree(FIXTURES / 'runs', tmp_path / 'runs')


def test_its_config_is_read(runs, tmp_path):
    config = GANConfig.read(runs / 'old' / 'options.json')
    assert (config.architecture, config.known_genres, config.conditions) == ('dcgan', ('Comedy', 'Drama'), 5)
    config.write(tmp_path / 'again.json')
    assert GANConfig.read(tmp_path / 'again.json') == config
    assert config.diff(config.replace(z_dim=5, epoch=1)) == {'z_dim': (4, 5)}


def test_it_generates_the_same_images(runs):
    asked = '-generate=2', '-genres=Comedy', '-decade=1990', '-seed=3', '-guidance=1'
    done = run_script('-m', 'dcgan', '-name=old', f'-runs={runs}', *asked)
    assert done.returncode == 0, done.stderr
    image = np.asarray(Image.open(runs / 'old' / 'generated' / '000003.png'), int)
    assert image.shape == (6, 4, 3) and np.abs(image.ravel() - FIRST).max() <= 1


def test_its_training_resumes(runs):
    shutil.copytree(FIXTURES / 'images', runs.parent / 'images')
    options = json.loads((runs / 'old' / 'options.json').read_text())
    assert options['dataset'] == ['images']
    command = '-c', f'import sys; sys.path.insert(0, {str(ROOT)!r}); import dcgan.__main__ as m; m.run(m.main)'
    done = run_script(*command, '-name=old', f'-runs={runs}', '-dataset=images', *TRAINING, cwd=runs.parent)
    assert done.returncode == 0 and 'resuming from step 1 of 168' in done.stdout, done.stderr
    with open(runs / 'old' / 'log.csv', encoding='utf-8', newline='') as file:
        assert [int(row['step']) for row in csv.DictReader(file)] == list(range(1, 169))
