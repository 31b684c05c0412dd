"""What generator and discriminator are trained for, from logits (batch, 1): above 0 says that an image is real."""

from keras import ops

PENALTY = 5.0  # gamma of the gradient penalties of `relativistic`
STEP = 0.01  # of their finite differences, in image values of -1..1


def discriminator_loss(kind, real, fake):
    """bce: Goodfellow et al., 2014. hinge: Lim and Ye, 2017. relativistic: Jolicoeur-Martineau, 2018."""
    if kind == 'bce':
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    if kind == 'hinge':
        return ops.mean(ops.relu(1 - real)) + ops.mean(ops.relu(1 + fake))
    return ops.mean(ops.softplus(fake - real))


def generator_loss(kind, real, fake):
    """The non-saturating loss for bce; `real` are the logits of real images, which relativistic alone looks at."""
    if kind == 'bce':
        return ops.mean(ops.softplus(-fake))
    if kind == 'hinge':
        return -ops.mean(fake)
    return ops.mean(ops.softplus(real - fake))


def penalty(discriminate, images, noise, logits):
    """The zero-centred gradient penalty E |dD/dx|^2 that R3GAN lays on real and on fake images, without a gradient.

    Huang et al., "The GAN is dead; long live the GAN! A Modern Baseline GAN", 2024. For standard normal `noise` v the
    mean of (v . dD/dx)^2 is |dD/dx|^2, and v . dD/dx is nearly (D(x + s v) - D(x)) / s: that runs on every backend
    (Lin et al., "Diffusion Adversarial Post-Training", 2025, have it so). `logits` are D(x).
    """
    moved = discriminate(images + STEP * noise)
    return PENALTY / 2 * ops.mean(ops.square((moved - logits) / STEP))
