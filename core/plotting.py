"""matplotlib, set to draw into files before it is imported: MPLBACKEND may name a notebook's package, or a screen."""

import os
import warnings

os.environ['MPLBACKEND'] = 'Agg'

from matplotlib import colormaps
from matplotlib import pyplot as plt

plt.rcParams['text.parse_math'] = False  # titles and genres may have dollar signs
warnings.filterwarnings('ignore', r'Glyph \d+ .* missing from font')  # a box stands for it

__all__ = 'colormaps', 'plt'
