"""Predictions by the workers of a cluster, each of which opens the networks once."""

import functools
import os
from pathlib import Path

from cnn.predict.networks import open_all
from cnn.predict.predictor import batch_size, predict
from cnn.saved_models import open_model
from core import shards
from posters.inputs import is_address

SHARD, STEP = 256, 16  # posters that a worker gets at once, at most; a multiple of every batch size


def predict_on_cluster(chosen, posters, data, words=False, title=None):
    """Yield what `predict` yields for `posters`, which the workers can read, in that order.

    `chosen` are {target: SavedModel}; with `words` there are the lines of text too. The states of the shards are in
    data/shards/predict.
    """
    models = tuple((target, os.path.abspath(saved.path)) for target, saved in chosen.items())
    size = batch_size(chosen.values())
    split = shards.split(posters, SHARD, STEP)
    work = [([name for name, _ in some], (models, words, title, size, [*map(_absolute, some)])) for some in split]
    done, number = {}, 0
    for finished, predictions in shards.run('predict', data, _predict, work):
        done[finished] = predictions
        while number in done:
            for (name, _), (_, predicted, reason) in zip(split[number], done.pop(number), strict=True):
                yield name, predicted, reason
            number += 1


def _absolute(poster):
    name, reason = poster
    return (name if reason or is_address(name) else os.path.abspath(name)), reason


def _predict(models, words, title, size, posters):
    networks, reader = _open(models, words)
    return list(predict(networks, posters, reader, title, size=size))


@functools.lru_cache(1)
def _open(models, words):
    networks, reader, _ = open_all({target: open_model(Path(path)) for target, path in models}, words)
    return networks, reader
