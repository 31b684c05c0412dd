"""Linear probe: a regularized linear head on the features of frozen backbones, fitted by L-BFGS."""

import numpy as np

from catalogues.splits import split_of
from cnn import networks
from cnn.features.backbone import BackboneFeatures
from cnn.train import logistic
from core.errors import WorkFailed
from core.log import log

STRONGEST, WEAKEST = 2.0, 0.001  # L2 strengths of the regularization path


def fit_probe(preset, data, target, weights, hardware):
    """A network of the preset with pretrained weights and the head that validates best on a PosterSet.

    Along the regularization path the L2 strength is halved, each solution the start of the next, until the selection
    metric no longer improves. Returns the model, its outputs (films, outputs) for the validation films, and
    {L2 strength: validation metric} of all that were tried. Raises WorkFailed where the weights cannot be had.
    """
    features = np.concatenate(
        [BackboneFeatures(preset, backbone, weights, hardware).load(data) for backbone in preset.backbones], axis=1
    )
    model = networks.build(preset, data.posters.shape[1:], target.outputs, target.activation, weights)
    if features.shape[1:] != model.get_layer(networks.STATISTICS).output.shape[1:]:
        raise WorkFailed('data/features: its features are of another version of these networks; remove that folder')
    splits = np.array([split_of(movie.id, data.scheme) for movie in data.movies])
    training, validation = splits == 'train', splits == 'validation'
    scale = logistic.moments(features[training])
    inputs, held_out = (logistic.standardize(features[rows], *scale) for rows in (training, validation))
    principal = logistic.principal_axes(inputs)
    path, solution, best, strength = {}, None, None, STRONGEST
    while strength >= WEAKEST:
        solution = logistic.solve(inputs, principal, data.labels[training], strength, target.activation, solution)
        outputs = logistic.apply(held_out, solution, target.activation)
        metrics = target.validate(data.split('validation').movies, outputs)
        path[strength] = metrics[target.metric]
        log.info(f'linear probe, L2 strength {strength:<9g} validation {target.metric_label} {path[strength]:.4f}')
        if best and metrics['selection_metric'] <= best[0]:
            break
        best = metrics['selection_metric'], solution, outputs
        strength /= 2
    model.get_layer(networks.FEATURES).set_weights(scale)
    model.get_layer(networks.HEAD).set_weights(best[1])
    return model, best[2], path
