"""The generator that the toolkit brings along: posters right after the installation."""

import json

import numpy as np
import pytest
from conftest import run_script
from PIL import Image

from dcgan.generators import SHIPPED

MADE_WITHOUT_KERAS = """
import sys
from pathlib import Path
from dcgan import generators
from dcgan.sampling import Sampler
generator = generators.of_file(Path(sys.argv[1]))
posters = next(Sampler(generator, 7, genres=['Sci-Fi'], decade=1980).batches(2))
print(posters.shape, posters.std() > 20, 'keras' in sys.modules)
"""


def test_its_card_says_what_it_is():
    card = json.loads(SHIPPED.with_suffix('.json').read_text(encoding='utf-8'))
    assert SHIPPED.stat().st_size < 8e6
    assert card['config']['holdout'] == 2 and card['evaluation']['memorization']['copies'] == 0
    assert set(card['config']['known_decades']) == {1980, 1990, 2000, 2010}


def test_a_seed_is_a_poster_and_keras_is_needed_once(tmp_path):
    """Also for other numbers of posters in a call."""
    for name, flags in {'some': ('-generate=3', '-seed=5'), 'one': ('-generate=1', '-seed=7')}.items():
        done = run_script('-m', 'dcgan', *flags, f'-out={tmp_path / name}')
        assert done.returncode == 0 and 'images' in done.stdout, done.stderr
    poster = Image.open(tmp_path / 'some' / '000007.png')
    assert poster.size == (64, 96) and np.std(poster) > 10
    assert np.asarray(poster).astype(int) == pytest.approx(
        np.asarray(Image.open(tmp_path / 'one' / '000007.png')).astype(int), abs=1
    )
    done = run_script('-c', MADE_WITHOUT_KERAS, SHIPPED)
    assert done.stdout.split('\n')[0] == '(2, 96, 64, 3) True False', done.stderr
