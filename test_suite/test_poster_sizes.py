"""Larger posters: URLs that carry a size, a folder of their own, reading and training from there."""

import csv
import json

import numpy as np
import pytest
from conftest import ROOT, make_catalogue, run_script
from poster_server import GOOD
from test_download import posters, read_whole, report

from posters.fetch import sizes
from posters.layout import poster_size, size_of_width
from sample import drawing

AMAZON = 'https://m.media-amazon.com/images/M/MV5BMzQ4@'
TMDB = 'https://image.tmdb.org/t/p'


@pytest.mark.parametrize(
    ('url', 'larger'),
    [
        (f'{AMAZON}._V1_UX182_CR0,0,182,268_AL_.jpg', f'{AMAZON}._V1_UX364_CR0,0,364,536_AL_.jpg'),
        (f'{AMAZON}._V1_UY268_CR3,0,182,268_AL__QL50.jpg', f'{AMAZON}._V1_UY536_CR6,0,364,536_AL__QL50.jpg'),
        (f'{AMAZON}._V1_QL75_UX380_CR0,0,380,562_.jpg', f'{AMAZON}._V1_QL75_UX364_CR0,0,364,538_.jpg'),
        (f'{AMAZON}._V1_SX300.jpg', f'{AMAZON}._V1_SX364.jpg'),
        (f'{AMAZON}._V1_FMjpg_UX1000_.jpg', f'{AMAZON}._V1_FMjpg_UX364_.jpg'),
        (f'{AMAZON}._V1_SY1000_.jpg', f'{AMAZON}._V1_SY536_.jpg'),
        (f'{AMAZON}._V1._SX40_CR0,0,40,54_.jpg', f'{AMAZON}._V1._SX364_CR0,0,364,491_.jpg'),
        (f'{AMAZON}._V1_Ratio0.6837_AL_.jpg', f'{AMAZON}._V1_UX364_Ratio0.6837_AL_.jpg'),
        (f'{AMAZON}._V1_.jpg', f'{AMAZON}._V1_UX364_.jpg'),
        (f'{AMAZON}.jpg', f'{AMAZON}._V1_UX364_.jpg'),
        (f'{TMDB}/w185/a-B_1.jpg', f'{TMDB}/w500/a-B_1.jpg'),
        (f'{TMDB}/w600_and_h900_bestv2/a.jpg', f'{TMDB}/w500/a.jpg'),
        (f'{TMDB}/original/a.jpg', f'{TMDB}/w500/a.jpg'),
        ('https://example.org/w185/a._V2_SX300.jpg', 'https://example.org/w185/a._V2_SX300.jpg'),
        ('sample:1984/Drama/A', 'sample:1984/Drama/A'),
    ],
)
def test_urls_that_carry_a_size_are_rewritten(url, larger):
    assert sizes.with_width(url, 364) == larger


def test_the_smallest_size_of_tmdb_that_suffices_is_taken():
    assert [sizes.tmdb_size(width) for width in (182, 185, 342, 343, 2000)] == [
        'w185', 'w185', 'w342', 'w500', 'original',
    ]  # fmt: skip


def test_larger_posters_have_a_folder_and_a_report_of_their_own(server, run, tmp_path):
    path = 'large/images/M/MV5B@._V1_UX182_CR0,0,182,268_AL_.jpg'
    own, broken = tmp_path / 'own.jpg', tmp_path / 'broken.jpg'
    own.write_bytes(GOOD)
    broken.write_bytes(b'no image')
    urls = {1: server.url(path), 2: 'sample:1984/Drama/Two', 3: own.as_uri(), 4: broken.as_uri()}
    flags = f'-catalogue={make_catalogue(tmp_path / "films.csv", urls)}', f'-data={tmp_path}'
    done = run('get_data.py', '-download', '-poster_width=342', *flags)
    assert done.returncode == 0, done.stderr
    assert [*server.counts()] == ['large/images/M/MV5B@._V1_UX342_CR0,0,342,504_AL_.jpg']
    assert {read_whole(tmp_path / 'images' / 'w342' / f'{imdb_id}.jpg') for imdb_id in (1, 2, 3)} == {(342, 504)}
    assert not (tmp_path / 'images' / '100').exists() and not (tmp_path / 'download_report.csv').exists()
    again = run('get_data.py', '-download', '-poster_width=342', *flags)
    assert '3 were already there' in again.stdout and 'not requested again: 1 ' in again.stdout
    run('get_data.py', '-download', *flags)
    assert set(posters(tmp_path)) == {1, 2, 3}
    assert {row.status for row in report(tmp_path).values()} == {'obtained', 'failed'}


def test_sample_posters_have_more_detail_where_they_are_larger():
    url = 'sample:1984/Sci-Fi+Action/The%20Glass%20Orbit'
    size = poster_size(size_of_width(342))
    large, enlarged = (
        np.asarray(image.convert('L'), int) for image in (drawing.draw(url, size), drawing.draw(url).resize(size))
    )
    assert large.shape == (504, 342)
    assert abs(large - enlarged).mean() < 12  # the same picture,
    assert abs(np.diff(large)).mean() > 1.3 * abs(np.diff(enlarged)).mean()  # and sharper


@pytest.fixture(scope='module')
def wide(tmp_path_factory):
    """A folder with the posters of 60 sample films, 200 pixels wide, and the flags that point a script at it."""
    folder = tmp_path_factory.mktemp('wide')
    lines = (ROOT / 'MovieGenre.csv').read_text(encoding='utf-8').splitlines(keepends=True)
    (folder / 'MovieGenre.csv').write_text(''.join(lines[:61]), encoding='utf-8')
    done = run_script('get_data.py', '-download', '-poster_width=200', f'-data={folder}')
    assert done.returncode == 0, done.stderr
    return folder


def test_larger_posters_are_read(wide, run):
    done = run('get_data.py', '-read', '-poster_width=200', f'-data={wide}')
    assert done.returncode == 0, done.stderr
    with open(wide / 'words_w200.csv', encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60 and sum(bool(row['Words']) for row in rows) > 50
    missing = run('get_data.py', '-read', '-poster_width=300', f'-data={wide}')
    assert missing.returncode == 1
    assert f'get them with: python3 get_data.py -download -poster_width=300 -data={wide}\n' in missing.stderr


@pytest.mark.slow
def test_a_model_of_larger_posters_is_trained_evaluated_and_used(wide, run, tmp_path):
    flags = f'-data={wide}', f'-models={tmp_path}'
    done = run('__main__.py', '-version=1', '-epochs=1', '-poster_width=200', *flags)
    assert done.returncode == 0, done.stderr
    card = tmp_path / 'genres_1977_2017_g7_w200_e1_v1.json'
    assert json.loads(card.read_text(encoding='utf-8'))['config']['ratio'] == 'w200'
    assert run('tests.py', *flags).returncode == 0
    poster = next((wide / 'images' / 'w200').glob('*.jpg'))
    assert run('predict.py', f'-models={tmp_path}', poster).returncode == 0
    card.write_text(card.read_text(encoding='utf-8').replace('"w200"', '"wide"'), encoding='utf-8')
    assert 'this is no model card' in run('tests.py', *flags).stderr


def test_a_size_is_a_ratio_or_a_width(run):
    done = run('__main__.py', '-ratio=50', '-poster_width=342')
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    done = run('get_data.py', '-resize', '-poster_width=342')
    assert (done.returncode, done.stderr) == (2, 'get_data.py: -poster_width is for -download and -read\n')
