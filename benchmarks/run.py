"""Measure the toolkit against the usual ways, side by side on this machine."""

import importlib.util
import json
import platform
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # as a script, too, it finds the toolkit

from benchmarks import catalogues, clusters, folders, gan, network, pictures, predictions, reading, web
from benchmarks.measure import ROOT, Bench, Skipped, run_module, shown
from core import files
from core.cli import Flag, Parser, choice, integer, listed, text
from core.errors import WorkFailed, run, say
from core.hardware import Hardware, cpu_name
from core.parallel import cores

ROWS = {
    'catalogue': catalogues.catalogue,
    'catalogue_memory': catalogues.catalogue_memory,
    'describe': catalogues.describe,
    'pixels': pictures.pixels,
    'decode': pictures.decode,
    'resize': pictures.resizing,
    'download': web.download,
    'download_command': web.download_command,
    'train': network.train,
    'train_float32': network.train_float32,
    'train_xla': network.train_xla,
    'memory': network.memory,
    'features': network.features,
    'dcgan_train': gan.train,
    'dcgan_memory': gan.memory,
    'predict': predictions.predict,
    'predict_folder': predictions.predict_folder,
    'predict_classic': predictions.predict_classic,
    'read_text': reading.read_text,
    'predict_words': reading.predict_words,
    'cluster_download': clusters.download,
    'cluster_resize': clusters.resize,
    'cluster_features': clusters.features,
}


def about():
    rows = '\n'.join(f'  {name:<17}{row.__doc__.splitlines()[0]}' for name, row in ROWS.items())
    return f"""
Measure the toolkit against the usual ways, side by side on this machine.

  python3 benchmarks/run.py -only=pixels,decode

Rows:
{rows}
"""


FLAGS = {
    'What to measure': [
        Flag('only', 'these rows, with commas', tuple(ROWS), listed(choice(*ROWS)), 'all'),
        Flag('json', 'write the results to this file', None, text, 'FILE'),
        Flag('data', 'a folder with images/100 and images/60; without it the sample is drawn to demo/bench',
             None, text, 'FOLDER'),
    ],
    'How much': [
        Flag('rounds', 'of each row; medians are taken over them', 5, integer(1)),
        Flag('posters', 'a round of pixels, decode and resize', 2000, integer(1)),
        Flag('downloads', 'posters a round of download', 3000, integer(1)),
        Flag('steps', 'of 32 posters, a round of train and features', 15, integer(1)),
        Flag('films', 'in the epoch of memory', 18_000, integer(14)),
        Flag('rows', 'of catalogue and catalogue_memory', 1_000_000, integer(1000)),
    ],
}  # fmt: skip


def main():
    flags = Parser(about(), FLAGS).parse()
    demo = ROOT / 'demo'
    data = folders.check_folder(Path(flags.data)) if flags.data else folders.sample_folder(demo / 'bench')
    hardware = None
    if importlib.util.find_spec('keras'):
        hardware = Hardware(**run_module('machine'))
    print(f'{cpu_name()}, {cores()} cores, Python {platform.python_version()}, {hardware or "without Keras"}')
    demo.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='bench_', dir=demo) as work:
        sizes = {name: getattr(flags, name) for name in ('rounds', 'posters', 'downloads', 'steps', 'films', 'rows')}
        results, status = measure(flags.only, Bench(data.resolve(), Path(work), hardware, **sizes))
    print('', *table(results), sep='\n')
    if flags.json:
        files.write(flags.json, json.dumps([result.as_json() for result in results], indent=1) + '\n')
    return status


def measure(names, bench):
    """The results of the rows `names`, without those that this machine cannot measure; 1 if any failed, else 0."""
    results, status = [], 0
    for name in names:
        try:
            results.append(ROWS[name](bench))
        except Skipped as reason:
            print(f'{name:<17}skipped: {reason}')
        except WorkFailed as reason:
            status = say(f'{name}: {reason}', 1)
    return results, status


def table(results):
    """Lines of a table of results."""
    yield f'{"":<17}{"ours":>10}{"peer":>10}  {"unit":<11}{"ratio":>8}{"target":>10}  peer'
    for result in results:
        sign = '≤' if result.at_most else '≥'
        target = '-' if result.target is None else f'{sign} {result.target:,}'
        missed = '  (missed)' if result.reached is False else ''
        yield (
            f'{result.name:<17}{shown(result.ours):>10}{shown(result.peer):>10}  {result.unit:<11}'
            f'{shown(result.ratio):>8}{target:>10}  {result.peer_name}{missed}'
        )


if __name__ == '__main__':
    run(main)
