"""IMDb's own tables: `title.basics.tsv` with `title.ratings.tsv` beside it, as they are or as .gz; without posters."""

import hashlib
import io
from pathlib import Path

from catalogues import gzipped
from catalogues.records import NO_NUMBER, Collector, NotACatalogue, Record, clean_genres, read_score, read_year
from core import ids

BASICS, RATINGS = 'title.basics.tsv', 'title.ratings.tsv'
TYPES = 'movie', 'tvMovie'
OTHER_TYPE = f'a titleType that is not {" or ".join(TYPES)}'
NEEDED = {'tconst', 'titletype', 'primarytitle', 'startyear', 'genres'}


def find(folder: Path, name: str) -> Path | None:
    """The table of that name in a folder, or None."""
    return next((path for path in (folder / name, folder / f'{name}.gz') if path.is_file()), None)


def matches(columns):
    return columns >= NEEDED


def read(path: Path):
    """(Rows, SHA-256) of the table of titles at `path`. Films without a row in the table of ratings have no score."""
    collector, titles = Collector(), dict[int, list[str]]()
    for row in lines(path, ('tconst', 'titleType', 'primaryTitle', 'startYear', 'genres')):
        number = ids.read_number(row[0])
        if row[1] not in TYPES:
            collector.skip(OTHER_TYPE, row[1])
        elif number is None:
            collector.skip(NO_NUMBER, row[0])
        else:
            titles.setdefault(number, row)
    scores = {}
    if ratings := find(path.parent, RATINGS):
        for tconst, rating in lines(ratings, ('tconst', 'averageRating')):
            if (number := ids.read_number(tconst)) in titles:
                scores[number] = read_score(rating)
    genres = {}
    for number, (_, _, title, year, names) in titles.items():
        if names not in genres:
            genres[names] = clean_genres(names.split(','))
        title = ' '.join(title.split()) or str(number)
        collector.add(Record(number, title, read_year(year), scores.get(number), genres[names], '', {}))
    notes = () if ratings else (f'no scores: {RATINGS} is not beside {path.name}',)
    return collector.rows(notes), digest_of(path, ratings)


def digest_of(*paths):
    digest = hashlib.sha256()
    for path in filter(None, paths):
        with open(path, 'rb') as file:
            digest.update(hashlib.file_digest(file, 'sha256').digest())
    return digest.hexdigest()


def lines(path, wanted):
    """Yield these columns of each line; the tables have tabs, no quotes, and millions of lines.

    Raises NotACatalogue where a column is not there.
    """
    with open(path, 'rb') as raw, gzipped.opened(raw, path.name) as content:
        file = io.TextIOWrapper(content, encoding='utf-8', errors='replace', newline='\n')
        columns = {name.casefold(): place for place, name in enumerate(next(file, '').rstrip('\r\n').split('\t'))}
        missing = [name for name in wanted if name.casefold() not in columns]
        if missing:
            raise NotACatalogue(f'{path.name} has no column {", ".join(map(repr, missing))}')
        places = [columns[name.casefold()] for name in wanted]
        for line in file:
            fields = line.rstrip('\r\n').split('\t')
            if len(fields) < len(columns):  # the end of a download that was cut
                fields += [''] * (len(columns) - len(fields))
            yield [fields[place] for place in places]
