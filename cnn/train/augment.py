"""Augmentation of posters: mirroring, small shifts and rotations, color changes, cutout."""

import numpy as np
from keras import ops

TURN = np.deg2rad(5)
ZOOM = 0.10
SHIFT = 0.06  # of the sides
BRIGHTNESS, CONTRAST, SATURATION = 30, 0.2, 0.3
CUTOUT = 0.35  # of the sides at most
CUTOUT_SHARE = 0.5  # of the posters
GRAY = np.float32([[0.299], [0.587], [0.114]])


def augment(posters, rng):
    """Altered copies of `posters`, (batch, height, width, 3) uint8 in and out.

    What is altered is drawn by NumPy from `rng`, so that it is the same on every backend.
    """
    n, height, width = posters.shape[:3]
    x = ops.convert_to_tensor(posters.astype(np.float32))
    x = ops.image.affine_transform(x, transforms(rng, n, height, width), fill_mode='reflect')
    x = recolor(x, rng, n)
    x = ops.where(cutout(rng, n, height, width), np.float32(127), x)
    return ops.convert_to_numpy(ops.cast(ops.clip(x, 0, 255), 'uint8'))


def transforms(rng, n, height, width):
    """From output to input coordinates, (n, 8): [a0 a1 a2 b0 b1 b2 0 0] of x' = a0 x + a1 y + a2, y' likewise."""
    angle = rng.uniform(-TURN, TURN, n)
    zoom = rng.uniform(1 - ZOOM, 1 + ZOOM, n)
    mirror = rng.choice((-1, 1), n)
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    to_x = middle_x + rng.uniform(-SHIFT, SHIFT, n) * width
    to_y = middle_y + rng.uniform(-SHIFT, SHIFT, n) * height
    rows = [
        *(mirror * cos, -mirror * sin, to_x - mirror * (cos * middle_x - sin * middle_y)),
        *(sin, cos, to_y - (sin * middle_x + cos * middle_y)),
        *(np.zeros(n), np.zeros(n)),
    ]
    return np.stack(rows, axis=1).astype(np.float32)


def recolor(x, rng, n):
    """Other brightness, contrast and saturation."""
    brightness = rng.uniform(-BRIGHTNESS, BRIGHTNESS, (n, 1, 1, 1)).astype(np.float32)
    contrast = rng.uniform(1 - CONTRAST, 1 + CONTRAST, (n, 1, 1, 1)).astype(np.float32)
    saturation = rng.uniform(1 - SATURATION, 1 + SATURATION, (n, 1, 1, 1)).astype(np.float32)
    gray = ops.matmul(x, GRAY)
    return (gray + (x - gray) * saturation - 127) * contrast + 127 + brightness


def cutout(rng, n, height, width):
    """Where cutout covers a poster (DeVries and Taylor, 2017): (n, height, width, 1) bool."""
    tall, wide = (rng.uniform(0.1, CUTOUT, n) * side for side in (height, width))
    top, left = rng.uniform(0, height - tall), rng.uniform(0, width - wide)
    there = rng.random(n) < CUTOUT_SHARE
    rows, columns = np.arange(height), np.arange(width)
    in_rows = (rows >= top[:, None]) & (rows < (top + tall)[:, None]) & there[:, None]
    in_columns = (columns >= left[:, None]) & (columns < (left + wide)[:, None])
    return (in_rows[:, :, None] & in_columns[:, None, :])[..., None]
