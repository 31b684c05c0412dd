"""The sample: invented films, and posters that are a function of their address."""

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from conftest import ROOT

import movies_dataset
from posters.layout import poster_size
from sample import drawing

URL = 'sample:1984/Sci-Fi+Action/The%20Glass%20Orbit'
DIGEST = (
    'import sys, zlib; from sample.drawing import draw; print(*[zlib.crc32(draw(u).tobytes()) for u in sys.argv[1:]])'
)


@pytest.fixture(scope='module')
def films():
    return movies_dataset.open_catalogue(ROOT / 'MovieGenre.csv').movies


def test_the_same_address_is_the_same_pixels_in_every_process(films):
    urls = [URL, *(movie.poster_url for movie in films[::200])]
    seen = set()
    for seed in '1', '2':
        command = [sys.executable, '-c', DIGEST, *urls]
        environment = os.environ | {'PYTHONHASHSEED': seed}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        seen.add(done.stdout)
    assert len(seen) == 1
    assert len(set(seen.pop().split())) == len(urls)


def test_every_genre_and_decade_draws_a_poster():
    for genre in movies_dataset.list_genres(14):
        for year in (1977, 1984, 1995, 2003, 2016):
            image = drawing.draw(f'sample:{year}/{genre}/Captain%20Marmalade')
            assert (image.size, image.mode) == (poster_size(100), 'RGB')
            assert np.asarray(image).std() > 10


@pytest.mark.parametrize(
    'url', ['sample:', 'sample:84/Drama/A', 'sample:1984/Dramma/A', 'sample:1984/Drama/%20', 'a.jpg']
)
def test_other_addresses_are_refused(url):
    with pytest.raises(ValueError, match='not a sample poster'):
        drawing.draw(url)


def test_the_catalogue_is_what_its_maker_makes():
    command = [sys.executable, '-m', 'sample.catalogue']
    made = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    assert made == (ROOT / 'MovieGenre.csv').read_bytes()


def test_the_catalogue_has_films_for_every_genre_and_split(films):
    assert len(films) == 1400 and len({movie.title for movie in films}) == 1400
    assert {movie.year for movie in films} == set(range(1977, 2018))
    assert all(1 <= len(movie.genres) <= 3 for movie in films)
    for genre in movies_dataset.list_genres(14):
        splits = Counter(movie.split for movie in films if movie.has_genre(genre))
        assert min(splits['test'], splits['validation']) >= 5, genre
