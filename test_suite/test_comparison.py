"""Intervals, and models beside each other: bootstrap on figures, then tests.py -compare and docs.make_results."""

import json
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import run_script
from PIL import Image

from cnn.config import TrainConfig
from cnn.evaluate import bootstrap, metrics
from cnn.evaluate.comparison import Score, difference, grouped
from cnn.model_card import ModelCard
from cnn.saved_models import SavedModel
from movies_dataset import Movie

run = partial(run_script, timeout=600)


def films(count, strength, random):
    """Labels of five genres, and what a model says that tells them apart by `strength`."""
    labels = (random.random((count, 5)) < (0.4, 0.2, 0.3, 0.25, 0.2)).astype(np.uint8)
    return labels, 1 / (1 + np.exp(-random.normal(strength * labels)))


def interval_of(labels, said):
    return bootstrap.interval(metrics.macro_map(labels, said), bootstrap.macro_maps(labels, said, 200))


def test_the_interval_covers_and_shrinks():
    """About 95 of 100 intervals hold the true figure, and four times the films give half the width."""
    random = np.random.default_rng(1)
    truth = metrics.macro_map(*films(200_000, 1.5, random))
    widths = {}
    for count in (250, 1000):
        found = [interval_of(*films(count, 1.5, random)) for _ in range(100)]
        assert sum(truth < low for low, _ in found) <= 8 and sum(truth > high for _, high in found) <= 8
        assert sum(low < truth < high for low, high in found) < 100
        widths[count] = np.mean([high - low for low, high in found])
    assert widths[1000] == pytest.approx(widths[250] / 2, rel=0.15)


def test_the_best_of_equals_is_seldom_ahead_by_more_than_chance():
    """Who picks the best of seven equal models is not fooled: in each of 300 worlds only chance tells them apart."""
    random = np.random.default_rng(1)
    fooled = {None: 0, 'all pairs': 0}
    for _ in range(300):
        observed = random.normal(size=7)
        scores = [Score(each, each + random.normal(size=500)) for each in sorted(observed, reverse=True)]
        critical = bootstrap.simultaneous([score.resampled for score in scores])
        for kind, used in ((None, None), ('all pairs', critical)):
            fooled[kind] += any(difference(scores[0], other, used).beyond_chance for other in scores[1:])
    assert fooled[None] > 100 and fooled['all pairs'] < 25
    ahead = Score(5.0, 5 + random.normal(size=500))
    assert difference(ahead, scores[-1], critical).beyond_chance


def test_two_models_have_the_interval_of_a_pair():
    random = np.random.default_rng(1)
    resampled = random.normal(size=(2, 20_000)) + np.array([[0], [9]])  # how far one is ahead is not what chance moves
    assert bootstrap.simultaneous(resampled) == pytest.approx(1.96, abs=0.03)


def test_models_of_other_years_are_not_compared():
    """Nor are those of other genres, whatever films they share."""
    movies = tuple(Movie(7 * i, 'A', 1999, None, ('Drama',), 'u') for i in range(1, 4))

    def evaluation(genres, low):
        config = TrainConfig(genres=genres, min_year=low)
        fields = {'genres': genres, 'thresholds': dict.fromkeys(genres, 0.5)}
        saved = SavedModel(Path(f'{len(genres)}_{low}.keras'), ModelCard(config, {}, fields))
        return SimpleNamespace(saved=saved, test=SimpleNamespace(movies=movies))

    sets = ('Comedy', 'Drama'), ('Comedy', 'Drama', 'War')
    found = grouped([evaluation(genres, low) for genres in sets for low in (1977, 1990, 1977)])
    assert [len(group['evaluations']) for group in found] == [2, 1, 2, 1]


def test_a_resample_draws_as_many_films():
    counts = bootstrap.draws(50)
    assert counts.shape == (bootstrap.RESAMPLES, 50) and (counts.sum(axis=1) == 50).all()
    assert (counts == 0).mean() == pytest.approx((1 - 1 / 50) ** 50, abs=0.01)
    assert (bootstrap.draws(50) == counts).all()  # the same for every model


@pytest.fixture(scope='session')
def compared(sample_data, tmp_path_factory):
    """A folder with models of ratio 30 and 20 and one of 3 genres; a test film lacks its poster at ratio 20."""
    models = tmp_path_factory.mktemp('compared')
    flags = [*sample_data.flags, f'-models={models}']
    assert run('get_data.py', '-resize', '-ratios=20', *sample_data.flags).returncode == 0
    first = min(p for p in (sample_data.data / 'images' / '20').iterdir() if int(p.stem) % 7 == 0)
    first.unlink()
    for ratios, genres in (('30,20', 7), ('20', 3)):
        done = run('__main__.py', *flags, f'-ratio={ratios}', f'-genres={genres}', '-version=1', '-epochs=1')
        assert done.returncode == 0, done.stderr
    return models


@pytest.mark.slow
def test_compare(sample_data, compared, tmp_path):
    out = tmp_path / 'scores.json'
    done = run('tests.py', '-compare', *sample_data.flags, f'-models={compared}', f'-json={out}')
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines()[2:])) <= 140
    three, seven = re.split(r'\n(?=\d genres, )', done.stdout)[1:]
    films = max(model['n_test'] for model in json.loads(out.read_text())['models'])
    assert f'{films - 1} test films that all of these models have, of up to {films}' in seven
    ranked = re.findall(r'^(\d) (genres\S+) +(0\.\d+)  +0\.\d+\.\.0\.\d+ .* s +\d+\.\d  ', seven, re.MULTILINE)
    assert [number for number, _, _ in ranked] == ['1', '2'] and ranked[0][2] >= ranked[1][2]
    (_, best, best_map), (_, second, second_map) = ranked
    gap = re.search(rf'^{best} is ahead of {second} by (\S+) \((\S+)\.\.(\S+)\): (more|may)', seven, re.MULTILINE)
    assert float(gap[1]) == pytest.approx(float(best_map) - float(second_map), abs=0.0011)
    assert float(gap[2]) <= float(gap[1]) <= float(gap[3])
    assert (gap[4] == 'more') == (float(gap[2]) > 0)
    both = re.search(r'^the two averaged: (\S+) \((\S+)\.\.(\S+)\), ([+-]\S+) to the better one', seven, re.MULTILINE)
    assert float(both[2]) < float(both[1]) < float(both[3])
    assert float(both[4]) == pytest.approx(float(both[1]) - float(best_map), abs=0.0011)
    assert re.search(r'^ +macro\n +mAP  ratio\n1 genres', seven, re.MULTILINE)  # the one setting that differs
    assert 'there is no other model of these genres' in three


@pytest.mark.slow
def test_make_results(sample_data, compared, tmp_path):
    """All is made anew but the words written by hand."""
    (tmp_path / 'findings.md').write_text('Comedies are yellow.\n')
    (tmp_path / 'results.md').write_text('of last time')
    done = run('-m', 'docs.make_results', *sample_data.flags, f'-models={compared}', f'-out={tmp_path}')
    assert done.returncode == 0, done.stderr
    text = (tmp_path / 'results.md').read_text()
    assert 'python3 -m docs.make_results' in text.split('##')[0]
    assert re.findall(r'^## (.*)$', text, re.MULTILINE) == [
        '3 genres, films of 1977 to 2017',
        '7 genres, films of 1977 to 2017',
        'Not measured',
        'Findings',
    ]
    assert text.endswith('## Findings\n\nComedies are yellow.\n')
    assert str(tmp_path) not in text and str(compared) not in text
    assert '{' not in text
    commands = text.split('## Not measured')[1].split('```')[1].splitlines()[1:]
    assert (
        'python3 __main__.py -version=1 -genres=14' in commands
        and 'python3 __main__.py -version=11 -target=year' in commands
    )
    assert not any('-version=1 -genres=7' in line or '-version=6' in line for line in commands)
    pictures = re.findall(r'\]\((pictures/.*)\)', text)
    assert len(pictures) == 2
    for picture in pictures:
        with Image.open(tmp_path / picture) as image:
            assert image.width > 1000 and np.asarray(image.convert('L')).std() > 20
    for table in re.findall(r'(?:^\|.*\n)+', text, re.MULTILINE):
        assert len({line.count('|') for line in table.splitlines()}) == 1
