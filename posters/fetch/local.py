"""Posters that need no network: `sample:` ones are drawn, `file:` ones copied."""

import os
from urllib.parse import unquote_to_bytes, urlsplit

from core import files
from core.errors import describe
from core.parallel import parallel
from posters import decode
from posters.fetch.journal import Row
from sample import drawing

CHUNK = 8  # posters a task


def make_all(jobs, path_of):
    """Make the poster of every (imdb_id, url) of `jobs` at path_of(imdb_id); yield a Row each.

    Raises OSError where a poster cannot be written.
    """
    tasks = [(imdb_id, url, path_of(imdb_id)) for imdb_id, url in jobs]
    if tasks:
        yield from parallel(make, tasks, CHUNK)


def make(task):
    imdb_id, url, path = task
    try:
        content = poster_bytes(url)
    except ValueError as error:  # BadImage, too
        return Row.of(imdb_id, url, 1, 0, str(error))
    except (OSError, MemoryError) as error:
        return Row.of(imdb_id, url, 1, 0, describe(error), passing=True)
    files.write(path, content)
    return Row.of(imdb_id, url, 1, len(content))


def poster_bytes(url):
    """JPEG bytes of a poster at ratio 100 from a `sample:` or `file:` URL. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme == 'sample':
        return decode.encode(drawing.draw(url))
    with decode.open_file(os.fsdecode(unquote_to_bytes(parts.path))) as file:
        content = file.read(decode.MAX_BYTES + 1)
    if len(content) > decode.MAX_BYTES:
        raise decode.BadImage(f'larger than {decode.MAX_BYTES / 1e6:g} MB')
    return decode.poster_jpeg(content, formats=None, max_pixels=decode.MAX_FILE_PIXELS)
