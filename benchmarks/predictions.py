"""The rows of predicting: one poster from a cold start, and a folder of them."""

import json
import sys

from benchmarks.folders import link_posters
from benchmarks.measure import ROOT, Result, alternate, rate, run_command, run_module
from core.errors import WorkFailed
from posters.layout import poster_folder

FOLDER_ROUNDS = 2  # each takes a minute
CALLS, UNIT = 'calls/s', 'posters/s'


def predict(bench):
    """One poster by predict.py, its start and all, against a script around Keras' load_model.

    Both use preset 1 at ratio 60, and predict the same probabilities.
    """
    model, poster = make_model(bench, 1), bench.files(100, 1)[0]
    ours, theirs = json.loads(toolkit_predict(model, poster)), run_module('keras_predict', model, poster)
    predicted = {genre['genre']: genre['probability'] for genre in ours['posters'][0]['genres']}
    if any(abs(predicted[genre] - theirs[genre]) > 0.001 for genre in theirs):
        raise WorkFailed(f'predict.py and Keras disagree on {poster}')
    medians = alternate(
        'predict',
        CALLS,
        bench.rounds,
        lambda: rate(1, lambda: toolkit_predict(model, poster)),
        lambda: rate(1, lambda: run_module('keras_predict', model, poster)),
    )
    return Result('predict', *medians, f'a script around load_model, {keras_name(bench)}', CALLS, 5)


def predict_folder(bench):
    """A folder of posters by predict.py, its start and all, against Keras' predict, by the default version, 4."""
    return folder(bench, 'predict_folder', 4)


def predict_classic(bench):
    """The same by preset 1 at ratio 60."""
    return folder(bench, 'predict_classic', 1)


def folder(bench, row, version):
    """A folder of posters against Keras' predict in batches of 32, float32.

    The peer has its posters in memory, decoded and of the network's size, and has been called before; in our time is
    the reading of JPEG files at ratio 100.
    """
    model, number = make_model(bench, version), max(32, bench.posters // 2)
    data = bench.fresh('predict_posters')
    link_posters(bench.files(100, number), data)
    posters = poster_folder(data, 100)
    medians = alternate(
        row,
        UNIT,
        min(FOLDER_ROUNDS, bench.rounds),
        lambda: rate(number, lambda: toolkit_predict(model, posters)),
        lambda: run_module('keras_predict', model, posters),
    )
    return Result(row, *medians, f'{keras_name(bench)}, predict, float32', UNIT, 1.5)


def make_model(bench, version):
    """The path of a saved model as a training leaves it, but untrained."""
    bench.need_keras()
    path = bench.fresh('predict_models') / 'model.keras'
    run_command(sys.executable, '-m', 'benchmarks.random_model', path, version)
    return path


def toolkit_predict(model, posters):
    return predict_with(model.parent, posters)


def predict_with(models, posters):
    """What predict.py prints of posters with the models in a folder."""
    return run_command(sys.executable, ROOT / 'predict.py', f'-models={models}', '-json', posters)


def keras_name(bench):
    return f'Keras on {bench.hardware.backend}'
