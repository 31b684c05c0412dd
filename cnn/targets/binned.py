"""A number told as a distribution over bins, of which the answer is the median.

The median is the answer with the least mean absolute error, and the distribution tells how sure the answer is.
"""

from dataclasses import dataclass

import numpy as np

SHARES = 0.1, 0.5, 0.9  # of the distribution that lie below the low, the middle and the high answer


@dataclass(frozen=True)
class Bins:
    """`number` bins, each `width` wide, the first beginning at `low`."""

    low: float
    width: float
    number: int

    @classmethod
    def between(cls, least, most, width):
        """Bins that hold all from `least` to `most`, with one to spare on both sides."""
        low = np.floor(least / width - 1) * width
        return cls(float(low), width, int((most - low) // width) + 2)

    @property
    def edges(self):
        """(number + 1,)"""
        return self.low + self.width * np.arange(self.number + 1)

    def spread(self, values):
        """(n, number) float32: each value shared among the bins around it as a normal curve has it."""
        distances = (np.asarray(values, float)[:, None] - self.edges[:-1]) / self.width - 0.5
        shares = np.exp(-(distances**2) / 2)
        return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)

    def answers(self, distributions):
        """(n, 3): low, middle and high answer for each row; four fifths of it lie between the outer two."""
        below = np.pad(np.cumsum(distributions, axis=1, dtype=float), ((0, 0), (1, 0)))
        return np.array([np.interp(SHARES, row / row[-1], self.edges) for row in below])
