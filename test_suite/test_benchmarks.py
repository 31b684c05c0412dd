"""The benchmarks' processes run; what they measure is not looked at."""

import numpy as np
import pytest
from conftest import run_script

from benchmarks import backbone, gan_steps, train_steps

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    'module, way, steps',
    [
        *(('train_steps', way, ['1']) for way in train_steps.WAYS),
        *(('backbone', way, []) for way in backbone.WAYS),
        *(('gan_steps', way, ['1']) for way in gan_steps.WAYS),
    ],
)
def test_each_way_is_measured(module, way, steps, tmp_path):
    np.save(tmp_path / 'pixels.npy', np.zeros((96, 27, 18, 3), np.uint8))
    done = run_script('-m', f'benchmarks.{module}', way, tmp_path, *steps, timeout=300)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) > 0
