"""Posters that need no network: `sample:` ones are drawn, `file:` ones copied."""

import os
from urllib.parse import unquote_to_bytes, urlsplit

from errors import describe
from posters import files, images, sample
from posters.report import Row
from posters.workers import parallel

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
        return images.encode(sample.draw(url))
    with images.open_file(os.fsdecode(unquote_to_bytes(parts.path))) as file:
        content = file.read(images.MAX_BYTES + 1)
    if len(content) > images.MAX_BYTES:
        raise images.BadImage(f'larger than {images.MAX_BYTES / 1e6:g} MB')
    return images.poster_jpeg(content, formats=None, max_pixels=images.MAX_FILE_PIXELS)
