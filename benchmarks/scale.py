"""How time, memory and disk grow with the collection: `python3 -m benchmarks.scale -data=data`."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from benchmarks.folders import write_films
from benchmarks.measure import DIRECT, ROOT
from benchmarks.web import served
from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import how_to_read
from core import files
from core.cli import Flag, Parser, integer, listed, text
from core.errors import WorkFailed, run
from core.hardware import cpu_name
from core.parallel import cores, processes
from core.tables import aligned
from movies_dataset import open_catalogue
from posters import decode
from posters.layout import WIDTH, poster_folder, poster_size

ABOUT = """
Measure each step of the toolkit on collections of several sizes: seconds, those of its cores, which other work on the
machine does not change, the largest memory of its processes, and what it leaves on the disk. The posters of a folder
are repeated, mirrored, turned and cropped, so that no two are the same.

  python3 -m benchmarks.scale -data=data -films=1000,10000,100000
"""
FLAGS = {
    'What to measure': [
        *CATALOGUE_FLAGS,
        Flag('films', 'sizes of the collections, with commas', (1000, 10_000), listed(integer(100)), '1000,10000'),
        Flag('work', 'where the collections are made; some 60 kB per film', None, text, 'FOLDER'),
        Flag('json', 'write the results to this file', None, text, 'FILE'),
    ],
}
TURNS = None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180
CHUNK = 64  # posters a task
CELL = '{seconds:,.1f} s, {core_seconds:,.1f} core s, {gigabytes:.2f} GB, {kilobytes_per_film:.1f} kB/film'


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    movies = [movie for movie in catalogue.movies if movie.has_poster()]
    if not movies:
        raise WorkFailed(f'no poster is in {poster_folder(flags.data, 100)}')
    print(f'{cpu_name()}, {cores()} cores')
    results = {}
    with tempfile.TemporaryDirectory(prefix='scale_', dir=flags.work) as work:
        for films in flags.films:
            folder = Path(work, str(films))
            results[films] = measure(movies, films, folder)
            shutil.rmtree(folder)
            if flags.json:
                files.write(flags.json, files.as_json(results, indent=1) + '\n')
    print('', *table(results), sep='\n')


def measure(movies, films, folder):
    """{step: {'seconds', 'core_seconds', 'gigabytes' of memory, 'kilobytes_per_film' on the disk}} of `films` films."""
    data, catalogue = folder / 'data', folder / 'films.csv'
    (folder / 'served').mkdir(parents=True)
    repeated = [movies[i % len(movies)] for i in range(films)]
    tasks = [
        (movie.poster_path(), folder / 'served' / f'{i}.jpg', i // len(movies)) for i, movie in enumerate(repeated)
    ]
    for _ in processes(make_variant, tasks, CHUNK):
        pass
    (folder / 'list').write_text('\n'.join(str(path) for _, path, _ in tasks))
    common = f'-catalogue={catalogue}', f'-data={data}'
    train = '__main__.py', '-version=4', f'-models={folder / "models"}', *common
    steps = {
        'download': ('get_data.py', '-download', *common),
        'describe': ('get_data.py', '-describe', *common),
        'describe again': ('get_data.py', '-describe', *common),
        'resize': ('get_data.py', '-resize', '-ratios=60', *common),
        'features and training': train,
        'training again': (*train, '-overwrite'),
        'evaluate': ('tests.py', f'-models={folder / "models"}', *common),
    }
    measured = {}
    with served(folder / 'list') as address:
        rows = [(i, str(movie), '|'.join(movie.genres), f'{address}/{i}.jpg') for i, movie in enumerate(repeated)]
        write_films(catalogue, rows)
        for name, command in steps.items():
            before = size_of(folder)
            step = timed(command)
            step['kilobytes_per_film'] = (size_of(folder) - before) / films / 1000
            measured[name] = step
            print(f'{films:>9,} films  {name:<22}{CELL.format(**step)}', flush=True)
    return measured


def make_variant(task):
    """Make the poster at `path` of the one at `source`: of its `number`-th repetition."""
    source, path, number = task
    image = decode.read_rgb(source)
    turn, crop = TURNS[number % len(TURNS)], number // len(TURNS) * WIDTH // 20
    image = image if turn is None else image.transpose(turn)
    image = image.crop((crop, crop, image.width - crop, image.height - crop))
    path.write_bytes(decode.encode(decode.fit(image, poster_size(100))))


def timed(command):
    """What a script of the toolkit takes, {'seconds', 'core_seconds', 'gigabytes'}. WorkFailed where it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *map(str, command)], cwd=ROOT, env=os.environ | DIRECT, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise WorkFailed(f'{command[0]} failed: {errors.strip().splitlines()[-1:]}')
    return {
        'seconds': time.perf_counter() - started,
        'core_seconds': usage.ru_utime + usage.ru_stime,
        'gigabytes': usage.ru_maxrss * 1024 / 1e9,
    }


def size_of(folder):
    """Bytes of the files in a folder and its folders."""
    return sum(path.stat().st_size for path in folder.rglob('*') if path.is_file())


def table(results):
    """Lines of a table: a row per step, a column per collection."""
    rows = [['step', *(f'{films:,} films' for films in results)]]
    for step in next(iter(results.values())):
        rows.append([step, *(CELL.format(**one[step]) for one in results.values())])
    return aligned(rows)


if __name__ == '__main__':
    run(main)
