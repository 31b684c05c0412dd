"""The images that a run learns from: found in folders, brought to one size, memory-mapped."""

import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import ids
from core.cli import nearest
from core.errors import WorkFailed, WrongCall
from core.log import log
from dcgan import dataset
from dcgan.conditions import read_conditions
from dcgan.networks import ARCHITECTURES
from dcgan.noise import ORDER, stream
from posters.decode import BadImage, find_images, image_size
from posters.pixel_store import open_store

HOME = Path(__file__).with_name('data')
LARGEST = 1024  # pixels of a side
LONGEST = 19  # digits of a name that is a number
HELD_OUT_LEAST = 8  # for each of `holdout`; fewer would say nothing, and a small set needs them


@dataclass(frozen=True)
class Images:
    """`pixels` (n, height, width, 3) uint8, memory-mapped; `conditions` (n, k) float32, None unless conditional.

    `training` and `held_out` are indices into both: what is learned from, and what the samples are compared with.
    `numbers` (n,) uint64 are those of the files, of posters those that decide the split of their films.
    """

    pixels: np.ndarray
    conditions: np.ndarray | None
    training: np.ndarray
    held_out: np.ndarray
    numbers: np.ndarray

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


def open_images(config, home, cache):
    """(Images, GANConfig) of a run: the config with what depends on the images: size, genres and decades, digest.

    `home` is where names of datasets are looked for too, `cache` the folder for the pixel store. Raises WrongCall where
    a folder is not there or the dataset lacks what `conditional` needs, WorkFailed where no image can be read.
    """
    folders = [find_folder(name, home) for name in config.dataset]
    paths = []
    for folder in folders:
        images, others = find_images(folder)
        others -= os.path.isfile(folder / dataset.NOTE)
        if others:
            log.info(f'{folder}: skipped {others:,} files that are no images')
        if not images:
            raise WorkFailed(f'{folder}: no image is in this folder')
        paths += sorted(map(Path, images))
    first = first_size(paths)
    if config.crop:
        config = config.replace(
            input_width=config.input_width or first[0], input_height=config.input_height or first[1]
        )
    shape = (config.input_width, config.input_height) if config.crop else first
    config = config.replace(
        output_width=config.output_width or shape[0], output_height=config.output_height or shape[1]
    )
    if max(config.output_width, config.output_height) > LARGEST:
        raise WrongCall(
            f'the images have {shape[0]} x {shape[1]} pixels, more than {LARGEST}; give a smaller size, such as '
            f'{smaller(shape)}'
        )
    size, middle = (config.output_width, config.output_height), shape if config.crop else None
    least = ARCHITECTURES[config.architecture].least
    if min(size) < least:
        raise WrongCall(
            f'images of {size[0]} x {size[1]} pixels are too small: {config.architecture} makes sides of {least} and '
            'more; give -output_width and -output_height, or -architecture=dcgan'
        )
    name = hashlib.sha256(repr((list(map(str, folders)), size, middle)).encode()).hexdigest()[:12]
    pixels, kept = open_store(paths, size, cache / name, middle)
    paths = [paths[i] for i in kept]
    conditions = None
    if config.conditional:
        conditions, genres, decades = read_conditions(folders, paths)
        config = config.replace(known_genres=genres, known_decades=decades)
    config = config.replace(images=digest(folders, paths, conditions))
    posters = {path for folder in folders for path in dataset.posters(folder)}
    numbers = np.array([number_of(path, path in posters) for path in paths], np.uint64)
    away = is_held_out(numbers, config.holdout)
    if away.sum() < HELD_OUT_LEAST * config.holdout:
        away[:] = False
    return Images(pixels, conditions, np.flatnonzero(~away), np.flatnonzero(away), numbers), config


def number_of(path, is_poster=False):
    """The number that decides whether an image is held out: its name or a hash of it, of posters as of their films."""
    if is_poster:
        return ids.split_number(ids.from_file(path.stem))
    is_number = path.stem.isdecimal() and len(path.stem) <= LONGEST
    return int(path.stem) if is_number else zlib.crc32(os.fsencode(path.stem))


def is_held_out(number, holdout):
    """Whether an image is kept from training, `holdout` of every seven being kept.

    With 2, of posters, those of the films that `Movie.split` puts into test and validation. Runs of an earlier version
    have True for 1 and False for 0.
    """
    return number % 7 < holdout


def find_folder(name, home):
    for folder in (Path(name), home / name):
        if folder.is_dir():
            return folder
    near = nearest(name, [folder.name for folder in home.glob('*/')]) if home.is_dir() else ''
    raise WrongCall(f'-dataset={name}: there is no such folder, neither here nor in {home}{near}')


def first_size(paths):
    """(width, height) of the first image that can be opened."""
    for path in paths:
        try:
            return image_size(path)
        except BadImage:
            continue
    raise WorkFailed(f'none of the {len(paths):,} images can be read, {paths[0]} for one')


def smaller(shape):
    """The flags for images of the same shape that are at most 256 pixels wide and high."""
    scale = 256 / max(shape)
    width, height = (max(1, round(side * scale)) for side in shape)
    return f'-output_width={width} -output_height={height}'


def digest(folders, paths, conditions):
    """How many images there are, and a digest of their names in their folders, their lengths and their conditions."""
    digest_of_all = hashlib.sha256(b'' if conditions is None else conditions.tobytes())
    for path in paths:
        place = next(number for number, folder in enumerate(folders) if path.is_relative_to(folder))
        name = os.fsencode(path.relative_to(folders[place]))
        digest_of_all.update(b'%d %s %d\n' % (place, name, path.stat().st_size))
    return {'number': len(paths), 'digest': digest_of_all.hexdigest()[:16]}
