"""matplotlib, set to draw into files before it is imported: MPLBACKEND may name a notebook's package, or a screen."""

import os

os.environ['MPLBACKEND'] = 'Agg'

from matplotlib import colormaps
from matplotlib import pyplot as plt

__all__ = 'colormaps', 'plt'
