"""Kaggle's `MovieGenre.csv`, "Movie Genre from its Poster", and what other tools make of it."""

from dataclasses import replace

from catalogues import tables
from catalogues.records import NO_NUMBER, NotACatalogue
from core import ids

COLUMNS = 'imdbId', 'Imdb Link', 'Title', 'IMDB Score', 'Genre', 'Poster'
YEAR_COLUMNS = 'year', 'releaseyear', 'startyear', 'releasedate'  # where the title has no year; also as start_year
LAYOUT = tables.Layout(
    id='imdbId',
    title='Title',
    score='IMDB Score',
    genres='Genre',
    poster='Poster',
    ignored=('Imdb Link',),
    needs=('year', 'genres', 'url'),
    read_id=ids.read_number,
    no_id=NO_NUMBER,
)


def matches(columns):
    return 'imdbid' in columns and len({name.casefold() for name in LAYOUT.columns} & columns) > 1


def read(table):
    """The Rows of a Table. Raises NotACatalogue where the columns are not there."""
    if '\0' in ''.join(table.columns):
        raise NotACatalogue(f'this is no catalogue; its first line should read {",".join(COLUMNS)}')
    found = {tables.joined(name): name for name in reversed(table.columns)}
    year = next((found[name] for name in YEAR_COLUMNS if name in found), '')
    return tables.read(table, replace(LAYOUT, year=year))
