"""Kaggle's `MovieGenre.csv`, and what other tools make of it: from the bytes of the file to records of films."""

import datetime
import re
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from catalogues import csv_file
from catalogues.csv_file import Broken

COLUMNS = 'imdbId', 'Imdb Link', 'Title', 'IMDB Score', 'Genre', 'Poster'
USED_COLUMNS = tuple(c for c in COLUMNS if c != 'Imdb Link')
YEAR_COLUMNS = 'year', 'releaseyear', 'startyear', 'releasedate'  # where the title has no year; also as start_year
KNOWN = {name.casefold() for name in COLUMNS}
SCHEMES = 'http', 'https', 'sample', 'file'
LONGEST_URL = 65_536
FIRST_YEAR, LAST_YEAR = 1900, datetime.date.today().year + 1
TITLE = re.compile(r'^(?P<title>.*\S)\s*\((?P<year>\d{4})\)$', re.DOTALL)
ID = re.compile(r"^'?(?:tt)?(?P<digits>\d{1,18}|\d{1,3}(?:,\d{3}){1,5})(?:\.0*)?$", re.ASCII | re.IGNORECASE)
YEAR = re.compile(r'^(?P<year>\d{4})(?:\.0*|[-–/].*)?$', re.ASCII)
QUOTED = re.compile(r"""(['"])(.*?)\1""")  # a name in a list
NAMED = re.compile(rf"""['"]name['"]\s*:\s*{QUOTED.pattern}""")  # in a list of {'id': 28, 'name': 'Action'}
SEPARATORS = ',', ';', '/'  # of genres, where no film has a '|'
NONE = {'n/a', 'na', 'nan', 'none', 'null', r'\n', '(no genres listed)'}
NO_ID, NO_URL, NO_GENRE, NO_YEAR = 'no integer id', 'no usable URL', 'no genre', f'no year in {FIRST_YEAR}..{LAST_YEAR}'
SEEN = 'an id seen before'


class Record(NamedTuple):
    """A row of the catalogue; `year` and `genres` may be missing. `extra` are the fields of other columns."""

    id: int
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
    notes: tuple[str, ...]


class NotACatalogue(ValueError):
    """The file lacks what a catalogue needs; the message says what."""


def read(raw):
    """The Rows of a file's bytes: films and skipped rows are as many as the file has records.

    Raises NotACatalogue where the columns are not there.
    """
    if not raw.strip():
        raise NotACatalogue('the catalogue is empty')
    table = csv_file.read(raw, KNOWN)
    places = {}
    for place, name in enumerate(table.columns):
        places.setdefault(name.casefold(), place)
    missing = [name for name in USED_COLUMNS if name.casefold() not in places]
    if missing == list(USED_COLUMNS) or '\0' in ''.join(table.columns):
        raise NotACatalogue(f'this is no catalogue; its first line should read {",".join(COLUMNS)}')
    if missing:
        raise NotACatalogue(f'the catalogue has no column {", ".join(map(repr, missing))}')
    wanted = [places[name.casefold()] for name in USED_COLUMNS]
    joined = {re.sub('[ _]', '', name): place for name, place in places.items()}
    year = next((joined[name] for name in YEAR_COLUMNS if name in joined), None)
    others = {name: place for place, name in enumerate(table.columns) if name.casefold() not in KNOWN}
    rows = [row if isinstance(row, Broken) else pick(row, wanted, year, others) for row in table.rows]
    separator = genre_separator([row[3] for row in rows if not isinstance(row, Broken)])
    notes = []
    if separator != '|':
        notes.append(f"genres are separated by '{separator}'")
    if table.foreign:
        notes.append(f'lines that are not UTF-8, read as Windows-1252: {table.foreign:,}')
    return sort(rows, separator, notes)


def pick(row, wanted, year, others):
    """The fields that a row is parsed from, the year's, and {column: field} of the other columns."""
    extra = {name: row[place] for name, place in others.items()}
    return [*(row[place] for place in wanted), '' if year is None else row[year], extra]


def sort(rows, separator, notes):
    """The Rows of `rows`: lists of fields, or Broken."""
    records, films, reasons, examples = {}, [], Counter(), {}
    for row in rows:
        record, reason, example = (None, *row) if isinstance(row, Broken) else parse(row, separator)
        if record and record.id in records:
            reason, example = SEEN, str(record.id)
        elif record:
            records[record.id] = record
        if reason:
            reasons[reason] += 1
            examples.setdefault(reason, example)
        else:
            films.append(record)
    left_out = {reason: (count, examples[reason]) for reason, count in reasons.most_common()}
    return Rows(tuple(records.values()), tuple(films), left_out, tuple(notes))


def parse(row, separator):
    """(Record or None, the reason why it is no film or None, the text at fault)."""
    imdb_id, title, score, genres, url, year, extra = row
    match = ID.match(imdb_id.strip(' "'))
    if not match:
        return None, NO_ID, imdb_id
    url = url.strip('\'" ')
    if not is_usable(url):
        return None, NO_URL, url
    title = ' '.join(title.split())
    named = TITLE.match(title)
    year = YEAR.match(named['year'] if named else year)
    year = int(year['year']) if year and FIRST_YEAR <= int(year['year']) <= LAST_YEAR else None
    genres = split_genres(genres, separator)
    name = named['title'] if named else title
    record = Record(int(match['digits'].replace(',', '')), name, year, parse_score(score), genres, url, extra)
    if year is None:
        return record, NO_YEAR, title
    return record, None if genres else NO_GENRE, title


def genre_separator(fields):
    """What separates genres in the fields of a file: '|' where one has it, else what most have."""
    fields = [field for field in fields if not field.startswith('[') and field.casefold() not in NONE]
    counts = {separator: sum(separator in field for field in fields) for separator in SEPARATORS}
    most = max(counts, key=counts.get)
    return most if counts[most] and not any('|' in field for field in fields) else '|'


def split_genres(text, separator):
    """Names of genres, each once, from a text that separates them or is a list as Python, NumPy or JSON writes it."""
    names = text.split(separator)
    if text.startswith('['):
        names = [name for _, name in (NAMED if '{' in text else QUOTED).findall(text)] or text.strip('[]').split(',')
    names = [name.strip(' \'"') for name in names]
    return tuple(dict.fromkeys(name for name in names if name and name.casefold() not in NONE))


def is_usable(url):
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if len(url) > LONGEST_URL or '\0' in url:
        return False
    return parts.scheme in SCHEMES and bool(parts.hostname if parts.scheme.startswith('http') else parts.path)


def parse_score(text):
    try:
        score = float(text)
    except ValueError:
        return None
    return score if 0 <= score <= 10 else None
