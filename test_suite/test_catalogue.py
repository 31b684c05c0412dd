"""The catalogue: which rows become films, how they are found, and what arrays they give."""

import random
from dataclasses import replace

import numpy as np
import pytest

import movies_dataset
from catalogues.records import LAST_YEAR
from core.errors import WorkFailed, WrongCall
from movies_dataset import list_genres

HEADER = 'imdbId,Imdb Link,Title,IMDB Score,Genre,Poster\n'
ROWS = """114709,l,The Matrix (1999),8.7,Action|Sci-Fi,"http://a.org/1.jpg"
7,l,"City of Lost Children, The (1995)",,Fantasy,http://a.org/2.jpg
14,l,Amélie (2001),8.3,Comedy|Romance,"'https://a.org/3.jpg'"
15,l,The Mask (1961),5.9,Horror,http://a.org/4.jpg
16,l,The Mask (1994),6.9,Comedy,http://a.org/5.jpg
x1,l,No Id (1999),5.0,Drama,http://a.org/6.jpg
17,l,No Year,5.0,Drama,http://a.org/7.jpg
18,l,Too Early (1899),5.0,Drama,http://a.org/8.jpg
19,l,No Genre (1999),5.0,,http://a.org/9.jpg
20,l,No Poster (1999),5.0,Drama,
21,l,Odd Scheme (1999),5.0,Drama,ftp://a.org/10.jpg
14,l,Again (2001),5.0,Drama,http://a.org/11.jpg
"""


@pytest.fixture
def catalogue(tmp_path):
    path = tmp_path / 'films.csv'
    path.write_text(HEADER + ROWS, encoding='utf-8')
    return movies_dataset.open_catalogue(path, tmp_path / 'data')


def test_rows_are_kept_or_counted(catalogue):
    assert [movie.id for movie in catalogue.movies] == [114709, 7, 14, 15, 16]
    assert catalogue.skipped == {
        f'no year in 1900..{LAST_YEAR}': 2,
        'no usable URL': 2,
        'no integer id': 1,
        'no genre': 1,
        'an id seen before': 1,
    }
    amelie = catalogue.by_id[14]
    assert (amelie.title, amelie.year, amelie.score, amelie.genres) == ('Amélie', 2001, 8.3, ('Comedy', 'Romance'))
    assert amelie.poster_url == 'https://a.org/3.jpg'
    assert catalogue.by_id[7].score is None
    # a poster needs an id and an address, not a genre
    assert {imdb_id for imdb_id, _ in catalogue.list_poster_urls()} == {114709, 7, 14, 15, 16, 17, 18, 19}
    assert {imdb_id for imdb_id, _ in catalogue.list_poster_urls(1996, 1999)} == {114709, 19}


def test_a_comma_too_many_costs_one_row(tmp_path):
    path = tmp_path / 'films.csv'
    path.write_text(HEADER + '1,l,One, Two (1999),5.0,Drama,http://a.org/1.jpg\n' + ROWS)
    catalogue = movies_dataset.open_catalogue(path)
    assert len(catalogue.movies) == 5
    assert catalogue.skipped['more fields than columns'] == 1


QUOTED = '{0},l,Film {0} (1995),6,Drama,"http://a.org/{0},0,1.jpg"'
BARE = '{0},l,Film {0} (1995),6,Drama,http://a.org/{0}.jpg'
COMMA = '{0},l,"Film {0}, The (1995)",6,Drama,http://a.org/{0}.jpg'
CROCODILE = '{0},l,"Crocodile" Dundee (1986),6,Comedy,"http://a.org/{0},0,1.jpg"'
ESCAPED = '{0},l,"\\"Crocodile\\" Dundee, II (1988)",6,Comedy,http://a.org/{0}.jpg'
TWO_LINES = '{0},l,"Two\nLines (1999)",6,Drama,http://a.org/{0}.jpg'
OPEN = '{0},l,"Weird Al (1995),6,Drama,http://a.org/{0}.jpg'
CUT = '{0},l,Film {0} (1995),6,Drama,"http://a.org/{0},0,1'
RAGGED = '{0},l,Yes, No (1999),5,Drama,http://a.org/{0}.jpg'
SHORT = '{0},l,Film {0} (1995),6'
FILMS, BROKEN = (QUOTED, BARE, COMMA, CROCODILE, ESCAPED, TWO_LINES), (OPEN, CUT, RAGGED, SHORT)


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
def test_rows_never_disappear(tmp_path, end):
    """Whatever stands beside whatever, each broken row costs itself alone."""
    rng = random.Random(1)
    for round_number in range(60):
        kinds = [*rng.choices([*FILMS, *rng.sample(BROKEN, 2)], k=rng.randint(1, 40)), BARE]
        rows = [kind.format(i) for i, kind in enumerate(kinds, 1)]
        path = tmp_path / f'{round_number}.csv'
        path.write_bytes((HEADER + '\n'.join(rows)).replace('\n', end).encode())
        catalogue = movies_dataset.open_catalogue(path)
        assert [movie.id for movie in catalogue.movies] == [i for i, kind in enumerate(kinds, 1) if kind in FILMS]
        assert sum(catalogue.skipped.values()) == sum(kind in BROKEN for kind in kinds)


def test_an_open_quote_swallows_no_row_before_a_stray_one(tmp_path):
    path = tmp_path / 'films.csv'
    rows = [OPEN.format(1), BARE.format(2), '3,l,Disk of 5",6,Drama,http://a.org/3.jpg', BARE.format(4)]
    path.write_text(HEADER + '\n'.join(rows))
    assert [movie.id for movie in movies_dataset.open_catalogue(path).movies] == [2, 4]


def test_a_blank_before_a_quote(tmp_path):
    """Also in a row that lacks its last field."""
    path = tmp_path / 'films.csv'
    path.write_text('Id,Genre,Note,Other\n1, "Drama, War",x\n')
    assert movies_dataset.open_catalogue(path).movies[0].genres == ('Drama', 'War')


def test_titles_with_quotes(tmp_path):
    path = tmp_path / 'films.csv'
    rows = [kind.format(i) for i, kind in enumerate((CROCODILE, ESCAPED, TWO_LINES, CUT), 1)]
    path.write_text(HEADER + '\n'.join(rows))
    catalogue = movies_dataset.open_catalogue(path)
    titles = ['"Crocodile" Dundee (1986)', '"Crocodile" Dundee, II (1988)', 'Two Lines (1999)']
    assert [str(movie) for movie in catalogue.movies] == titles
    assert catalogue.movies[0].poster_url == 'http://a.org/1,0,1.jpg'
    assert catalogue.skipped == {'a quote that is never closed': 1}


@pytest.mark.parametrize(
    ('fields', 'genres', 'note'),
    [
        (('Action, Drama', 'Drama', 'Sci-Fi/Fantasy'), ('Action', 'Drama'), "separated by ','"),
        (('Action/Drama', 'Drama', 'N/A'), ('Action', 'Drama'), "separated by '/'"),
        (('Action; Drama', 'Drama', 'Comedy'), ('Action', 'Drama'), "separated by ';'"),
        (("['Action', 'Drama']", "['Drama']", '[]'), ('Action', 'Drama'), ''),
        (("['Action' 'Drama']", '[]', '[]'), ('Action', 'Drama'), ''),
        (("[{'id': 28, 'name': 'Action'}, {'id': 18, 'name': 'Drama'}]", '[]', '[]'), ('Action', 'Drama'), ''),
        (('Action|Drama', 'War, Peace', 'Sci-Fi/Fantasy'), ('Action', 'Drama'), ''),
        (('Sci-Fi/Fantasy', 'Action|Drama', 'Drama'), ('Sci-Fi/Fantasy',), ''),
    ],
)
def test_separators_of_genres(tmp_path, fields, genres, note):
    path = tmp_path / 'films.csv'
    rows = [f'{i},l,F (1999),6,"{field}",http://a.org/{i}.jpg\n' for i, field in enumerate(fields, 1)]
    path.write_text(HEADER + ''.join(rows))
    catalogue = movies_dataset.open_catalogue(path)
    assert catalogue.movies[0].genres == genres
    assert note in str(catalogue)


def test_one_late_film_shows_how_genres_are_separated(tmp_path):
    path = tmp_path / 'films.csv'
    genres = ['Action, Drama'] * 1500 + ['War|Peace']
    path.write_text('Id,Genre\n' + ''.join(f'{i},"{genre}"\n' for i, genre in enumerate(genres)))
    movies = movies_dataset.open_catalogue(path).movies
    assert movies[0].genres == ('Action, Drama',) and movies[-1].genres == ('War', 'Peace')


@pytest.mark.parametrize('written', ['tt0114709', '114709.0', '0114709', "'114709", '"114,709"', ' 114709 '])
def test_ways_to_write_an_id(tmp_path, written):
    path = tmp_path / 'films.csv'
    path.write_text(f'{HEADER}{written},l,A (1999),6,Drama,http://a.org/1.jpg\n')
    assert [movie.id for movie in movies_dataset.open_catalogue(path).movies] == [114709]


def test_no_film_has_an_id_beyond_64_bits_or_a_url_with_a_null_byte(tmp_path):
    path = tmp_path / 'films.csv'
    rows = ['"9,999,999,999,999,999,999",l,A (1999),6,Drama,http://a.org/1.jpg', '2,l,B (1999),6,Drama,file:/b\0.jpg']
    path.write_text(HEADER + '\n'.join([*rows, BARE.format(3)]))
    assert movies_dataset.open_catalogue(path).skipped == {'no integer id': 1, 'no usable URL': 1}


@pytest.mark.parametrize(
    ('text', 'encoding'),
    [
        ('\ufeff\ufeff' + HEADER + '1,l,A (1999),6,Drama,http://a.org/1.jpg', 'utf-8'),
        (HEADER + '1,l,A (1999),6,Drama,http://a.org/1.jpg', 'utf-16'),
        ('sep=;\n' + HEADER.replace(',', ';') + '1;l;A (1999);6;Drama;http://a.org/1.jpg', 'utf-8'),
        (HEADER.replace(',', '\t').upper() + '1\tl\tA (1999)\t6\tDrama\thttp://a.org/1.jpg', 'utf-8'),
        ('# exported\n' + HEADER + '\n1, l, A (1999), 6, Drama, "http://a.org/1.jpg",,', 'utf-8'),
        ('Year,' + HEADER + '1999,1,l,A,6,Drama,http://a.org/1.jpg', 'utf-8'),
        ('"Votes, all",Release Year,' + HEADER + '5,1999,1,l,A,6,Drama,http://a.org/1.jpg', 'utf-8'),
        ('Year,' + HEADER + '1999–2005,1,l,A,6,Drama,http://a.org/1.jpg', 'utf-8'),
        ('release_date,' + HEADER + '1999-05-01,1,l,A,6,Drama,http://a.org/1.jpg', 'utf-8'),
    ],
)
def test_files_of_other_tools(tmp_path, text, encoding):
    path = tmp_path / 'films.csv'
    path.write_bytes(text.encode(encoding))
    catalogue = movies_dataset.open_catalogue(path)
    assert [str(movie) for movie in catalogue.movies] == ['A (1999)']
    assert catalogue.movies[0].poster_url == 'http://a.org/1.jpg'


@pytest.mark.parametrize('end', [b'\n', b'\r\n', b'\r'])
def test_one_odd_byte_costs_one_title(tmp_path, end):
    path = tmp_path / 'films.csv'
    row = '{},l,{} (2001),6,Drama,http://a.org/1.jpg\n'
    raw = (HEADER + row.format(1, 'Amélie')).encode() + row.format(2, '“Café”…').encode('cp1252') + b'\x81'
    path.write_bytes(raw.replace(b'\n', end))
    catalogue = movies_dataset.open_catalogue(path)
    assert [movie.title for movie in catalogue.movies] == ['Amélie', '“Café”…']
    assert 'read as Windows-1252: 2' in str(catalogue)


def test_a_file_without_films_says_why(tmp_path):
    path = tmp_path / 'films.csv'
    path.write_text(
        HEADER + 'x1,l,A (1999),6,Drama,http://a.org/1.jpg\n2,l,B (1999),6,Drama,N/A\n3,l,C,6,Drama,http://a.org\n'
        f'4,l,D,E(1999),6,Drama,http://a.org/{"x" * 60}\n'
    )
    with pytest.raises(WrongCall) as error:
        movies_dataset.open_catalogue(path)
    for said in (
        "1 with no integer id (such as 'x1')",
        "no usable URL (such as 'N/A')",
        "(such as 'C')",
        "(such as '4,l,D,E(1999),6,Drama,http://a.org/xxx",
    ):
        assert said in str(error.value)


def test_of_two_spellings_of_a_genre_the_frequent_one_is_meant(tmp_path):
    path = tmp_path / 'films.csv'
    path.write_text(HEADER + ROWS + '22,l,A (1999),,comedy,http://a.org/1.jpg\n')
    assert movies_dataset.open_catalogue(path).resolve_genres(['comedy', 'HORROR']) == ('Comedy', 'Horror')


def test_latin_1_is_read(tmp_path):
    path = tmp_path / 'films.csv'
    path.write_bytes((HEADER + ROWS).encode('iso-8859-1'))
    assert movies_dataset.open_catalogue(path).by_id[14].title == 'Amélie'


def test_a_movie(catalogue):
    matrix = catalogue.search_movie(imdb_id=114709)
    assert str(matrix) == 'The Matrix (1999)'
    assert matrix.has_genre('Sci-Fi') and not matrix.has_genre('Drama')
    assert matrix.genres_vector(list_genres(3)).tolist() == [0, 0, 1]
    assert matrix.poster_path(60).parts[-3:] == ('images', '60', '114709.jpg')
    assert not matrix.has_poster(60)
    assert [catalogue.search_movie(imdb_id=i).split for i in (7, 14, 15, 16)] == ['test', 'test', 'validation', 'train']
    assert [replace(matrix, id=114709 + i).split for i in range(3)] == ['test', 'validation', 'train']
    with pytest.raises(AttributeError):
        matrix.year = 2000
    long = movies_dataset.Movie(1, 'Frequently Asked Questions About Time Travel', 2009, None, ('Comedy',), 'u')
    assert long.short_title() == 'Frequently Asked Questio… (2009)' and len(long.short_title()) == 32


@pytest.mark.parametrize(
    ('asked', 'found'),
    [
        ('The Matrix', 114709),
        ('the matrix', 114709),
        ('Matrix, The', 114709),
        ('The City of Lost Children', 7),
        ('AMELIE', 14),
        ('The Mask', 16),
        ('The Mask (1961)', 15),
    ],
)
def test_search_by_title(catalogue, asked, found):
    assert catalogue.search_movie(title=asked).id == found


def test_search_finds_nothing(catalogue):
    assert catalogue.search_movie(title='The Matrix Reloaded') is None
    assert catalogue.search_movie(imdb_id=1) is None


def test_lists(catalogue):
    assert [movie.id for movie in catalogue.list_movies(year=1999)] == [114709]
    assert [movie.id for movie in catalogue.list_movies(genres=['Romance', 'Horror'])] == [14, 15]
    assert [len(list_genres(n)) for n in (3, 7, 14)] == [3, 7, 14]
    assert list_genres(14)[:7] == list_genres(7)
    with pytest.raises(WrongCall, match='3, 7 or 14'):
        list_genres(8)
    with pytest.raises(WrongCall, match='did you mean Romance'):
        catalogue.resolve_genres(['Romanse'])


def test_posters_and_labels_as_arrays(sample, caplog):
    caplog.set_level('INFO', 'movie_posters')
    genres = list_genres(7)
    posters, labels = sample.load_genre_data(1977, 2017, genres, 30, 'train')
    assert posters.shape == (len(labels), 80, 55, 3) and posters.dtype == np.uint8
    assert isinstance(posters, np.memmap)
    assert labels.shape[1] == 7 and set(np.unique(labels)) == {0, 1}
    whole = sample.load_posters(1977, 2017, 30, genres)
    others = sum(not set(genres) & set(movie.genres) for movie in sample.list_movies(min_year=1977, max_year=2017))
    assert others > 1 and f'skipped {others:,} films of these years' in caplog.text
    parts = [whole.split(name) for name in movies_dataset.SPLITS]
    assert sum(len(part.movies) for part in parts) == len(whole.movies)
    for part in parts:
        for movie, row in zip(part.movies, part.labels, strict=True):
            assert movie.genres_vector(genres).tolist() == row.tolist()
    with pytest.raises(WorkFailed, match='-resize -ratios=45'):
        sample.load_genre_data(1977, 2017, genres, 45, 'train')
    with pytest.raises(WrongCall, match='validation'):
        sample.load_genre_data(1977, 2017, genres, 30, 'valid')
