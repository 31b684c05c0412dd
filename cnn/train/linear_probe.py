"""The head of a pretrained network solved for, its backbone left as it is."""

import hashlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from catalogues.splits import split_of
from cnn import features, networks
from cnn.presets import BESIDE
from cnn.train import logistic
from core.errors import WorkFailed

STRONGEST, WEAKEST = 2.0, 0.001  # penalties of the head


def fit_head(version, data, target, settings, hardware):
    """A network of the version with pretrained weights and the head that validates best on a PosterSet.

    The penalty on its weights is halved, each solution the start of the next, until that brings no gain. Returns the
    model, its outputs (films, outputs) for the validation films, and {penalty: validation score} of all that were
    tried. Raises WorkFailed where the weights cannot be had.
    """
    weights = settings.get('weights', 'imagenet')
    found = read(version, data, weights, hardware)
    model = networks.build(version, data.posters.shape[1:], target.outputs, target.activation, weights)
    if found.shape[1:] != model.get_layer(networks.STATISTICS).output.shape[1:]:
        raise WorkFailed('data/features: its features are of another version of these networks; remove that folder')
    splits = np.array([split_of(movie.id, data.scheme) for movie in data.movies])
    training, validation = splits == 'train', splits == 'validation'
    scale = logistic.moments(found[training])
    inputs, seen = logistic.standardize(found[training], *scale), logistic.standardize(found[validation], *scale)
    principal = logistic.principal_axes(inputs)
    tried, solution, best, penalty = {}, None, None, STRONGEST
    while penalty >= WEAKEST:
        solution = logistic.solve(inputs, principal, data.labels[training], penalty, target.activation, solution)
        outputs = logistic.apply(seen, solution, target.activation)
        measures = target.measures(data.split('validation').movies, outputs)
        tried[penalty] = measures[target.measure]
        print(f'head, penalty {penalty:<9g} validation {target.measured} {tried[penalty]:.4f}', flush=True)
        if best and measures['quality'] <= best[0]:
            break
        best = measures['quality'], solution, outputs
        penalty /= 2
    model.get_layer(networks.FEATURES).set_weights(scale)
    model.get_layer(networks.HEAD).set_weights(best[1])
    return model, best[2], tried


def read(version, data, weights, hardware):
    """The features, (n, features) float16, that a version's pretrained backbones read off a PosterSet."""
    found = []
    for backbone in version.backbone.split(BESIDE):
        size = f'r{data.ratio}' + (f'_x{version.enlarged:g}' if version.enlarged != 1 else '')
        name = f'{backbone.lower()}_{label(weights)}_{size}_{hardware.precision}'
        build = partial(reader, replace(version, backbone=backbone), data.posters.shape[1:], weights, hardware)
        found.append(features.load(build, data, name))
    return np.concatenate(found, axis=1)


def reader(version, shape, weights, hardware):
    return networks.statistics(networks.build(version, shape, 1, weights=weights), hardware)


def label(weights):
    """'imagenet', or what tells one file of weights from another."""
    return weights if weights == 'imagenet' else hashlib.sha256(Path(weights).read_bytes()).hexdigest()[:12]
