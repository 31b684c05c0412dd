"""A poster and, beside it, which part of it speaks for which genre."""

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageDraw

from cnn.films import said_genres
