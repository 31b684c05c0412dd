"""From the table in a CSV file to records of films, by which of its columns holds what."""

import functools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from catalogues.csv_file import Broken
from catalogues.records import (
    NO_ID,
    NO_URL,
    NONE,
    Collector,
    NotACatalogue,
    Record,
    read_score,
    read_title,
    read_url,
    split_genres,
)  # fmt: skip
from core import ids

SEPARATORS = ',', ';', '/'  # of genres, where no film has a '|'
FIRST = 1000  # rows that show how genres are separated
SHOWN = 12  # columns in a message
FIELDS = 'id', 'spare_id', 'title', 'year', 'score', 'genres', 'poster'
ABSENT = -1  # the place of a column that is not there


@dataclass(frozen=True)
class Layout:
    """Which column of a table, by its name in any case, holds which field; '' where none does.

    `read_id` and `read_poster` take the text of a field; None and '' stand for an unusable one. `spare_id` is taken
    where `id` has none. The fields of all other columns but the `ignored` are a record's `extra`. A film `needs` some
    fields beside its id.
    """

    id: str
    title: str = ''
    year: str = ''
    score: str = ''
    genres: str = ''
    poster: str = ''
    needs: tuple[str, ...] = ('genres',)
    spare_id: str = ''
    ignored: tuple[str, ...] = ()
    read_id: Callable[[str], int | str | None] = ids.read_id
    no_id: str = NO_ID
    read_spare: Callable[[str], int | str | None] = ids.read_id
    read_poster: Callable[[str], str] = read_url

    @property
    def columns(self):
        """The columns whose fields it reads."""
        return tuple(name for name in (getattr(self, field) for field in FIELDS) if name)


def read(table, layout):
    """The Rows of a Table. Films and skipped rows are as many as the table has records.

    Raises NotACatalogue where a column of the Layout is not there.
    """
    places = {}
    for place, name in enumerate(table.columns):
        places.setdefault(name.casefold(), place)
    missing = [name for name in layout.columns if name.casefold() not in places]
    if missing:
        raise NotACatalogue(
            f'the catalogue has no column {", ".join(map(repr, missing))}; {seen(table.columns)}; '
            '-columns names those to use'
        )
    genres = places.get(layout.genres.casefold(), ABSENT)
    separator = genre_separator(Counter(row[genres] for row in islice(filled(table), FIRST)))
    collector, texts = collect(table, layout, places, separator)
    if (of_all := genre_separator(texts)) != separator:
        separator = of_all
        collector, _ = collect(table, layout, places, separator)
    notes = [f"genres are separated by '{separator}'"] if separator != '|' else []
    if table.foreign:
        notes.append(f'lines that are not UTF-8, read as Windows-1252: {table.foreign:,}')
    return collector.rows(notes)


def seen(names):
    return f'its columns are {", ".join(names[:SHOWN])}' + ('...' if len(names) > SHOWN else '')


def filled(table, broken=None):
    """Yield the rows of a Table, each with an empty field at its end, which absent columns have.

    Those that are Broken are appended to the list `broken`.
    """
    for row in table:
        if not isinstance(row, Broken):
            row.append('')
            yield row
        elif broken is not None:
            broken.append(row)


def collect(table, layout, places, separator):
    """(Collector of the records, Counter of the texts of their genres)."""
    collector, texts = Collector(layout.needs), Counter()
    identifier, spare, title, year, score, genres, poster = (
        places.get(getattr(layout, field).casefold(), ABSENT) for field in FIELDS
    )
    used = {name.casefold() for name in layout.columns + layout.ignored}
    others = {name: place for place, name in enumerate(table.columns) if name.casefold() not in used}
    needs_url, nothing = 'url' in layout.needs, {}
    split = functools.cache(functools.partial(split_genres, separator=separator))
    broken = []
    for row in filled(table, broken):
        number = layout.read_id(row[identifier])
        if number is None and spare != ABSENT:
            number = layout.read_spare(row[spare])
        if number is None:
            collector.skip(layout.no_id, row[identifier])
            continue
        url = layout.read_poster(row[poster])
        if needs_url and not url:
            collector.skip(NO_URL, row[poster])
            continue
        texts[row[genres]] += 1
        name, when = read_title(row[title], row[year])
        extra = {column: row[place] for column, place in others.items()} if others else nothing
        collector.add(Record(number, name or str(number), when, read_score(row[score]), split(row[genres]), url, extra))
    for one in broken:
        collector.skip(*one)
    return collector, texts


def genre_separator(texts):
    """What separates genres in a Counter of texts: '|' where one has it, else what most have."""
    texts = {text: n for text, n in texts.items() if not text.startswith('[') and text.casefold() not in NONE}
    counts = {separator: sum(n for text, n in texts.items() if separator in text) for separator in SEPARATORS}
    most = max(counts, key=counts.get)
    return most if counts[most] and not any('|' in text for text in texts) else '|'


def joined(name):
    """The name of a column without case, blanks and underscores."""
    return re.sub('[ _]', '', name.casefold())
