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


def augment(posters, rng, batch=None, rows=slice(None)):
    """Altered copies of `posters`, (n, height, width, 3) uint8 in and out.

    They are the `rows` of a batch of so many posters; without these a whole one. What is altered is drawn by NumPy from
    `rng` for the whole batch, so that it is the same on every backend and however a batch is shared.
    """
    batch = batch or len(posters)
    height, width = posters.shape[1:3]
    x = ops.convert_to_tensor(posters.astype(np.float32))
    x = ops.image.affine_transform(x, transforms(rng, batch, height, width)[rows], fill_mode='reflect')
    x = recolor(x, rng, batch, rows)
    x = ops.where(cutout(rng, batch, rows, height, width), np.float32(127), x)
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


def recolor(x, rng, batch, rows):
    """Other brightness, contrast and saturation."""
    shape = batch, 1, 1, 1
    brightness = rng.uniform(-BRIGHTNESS, BRIGHTNESS, shape).astype(np.float32)[rows]
    contrast = rng.uniform(1 - CONTRAST, 1 + CONTRAST, shape).astype(np.float32)[rows]
    saturation = rng.uniform(1 - SATURATION, 1 + SATURATION, shape).astype(np.float32)[rows]
    gray = ops.matmul(x, GRAY)
    return (gray + (x - gray) * saturation - 127) * contrast + 127 + brightness


def cutout(rng, batch, rows, height, width):
    """Where cutout covers a poster (DeVries and Taylor, 2017): (n, height, width, 1) bool."""
    tall, wide = (rng.uniform(0.1, CUTOUT, batch) * side for side in (height, width))
    top, left = rng.uniform(0, height - tall), rng.uniform(0, width - wide)
    there = rng.random(batch) < CUTOUT_SHARE
    tall, wide, top, left, there = (drawn[rows] for drawn in (tall, wide, top, left, there))
    down, across = np.arange(height), np.arange(width)
    in_rows = (down >= top[:, None]) & (down < (top + tall)[:, None]) & there[:, None]
    in_columns = (across >= left[:, None]) & (across < (left + wide)[:, None])
    return (in_rows[:, :, None] & in_columns[:, None, :])[..., None]
