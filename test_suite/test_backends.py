"""The toolkit with Keras on another backend than TensorFlow; skipped where that is not installed."""

import re
from functools import partial

import numpy as np
import pytest
from conftest import environment, run_script
from PIL import Image


@pytest.mark.slow
@pytest.mark.parametrize('backend', ['torch', 'jax'])
def test_training_and_evaluation(backend, sample_data, tmp_path):
    """Models are trained, evaluated and asked; evaluated on TensorFlow, they say the same of the same films."""
    pytest.importorskip(backend)
    on_backend = {'env': {**environment(), 'KERAS_BACKEND': backend}}
    flags = *sample_data.flags, f'-models={tmp_path}'
    run = partial(run_script, timeout=600)
    done = run('__main__.py', *flags, '-version=1,4,5', '-ratio=30', '-min_year=2005', '-epochs=1', **on_backend)
    assert done.returncode == 0, done.stderr
    assert f'Keras on {backend}' in done.stdout
    said = []
    for settings in (on_backend, {}):
        done = run('tests.py', *flags, **settings)
        assert done.returncode == 0, done.stderr
        said.append([int(percent) for percent in re.findall(r': (\d+)%', done.stdout)])
    assert len(said[0]) > 36 and said[0] == pytest.approx(said[1], abs=1)  # a dozen films, three models
    poster = next((sample_data.data / 'images' / '100').iterdir())
    answered = run('predict.py', poster, f'-models={tmp_path}', **on_backend)
    assert answered.returncode == 0 and '%' in answered.stdout, answered.stderr


@pytest.mark.slow
@pytest.mark.parametrize('backend', ['torch', 'jax'])
def test_a_gan(backend, tmp_path):
    """It is trained, stopped and gone on with; of the same noise its generator makes the same images on TensorFlow."""
    pytest.importorskip(backend)
    on_backend = {'env': {**environment(), 'KERAS_BACKEND': backend}}
    (tmp_path / 'images').mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (12, 25, 17, 3)).astype(np.uint8)
    for i, image in enumerate(pixels):
        Image.fromarray(image).save(tmp_path / 'images' / f'{i}.png')
    run = partial(run_script, '-m', 'dcgan', '-name=gan', f'-runs={tmp_path}', timeout=300)
    flags = f'-dataset={tmp_path / "images"}', '-batch_size=4', '-nbr_of_layers_g=3', '-nbr_of_layers_d=3'
    flags += '-loss=relativistic', '-diffaugment=color,translation,cutout', '-train'
    for epoch in (1, 2):
        done = run(*flags, f'-epoch={epoch}', **on_backend)
        assert done.returncode == 0, done.stderr
        assert f'Keras on {backend}' in done.stdout
    assert 'going on after step 3' in done.stdout
    made = []
    for name, settings in (('there', on_backend), ('here', {})):
        done = run('-generate=8', f'-out={tmp_path / name}', **settings)
        assert done.returncode == 0, done.stderr
        made.append(np.stack([np.asarray(Image.open(tmp_path / name / f'{i:06d}.png'), int) for i in range(8)]))
    assert np.abs(made[0] - made[1]).max() <= 1 and made[0].std() > 1
