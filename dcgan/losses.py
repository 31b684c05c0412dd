"""GAN losses by name, of logits (batch, 1): above 0 says that an image is real. A new one is an entry of LOSSES.

Keras is imported with the first call, so that flags can read the names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PENALTY = 5.0  # gamma of the gradient penalties
STEP = 0.01  # of their finite differences, in image values of -1..1


@dataclass(frozen=True)
class Loss:
    """`generator(real, fake)` and `discriminator(real, fake)` are losses of logits.

    `paired` says that the generator's needs the logits of real images, which are None otherwise; `penalized` that the
    discriminator's gets the gradient penalty, which leaves nothing of bfloat16 but its rounding.
    """

    generator: Callable[[Any, Any], Any]
    discriminator: Callable[[Any, Any], Any]
    paired: bool = False
    penalized: bool = False


def _softplus(x):
    from keras import ops  # after the set-up

    return ops.mean(ops.softplus(x))


def _hinge(x):
    from keras import ops  # after the set-up

    return ops.mean(ops.relu(1 + x))


def _mean(x):
    from keras import ops  # after the set-up

    return ops.mean(x)


LOSSES = {
    # the non-saturating loss of Goodfellow et al., 2014
    'bce': Loss(
        generator=lambda real, fake: _softplus(-fake),
        discriminator=lambda real, fake: _softplus(-real) + _softplus(fake),
    ),
    # Lim and Ye, 2017
    'hinge': Loss(
        generator=lambda real, fake: -_mean(fake),
        discriminator=lambda real, fake: _hinge(-real) + _hinge(fake),
    ),
    # Jolicoeur-Martineau, 2018, with the penalty of Huang et al., 2024
    'relativistic': Loss(
        generator=lambda real, fake: _softplus(real - fake),
        discriminator=lambda real, fake: _softplus(fake - real),
        paired=True,
        penalized=True,
    ),
}


def gradient_penalty(discriminate, images, noise, logits):
    """The zero-centered gradient penalty E |dD/dx|^2 of R3GAN, on real and on fake images, without a gradient.

    Huang et al., "The GAN is dead; long live the GAN! A Modern Baseline GAN", 2024. For standard normal `noise` v the
    mean of (v . dD/dx)^2 is |dD/dx|^2, and v . dD/dx is nearly (D(x + s v) - D(x)) / s: that runs on every backend
    (Lin et al., "Diffusion Adversarial Post-Training", 2025). `logits` are D(x).
    """
    from keras import ops  # after the set-up

    moved = discriminate(images + STEP * noise)
    return PENALTY / 2 * ops.mean(ops.square((moved - logits) / STEP))
