"""What every catalogue format is read into: records of films, and what was skipped and why."""

import contextlib
import datetime
import functools
import gc
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from core import ids

SCHEMES = 'http', 'https', 'sample', 'file'
LONGEST_URL = 65_536
FIRST_YEAR, LAST_YEAR = 1900, datetime.date.today().year + 1
TITLE = re.compile(r'^(?P<title>.*\S)\s*\((?P<year>\d{4})\)$', re.DOTALL)
YEAR = re.compile(r'^(?P<year>\d{4})(?:\.0*|[-–/].*)?$', re.ASCII)
PLAIN_URL = re.compile(r'^https?://[\w.-]+(?::\d{1,5})?/[^\0]*$', re.ASCII)
QUOTED = re.compile(r"""(['"])(.*?)\1""")  # a name in a list
NAMED = re.compile(rf"""['"]name['"]\s*:\s*{QUOTED.pattern}""")  # in a list of {'id': 28, 'name': 'Action'}
NONE = {'n/a', 'na', 'nan', 'none', 'null', r'\n', '(no genres listed)'}
NO_NUMBER, NO_ID, NO_URL, NO_GENRE = 'no integer id', 'no usable id', 'no usable URL', 'no genre'
NO_YEAR = f'no year in {FIRST_YEAR}..{LAST_YEAR}'
SEEN = 'an id seen before'


class Record(NamedTuple):
    """A row of the catalogue; `year`, `score` and `genres` may be missing, `url` may be ''.

    `extra` are the fields of other columns.
    """

    id: int | str
    title: str
    year: int | None
    score: float | None
    genres: tuple[str, ...]
    url: str
    extra: dict[str, str]


@dataclass(frozen=True)
class Rows:
    """`records` of a file, of each id the first, and what was skipped.

    `films` are the records that have all that a film needs; `left_out` {reason: (rows, an example)}; `notes` are
    peculiarities of the file, in words.
    """

    records: tuple[Record, ...]
    films: tuple[Record, ...]
    left_out: dict[str, tuple[int, str]]
    notes: tuple[str, ...] = ()


class NotACatalogue(ValueError):
    """The file lacks what a catalogue needs; the message says what."""


class Collector:
    """Collects records into Rows. A film needs `genres`, and what is named in `needs`: 'year', 'url'."""

    def __init__(self, needs=('genres',)):
        self.records, self.films, self.seen = [], [], set()
        self.needs_year, self.needs_genres = 'year' in needs, 'genres' in needs
        self.reasons, self.examples = Counter(), {}

    def skip(self, reason, example):
        self.reasons[reason] += 1
        self.examples.setdefault(reason, example)

    def add(self, record):
        same = ids.same(record.id)
        if same in self.seen:
            return self.skip(SEEN, str(record.id))
        self.seen.add(same)
        self.records.append(record)
        if self.needs_year and record.year is None:
            self.skip(NO_YEAR, record.title)
        elif self.needs_genres and not record.genres:
            self.skip(NO_GENRE, record.title)
        else:
            self.films.append(record)

    def rows(self, notes=()):
        left_out = {reason: (count, self.examples[reason]) for reason, count in self.reasons.most_common()}
        return Rows(tuple(self.records), tuple(self.films), left_out, tuple(notes))


@functools.lru_cache(4096)
def read_year(text):
    """The year in `1999`, `1999.0`, `1999-05-01` or `1999–2005`; None without one, and for one out of range."""
    match = YEAR.match(text)
    year = int(match['year']) if match else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


@functools.lru_cache(4096)
def read_score(text):
    """A score of 0 to 10, `7.5` or `7,5`, or None."""
    try:
        score = float(text.replace(',', '.'))
    except ValueError:
        return None
    return score if 0 <= score <= 10 else None


def read_title(text, year=''):
    """(title, year or None) of `The Matrix (1999)`, or of a title and the text of a `year`."""
    title = ' '.join(text.split())
    named = TITLE.match(title) if title.endswith(')') else None
    return (named['title'], read_year(named['year'])) if named else (title, read_year(year))


def read_url(text):
    """A URL that posters can be got from, else ''."""
    url = text.strip('\'" ')
    return url if is_usable(url) else ''


def is_usable(url):
    if len(url) > LONGEST_URL:
        return False
    if PLAIN_URL.match(url):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if '\0' in url:
        return False
    return parts.scheme in SCHEMES and bool(parts.hostname if parts.scheme.startswith('http') else parts.path)


def writable(text):
    """`text` with a question mark for each lone surrogate, as in the name of a file that is not UTF-8."""
    return text.encode(errors='replace').decode()


def split_genres(text, separator):
    """Names of genres, each once, from a text that separates them or is a list as Python, NumPy or JSON writes it."""
    return clean_genres(read_list(text) if text.startswith('[') else text.split(separator))


def read_list(text):
    """The names in a list."""
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return [name for _, name in (NAMED if '{' in text else QUOTED).findall(text)] or text.strip('[]').split(',')
    return [str(name.get('name', '')) if isinstance(name, dict) else str(name) for name in names]


def clean_genres(names):
    names = [name.strip(' \'"') for name in names]
    return tuple(dict.fromkeys(name for name in names if name and name.casefold() not in NONE))


@contextlib.contextmanager
def without_collector():
    """No garbage collection in this block: among millions of new records it would look in vain, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
