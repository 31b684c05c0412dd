"""Posters that need no network: `sample:` ones are drawn, `file:` ones linked or copied."""

import os
from urllib.parse import unquote_to_bytes, urlsplit

from core.errors import describe
from core.parallel import processes
from posters import decode
from posters.adopt import place, read_poster
from posters.fetch.journal import Row
from sample import drawing

CHUNK = 8  # posters a task


def make_all(jobs, path_of, size):
    """Make the poster of every (imdb_id, url) of `jobs`, of `size` (width, height), at path_of(imdb_id); yield Rows.

    Raises OSError where a poster cannot be written.
    """
    tasks = [(imdb_id, url, path_of(imdb_id), size) for imdb_id, url in jobs]
    yield from processes(make, tasks, CHUNK)


def make(task):
    imdb_id, url, path, size = task
    try:
        content, source = poster_bytes(url, size)
    except ValueError as error:  # BadImage, too
        return Row.of(imdb_id, url, 1, 0, str(error))
    except (OSError, MemoryError) as error:
        return Row.of(imdb_id, url, 1, 0, describe(error), passing=True)
    place(path, content, source)
    return Row.of(imdb_id, url, 1, len(content))


def poster_bytes(url, size):
    """(JPEG bytes of a poster from a `sample:` or `file:` URL, the file whose bytes they are or None).

    `size` is (width, height). Raises ValueError.
    """
    parts = urlsplit(url)
    if parts.scheme == 'sample':
        return decode.encode(drawing.draw(url, size)), None
    return read_poster(os.fsdecode(unquote_to_bytes(parts.path)), decode.MAX_BYTES, size)
