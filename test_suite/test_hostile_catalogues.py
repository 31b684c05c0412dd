"""Catalogues that are damaged, exported by a spreadsheet, or hold what nobody expects: read, or refused in one line."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from PIL import Image
from test_formats import BASICS, MM_IMDB, RATINGS

from catalogues.formats import Reading
from core.errors import WrongCall
from core.ids import from_file, read_id
from movies_dataset import open_catalogue
from posters.adopt import adopt


@pytest.mark.parametrize('damaged', ['title.basics.tsv.gz', 'title.ratings.tsv.gz'])
def test_a_download_of_imdb_that_was_cut_is_named(tmp_path, damaged):
    for name, text in (('title.basics.tsv.gz', BASICS), ('title.ratings.tsv.gz', RATINGS)):
        (tmp_path / name).write_bytes(gzip.compress(text.encode())[: -9 if name == damaged else None])
    with pytest.raises(WrongCall, match=f'the compressed file {damaged} is damaged'):
        open_catalogue(tmp_path)


@pytest.mark.parametrize('raw', [b'\x1f\x8b', b'\x1f\x8b\x08\0\0\0\0\0\0\xff no gzip', b'\x1f\x8bxx no gzip at all'])
def test_a_damaged_table_is_refused(tmp_path, raw, run):
    (tmp_path / 'films.csv').write_bytes(raw)
    done = run('get_data.py', '-describe', f'-catalogue={tmp_path / "films.csv"}', f'-data={tmp_path}')
    assert done.returncode == 2 and done.stderr.endswith('films.csv is damaged\n') and done.stderr.count('\n') == 1


def test_imdb_tables_are_read_whatever_their_suffix_and_a_cut_row_is_counted(tmp_path):
    cut = BASICS + 'tt0000009\tmovie\tMiss Jerry'
    (tmp_path / 'title.basics.tsv').write_bytes(gzip.compress(cut.encode()))
    for path in (tmp_path, tmp_path / 'title.basics.tsv'):
        catalogue = open_catalogue(path)
        assert len(catalogue.movies) == 2 and catalogue.skipped['no genre'] == 2


def test_a_catalogue_may_be_a_pipe():
    call = [sys.executable, '-c', 'from movies_dataset import open_catalogue as o; print(len(o("/dev/stdin").movies))']
    rows = 'Id,Genre\n' + ''.join(f'{number},Drama\n' for number in range(20_000))
    done = subprocess.run(call, cwd=ROOT, input=rows, capture_output=True, text=True)
    assert done.stdout == '20000\n', done.stderr


def test_json_that_is_no_film_costs_itself_alone(tmp_path):
    for name, text in {
        '1': json.dumps(MM_IMDB | {'rating': '7.5', 'year': '1995'}),
        '2': json.dumps(MM_IMDB | {'title': 'half \ud800', 'genres': ['\udcff']}),
        '3': '[' * 100_000,
        '4': '\xff',
        '5': '{"genres": ["Drama"], "year": ' + '9' * 5000 + '}',
    }.items():
        (tmp_path / f'{name}.json').write_text(text, encoding='latin-1')
    (tmp_path / '6.json').mkdir()
    (tmp_path / '7.json').symlink_to('nowhere')
    catalogue = open_catalogue(tmp_path)
    assert [(film.title, film.year, film.score) for film in catalogue.movies] == [
        ('Toy Story', 1995, 7.5), ('half ?', 1995, 8.3)]  # fmt: skip
    assert catalogue.movies[1].genres == ('?',) and catalogue.skipped == {'no film in the JSON': 5}


def test_a_folder_of_genres_with_links_around_in_it(tmp_path):
    (tmp_path / 'Comedy' / 'deep').mkdir(parents=True)
    for name in (b'1.jpg', b'deep/2.jpg', b'\xff.jpg'):
        Path(tmp_path, 'Comedy', os.fsdecode(name)).touch()
    (tmp_path / 'Comedy' / 'deep' / 'again').symlink_to('..')
    catalogue = open_catalogue(tmp_path)
    assert len(catalogue.movies) == 3 and '?' in {film.title for film in catalogue.movies}


def test_a_folder_of_posters_that_cannot_be_read_is_counted(tmp_path):
    for genre in ('Comedy', 'lost'):
        (tmp_path / genre).mkdir()
        (tmp_path / genre / '1.jpg').touch()
    os.chmod(tmp_path / 'lost', 0)
    code = f'from movies_dataset import open_catalogue as o; print(o({str(tmp_path)!r}))'
    call = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] if os.geteuid() == 0 else []
    done = subprocess.run([*call, sys.executable, '-c', code], cwd=ROOT, capture_output=True, text=True)
    assert '1 films (rows skipped: 1 with a folder that cannot be read' in done.stdout, done.stderr


@pytest.mark.parametrize('data', ['.', 'data'])
def test_posters_do_not_become_films(tmp_path, data, run):
    """As they would the next time, in a folder of the catalogue."""
    (tmp_path / 'Comedy').mkdir()
    Image.new('RGB', (20, 30)).save(tmp_path / 'Comedy' / '1.jpg')
    done = run('get_data.py', '-download', f'-catalogue={tmp_path}', f'-data={tmp_path / data}')
    assert done.returncode == 2 and 'give a folder outside with -data=' in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ['Comedy']


def test_a_table_of_a_spreadsheet(tmp_path):
    """A byte-order mark, semicolons, decimal commas, and N/A for what is missing."""
    path = tmp_path / 'films.csv'
    path.write_text('\ufeffNr;Titel;Jahr;Wertung;Genre;Bild\r\n1;Der Pate;1972;9,2;Krimi, Drama;N/A\r\n')
    names = {'id': 'Nr', 'title': 'Titel', 'year': 'Jahr', 'score': 'Wertung', 'genres': 'Genre', 'poster': 'Bild'}
    (film,) = open_catalogue(path, how=Reading(columns=names)).movies
    assert (film.id, film.year, film.score, film.genres, film.poster_url) == (1, 1972, 9.2, ('Krimi', 'Drama'), '')


@pytest.mark.parametrize(
    ('text', 'names'),
    [
        (r'["Com\u00e9die", "Sci\/Fi"]', ('Comédie', 'Sci/Fi')),
        (r'[{"id": 1, "name": "Com\u00e9die"}, {"id": 2}]', ('Comédie',)),
        ("['Drama' 'War']", ('Drama', 'War')),
        ('["Children\'s", null]', ("Children's",)),
    ],
)
def test_lists_of_genres(tmp_path, text, names):
    path = tmp_path / 'films.csv'
    path.write_text('Id;Genre\n1;"' + text.replace('"', '""') + '"\n')
    assert open_catalogue(path).movies[0].genres == names


def test_a_missing_column_is_told_with_those_that_are_there(tmp_path):
    path = tmp_path / 'films.csv'
    path.write_text('imdbId,Title,Genre\n1,A,Drama\n')
    seen = r"no column 'IMDB Score'.*; its columns are imdbId, Title, Genre; -columns names"
    with pytest.raises(WrongCall, match=seen):
        open_catalogue(path)
    path.write_text('id,title,genre\n1,A,Drama\n')
    with pytest.raises(WrongCall, match=r'-columns=id=id,title=title,genres=genre$'):
        open_catalogue(path)


def test_ten_thousand_genres_do_not_fill_a_message(tmp_path):
    path = tmp_path / 'films.csv'
    path.write_text('Id,Genre\n' + ''.join(f'{number},Genre {number}\n' for number in range(10_000)))
    with pytest.raises(WrongCall, match=r"no genre 'Drama'.*\.\.\.$") as refused:
        open_catalogue(path).spell_genres(['Drama'])
    assert len(str(refused.value)) < 1000


def test_any_name_of_a_genre_is_plotted(tmp_path, run):
    path = tmp_path / 'films.csv'
    path.write_text('Id,Genre\n1,..|$x_$|日本語|a/b\n2,$$\n', encoding='utf-8')
    done = run('get_data.py', '-describe', f'-catalogue={path}', f'-data={tmp_path}')
    assert done.returncode == 0 and not done.stderr
    assert Image.open(tmp_path / 'describe.png').width > 500


@pytest.mark.parametrize('film_id', [7, 114709, 'x7', '1.5', '12345678901234567890', '0' * 20])
def test_the_name_of_a_poster_is_its_film(film_id):
    assert read_id(str(film_id)) == film_id == from_file(str(film_id))


def test_only_tmdb_has_numbers_of_its_own(tmp_path):
    """7.jpg is no poster of every film whose id ends in 7."""
    Image.new('RGB', (20, 30)).save(tmp_path / '7.jpg')
    films = ['blade-runner-7', 'Comedy-7']
    assert adopt(films, tmp_path / 'data', tmp_path).missing == films
    assert adopt(['tmdb-7'], tmp_path / 'data', tmp_path).made == 1
