"""What a saved model says of any posters, by onnxruntime: neither Keras nor TensorFlow is imported."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from cnn.onnx_runner import Runner
from cnn.saved_models import find_models, open_model
from cnn.versions import TARGETS
from errors import WorkFailed
from posters import given
from posters.images import BadImage
from posters.paths import poster_size
from posters.workers import cores

WORKERS = min(cores(), 16)  # threads, each decoding posters and then computing on one core
BATCH = max(1, min(4, 16 // WORKERS))  # posters that a thread holds; the network needs about 12 MB for each


def choose_models(folder, name=None):
    """{target: SavedModel}: of each target the model in `folder` that validates best, or the one of that name alone.

    Raises WrongCall for an unknown name, WorkFailed where there is no model or no usable one.
    """
    found, reason = {}, None
    for path in find_models(folder, name):
        try:
            saved = open_model(path)
        except WorkFailed as error:
            reason = error
            continue
        if saved.target not in found or saved.quality > found[saved.target].quality:
            found[saved.target] = saved
    if not found:
        raise reason
    return {target: found[target] for target in TARGETS if target in found}


def open_network(saved):
    """The Runner of a SavedModel. Raises WorkFailed where its ONNX file is missing, broken or another model's."""
    if not saved.onnx_path.is_file():
        folder = '' if saved.path.parent == Path('saved_models') else f' -models={saved.path.parent}'
        raise WorkFailed(
            f'{saved.name} has no ONNX file yet; make it with: python3 __main__.py -export={saved.name}{folder}'
        )
    runner = Runner(saved.onnx_path)
    if runner.size != poster_size(saved.settings['ratio']) or runner.outputs != saved.outputs:
        raise WorkFailed(f'{saved.onnx_path}: this is not the network that {saved.name}.json tells of')
    return runner


def predict(models, runners, found):
    """Yield (name, answers, reason) for each poster of `found`, which `given.find` has made, in that order.

    `models` and `runners`, from `choose_models` and `open_network`, are {target: ...}. `answers` are {target: what
    SavedModel.read says}, or None where the poster cannot be read, for `reason`.
    """
    sizes = tuple({runner.size for runner in runners.values()})
    addresses = [name for name, reason in found if given.is_address(name) and not reason]
    fetched = given.fetch(addresses, sizes) if addresses else {}
    batches = [found[i : i + BATCH] for i in range(0, len(found), BATCH)]
    pool = ThreadPoolExecutor(WORKERS)
    try:
        for answers in pool.map(partial(answer, models, runners, sizes, fetched), batches):
            yield from answers
    finally:
        pool.shutdown(cancel_futures=True)


def answer(models, runners, sizes, fetched, batch):
    posters = [read(name, reason, fetched, sizes) for name, reason in batch]
    whole = [poster for poster in posters if not isinstance(poster, str)]
    said = []
    if whole:
        stacks = {size: np.stack(same) for size, same in zip(sizes, zip(*whole, strict=True), strict=True)}
        rows = [models[target].read(runner.run(stacks[runner.size])) for target, runner in runners.items()]
        said = [dict(zip(runners, row, strict=True)) for row in zip(*rows, strict=True)]
    said = iter(said)
    return [
        (name, None, poster) if isinstance(poster, str) else (name, next(said), '')
        for (name, _), poster in zip(batch, posters, strict=True)
    ]


def read(name, reason, fetched, sizes):
    """The poster of that name in each of `sizes`, or the reason why there is none."""
    if reason or name in fetched:
        return reason or fetched[name]
    try:
        return tuple(given.read_file(name, size) for size in sizes)
    except BadImage as error:
        return str(error)
