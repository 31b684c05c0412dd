"""Losses that Keras does not have."""

from keras import ops

GAMMA, MARGIN = 4.0, 0.05


def asymmetric(labels, probabilities):
    """Asymmetric loss (Ridnik et al., 2021): what is easily seen not to be there counts little; (batch,).

    `labels` and `probabilities` are (batch, genres) in 0..1; positives are not focused (gamma 0).
    """
    p = ops.clip(ops.cast(probabilities, 'float32'), 1e-7, 1 - 1e-7)
    shifted = ops.maximum(p - MARGIN, 0)
    positive = labels * ops.log(p)
    negative = (1 - labels) * shifted**GAMMA * ops.log1p(-shifted)
    return -ops.mean(positive + negative, axis=-1)


LOSSES = {'asymmetric': asymmetric}
