"""The toolkit with Keras on another backend than TensorFlow; skipped where that is not installed."""

import json
from functools import partial

import pytest
from conftest import environment, run_script


@pytest.mark.slow
@pytest.mark.parametrize('backend', ['torch', 'jax'])
def test_training_and_evaluation(backend, sample_data, tmp_path):
    """A model is trained, evaluated, asked and, on TensorFlow, evaluated again with the same scores."""
    pytest.importorskip(backend)
    on_backend = {'env': {**environment(), 'KERAS_BACKEND': backend}}
    flags = *sample_data.flags, f'-models={tmp_path}'
    run = partial(run_script, timeout=600)
    done = run('__main__.py', *flags, '-version=1,4', '-ratio=30', '-epochs=1', **on_backend)
    assert done.returncode == 0, done.stderr
    assert f'Keras on {backend}' in done.stdout
    scores = {}
    for name, settings in ((backend, on_backend), ('tensorflow', {})):
        done = run('tests.py', *flags, f'-json={tmp_path / name}', **settings)
        assert done.returncode == 0, done.stderr
        scores[name] = [model['metrics'] for model in json.loads((tmp_path / name).read_text())['models']]
    for theirs, tensorflows in zip(scores[backend], scores['tensorflow'], strict=True):
        assert theirs['map'] == pytest.approx(tensorflows['map'], abs=1e-3)
        assert theirs['ece'] == pytest.approx(tensorflows['ece'], abs=1e-3)
    poster = next((sample_data.data / 'images' / '100').iterdir())
    answered = run('predict.py', poster, f'-models={tmp_path}', **on_backend)
    assert answered.returncode == 0 and '%' in answered.stdout, answered.stderr
