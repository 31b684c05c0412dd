"""The dataset: a catalogue of films, their genres and splits, their posters and labels as arrays.

>>> from movies_dataset import open_catalogue
>>> catalogue = open_catalogue('MovieGenre.csv', data='data')
>>> print(catalogue.search_movie(title='Cloud Hedgehog, The'))
The Cloud Hedgehog (1994)
>>> catalogue.search_movie(title='the cloud hedgehog').genres
('Animation', 'Adventure')
"""

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from catalogues import formats, kaggle
from catalogues.genres import ALL, LEAST_FILMS, genres_label, list_genres
from catalogues.records import FIRST_YEAR, LAST_YEAR, TITLE, NotACatalogue, Record, without_collector
from catalogues.splits import SPLITS, STANDARD, leaks, split_of
from catalogues.titles import article_first, fold
from core import ids, parallel, storage
from core.cli import nearest
from core.errors import WorkFailed, WrongCall
from core.log import log
from core.version import VERSION as __version__
from posters import duplicates, pixel_store
from posters.layout import Size, poster_path, poster_size, size_name

SHOWN = 40  # genres in a message


__all__ = ['SPLITS', 'Catalogue', 'Movie', 'PosterSet', '__version__', 'list_genres', 'open_catalogue', 'split_of']


@dataclass(frozen=True, slots=True)
class Movie:
    """A film of the catalogue. `id` is IMDb's number in most catalogues, else a text that can be the name of a file.

    `year` may be None, `score`, 0..10, too, `genres` empty, and `poster_url` ''. `data` is the folder of its poster
    files. `extra` has the fields of the catalogue's other columns, {column: text}.
    """

    id: int | str
    title: str
    year: int | None
    score: float | None
    genres: tuple[str, ...]
    poster_url: str
    data: Path = field(default=Path('data'), repr=False, compare=False)
    extra: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __str__(self):
        return f'{self.title} ({self.year})' if self.year else self.title

    @property
    def split(self):
        """'train', 'validation' or 'test'; it depends on the id alone, so that one more film moves no other."""
        return split_of(self.id)

    def short_title(self, length=32):
        """The film's name as printed, with the title cut so that the whole has at most `length` characters."""
        if len(str(self)) <= length:
            return str(self)
        year = f' ({self.year})' if self.year else ''
        return f'{self.title[: length - len(year) - 1].rstrip()}…{year}'

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
class PosterSet:
    """Films with their posters, (n, height, width, 3) uint8, memory-mapped, and multi-hot labels (n, genres) uint8.

    Films are in the order train, validation, test, and by id within each, so that a split is a slice.
    """

    movies: tuple[Movie, ...]
    posters: np.ndarray
    labels: np.ndarray
    genres: tuple[str, ...]
    ratio: Size
    scheme: str = STANDARD  # how they are split

    @property
    def size(self):
        """(width, height) of the posters in pixels."""
        return self.posters.shape[2], self.posters.shape[1]

    def keys(self):
        return poster_keys(self.movies, self.ratio)

    def take(self, rows):
        """Posters of those rows, as an array; on a cluster as files, which its workers decode."""
        if not parallel.is_on_cluster():
            return self.posters[rows]
        paths = [storage.absolute(self.movies[row].poster_path(self.ratio)) for row in rows]
        return pixel_store.Files(paths, self.size)

    def split(self, name):
        rows = [i for i, movie in enumerate(self.movies) if split_of(movie.id, self.scheme) == name]
        part = slice(rows[0], rows[-1] + 1) if rows else slice(0)
        return replace(self, movies=self.movies[part], posters=self.posters[part], labels=self.labels[part])


@dataclass(frozen=True)
class Catalogue:
    """`movies` in the order of the file, `skipped` {reason: rows}, `digest` the SHA-256 of the file in hex.

    `records` are all rows with an id, also where they make no film: a poster can be got without knowing its genre.
    `notes` say what is peculiar about the file.
    """

    path: Path
    movies: tuple[Movie, ...]
    records: tuple[Record, ...]
    skipped: dict[str, int]
    digest: str
    notes: tuple[str, ...] = ()

    def __str__(self):
        skipped = ', '.join(f'{count:,} with {reason}' for reason, count in self.skipped.items())
        undated = ['no film has a year'] * (not self.has_years)
        notes = '; '.join([f'rows skipped: {skipped}'] * bool(skipped) + [*self.notes, *undated])
        return f'catalogue {self.path}: {len(self.movies):,} films' + (notes and f' ({notes})')

    @property
    def short_digest(self):
        """How a model card identifies the catalogue that its model was trained on."""
        return self.digest[:12]

    @functools.cached_property
    def by_id(self):
        return {movie.id: movie for movie in self.movies}

    @functools.cached_property
    def genre_counts(self):
        """{genre: films}, the most frequent first."""
        return dict(Counter(genre for movie in self.movies for genre in movie.genres).most_common())

    @property
    def genres(self):
        """Every genre a film has, the most frequent first."""
        return tuple(self.genre_counts)

    def resolve_genres(self, genres: int | str | Iterable[str]) -> tuple[str, ...]:
        """Genre names from 3, 7, 14, 'all', those with at least 30 films, or names in any case.

        Raises WrongCall, for an unknown name with the nearest genre.
        """
        if isinstance(genres, int):
            return list_genres(genres)
        if genres == ALL:
            genres = [genre for genre, films in self.genre_counts.items() if films >= LEAST_FILMS]
            if len(genres) < 2:
                raise WrongCall(f'-genres={ALL}: fewer than two genres of the catalogue have {LEAST_FILMS} films')
        chosen = self.spell_genres(genres)
        if len(chosen) < 2:
            raise WrongCall(f'{chosen[0]} alone: give two genres at least, films with none of them are skipped')
        return chosen

    def spell_genres(self, names: Iterable[str]) -> tuple[str, ...]:
        """Genre names in any case as the catalogue spells them. Raises WrongCall naming the nearest genre."""
        known = {genre.lower(): genre for genre in reversed(self.genres)}  # the more frequent spelling wins
        names = list(names)
        for name in names:
            if name.lower() not in known:
                near = nearest(name, known.values())
                some = ', '.join(list(known.values())[:SHOWN]) + ', ...' * (len(known) > SHOWN)
                raise WrongCall(f"the catalogue knows no genre '{name}'{near}; it has {some or 'none'}")
        return tuple(dict.fromkeys(known[name.lower()] for name in names))

    def list_movies(self, year=None, genres=None, min_year=None, max_year=None) -> list[Movie]:
        """Films of one `year` or of min_year..max_year, with at least one of `genres` (None: any)."""
        within = self._within((year, year) if year is not None else (min_year, max_year))
        return [
            movie
            for movie in self.movies
            if within(movie.year) and (genres is None or any(movie.has_genre(genre) for genre in genres))
        ]

    def list_poster_urls(self, min_year=None, max_year=None) -> list[tuple[int | str, str]]:
        """(id, URL) of every row; with a bound, of those whose year is within. A URL is '' where there is none."""
        within = self._within((min_year, max_year))
        return [(record.id, record.url) for record in self.records if within(record.year)]

    @functools.cached_property
    def has_years(self):
        """Whether any film has a year. Where none has, bounds of years leave no film out."""
        return any(movie.year for movie in self.movies)

    def check_years(self, *bounds):
        """Raise WrongCall where a bound of years is given and no film has a year."""
        if any(bounds) and not self.has_years:
            raise WrongCall('-min_year and -max_year: no film of the catalogue has a year')

    def _within(self, bounds):
        """A function that says whether a year, or None, is within (first, last), either of which may be None."""
        if bounds == (None, None) or not self.has_years:
            return lambda year: True
        low, high = bounds[0] or FIRST_YEAR, bounds[1] or LAST_YEAR
        return lambda year: year is not None and low <= year <= high

    def list_duplicates(self, ratio: Size = 100) -> list[list[Movie]]:
        """The films with a poster at `ratio` that share it with others: a list for each image, by perceptual hash."""
        return _share_poster(with_posters(self.movies, ratio), ratio)

    def search_movie(self, imdb_id=None, title: str = '') -> Movie | None:
        """The film with that id, or with that title, else None.

        A title, with or without ' (year)', is matched as it is written, then without case and accents, then with its
        article moved ('Matrix, The'). Of several films the one with a poster is taken, then the newest.
        """
        if imdb_id is not None:
            return self.by_id.get(ids.read_id(str(imdb_id)))
        named = TITLE.match(title)
        for form in (str, fold, article_first):
            wanted = form(title)
            matches = [movie for movie in self.movies if form(movie.title) == wanted]
            if named and not matches:
                wanted, year = form(named['title']), int(named['year'])
                matches = [movie for movie in self.movies if movie.year == year and form(movie.title) == wanted]
            if matches:
                return max(matches, key=lambda movie: (movie.has_poster(), movie.year or 0))
        return None

    def no_such_film(self, title: str) -> str:
        """The message for a title that `search_movie` does not find."""
        return f'the catalogue has no such film{nearest(title, [movie.title for movie in self.movies])}'

    def load_posters(
        self,
        min_year: int,
        max_year: int,
        ratio: Size,
        genres: tuple[str, ...] = (),
        scheme: str = STANDARD,
        has_label: Callable[[Movie], bool] | None = None,
        missing: str = '',
        name: str = 'all',
    ) -> PosterSet:
        """Open the posters of the films of those years with at least one of `genres` (empty: any) as a PosterSet.

        `ratio` is a size of posters.layout: a percentage of 182x268, or a width, 'w342'.
        Training films whose poster is also that of a validation or test film are left out and counted. Films for which
        `has_label` is False are skipped and counted; they lack what `missing` says. `scheme` is for
        `split_of`; `name` is that of the selection, for the folder of the pixel store. Raises WorkFailed, saying which
        command helps, where no film has a poster at `ratio`.
        """
        chosen = self.list_movies(genres=genres or None, min_year=min_year, max_year=max_year)
        if self.has_years and (unknown := sum(movie.year is None for movie in self.movies)):
            log.info(f'skipped {unknown:,} films without a year')
        if has_label and missing:
            labeled = [movie for movie in chosen if has_label(movie)]
            if len(labeled) < len(chosen):
                log.info(f'skipped {len(chosen) - len(labeled):,} films without {missing}')
            chosen = labeled
        if not chosen:
            wanted = f'any of {", ".join(genres)}' if genres else missing or 'a genre'
            years = f' of {min_year}..{max_year}' if self.has_years else ''
            raise WorkFailed(f'the catalogue has no film{years} with {wanted}')
        chosen = [movie for movie in chosen if split_of(movie.id, scheme)]
        if not chosen:
            raise WorkFailed(f'-split={scheme} has none of the films of {min_year}..{max_year}; more films are needed')
        chosen.sort(key=lambda movie: (SPLITS.index(split_of(movie.id, scheme)), ids.order(movie.id)))
        there = with_posters(chosen, ratio)
        _check_posters(there, chosen, ratio)
        there = _without_copies(there, ratio, scheme)
        if genres and (others := len(self.list_movies(min_year=min_year, max_year=max_year)) - len(chosen)):
            log.info(f'skipped {others:,} films of these years that have none of the genres')
        label = genres_label(genres) if genres else name
        store = f'{min_year}_{max_year}_{label}_{size_name(ratio)}{"" if scheme == STANDARD else f"_{scheme}"}'
        files = [movie.poster_path(ratio) for movie in there]
        folder = storage.cache(chosen[0].data) / 'pixels' / store
        posters, kept = pixel_store.open_store(files, poster_size(ratio), folder)
        movies = tuple(there[i] for i in kept)
        labels = np.array([movie.genres_vector(genres) for movie in movies])
        return PosterSet(movies, posters, labels, genres, ratio, scheme)

    def load_genre_data(self, min_year: int, max_year: int, genres, ratio: Size, split: str):
        """Posters and labels of one split, 'train', 'validation' or 'test'.

        Returns (n, height, width, 3) uint8, memory-mapped, and (n, genres) uint8. `genres` are names, or 3, 7 or 14.
        """
        if split not in SPLITS:
            raise WrongCall(f"split '{split}': give one of {', '.join(SPLITS)}")
        part = self.load_posters(min_year, max_year, ratio, self.resolve_genres(genres)).split(split)
        return part.posters, part.labels


def with_posters(movies, ratio: Size = 100) -> list[Movie]:
    """Those of the movies that have a poster at `ratio`."""
    return list(itertools.compress(movies, storage.exist([movie.poster_path(ratio) for movie in movies])))


def _share_poster(movies, ratio):
    """Lists of those of the movies that have one poster."""
    if not movies:
        return []
    paths = [movie.poster_path(ratio) for movie in movies]
    hashes = duplicates.load(paths, poster_keys(movies, ratio), movies[0].data, ratio)
    return [[movies[row] for row in rows] for rows in duplicates.groups(hashes)]


def _without_copies(movies, ratio, scheme):
    """`movies` without the training films whose poster is also that of a validation or test film."""
    left_out = {movie.id for movie in leaks(_share_poster(movies, ratio), scheme)}
    if left_out:
        log.info(f'left out {len(left_out):,} training films whose poster is also that of a validation or test film')
    return [movie for movie in movies if movie.id not in left_out]


def _check_posters(movies, chosen, ratio):
    """Raise WorkFailed where none of the films `chosen` is among `movies`, which have a poster at `ratio`."""
    data = chosen[0].data
    flag = '' if data == Path('data') else f' -data={data}'
    if isinstance(ratio, str) and not movies:
        width = poster_size(ratio)[0]
        raise WorkFailed(
            f'{data}/images has no poster of these films that is {width} pixels wide; get them with: '
            f'python3 get_data.py -download -poster_width={width}{flag}'
        )
    if len(movies) < len(chosen) and isinstance(ratio, int) and ratio != 100:
        unresized = sum(movie.has_poster(100) and not movie.has_poster(ratio) for movie in chosen)
        resize = f'python3 get_data.py -resize -ratios={ratio}{flag}'
        if unresized and not movies:
            raise WorkFailed(f'posters at ratio {ratio} have not been made yet; run: {resize}')
        if unresized:
            log.warning(f'{unresized:,} posters have not been made at ratio {ratio} yet: {resize}')
    if not movies:
        raise WorkFailed(
            f'{data}/images has no poster of these films yet; get them with: '
            f'python3 get_data.py -download -resize{flag}'
        )


def poster_keys(movies, ratio: Size) -> list[str]:
    """What identifies the file of each poster, for what is computed from it: id, bytes, time of its last change."""
    stats = storage.stats([movie.poster_path(ratio) for movie in movies])
    return [f'{movie.id} {length} {changed}' for movie, (length, changed) in zip(movies, stats, strict=True)]


def open_catalogue(
    path: str | Path | None = None, data: str | Path = 'data', how: formats.Reading | None = None
) -> Catalogue:
    """Read a catalogue, a file or a folder, whose posters are in the folder `data`.

    Without `path` it is `data`/MovieGenre.csv if that exists, else the sample catalogue beside this file; 'kaggle' is
    Kaggle's, which is downloaded to `data`/MovieGenre.csv once. `how` it is read is detected where it is None. Raises
    WrongCall for a catalogue that is missing, empty, of no known format, lacks a column or holds no film, WorkFailed
    where the download fails.
    """
    if path == kaggle.NAME:
        path = kaggle.fetch(data)
    place = storage.folder(data)
    own = storage.here(place / 'MovieGenre.csv')
    path = Path(path) if path else own if own.is_file() else Path(__file__).with_name('MovieGenre.csv')
    with without_collector():
        try:
            rows, digest = formats.read(path, how or formats.Reading(), place)
        except OSError as error:
            raise WrongCall(f'{path}: cannot read the catalogue: {(error.strerror or str(error)).lower()}') from None
        except NotACatalogue as error:
            raise WrongCall(f'{path}: {error}') from None
        movies = tuple(Movie(f.id, f.title, f.year, f.score, f.genres, f.url, place, f.extra) for f in rows.films)
    if not movies:
        raise WrongCall(f'{path}: the catalogue holds no usable film{_reasons(rows.left_out)}')
    skipped = {reason: count for reason, (count, _) in rows.left_out.items()}
    return Catalogue(path, movies, rows.records, skipped, digest, rows.notes)


def _reasons(left_out):
    """'; rows skipped: 12 with no integer id (such as 'x1')': what was skipped in a file, with an example each."""
    parts = [
        f'{count:,} with {reason}' + (f' (such as {example[:60]!r}{"…" * (len(example) > 60)})' if example else '')
        for reason, (count, example) in left_out.items()
    ]
    return f'; rows skipped: {", ".join(parts)}' if parts else ''
