"""TMDB's films: `movies_metadata.csv` of The Movies Dataset, and `tmdb_5000_movies.csv`, which has no posters."""

import re

from catalogues import tables
from core import ids

PATH = re.compile(r'^/[\w.-]+\.(?:jpe?g|png|webp)$', re.ASCII | re.IGNORECASE)
IMAGES = 'https://image.tmdb.org/t/p'
NEEDED = {'id', 'title', 'genres', 'release_date', 'vote_average'}


def matches(columns):
    return columns >= NEEDED


def read(table):
    """The Rows of a Table. The id is IMDb's where the film has one, else `tmdb-862`."""
    has = {name.casefold() for name in table.columns}
    layout = tables.Layout(
        id='imdb_id' if 'imdb_id' in has else 'id',
        spare_id='id' if 'imdb_id' in has else '',
        title='title',
        year='release_date',
        score='vote_average',
        genres='genres',
        poster='poster_path' if 'poster_path' in has else '',
        read_id=imdb_id if 'imdb_id' in has else own_id,
        read_spare=own_id,
        read_poster=poster_url,
    )
    return tables.read(table, layout)


def imdb_id(text):
    return ids.read_number(text) or None  # torn rows have 0 there


def own_id(text):
    number = ids.read_number(text)
    return None if number is None else f'{ids.OF_TMDB}{number}'


def poster_url(path, size='w185'):
    """The URL of the image at a `poster_path`, '' where that is none. Sizes: w92, w154, w185, w342, w500, w780."""
    return f'{IMAGES}/{size}{path}' if PATH.match(path) else ''
