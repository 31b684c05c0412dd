"""A folder per genre, with posters in it and in its folders: `Comedy/one.jpg`, `Drama/two.png`."""

import hashlib
import os
import re
from pathlib import Path

from catalogues.records import Collector, Record, read_title, writable
from core import ids

SUFFIXES = '.jpg', '.jpeg', '.png', '.webp', '.gif', '.bmp', '.avif', '.tif', '.tiff'
OF_IMDB = re.compile(r'^tt\d{7,10}$', re.ASCII | re.IGNORECASE)
UNREADABLE = 'a folder that cannot be read'


def matches(folder: Path):
    return any(next(posters(each), None) for each in genre_folders(folder))


def genre_folders(folder):
    """The folders in `folder` that are not hidden, sorted."""
    return sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith('.'))


def posters(folder, unreadable=None):
    """Yield the paths of the images in `folder` and in its folders, each folder once, in order.

    `unreadable` is called with the OSError of each folder that cannot be read.
    """
    seen = set()
    for parent, inner, names in os.walk(folder, followlinks=True, onerror=unreadable):
        inner[:] = sorted(name for name in inner if not name.startswith('.'))
        if (real := os.path.realpath(parent)) in seen:  # a link to a folder around it
            inner.clear()
            continue
        seen.add(real)
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES) and not name.startswith('.'):
                yield Path(parent, name)


def read(folder: Path):
    """(Rows, SHA-256 of the paths) of a folder.

    A film's id is its genre and the path of its poster there, `Comedy-one`, so that its split depends on no other film.
    A poster named by IMDb's id, tt0114709.jpg, has that id, and all genres in whose folders it is.
    """
    digest, of_imdb, collector = hashlib.sha256(), dict[int, Record](), Collector()
    for each in genre_folders(folder):
        genre = writable(each.name)
        for path in posters(each, lambda error: collector.skip(UNREADABLE, error.filename)):
            name = path.relative_to(folder).as_posix()
            digest.update(f'{name}\n'.encode(errors='surrogateescape'))
            title, year = read_title(writable(path.stem).replace('_', ' '))
            film = Record(film_id(name, path.stem), title, year, None, (genre,), path.resolve().as_uri(), {})
            if isinstance(film.id, str):
                collector.add(film)
            elif before := of_imdb.get(film.id):
                of_imdb[film.id] = before._replace(genres=tuple(dict.fromkeys((*before.genres, genre))))
            else:
                of_imdb[film.id] = film
    for film in of_imdb.values():
        collector.add(film)
    return collector.rows(), digest.hexdigest()


def film_id(name, stem):
    if OF_IMDB.match(stem):
        return ids.read_number(stem)
    return ids.make_id(name.rpartition('.')[0].replace('/', '-'))
