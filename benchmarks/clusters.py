"""Rows of two Ray workers on this machine, against the same work without a cluster."""

import importlib.util

from benchmarks.folders import link_posters, write_catalogue
from benchmarks.measure import Result, Skipped, alternate, run_module
from benchmarks.web import served

UNIT = 'posters/s'
ALONE = 'this machine without a cluster'


def download(bench):
    """Two Ray workers that download, against one client, from a server that answers after 50 ms."""
    number, lists = bench.downloads, bench.fresh('lists')
    (lists / 'posters').write_text('\n'.join(str(file.resolve()) for file in bench.files(100, number)))
    with served(lists / 'posters') as address:
        write_catalogue(lists / 'films.csv', [f'{address}/{i}.jpg' for i in range(1, number + 1)])
        return _compare(bench, 'download', number, lists / 'films.csv', lambda: bench.fresh('data'))


def resize(bench):
    """Two Ray workers that make copies at five ratios, against processes of this machine."""
    return _with_posters(bench, 'resize')


def features(bench):
    """Two Ray workers that extract the features of preset 4, against Keras on all cores."""
    bench.need_keras()
    return _with_posters(bench, 'features')


def _with_posters(bench, stage):
    files = bench.files(100, bench.posters)
    catalogue = bench.fresh('films') / 'films.csv'
    write_catalogue(catalogue, ['file:/nowhere'] * len(files))

    def posters():
        data = bench.fresh('data')
        link_posters(files, data)
        return data

    return _compare(bench, stage, len(files), catalogue, posters)


def _compare(bench, stage, number, catalogue, fresh_data):
    """The Result of posters per second; Ray's start, which is printed, is not in its time."""
    if not importlib.util.find_spec('ray'):
        raise Skipped('Ray is not installed: pip install -r requirements-cluster.txt')

    def measure(*address):
        seconds = run_module('clustered', stage, catalogue, fresh_data(), *address)
        if address:
            whole = number / (seconds['start'] + seconds['work'])
            print(f'{"":<17}Ray was there after {seconds["start"]:.1f} s; with it {whole:,.0f} {UNIT}')
        return number / seconds['work']

    medians = alternate(f'cluster_{stage}', UNIT, bench.rounds, lambda: measure('ray'), measure)
    return Result(f'cluster_{stage}', *medians, ALONE, UNIT, 0.9)
