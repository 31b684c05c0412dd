"""Rows of decoding, reading and resizing posters."""

import shutil

import numpy as np
import PIL
from PIL import Image

from benchmarks.folders import link_posters
from benchmarks.measure import Result, Skipped, alternate, rate, run_command
from posters.layout import RATIOS, poster_folder, poster_size
from posters.pixel_store import open_store
from posters.resize import resize

BATCH = 32  # posters
LEVEL = np.float32(1 / 255)
UNIT = 'posters/s'
PILLOW = f'Pillow {PIL.__version__}'


def pixels(bench):
    """Posters at ratio 60 out of the pixel store, as float32 batches of 32 in random order.

    The peer is the classic loop over an image's pixels; it gets fewer posters, as many as take seconds.
    """
    files = bench.files(60, bench.posters)
    store, _ = open_store(files, poster_size(60), bench.fresh('pixels') / 'store')
    some = bench.files(60, max(BATCH, bench.posters // 50))
    ours, peer = alternate(
        'pixels',
        UNIT,
        bench.rounds,
        lambda: rate(len(files), lambda: read_batches(np.asarray(store))),
        lambda: rate(len(some), lambda: [read_by_pixel(file) for file in some]),
    )
    return Result('pixels', ours, peer, f'{PILLOW}, getpixel loop', UNIT, 1000)


def read_batches(store):
    """Read all posters, 0..1 as float32, in random order; like a training, one batch is held at a time."""
    order = np.random.default_rng(1).permutation(len(store))
    batch = np.empty((BATCH, *store.shape[1:]), np.float32)
    for start in range(0, len(order), BATCH):
        for poster, row in zip(batch, np.sort(order[start : start + BATCH]), strict=False):
            poster[...] = store[row]  # one by one, each stays in the processor's cache
            poster *= LEVEL


def read_by_pixel(file):
    image = Image.open(file).convert('RGB')
    width, height = image.size
    poster = np.empty((height, width, 3), np.float32)
    for y in range(height):
        for x in range(width):
            poster[y, x] = image.getpixel((x, y))
    poster /= 255
    return poster


def decode(bench):
    """Building the pixel store from JPEG files at ratio 60, against a loop of Pillow and NumPy on one core.

    Both fill uint8; the store lands on disk as well, the peer's array is allocated before the clock starts.
    """
    files = bench.files(60, bench.posters)
    size = width, height = poster_size(60)
    array = np.ones((len(files), height, width, 3), np.uint8)

    def ours():
        folder = bench.fresh('decode') / 'store'
        return rate(len(files), lambda: open_store(files, size, folder))

    def fill():
        for i, file in enumerate(files):
            array[i] = np.asarray(Image.open(file).convert('RGB'))

    medians = alternate('decode', UNIT, bench.rounds, ours, lambda: rate(len(files), fill))
    return Result('decode', *medians, f'{PILLOW} and NumPy, one core', UNIT, 1.7)


def resizing(bench):
    """Copies at five ratios of posters at ratio 100, against ImageMagick's mogrify, one call a ratio.

    ImageMagick uses the threads that it takes by itself; both write JPEG files of quality 90.
    """
    mogrify = shutil.which('mogrify')
    if not mogrify:
        raise Skipped('ImageMagick is not installed')
    files = bench.files(100, bench.posters)
    names = [f'{imdb_id}.jpg' for imdb_id in link_posters(files, bench.fresh('posters'))]
    source = poster_folder(bench.work / 'posters', 100)

    def ours():
        data = bench.fresh('resize')
        ids = link_posters(files, data)
        return rate(len(files), lambda: resize(ids, data, RATIOS))

    def peer():
        out = {ratio: bench.fresh(f'mogrify_{ratio}') for ratio in RATIOS}
        return rate(len(files), lambda: [call(out[ratio], poster_size(ratio)) for ratio in RATIOS])

    def call(out, size):
        run_command(mogrify, '-path', out, '-resize', '{}x{}!'.format(*size), '-quality', 90, *names, folder=source)

    medians = alternate('resize', UNIT, bench.rounds, ours, peer)
    version = run_command(mogrify, '-version').split()[2]
    return Result('resize', *medians, f'ImageMagick {version}, mogrify', UNIT, 3)
