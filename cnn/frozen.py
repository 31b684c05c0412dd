"""The head of a pretrained network solved for, its backbone left as it is."""

import hashlib
from pathlib import Path

import keras
import numpy as np

from cnn import features, heads, networks

PENALTIES = 1.0, 0.5, 0.25  # from the strongest; each is solved from the solution before it


def fit_head(version, data, target, settings, hardware):
    """A network of the version with pretrained weights and the head that validates best on a PosterSet.

    Returns the model, its outputs (films, outputs) for the validation films, and {penalty: validation score} of all
    that were tried. Raises WorkFailed where the weights cannot be had.
    """
    weights = settings.get('weights', 'imagenet')
    model = networks.build(version, data.posters.shape[1:], target.outputs, target.activation, weights)
    statistics = keras.Model(model.input, model.get_layer(networks.STATISTICS).output)
    networks.compile_for_prediction(statistics, hardware)
    name = f'{version.backbone.lower()}_{label(weights)}_r{settings["ratio"]}_{hardware.precision}'
    found = features.load(statistics, data, name)
    splits = np.array([movie.split for movie in data.movies])
    training, validation = splits == 'train', splits == 'validation'
    scale = heads.moments(found[training])
    inputs, seen = heads.standardize(found[training], *scale), heads.standardize(found[validation], *scale)
    tried, solution, best = {}, None, None
    for penalty in PENALTIES:
        solution = heads.solve(inputs, data.labels[training], penalty, target.activation, solution)
        outputs = heads.apply(seen, solution, target.activation)
        found = target.measures(data.split('validation').movies, outputs)
        tried[penalty] = found[target.measure]
        print(f'head, penalty {penalty:<5g} validation {target.measured} {tried[penalty]:.4f}', flush=True)
        if not best or found['quality'] > best[0]:
            best = found['quality'], solution, outputs
    model.get_layer(networks.FEATURES).set_weights(scale)
    model.get_layer(networks.HEAD).set_weights(best[1])
    return model, best[2], tried


def label(weights):
    """'imagenet', or what tells one file of weights from another."""
    return weights if weights == 'imagenet' else hashlib.sha256(Path(weights).read_bytes()).hexdigest()[:12]
