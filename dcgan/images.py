"""The images that a run learns from: found in folders, brought to one size, memory-mapped."""

import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from dcgan.conditions import read_conditions
from dcgan.noise import ORDER, stream
from errors import WorkFailed, WrongCall
from flags import nearest
from posters.images import BadImage, open_image
from posters.pixels import open_store

SUFFIXES = '.jpg', '.jpeg', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff'
HOME = Path(__file__).with_name('data')
HELD_OUT_LEAST = 8  # fewer would say nothing, and a small set needs them


@dataclass(frozen=True)
class Images:
    """`pixels` (n, height, width, 3) uint8, memory-mapped; `conditions` (n, k) float32, None unless conditional.

    `training` and `held_out` are indices into both: what is learnt from, and what the samples are judged by.
    """

    pixels: np.ndarray
    conditions: np.ndarray | None
    training: np.ndarray
    held_out: np.ndarray

    @property
    def size(self):
        """(height, width)"""
        return self.pixels.shape[1:3]

    def __len__(self):
        return len(self.training)

    def rows(self, seed, step, batch):
        """Indices of the images of a step, counted from 0: each image once an epoch, in an order of the epoch's own."""
        places = np.arange(step * batch, (step + 1) * batch)
        orders = {epoch: stream(seed, ORDER, epoch).permutation(self.training) for epoch in set(places // len(self))}
        return np.array([orders[place // len(self)][place % len(self)] for place in places])


def open_images(options, home, cache):
    """The Images of a run; what of its `options` depends on them is filled in: size, genres and decades known, digest.

    `home` is where names of datasets are looked for too, `cache` the folder for the pixel store. Raises WrongCall where
    a folder is not there or the dataset lacks what `conditional` needs, WorkFailed where no image can be read.
    """
    folders = [find_folder(name, home) for name in options.dataset]
    found = {folder: images_in(folder) for folder in folders}
    for folder, paths in found.items():
        if not paths:
            raise WorkFailed(f'{folder}: no image is in this folder')
    paths = [path for some in found.values() for path in some]
    first = first_size(paths)
    if options.crop:
        options.input_width, options.input_height = options.input_width or first[0], options.input_height or first[1]
    shape = (options.input_width, options.input_height) if options.crop else first
    options.output_width, options.output_height = (
        given or pixels for given, pixels in zip((options.output_width, options.output_height), shape, strict=True)
    )
    size, middle = (options.output_width, options.output_height), shape if options.crop else None
    name = hashlib.sha256(repr((list(map(str, folders)), size, middle)).encode()).hexdigest()[:12]
    pixels, kept = open_store(paths, size, cache / name, middle)
    paths = [paths[i] for i in kept]
    conditions = None
    if options.conditional:
        conditions, options.known_genres, options.known_decades = read_conditions(folders, paths)
    options.images = digest(folders, paths, conditions)
    away = np.array([options.holdout and is_held_out(path) for path in paths])
    if away.sum() < HELD_OUT_LEAST:
        away[:] = False
    return Images(pixels, conditions, np.flatnonzero(~away), np.flatnonzero(away))


def is_held_out(path):
    """Whether an image is kept from training: one of seven, by its name; of posters those of test films."""
    number = int(path.stem) if path.stem.isdecimal() else zlib.crc32(path.stem.encode())
    return number % 7 == 0


def find_folder(name, home):
    for folder in (Path(name), home / name):
        if folder.is_dir():
            return folder
    near = nearest(name, [folder.name for folder in home.glob('*/')]) if home.is_dir() else ''
    raise WrongCall(f'-dataset={name}: there is no such folder, neither here nor in {home}{near}')


def images_in(folder):
    """Paths of the images in `folder` and its folders, sorted; hidden ones are left out."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith('.')]
        found += [Path(parent, n) for n in names if n.lower().endswith(SUFFIXES) and not n.startswith('.')]
    return sorted(found)


def first_size(paths):
    """(width, height) of the first image that can be opened."""
    for path in paths:
        try:
            with open_image(path, formats=None) as image:
                return image.size
        except (BadImage, OSError, Image.DecompressionBombError):
            continue
    raise WorkFailed(f'none of the {len(paths):,} images can be read, {paths[0]} for one')


def digest(folders, paths, conditions):
    """How many images there are, and a digest of their names in their folders, their lengths and their conditions."""
    found = hashlib.sha256(b'' if conditions is None else conditions.tobytes())
    for path in paths:
        place = next(number for number, folder in enumerate(folders) if path.is_relative_to(folder))
        name = os.fsencode(path.relative_to(folders[place]))
        found.update(b'%d %s %d\n' % (place, name, path.stat().st_size))
    return {'number': len(paths), 'digest': found.hexdigest()[:16]}
