"""The rows of training: its speed, and the memory that it takes."""

import importlib.util
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.folders import link_posters, write_catalogue
from benchmarks.measure import ROOT, Result, Skipped, alternate, run_module, shown
from benchmarks.train_steps import BATCH, WARM_UP
from core.errors import WorkFailed
from posters.layout import poster_size
from posters.pixel_store import open_store

ROUNDS = 2  # each way costs a process, its compilation and seconds of training
PERIOD = 0.05  # seconds between two looks at the memory
POSTERS_PER_CORE = 17  # a second, trained at ratio 100 in bfloat16; roughly
UNIT = 'posters/s'


def train(bench):
    """Training preset 1 at ratio 60 in batches of 32, against the faster of Keras and PyTorch on the same layers.

    The peers have their posters in memory as float32; Keras has its defaults, PyTorch (where it is installed) channels
    last and the precision of the toolkit. What comes before the first steps is not measured.
    """
    bench.need_keras()
    return against(bench, 'train', 'toolkit', bench.hardware.precision)


def train_float32(bench):
    """The same without bfloat16."""
    bench.need_keras()
    return against(bench, 'train_float32', 'toolkit_float32', 'float32')


def train_xla(bench):
    """The same against Keras compiled with XLA."""
    bench.need_keras()
    store = training_store(bench)
    medians = alternate(
        'train_xla',
        UNIT,
        min(ROUNDS, bench.rounds),
        lambda: run_module('train_steps', 'toolkit', store, bench.steps),
        lambda: run_module('train_steps', 'keras_xla', store, bench.steps),
    )
    return Result('train_xla', *medians, f'Keras on {bench.hardware.backend}, float32, compiled with XLA', UNIT, None)


def against(bench, name, way, precision):
    store = training_store(bench)
    peers = {'Keras, its defaults': lambda: run_module('train_steps', 'keras', store, bench.steps)}
    if importlib.util.find_spec('torch'):
        peers[f'PyTorch, {precision}'] = lambda: run_module('torch_steps', store, bench.steps, precision)
    rates = {peer: [] for peer in peers}

    def peer():
        for known, measured in peers.items():
            rates[known].append(measured())
        return max(latest[-1] for latest in rates.values())

    ours, theirs = alternate(
        name, UNIT, min(ROUNDS, bench.rounds), lambda: run_module('train_steps', way, store, bench.steps), peer
    )
    medians = ', '.join(f'{known}: {shown(statistics.median(each))}' for known, each in rates.items())
    return Result(name, ours, theirs, f'the fastest of: {medians}', UNIT, 2)


def training_store(bench):
    files = bench.files(60, max(bench.steps, WARM_UP) * BATCH)
    store = bench.fresh('train') / 'store'
    open_store(files, poster_size(60), store)
    return store


def features(bench):
    """Posters at ratio 100 through preset 4's frozen backbone, against the same network under Keras' defaults.

    The target is for CPUs with bfloat16.
    """
    bench.need_keras()
    store = bench.fresh('features') / 'store'
    open_store(bench.files(100, bench.steps * BATCH), poster_size(100), store)
    medians = alternate(
        'features',
        UNIT,
        min(ROUNDS, bench.rounds),
        lambda: run_module('backbone', 'toolkit', store),
        lambda: run_module('backbone', 'keras', store),
    )
    peer_name = f'Keras on {bench.hardware.backend}, its defaults'
    return Result('features', *medians, peer_name, UNIT, 1.8 if has_fast_bfloat16(bench) else None)


def has_fast_bfloat16(bench):
    return bench.hardware.device.startswith('CPU') and bench.hardware.precision == 'bfloat16'


def memory(bench):
    """Peak private memory of one epoch of preset 1 at ratio 100, against its posters as a float32 array.

    It is a whole run of the toolkit's command: reading the catalogue, building the store, an epoch, validation, saving.
    """
    bench.need_keras()
    if not Path('/proc/self/status').is_file():
        raise Skipped('this system has no /proc')
    width, height = poster_size(100)
    array = bench.films * height * width * 3 * 4
    minutes = bench.films / (POSTERS_PER_CORE * bench.hardware.threads) / 60
    print(f'memory    one epoch on {bench.films:,} posters; about {minutes:,.0f} minutes', flush=True)
    data = bench.fresh('memory')
    files = bench.files(100, bench.films)
    link_posters(files, data)
    write_catalogue(data / 'MovieGenre.csv', [file.resolve().as_uri() for file in files])
    flags = '-version=1', '-ratio=100', '-epochs=1', f'-data={data}', f'-models={data / "models"}'
    peak = peak_memory([sys.executable, ROOT / '__main__.py', *flags])
    return Result('memory', peak / 1e9, array / 1e9, 'the posters as float32', 'GB', 0.25, at_most=True)


def peak_memory(command):
    """Run a command and return the most private memory, in bytes, that its process was seen to hold."""
    peak = 0
    with subprocess.Popen(command) as process:
        try:
            while process.poll() is None:
                peak = max(peak, private_memory(process.pid))
                time.sleep(PERIOD)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise WorkFailed('the training of the row memory failed')
    return peak


def private_memory(pid):
    """Bytes of memory that the process shares with no file and no other process."""
    found = re.search(r'RssAnon:\s+(\d+) kB', Path(f'/proc/{pid}/status').read_text(encoding='utf-8'))
    return int(found[1]) * 1024 if found else 0  # a process that has just ended has no such line
