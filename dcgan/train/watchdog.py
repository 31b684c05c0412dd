"""Detects when a training goes wrong: when the discriminator has won, and when samples lose their variety."""

import numpy as np

WON, PATIENCE = 0.99, 200  # accuracy on real and on fake images; steps in a row
ALIKE = 0.05  # mean distance between two samples as a share of that between two real images
NARROWED = 0.5  # coverage as a share of the best so far
PAIRS = 200


class Watchdog:
    """Reports a fault once, and again only after it has been better in between.

    A complaint is (what is wrong, the networks that should learn more slowly: some of 'g' and 'd').
    """

    def __init__(self, real):
        """`real` are some real images, (n, height, width, 3) uint8."""
        self.apart, self.winning, self.alike = distance(real), 0, False
        self.coverage, self.narrow = 0.0, False

    def losses(self, metrics):
        """A complaint about a step's accuracies, or None."""
        won = min(metrics['accuracy_real'], metrics['accuracy_fake']) >= WON
        self.winning = self.winning + 1 if won else 0
        if self.winning == PATIENCE:
            return (
                f'the discriminator has been right on {WON:.0%} of the images for {PATIENCE} steps: the generator '
                'learns nothing; try -diffaugment=color,translation,cutout, or a lower -learning_rate_d'
            ), ('d',)
        return None

    def samples(self, made):
        """A complaint about samples of fixed noise, or None."""
        near = distance(made)
        before, self.alike = self.alike, near < ALIKE * self.apart
        if self.alike and not before:
            return (
                f'the samples have become alike: they are {near:.3f} apart, real images {self.apart:.3f} (root mean '
                'square, pixels from 0 to 1)'
            ), ('g', 'd')
        return None

    def measures(self, measured):
        """A complaint about the coverage of a measurement, or None."""
        before, self.narrow = self.narrow, measured['coverage'] < NARROWED * self.coverage
        self.coverage = max(self.coverage, measured['coverage'])
        if self.narrow and not before:
            return (
                f'the samples lose their variety: their coverage is {measured["coverage"]:.2f} and was '
                f'{self.coverage:.2f}'
            ), ('g', 'd')
        return None


def distance(images):
    """Mean root mean square difference of pairs of images (n, height, width, 3) uint8, pixels from 0 to 1."""
    if len(images) < 2:
        return 0.0
    rng = np.random.default_rng(0)
    first = rng.integers(len(images), size=PAIRS)
    second = (first + rng.integers(1, len(images), size=PAIRS)) % len(images)
    return float(np.mean([root_mean_square(images[a], images[b]) for a, b in zip(first, second, strict=True)]))


def root_mean_square(a, b):
    return np.sqrt(np.mean((a.astype(np.float32) - b) ** 2)) / 255
