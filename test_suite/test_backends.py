"""The toolkit with Keras on another backend than TensorFlow; skipped where that is not installed."""

import re
from functools import partial

import pytest
from conftest import environment, run_script


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
