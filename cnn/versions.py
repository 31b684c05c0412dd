"""The numbered versions of the network: a new experiment is a new entry here and nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """`kernel` is the side of the first block's kernels as a share of the poster's width; None: 3 pixels in all."""

    number: int
    about: str
    kernel: float | None = None
    loss: str = 'binary_crossentropy'
    optimizer: str = 'rmsprop'
    learning_rate: float = 1e-4

    def kernels(self, width):
        """The sides in pixels of the kernels of the first and of the second block, for posters `width` wide."""
        if self.kernel is None:
            return 3, 3
        return max(1, round(width * self.kernel)), max(1, round(width * self.kernel / 2))


def registry(*versions):
    found = {version.number: version for version in versions}
    if len(found) < len(versions):
        raise ValueError('two versions share a number')
    return found


VERSIONS = registry(
    Version(1, 'the classic: two 3x3 convolutions of 32 channels, two of 64, a dense layer of 512'),
    Version(2, 'as 1, its kernels 10% of the width of the poster in the first block, 5% in the second', kernel=0.10),
    Version(3, 'as 1, its kernels 20% of the width of the poster in the first block, 10% in the second', kernel=0.20),
)


def explain():
    """A line a version."""
    return '\n'.join(f'  {v.number}  {v.about}; {v.optimizer} {v.learning_rate:g}' for v in VERSIONS.values())
