"""Catalogues in each format, as their publishers document them: recognized, read, and trained on."""

import csv
import gzip
import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from catalogues.formats import FORMATS, Reading
from core.errors import WrongCall
from core.ids import make_id, read_id, split_number
from movies_dataset import open_catalogue

TABLES = Path(__file__).with_name('fixtures') / 'catalogues'
BASICS = """tconst	titleType	primaryTitle	originalTitle	isAdult	startYear	endYear	runtimeMinutes	genres
tt0000001	short	Carmencita	Carmencita	0	1894	\\N	1	Documentary,Short
tt0114709	movie	Toy Story	Toy Story	0	1995	\\N	81	Adventure,Animation,Comedy
tt0059325	movie	"Giulietta" degli spiriti	Giulietta	0	\\N	\\N	137	Drama
tt0000502	movie	Bohemios	Bohemios	0	1905	\\N	100	\\N
"""
RATINGS = 'tconst\taverageRating\tnumVotes\ntt0114709\t8.3\t1000000\ntt0000001\t5.7\t2000\n'
CHU_GUO = """Id,Genre,Action,Adventure,Drama
tt0086425,"['Comedy', 'Drama']",0,0,1
tt0085549,"['Drama', 'Romance', 'Music']",0,0,1
tt0086465,"[]",0,0,0
"""
MM_IMDB = {'title': 'Toy Story', 'year': 1995, 'rating': 8.3, 'genres': ['Animation', 'Comedy'],
           'cover url': 'http://ia.media-imdb.com/images/M/a._V1._SY200_.jpg', 'kind': 'movie'}  # fmt: skip
OWN = 'Key;Name;Released;Tags;Image;Stars\nblade-runner;Blade Runner;1982-06-25;Sci-Fi, Drama;art/br.png;8.1\n'
COLUMNS = {'id': 'Key', 'title': 'Name', 'year': 'Released', 'genres': 'Tags', 'poster': 'Image', 'score': 'Stars'}


def facts(movie):
    return movie.id, movie.title, movie.year, movie.score, movie.genres, movie.poster_url


def test_tmdb():
    """IMDb's id where there is one; a path that could leave TMDB's images is none; a torn row is one row."""
    catalogue = open_catalogue(TABLES / 'movies_metadata.csv')
    toys, untitled = catalogue.movies
    url = 'https://image.tmdb.org/t/p/w185/rhIRbceoE9lR4veEXuwCC2wARtG.jpg'
    assert facts(toys) == (114709, 'Toy Story', 1995, 7.7, ('Animation', 'Comedy'), url)
    assert facts(untitled) == ('tmdb-4711', 'Kein Titel', None, 0.0, ('Drama',), '')
    assert catalogue.skipped == {'no usable id': 1}
    (avatar,) = open_catalogue(TABLES / 'tmdb_5000_movies.csv').movies
    assert facts(avatar) == ('tmdb-19995', 'Avatar', 2009, 7.2, ('Action', 'Science Fiction'), '')


@pytest.mark.parametrize('zipped', [False, True])
def test_imdb(tmp_path, zipped):
    """Films alone, with their ratings; given as the folder or as the file; compressed as they are published."""
    for name, text in (('title.basics.tsv', BASICS), ('title.ratings.tsv', RATINGS)):
        raw = text.encode()
        (tmp_path / f'{name}{".gz" * zipped}').write_bytes(gzip.compress(raw) if zipped else raw)
    for path in (tmp_path, next(tmp_path.glob('title.basics*'))):
        catalogue = open_catalogue(path)
        toys, juliet = catalogue.movies
        assert facts(toys) == (114709, 'Toy Story', 1995, 8.3, ('Adventure', 'Animation', 'Comedy'), '')
        assert facts(juliet) == (59325, '"Giulietta" degli spiriti', None, None, ('Drama',), '')
        assert catalogue.skipped == {'a titleType that is not movie or tvMovie': 1, 'no genre': 1}
    next(tmp_path.glob('title.ratings*')).unlink()
    catalogue = open_catalogue(tmp_path)
    assert catalogue.movies[0].score is None and 'no scores' in str(catalogue)


def test_id_and_genre(tmp_path):
    (tmp_path / 'train.csv').write_text(CHU_GUO)
    catalogue = open_catalogue(tmp_path / 'train.csv')
    assert [facts(movie) for movie in catalogue.movies] == [
        (86425, '86425', None, None, ('Comedy', 'Drama'), ''),
        (85549, '85549', None, None, ('Drama', 'Romance', 'Music'), ''),
    ]
    assert catalogue.skipped == {'no genre': 1} and 'no film has a year' in str(catalogue)
    with pytest.raises(WrongCall, match=r'give a table in it, such as .*train\.csv'):
        open_catalogue(tmp_path)


def test_a_bound_of_years_is_refused_where_no_film_has_one(tmp_path, run):
    (tmp_path / 'train.csv').write_text(CHU_GUO)
    for command in (('get_data.py', '-resize'), ('__main__.py',), ('prepare_dcgan_dataset.py',)):
        done = run(*command, '-min_year=1990', f'-catalogue={tmp_path / "train.csv"}', f'-data={tmp_path}')
        assert done.returncode == 2 and 'no film of the catalogue has a year' in done.stderr, done.stderr


def test_mm_imdb(tmp_path):
    """The poster beside the JSON, or else the URL in it; a file that is no film is counted."""
    folder = tmp_path / 'dataset'
    folder.mkdir()
    (folder / '0114709.json').write_text(json.dumps(MM_IMDB))
    (folder / '0086425.json').write_text(json.dumps(MM_IMDB | {'title': 'Terms', 'rating': None}))
    (folder / '0086425.jpeg').touch()
    (folder / '0000005.json').write_text('["no film"]')
    (tmp_path / 'split.json').write_text('{"train": []}')
    catalogue = open_catalogue(tmp_path)
    terms, toys = catalogue.movies
    genres = 'Animation', 'Comedy'
    assert facts(toys) == (114709, 'Toy Story', 1995, 8.3, genres, MM_IMDB['cover url'])
    assert facts(terms) == (86425, 'Terms', 1995, None, genres, (folder / '0086425.jpeg').as_uri())
    assert catalogue.skipped == {'no film in the JSON': 1}


def test_a_folder_per_genre(tmp_path):
    """A film's id depends on its own path alone; IMDb's ids unite the genres of a film."""
    for name in ('Comedy/1.jpg', 'Drama/1.jpg', 'Drama/deep/Some_Film (1999).png', 'Comedy/tt0114709.jpg',
                 'Drama/tt0114709.jpg', 'Drama/notes.txt', 'Drama/._1.jpg', '.hidden/1.jpg'):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    films = open_catalogue(tmp_path).by_id
    some = make_id('Drama-deep-Some_Film (1999)')
    assert set(films) == {'Comedy-1', 'Drama-1', some, 114709}
    assert films[114709].genres == ('Comedy', 'Drama') and films['Comedy-1'].genres == ('Comedy',)
    assert str(films[some]) == 'Some Film (1999)' and films[some].poster_url.startswith('file:///')


def test_columns_of_any_table(tmp_path):
    path = tmp_path / 'films.txt'
    path.write_text(OWN)
    (film,) = open_catalogue(path, how=Reading(columns=COLUMNS)).movies
    image = (tmp_path / 'art' / 'br.png').as_uri()
    assert facts(film) == ('blade-runner', 'Blade Runner', 1982, 8.1, ('Sci-Fi', 'Drama'), image)
    path.write_text(OWN.replace(';', '|').replace('art/br.png', '/br.png'))
    (film,) = open_catalogue(path, how=Reading(columns=COLUMNS, separator='|')).movies
    assert film.genres == ('Sci-Fi', 'Drama') and film.poster_url == 'https://image.tmdb.org/t/p/w185/br.png'
    with pytest.raises(WrongCall, match="no column 'Label'"):
        open_catalogue(path, how=Reading(columns=COLUMNS | {'genres': 'Label'}, separator='|'))


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        (OWN.replace('Tags', 'Label'), ['its columns are Key, Name, Released, Label, Image, Stars', 'mm-imdb',
               '-columns=id=Key,title=Name,year=Released,score=Stars,genres=Label,poster=Image']),
        ('a,b\n1,2\n', ['its columns are a, b', '-columns=id=COLUMN']),
        ('\x7fELF\0\0', ['its first line is no text']),
    ],
)  # fmt: skip
def test_an_unknown_format_says_what_was_seen_and_what_to_try(tmp_path, text, words, run):
    path = tmp_path / 'films.csv'
    path.write_text(text)
    done = run('get_data.py', '-describe', f'-catalogue={path}')
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr


@pytest.mark.parametrize(
    ('flags', 'words'),
    [
        (('-columns=title=Name',), 'id is needed'),
        (('-columns=id=Name,genre=Tags',), "there is no field 'genre'; fields are id, title"),
        (('-format=imbd',), 'did you mean imdb?'),
        (('-format=folders',), 'needs a folder'),
        (('-format=columns',), '-columns=id='),
        (('-format=tmdb', '-columns=id=imdbId'), '-format=tmdb has columns of its own'),
        (('-catalogue=catalogues', '-columns=id=imdbId'), 'are for a table, and this is a folder'),
        (('-format=tmdb',), "no column 'id', 'release_date', 'vote_average', 'genres'"),
        (('-separator=::',), 'give one character'),
        (('-catalogue=catalogues',), 'this folder is no catalogue'),
        (('-images=nowhere',), 'there is no such folder'),
    ],
)
def test_wrong_ways_to_read(flags, words, run):
    done = run('get_data.py', '-describe', '-catalogue=MovieGenre.csv', *flags)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and words in done.stderr, done.stderr


@pytest.mark.parametrize('text', ['../up', 'a/b', '.hidden', 'nul', 'COM1.x', '', 'a b', 'dot.', 'x' * 101, 'ö'])
def test_no_id_is_a_path_or_a_name_that_a_system_refuses(text):
    assert read_id(text) is None
    made = make_id(text)
    assert read_id(made) == made == make_id(text) and made != make_id(f'{text}!')


def test_ids_decide_the_split_for_ever():
    """Whole numbers by `id % 7`, texts by a hash; written down here since a trained model depends on it."""
    assert [split_number(each) % 7 for each in (114709, 14, 'blade-runner', 'tmdb-862', 'Comedy-1')] == [0, 0, 4, 1, 2]


def test_ids_that_would_be_one_file_are_one_film(tmp_path):
    path = tmp_path / 'films.csv'
    path.write_text('Id,Genre\nAbc,Drama\naBC,Drama\n007,Drama\n7,Drama\n')
    catalogue = open_catalogue(path)
    assert [movie.id for movie in catalogue.movies] == ['Abc', 7] and catalogue.skipped == {'an id seen before': 2}


def test_images_of_a_folder_are_linked_and_what_does_not_go_together_is_named(tmp_path, run, sample):
    folder, data = tmp_path / 'mine', tmp_path / 'data'
    folder.mkdir()
    poster = sample.movies[0].poster_path()
    shutil.copy(poster, folder / 'tt0000011.jpg')
    Image.open(poster).resize((364, 536)).save(folder / '0000012.png')
    shutil.copy(poster, folder / '99.jpg')
    (folder / '13.jpg').write_bytes(b'no image')
    catalogue = tmp_path / 'films.csv'
    catalogue.write_text('Id,Genre\n' + ''.join(f'{number},Drama|War\n' for number in (11, 12, 13, 14)))
    done = run('get_data.py', f'-images={folder}', '-describe', f'-catalogue={catalogue}', f'-data={data}')
    assert 'images of 3 films' in done.stdout and '2 posters were made' in done.stdout, done.stdout
    assert re.search(r'\n1 images of no film: \S*99.jpg\n', done.stdout)
    assert '\n1 films without an image: 14\n' in done.stdout
    assert '13.jpg: no image; skipped' in done.stderr and done.returncode == 1
    made = data / 'images' / '100'
    assert (made / '11.jpg').samefile(folder / 'tt0000011.jpg')
    assert Image.open(made / '12.jpg').size == (182, 268)


# -- from -describe to a trained model


def as_movie_genre(folder, movies):
    rows = [(m.id, '', str(m), m.score, '|'.join(m.genres), m.poster_path().as_uri()) for m in movies]
    write_table(folder / 'films.csv', ['imdbId', 'Imdb Link', 'Title', 'IMDB Score', 'Genre', 'Poster'], rows)
    return [f'-catalogue={folder / "films.csv"}', '-download']


def as_tmdb(folder, movies):
    rows = [
        (m.id, f'tt{m.id:07d}', m.title, str([{'id': 1, 'name': g} for g in m.genres]), f'{m.year}-01-01', 6, '/a.jpg')
        for m in movies
    ]
    header = ['id', 'imdb_id', 'title', 'genres', 'release_date', 'vote_average', 'poster_path']
    write_table(folder / 'movies_metadata.csv', header, rows)
    return [f'-catalogue={folder / "movies_metadata.csv"}', f'-images={copy_posters(folder, movies)}']


def as_tmdb_5000(folder, movies):
    rows = [(m.id, m.title, json.dumps([{'name': g} for g in m.genres]), f'{m.year}-01-01', 6) for m in movies]
    write_table(folder / 'films.csv', ['id', 'title', 'genres', 'release_date', 'vote_average'], rows)
    return [f'-catalogue={folder / "films.csv"}', f'-images={copy_posters(folder, movies)}']


def as_imdb(folder, movies):
    rows = [
        ('\t'.join((f'tt{m.id:07d}', 'movie', m.title, m.title, '0', str(m.year), r'\N', '90', ','.join(m.genres))))
        for m in movies
    ]
    (folder / 'title.basics.tsv').write_text('\n'.join([BASICS.splitlines()[0], *rows]))
    return [f'-catalogue={folder}', f'-images={copy_posters(folder, movies, "tt{:07d}")}']


def as_id_genre(folder, movies):
    write_table(folder / 'train.csv', ['Id', 'Genre', 'Drama'], [(m.id, str(list(m.genres)), 0) for m in movies])
    return [f'-catalogue={folder / "train.csv"}', f'-images={copy_posters(folder, movies)}']


def as_mm_imdb(folder, movies):
    for movie in movies:
        film = {'title': movie.title, 'year': movie.year, 'genres': movie.genres, 'rating': movie.score}
        (folder / f'{movie.id:07d}.json').write_text(json.dumps(film))
        shutil.copy(movie.poster_path(), folder / f'{movie.id:07d}.jpeg')
    return [f'-catalogue={folder}', '-download']


def as_folders(folder, movies):
    for movie in movies:
        genre = 'Comedy' if 'Comedy' in movie.genres else 'Other'
        (folder / genre).mkdir(exist_ok=True)
        shutil.copy(movie.poster_path(), folder / genre / f'{movie.id}.jpg')
    return [f'-catalogue={folder}', '-download']


def as_columns(folder, movies):
    copy_posters(folder, movies)
    rows = [(f'film-{m.id}', m.title, ', '.join(m.genres), f'images/{m.id}.jpg') for m in movies]
    write_table(folder / 'own.csv', ['Key', 'Name', 'Tags', 'File'], rows)
    return [f'-catalogue={folder / "own.csv"}', '-columns=id=Key,title=Name,genres=Tags,poster=File', '-download']


WRITERS = {'movie-genre': as_movie_genre, 'tmdb': as_tmdb, 'tmdb-5000': as_tmdb_5000, 'imdb': as_imdb,
           'id-genre': as_id_genre, 'mm-imdb': as_mm_imdb, 'folders': as_folders, 'columns': as_columns}  # fmt: skip


def write_table(path, header, rows):
    with open(path, 'w', encoding='utf-8', newline='') as file:
        csv.writer(file).writerows([header, *rows])


def copy_posters(folder, movies, name='{}'):
    (folder / 'images').mkdir()
    for movie in movies:
        shutil.copy(movie.poster_path(), folder / 'images' / f'{name.format(movie.id)}.jpg')
    return folder / 'images'


@pytest.mark.slow
@pytest.mark.parametrize('name', WRITERS)
def test_from_a_format_to_a_trained_model(name, tmp_path, run, sample):
    assert set(FORMATS) <= set(WRITERS)
    folder, data = tmp_path / 'catalogue', f'-data={tmp_path / "data"}'
    folder.mkdir()
    reading = WRITERS[name](folder, sample.movies)
    done = run('get_data.py', *reading, '-resize', '-ratios=30', '-describe', data)
    assert done.returncode == 0, done.stderr
    assert 'films: 210' in done.stdout and 'posters: 210 films have theirs' in done.stdout
    reading = [flag for flag in reading if not flag.startswith(('-images', '-download'))]
    genres = 'Comedy,Other' if name == 'folders' else 'Comedy,Drama'
    models = f'-models={tmp_path / "models"}'
    trained = run('__main__.py', *reading, data, models, '-version=1', '-ratio=30', f'-genres={genres}', '-epochs=1')
    assert trained.returncode == 0, trained.stderr
    (card,) = (tmp_path / 'models').glob('*_v1.json')
    assert sum(json.loads(card.read_text())['films'].values()) > 100
