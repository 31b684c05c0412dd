"""A number predicted as a distribution over bins, whose median is the prediction.

The median has the least mean absolute error, and the distribution shows how certain the prediction is.
"""

from dataclasses import dataclass

import numpy as np

LEVELS = 0.1, 0.5, 0.9  # of the three quantiles


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

    def quantiles(self, distributions):
        """(n, 3): low quantile, median and high quantile of each row; 80% of it is between the outer two."""
        return np.array([np.interp(LEVELS, row, self.edges) for row in self._below(distributions)])

    def shares(self, distributions, bounds):
        """(n, k): how much of each row is between each of the k + 1 ascending `bounds` and the next."""
        below = [np.interp(bounds, self.edges, row) for row in self._below(distributions)]
        return np.diff(below, axis=1)

    def _below(self, distributions):
        """(n, number + 1): how much of each row is below each edge, from 0 to 1."""
        below = np.pad(np.cumsum(distributions, axis=1, dtype=float), ((0, 0), (1, 0)))
        return below / below[:, -1:]
