"""Any table, by the names of its columns: `-columns=id=tconst,title=name,year=released,genres=tags,poster=image`."""

import functools
import os
from pathlib import Path

from catalogues import tables, tmdb
from catalogues.records import NONE, read_url

FIELDS = 'id', 'title', 'year', 'score', 'genres', 'poster'
LIKELY = {
    'id': ('id', 'key', 'imdbid', 'tconst', 'movieid', 'filename', 'file'),
    'title': ('title', 'name', 'movietitle', 'primarytitle'),
    'year': ('year', 'releaseyear', 'titleyear', 'startyear', 'releasedate', 'released'),
    'score': ('score', 'stars', 'imdbscore', 'rating', 'averagerating', 'voteaverage'),
    'genres': ('genres', 'genre', 'tags', 'labels', 'label'),
    'poster': ('poster', 'posterurl', 'posterpath', 'image', 'imageurl', 'url'),
}
UNKNOWN = 'id=COLUMN,title=COLUMN,genres=COLUMN'
EXAMPLE = 'id=Key,title=Name,year=Released,genres=Tags,poster=Image'


def read_columns(text):
    """{field: column} of a text like EXAMPLE; for flags. Raises ValueError."""
    pairs = dict(part.split('=', 1) for part in text.split(',') if '=' in part)
    pairs = {field.strip().casefold(): column.strip() for field, column in pairs.items()}
    if text.count(',') + 1 != len(pairs) or not all(pairs.values()):
        raise ValueError(f'give field=column pairs with commas, each field once, such as {EXAMPLE}')
    if unknown := [field for field in pairs if field not in FIELDS]:
        raise ValueError(f"there is no field '{unknown[0]}'; fields are {', '.join(FIELDS)}")
    if 'id' not in pairs:
        raise ValueError(f'id is needed, such as {EXAMPLE}')
    return pairs


def guess(names):
    """What to give as -columns for a table with columns of these names, as far as they show it; else UNKNOWN."""
    joined = {tables.joined(name): name for name in reversed(names)}
    pairs = {field: next((joined[name] for name in likely if name in joined), '') for field, likely in LIKELY.items()}
    found = ','.join(f'{field}={name}' for field, name in pairs.items() if name and ',' not in name)
    return found if pairs['id'] and pairs['genres'] else UNKNOWN


def read(table, columns, folder):
    """The Rows of a Table whose `columns` are {field: name}. Posters are URLs, TMDB's paths, or files in `folder`."""
    needs = ('genres',) if 'genres' in columns else ()
    read_poster = functools.partial(poster_url, folder=folder)
    return tables.read(table, tables.Layout(**columns, needs=needs, read_poster=read_poster))


def poster_url(text, folder):
    if not text or '\0' in text or text.casefold() in NONE:
        return ''
    return read_url(text) or tmdb.poster_url(text) or Path(os.path.abspath(folder / text)).as_uri()
