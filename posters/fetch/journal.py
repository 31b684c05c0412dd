"""The status table of the download: one row a film, what became of its poster.

While a download runs, rows are appended as they come, so that a killed one loses nothing; the last row of a
film counts. At the end the table is written again, a row per film, by id.
"""

import csv
import io
from typing import NamedTuple

from core import files, ids, storage
from posters.layout import size_name

NAME = 'download_report.csv'  # in the data folder
OBTAINED, FAILED, UNANSWERED = 'obtained', 'failed', 'unanswered'
CATALOGUE, TMDB = 'catalogue', 'tmdb'


def name_of(size):
    """The name of the table of the posters of a size."""
    return NAME if size == 100 else NAME.replace('.', f'_{size_name(size)}.')


class Row(NamedTuple):
    """`status`: obtained; failed, for good; unanswered, worth asking again. `error`: the reason of the latter two.

    `source` is where a poster came from, or was last looked for: the catalogue's URL, or TMDB where that is dead.
    """

    imdbId: int | str
    url: str
    status: str
    tries: int
    bytes: int
    error: str
    source: str = CATALOGUE

    @classmethod
    def of(cls, imdb_id, url, tries, size, error='', passing=False):
        """The row of a poster that was stored, or failed with `error`, `passing` if another try may succeed."""
        status = OBTAINED if not error else UNANSWERED if passing else FAILED
        return cls(imdb_id, url, status, tries, size, error)


def read(path):
    """{imdbId: Row} of the table at `path`; a torn row is passed over."""
    try:
        text = path.read_text(encoding='utf-8', errors='replace')
    except FileNotFoundError:
        return {}
    rows, before = {}, csv.field_size_limit(len(text) + 1)  # a URL may be longer than csv allows
    table = list(csv.DictReader(io.StringIO(text.replace('\0', ''))))
    csv.field_size_limit(before)
    for row in table:
        try:
            entry = Row(
                ids.from_file(row['imdbId']),
                row['url'],
                row['status'],
                int(row['tries']),
                int(row['bytes']),
                row['error'],
                row.get('source') or CATALOGUE,  # reports of 2.0 have no such column
            )
        except (KeyError, TypeError, ValueError):
            continue
        rows[entry.imdbId] = entry
    return rows


def write(path, rows):
    out = io.StringIO()
    table = csv.writer(out, lineterminator='\n')
    table.writerow(Row._fields)
    table.writerows(rows[imdb_id] for imdb_id in sorted(rows, key=ids.order))
    files.write(path, out.getvalue().encode(errors='backslashreplace'))


class Journal:
    """Append rows to the table at `path` during the download; leaving it writes the table in order."""

    def __init__(self, path):
        files.sweep(path.parent)
        self.path, self.log = path, storage.make(storage.cache(path.parent)) / path.name
        self.rows = read(self.log) | read(path)  # the same file, but for a store, which no row can be appended to

    def __enter__(self):
        for path in {self.path, self.log}:
            write(path, self.rows)
        self.file = open(self.log, 'a', buffering=1, newline='', encoding='utf-8', errors='backslashreplace')
        self.table = csv.writer(self.file, lineterminator='\n')
        return self

    def add(self, row):
        self.rows[row.imdbId] = row
        self.table.writerow(row)

    def __exit__(self, *_):
        self.file.close()
        write(self.path, self.rows)
