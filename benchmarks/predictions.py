"""The rows of predicting: one poster from a cold start, and a folder of them."""

import json
import sys

from benchmarks.folders import link_posters
from benchmarks.measure import ROOT, Result, alternate, rate, run_command, run_module
from errors import WorkFailed
from posters.paths import poster_folder

FOLDER_ROUNDS = 2  # each takes a minute
CALLS, UNIT = 'calls/s', 'posters/s'


def predict(bench):
    """One poster by predict.py, its start and all, against a script around Keras' load_model.

    Both answer with version 1 at ratio 60, and with the same probabilities.
    """
    model, poster = make_model(bench), bench.files(100, 1)[0]
    ours, theirs = json.loads(ask(model, poster)), run_module('keras_predict', model, poster)
    said = {genre['genre']: genre['probability'] for genre in ours['posters'][0]['genres']}
    if any(abs(said[genre] - theirs[genre]) > 0.001 for genre in theirs):
        raise WorkFailed(f'predict.py and Keras disagree on {poster}')
    medians = alternate(
        'predict',
        CALLS,
        bench.rounds,
        lambda: rate(1, lambda: ask(model, poster)),
        lambda: rate(1, lambda: run_module('keras_predict', model, poster)),
    )
    return Result('predict', *medians, f'a script around load_model, {keras_name(bench)}', CALLS, 5)


def predict_folder(bench):
    """A folder of posters by predict.py, its start and all, against Keras' predict in batches of 32.

    The peer has its posters in memory, decoded and of the network's size, and has been called before; in our time is
    the reading of JPEG files at ratio 100. Version 1 at ratio 60, float32.
    """
    model, number = make_model(bench), max(32, bench.posters // 2)
    data = bench.fresh('predict_posters')
    link_posters(bench.files(100, number), data)
    folder = poster_folder(data, 100)
    medians = alternate(
        'predict_folder',
        UNIT,
        min(FOLDER_ROUNDS, bench.rounds),
        lambda: rate(number, lambda: ask(model, folder)),
        lambda: run_module('keras_predict', model, folder),
    )
    return Result('predict_folder', *medians, f'{keras_name(bench)}, predict, float32', UNIT, 1.5)


def make_model(bench):
    """The path of a saved model as a training leaves it, but for its weights, which are random."""
    bench.need_keras()
    path = bench.fresh('predict_models') / 'model.keras'
    run_command(sys.executable, '-m', 'benchmarks.random_model', path)
    return path


def ask(model, posters):
    return run_command(sys.executable, ROOT / 'predict.py', f'-models={model.parent}', '-json', posters)


def keras_name(bench):
    return f'Keras on {bench.hardware.backend}'
