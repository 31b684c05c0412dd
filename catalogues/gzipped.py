"""Files that may be compressed with gzip, whatever their names say."""

import contextlib
import gzip
import zlib

from catalogues.records import NotACatalogue

START = b'\x1f\x8b'


@contextlib.contextmanager
def opened(file, name):
    """A seekable binary file or, where it is compressed, what it holds. Raises NotACatalogue where that is damaged."""
    zipped = file.read(len(START)) == START
    file.seek(0)
    try:
        yield gzip.GzipFile(fileobj=file) if zipped else file
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise NotACatalogue(f'the compressed file {name} is damaged') from None
