"""What a saved model says of any posters, by onnxruntime: neither Keras nor TensorFlow is imported."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from cnn.onnx_runner import Runner
from cnn.saved_models import find_models, open_model
from errors import WorkFailed
from posters import given
from posters.images import BadImage
from posters.paths import poster_size
from posters.workers import cores

WORKERS = min(cores(), 16)  # threads, each decoding posters and then computing on one core
BATCH = max(1, min(4, 16 // WORKERS))  # posters that a thread holds; the network needs about 12 MB for each


def choose_model(folder, name=None):
    """The SavedModel of that name in `folder`, without a name the one with the best validation macro mAP.

    Raises WrongCall for an unknown name, WorkFailed where there is no model or no usable one.
    """
    found, reason = [], None
    for path in find_models(folder, name):
        try:
            found.append(open_model(path))
        except WorkFailed as error:
            reason = error
    if not found:
        raise reason
    return max(found, key=lambda saved: saved.card['scores']['map'])


def open_network(saved):
    """The Runner of a SavedModel. Raises WorkFailed where its ONNX file is missing, broken or another model's."""
    if not saved.onnx_path.is_file():
        folder = '' if saved.path.parent == Path('saved_models') else f' -models={saved.path.parent}'
        raise WorkFailed(
            f'{saved.name} has no ONNX file yet; make it with: python3 __main__.py -export={saved.name}{folder}'
        )
    runner = Runner(saved.onnx_path)
    if runner.size != poster_size(saved.settings['ratio']) or runner.outputs != len(saved.genres):
        raise WorkFailed(f'{saved.onnx_path}: this is not the network that {saved.name}.json tells of')
    return runner


def predict(saved, runner, found):
    """Yield (name, probabilities, reason) for each poster of `found`, which `given.find` has made, in that order.

    `runner` is the model's, from `open_network`. `probabilities` are calibrated, (genres,), or None where the poster
    cannot be read, for `reason`.
    """
    addresses = [name for name, reason in found if given.is_address(name) and not reason]
    fetched = given.fetch(addresses, runner.size) if addresses else {}
    batches = [found[i : i + BATCH] for i in range(0, len(found), BATCH)]
    pool = ThreadPoolExecutor(WORKERS)
    try:
        for answers in pool.map(partial(answer, saved, runner, fetched), batches):
            yield from answers
    finally:
        pool.shutdown(cancel_futures=True)


def answer(saved, runner, fetched, batch):
    posters = [read(name, reason, fetched, runner.size) for name, reason in batch]
    whole = [poster for poster in posters if not isinstance(poster, str)]
    said = iter(saved.calibrate(runner.run(np.stack(whole))) if whole else ())
    return [
        (name, None, poster) if isinstance(poster, str) else (name, next(said), '')
        for (name, _), poster in zip(batch, posters, strict=True)
    ]


def read(name, reason, fetched, size):
    """The poster of that name, or the reason why there is none."""
    if reason or name in fetched:
        return reason or fetched[name]
    try:
        return given.read_file(name, size)
    except BadImage as error:
        return str(error)
