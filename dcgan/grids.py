"""Pictures put together from tiles."""

import numpy as np
from PIL import Image


def grid(tiles, rows, columns):
    """An image of `rows` x `columns` tiles, images of one size or (height, width, 3) uint8; what lacks is black."""
    tiles = [np.asarray(tile) for tile in tiles[: rows * columns]]
    height, width = tiles[0].shape[:2]
    picture = np.zeros((rows * height, columns * width, 3), np.uint8)
    for i, tile in enumerate(tiles):
        y, x = i // columns * height, i % columns * width
        picture[y : y + height, x : x + width] = tile
    return Image.fromarray(picture)
