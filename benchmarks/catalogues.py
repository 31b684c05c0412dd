"""The rows of large catalogues: opening one, its memory, and saying what is in it."""

import sys

from benchmarks.folders import write_films
from benchmarks.measure import ROOT, Result, alternate, rate, run_command, run_module
from movies_dataset import list_genres

PEER = 'csv.DictReader, a dict per row'
AMAZON = (
    'https://images-na.ssl-images-amazon.com/images/M/MV5BMTg1MTY2MjYzNV5BMl5BanBnXkFtZTgwMTc4NTMwNDI@._V1_UX182_{}.jpg'
)
DESCRIBED = 33_000  # rows, about as many as Kaggle's catalogue has


def catalogue(bench):
    """Opening a catalogue of a million rows, against csv.DictReader."""
    path = write(bench, bench.rows)
    ways = [lambda way=way: run_module('opening', way, path)[0] for way in ('toolkit', 'csv')]
    return Result('catalogue', *alternate('catalogue', 'rows/s', min(2, bench.rounds), *ways), PEER, 'rows/s', None)


def catalogue_memory(bench):
    """The memory of a process that has opened it, against the same."""
    path = write(bench, bench.rows)
    ours, peer = (run_module('opening', way, path)[1] for way in ('toolkit', 'csv'))
    return Result('catalogue_memory', ours, peer, PEER, 'GB', None, at_most=True)


def describe(bench):
    """The command get_data.py -describe on 33,000 rows, against reading these rows alone with csv.DictReader."""
    path = write(bench, DESCRIBED)
    flags = f'-catalogue={path}', f'-data={bench.fresh("describe")}'
    ways = (
        lambda: rate(DESCRIBED, lambda: run_command(sys.executable, ROOT / 'get_data.py', '-describe', *flags)),
        lambda: rate(DESCRIBED, lambda: run_module('opening', 'csv', path)),
    )
    return Result('describe', *alternate('describe', 'rows/s', bench.rounds, *ways), PEER, 'rows/s', None)


def write(bench, rows):
    """The path of a catalogue of so many rows, as long as Kaggle's."""
    genres, path = list_genres(14), bench.fresh('rows') / 'films.csv'
    films = (
        (
            i,
            f'The Film of the Number {i} (19{i % 90 + 10})',
            f'{genres[i % 14]}|{genres[i // 14 % 14]}',
            AMAZON.format(i),
        )
        for i in range(1, rows + 1)
    )
    write_films(path, films)
    return path
