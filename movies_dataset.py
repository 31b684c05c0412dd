"""The catalogue: films, their genres and splits, their posters and labels as arrays.

import movies_dataset
movies_dataset.open_catalogue('MovieGenre.csv', data='data')
movies_dataset.search_movie(title='The Glass Orbit').genres
posters, labels = movies_dataset.load_genre_data(1977, 2017, list_genres(7), 60, 'train')
"""

import functools
import hashlib
import re
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from catalogues import movie_genre
from catalogues.genres import genres_label, list_genres
from catalogues.movie_genre import FIRST_YEAR, LAST_YEAR, TITLE
from catalogues.splits import SPLITS, STANDARD, split_of
from core.cli import Flag, nearest, text
from core.errors import WorkFailed, WrongCall
from posters import pixel_store
from posters.layout import poster_path, poster_size

FLAGS = [
    Flag(
        'catalogue',
        'the catalogue; without it DATA/MovieGenre.csv if there is one, else the sample catalogue',
        None,
        text,
        'FILE',
    ),
    Flag('data', 'the folder that holds the posters', 'data', text),
]

ARTICLE_LAST = re.compile(r"^(?P<rest>.+), (?P<article>the|a|an|le|la|les|l'|el|il|der|die|das)$")


@dataclass(frozen=True)
class Movie:
    """A film of the catalogue. `score` is IMDb's, 0..10, or None; `data` the folder its poster files lie in."""

    id: int
    title: str
    year: int
    score: float | None
    genres: tuple[str, ...]
    poster_url: str
    data: Path = field(default=Path('data'), repr=False, compare=False)

    def __str__(self):
        return f'{self.title} ({self.year})'

    @property
    def split(self):
        """'train', 'validation' or 'test'; it hangs on the id alone, so that one more film moves no other."""
        return split_of(self.id)

    def short_title(self, length=32):
        """The film's name as printed, with the title cut so that the whole has at most `length` characters."""
        if len(str(self)) <= length:
            return str(self)
        return f'{self.title[: length - 8].rstrip()}… ({self.year})'

    def poster_path(self, ratio=100):
        return poster_path(self.data, self.id, ratio)

    def has_poster(self, ratio=100):
        return self.poster_path(ratio).is_file()

    def has_genre(self, genre):
        return genre in self.genres

    def genres_vector(self, genres):
        """Multi-hot uint8 of shape (len(genres),)."""
        return np.array([genre in self.genres for genre in genres], np.uint8)


@dataclass(frozen=True)
class Catalogue:
    """`movies` in the order of the file, `dropped` {reason: rows}, `digest` the SHA-256 of the file in hex.

    `posters` are (id, URL, year or None) of every row with an id and a URL, also where it makes no film: a poster can
    be got without knowing its genre. `notes` say what is peculiar about the file.
    """

    path: Path
    movies: tuple[Movie, ...]
    posters: tuple[tuple[int, str, int | None], ...]
    dropped: dict[str, int]
    digest: str
    notes: tuple[str, ...] = ()

    def __str__(self):
        left_out = ', '.join(f'{count:,} with {reason}' for reason, count in self.dropped.items())
        notes = '; '.join([f'rows left out: {left_out}'] * bool(left_out) + list(self.notes))
        return f'catalogue {self.path}: {len(self.movies):,} films' + (notes and f' ({notes})')

    @property
    def short_digest(self):
        """What a model's card tells of the catalogue it was trained on."""
        return self.digest[:12]

    @functools.cached_property
    def by_id(self):
        return {movie.id: movie for movie in self.movies}

    @functools.cached_property
    def genres(self):
        """Every genre a film has, the most frequent first."""
        return tuple(genre for genre, _ in Counter(g for m in self.movies for g in m.genres).most_common())


@dataclass(frozen=True)
class PosterSet:
    """Films with their posters, (n, height, width, 3) uint8, memory-mapped, and multi-hot labels (n, genres) uint8.

    Films stand in the order train, validation, test, and by id within each, so that a split is a slice.
    """

    movies: tuple[Movie, ...]
    posters: np.ndarray
    labels: np.ndarray
    genres: tuple[str, ...]
    ratio: int
    scheme: str = STANDARD  # how they are split

    @property
    def size(self):
        """(width, height) of the posters in pixels."""
        return self.posters.shape[2], self.posters.shape[1]

    def split(self, name):
        rows = [i for i, movie in enumerate(self.movies) if split_of(movie.id, self.scheme) == name]
        part = slice(rows[0], rows[-1] + 1) if rows else slice(0)
        return replace(self, movies=self.movies[part], posters=self.posters[part], labels=self.labels[part])


_opened = None


def open_catalogue(path=None, data='data'):
    """Read the catalogue that the functions of this module then speak of, and return it.

    Without `path` it is `data`/MovieGenre.csv if that exists, else the sample catalogue beside this file.
    Raises WrongCall where it cannot be used.
    """
    global _opened
    own = Path(data) / 'MovieGenre.csv'
    chosen = Path(path) if path else own if own.is_file() else Path(__file__).with_name('MovieGenre.csv')
    _opened = read_catalogue(chosen, Path(data))
    return _opened


def catalogue():
    """The catalogue in use; the default one is opened when none was."""
    return _opened or open_catalogue()


def read_catalogue(path, data):
    """Parse a catalogue file. Raises WrongCall for one that is missing, empty, lacks a column or holds no film."""
    try:
        raw = Path(path).read_bytes()
        rows = movie_genre.read(raw)
    except OSError as error:
        raise WrongCall(f'{path}: cannot read the catalogue: {(error.strerror or str(error)).lower()}') from None
    except movie_genre.NotACatalogue as error:
        raise WrongCall(f'{path}: {error}') from None
    if not rows.films:
        raise WrongCall(f'{path}: the catalogue holds no usable film{why(rows.left_out)}')
    movies = tuple(Movie(f.id, f.title, f.year, f.score, f.genres, f.url, data) for f in rows.films)
    posters = tuple((record.id, record.url, record.year) for record in rows.records)
    dropped = {reason: count for reason, (count, _) in rows.left_out.items()}
    return Catalogue(Path(path), movies, posters, dropped, hashlib.sha256(raw).hexdigest(), rows.notes)


def why(left_out):
    """': 12 rows with no integer id (such as 'x1')': what was left out of a file, with an example each."""
    parts = [
        f'{count:,} with {reason}' + (f' (such as {example[:60]!r}{"…" * (len(example) > 60)})' if example else '')
        for reason, (count, example) in left_out.items()
    ]
    return f'; rows left out: {", ".join(parts)}' if parts else ''


def resolve_genres(genres):
    """Genre names from 3, 7, 14 or an iterable of names in any case. Raises WrongCall naming the nearest genre."""
    if isinstance(genres, int):
        return list_genres(genres)
    chosen = spell_genres(genres)
    if len(chosen) < 2:
        raise WrongCall(f'{chosen[0]} alone: give two genres at least, films with none of them are left out')
    return chosen


def spell_genres(names):
    """Genre names in any case as the catalogue spells them. Raises WrongCall naming the nearest genre."""
    known = {genre.lower(): genre for genre in reversed(catalogue().genres)}  # the more frequent spelling wins
    for name in names:
        if name.lower() not in known:
            near = nearest(name, known.values())
            raise WrongCall(f"the catalogue knows no genre '{name}'{near}; it has {', '.join(known.values())}")
    return tuple(dict.fromkeys(known[name.lower()] for name in names))


def check_years(min_year, max_year):
    """Raise WrongCall when both are given and the first is the later."""
    if min_year and max_year and min_year > max_year:
        raise WrongCall(f'-min_year={min_year} is after -max_year={max_year}')


def list_movies(year=None, genres=None, min_year=None, max_year=None):
    """Films of the catalogue, of one `year` or of min_year..max_year, with at least one of `genres` (None: any)."""
    low, high = (year, year) if year is not None else (min_year or FIRST_YEAR, max_year or LAST_YEAR)
    return [
        movie
        for movie in catalogue().movies
        if low <= movie.year <= high and (genres is None or any(movie.has_genre(genre) for genre in genres))
    ]


def list_poster_urls(min_year=None, max_year=None):
    """(id, URL) of every poster of the catalogue; with a bound, of those whose year is known and within."""
    if min_year is None and max_year is None:
        return [(imdb_id, url) for imdb_id, url, _ in catalogue().posters]
    low, high = min_year or FIRST_YEAR, max_year or LAST_YEAR
    return [(imdb_id, url) for imdb_id, url, year in catalogue().posters if year and low <= year <= high]


def search_movie(imdb_id=None, title=None):
    """The film with that id, or with that title, else None.

    A title, with or without ' (year)', is looked for as it is written, then whatever its case and accents, then
    with its article moved ('Matrix, The'). Of several films the one with a poster is taken, then the newest.
    """
    if imdb_id is not None:
        return catalogue().by_id.get(int(imdb_id))
    named = TITLE.match(title)
    forms = [lambda text: text, fold, article_first]
    for form in forms:
        wanted = form(title)
        found = [movie for movie in catalogue().movies if form(movie.title) == wanted]
        if named and not found:
            wanted, year = form(named['title']), int(named['year'])
            found = [movie for movie in catalogue().movies if movie.year == year and form(movie.title) == wanted]
        if found:
            return max(found, key=lambda movie: (movie.has_poster(), movie.year))
    return None


def no_such_film(title):
    """What is to be said of a title that `search_movie` does not find."""
    return f'the catalogue has no such film{nearest(title, [movie.title for movie in catalogue().movies])}'


@functools.lru_cache(None)
def fold(text):
    """`text` without case and accents."""
    plain = unicodedata.normalize('NFKD', text)
    return ''.join(c for c in plain if not unicodedata.combining(c)).casefold()


@functools.lru_cache(None)
def article_first(text):
    """Folded `text` with a trailing article moved to its front."""
    text = fold(text)
    moved = ARTICLE_LAST.match(text)
    if not moved:
        return text
    article = moved['article']
    return article + moved['rest'] if article.endswith("'") else f'{article} {moved["rest"]}'


def load_posters(min_year, max_year, genres, ratio, scored=False, scheme=STANDARD):
    """Open the posters of all films of those years with at least one of `genres` (None: any) as a PosterSet.

    With `scored`, films without a score are left out and counted; `scheme` is for `split_of`. Raises WorkFailed, saying
    which command helps, where no film has a poster at `ratio`.
    """
    chosen = list_movies(genres=genres, min_year=min_year, max_year=max_year)
    if scored:
        without = sum(movie.score is None for movie in chosen)
        print(f'{without:,} films without a score are left out')
        chosen = [movie for movie in chosen if movie.score is not None]
    if not chosen:
        wanted = f'any of {", ".join(genres)}' if genres else 'a score' if scored else 'a genre'
        raise WorkFailed(f'the catalogue has no film of {min_year}..{max_year} with {wanted}')
    chosen = [movie for movie in chosen if split_of(movie.id, scheme)]
    if not chosen:
        raise WorkFailed(f'-split={scheme} has none of the films of {min_year}..{max_year}; more films are needed')
    chosen.sort(key=lambda movie: (SPLITS.index(split_of(movie.id, scheme)), movie.id))
    movies = [movie for movie in chosen if movie.has_poster(ratio)]
    data = chosen[0].data
    if len(movies) < len(chosen) and ratio != 100:
        unresized = sum(movie.has_poster(100) and not movie.has_poster(ratio) for movie in chosen)
        resize = f'python3 get_data.py -resize -ratios={ratio}{data_flag(data)}'
        if unresized and not movies:
            raise WorkFailed(f'no poster is there at ratio {ratio} yet; make them with: {resize}')
        if unresized:
            print(f'{unresized:,} posters are not there at ratio {ratio} yet: {resize}', file=sys.stderr)
    if not movies:
        raise WorkFailed(
            f'no poster of these films is in {data}/images yet; get them with: '
            f'python3 get_data.py -download -resize{data_flag(data)}'
        )
    if genres and (others := len(list_movies(min_year=min_year, max_year=max_year)) - len(chosen)):
        print(f'{others:,} films of these years have none of the genres and are left out')
    label = genres_label(genres) if genres else 'scored' if scored else 'all'
    store = data / 'pixels' / f'{min_year}_{max_year}_{label}_r{ratio}{"" if scheme == STANDARD else f"_{scheme}"}'
    files = [movie.poster_path(ratio) for movie in movies]
    posters, kept = pixel_store.open_store(files, poster_size(ratio), store)
    movies = tuple(movies[i] for i in kept)
    genres = tuple(genres or ())
    labels = np.array([movie.genres_vector(genres) for movie in movies])
    return PosterSet(movies, posters, labels, genres, ratio, scheme)


def data_flag(data):
    return '' if data == Path('data') else f' -data={data}'


def load_genre_data(min_year, max_year, genres, ratio, data_type):
    """Posters and labels of one split.

    Returns (n, height, width, 3) uint8, memory-mapped, and (n, genres) uint8. `genres` are names, or 3, 7 or 14;
    `data_type` is 'train', 'validation' or 'test'.
    """
    if data_type not in SPLITS:
        raise WrongCall(f"data_type '{data_type}': give one of {', '.join(SPLITS)}")
    part = load_posters(min_year, max_year, resolve_genres(genres), ratio).split(data_type)
    return part.posters, part.labels
