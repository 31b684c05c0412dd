"""The rows of the GAN: the speed of its training, and the memory that it takes."""

import sys
from pathlib import Path

from benchmarks.folders import link_posters
from benchmarks.gan_steps import BATCH
from benchmarks.measure import Result, Skipped, alternate, run_module
from benchmarks.network import ROUNDS, has_fast_bfloat16, peak_memory
from posters.layout import poster_folder, poster_size
from posters.pixel_store import open_store

UNIT = 'images/s'
MINUTES = 1  # of training in the row of memory


def train(bench):
    """Training a DCGAN at ratio 60 in batches of 64, against the same networks in a loop of gradient tapes.

    The peer's network computes in float32. The target is for CPUs with bfloat16.
    """
    bench.need_keras()
    store, steps = bench.fresh('dcgan_train') / 'store', max(1, bench.steps // 2)
    open_store(bench.files(60, steps * BATCH), poster_size(60), store)
    medians = alternate(
        'dcgan_train',
        UNIT,
        min(ROUNDS, bench.rounds),
        lambda: run_module('gan_steps', 'toolkit', store, steps),
        lambda: run_module('gan_steps', 'keras', store, steps),
    )
    target = 1.8 if has_fast_bfloat16(bench) else None
    return Result('dcgan_train', *medians, 'Keras, GradientTape, float32', UNIT, target)


def memory(bench):
    """Peak private memory of training a DCGAN at ratio 60, against its images as a float32 array.

    It is a whole run of the toolkit's command on a folder of that many posters, for a minute: every one of them is
    decoded into the store, and the memory of a step depends on the batch alone.
    """
    bench.need_keras()
    if not Path('/proc/self/status').is_file():
        raise Skipped('this system has no /proc')
    width, height = poster_size(60)
    array = bench.films * height * width * 3 * 4
    data = bench.fresh('dcgan_memory')
    link_posters(bench.files(60, bench.films), data, 60)
    flags = (
        f'-dataset={poster_folder(data, 60)}',
        f'-runs={data / "runs"}',
        '-name=memory',
        '-architecture=dcgan',
        '-video_length=0',
    )
    flags += f'-batch_size={BATCH}', f'-minutes={MINUTES}', '-train'
    peak = peak_memory([sys.executable, '-m', 'dcgan', *flags])
    return Result('dcgan_memory', peak / 1e9, array / 1e9, 'the images as float32', 'GB', 0.25, at_most=True)
