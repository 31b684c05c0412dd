"""What a trained run is asked for: images, walks through its noise, sweeps of single numbers of it."""

import re
import sys

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tqdm import tqdm

from core import files
from core.errors import WorkFailed
from dcgan import networks, requests, sampling, video
from dcgan.grids import grid
from dcgan.noise import MAKER, draw, stream

BATCH = 64
MARK = 'python3 -m dcgan'  # in each picture: those of an earlier call may be removed
SWEEP = 10  # values of a number
STEPS, BETWEEN = 60, 3  # images from one station of a walk to the next, in a video and in a picture
TILES = 3, 6  # rows and columns of a walk's frames


def open_generator(run):
    """The generator of a trained Run, averaged where it keeps an average. Raises WorkFailed where there is none."""
    options = run.options
    model = networks.generator(options, options.output_height, options.output_width, options.conditions)
    if not run.restore(model.variables):
        raise WorkFailed(
            f'{run.folder}: nothing is trained yet; train with: python3 -m dcgan --train --name={run.name}'
        )
    return model


class Maker:
    """A trained Run's generator with the randomness of one call, asked for genres and a decade where it knows them."""

    def __init__(self, run, seed, truncation=1.0, genres=None, decade=None):
        self.options, self.truncation = run.options, truncation
        self.request = requests.check(self.options, genres, decade) if genres or decade is not None else (None, None)
        self.model = open_generator(run)
        self.seen = run.read_conditions() if self.options.conditional else None
        self.rng = stream(seed, MAKER, 0)

    def noise(self, number):
        return draw(self.options, self.rng, number) * np.float32(self.truncation)

    def asked(self, number):
        """Rows of what is asked for, None where the run is not conditional."""
        if self.options.conditional:
            return requests.draw(self.options, self.seen, self.rng, number, *self.request)

    def images(self, noise, asked):
        """(n, height, width, 3) uint8"""
        return sampling.make(self.model, noise, asked)

    def batches(self, number):
        """Batches of `number` images in all, with a progress bar."""
        with tqdm(total=number, desc='generating', unit=' images', disable=None, leave=False) as bar:
            for start in range(0, number, BATCH):
                size = min(BATCH, number - start)
                yield self.images(self.noise(size), self.asked(size))
                bar.update(size)


def generate(maker, number, folder):
    """Write `number` images and a grid of some into `folder`; returns the grid's path.

    Images that an earlier call has written there are removed; others stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first, written = None, set()
    for made in maker.batches(number):
        first = made if first is None else first
        for image in made:
            path = folder / f'{len(written):06d}.png'
            write(Image.fromarray(image), path)
            written.add(path)
    rows = max(1, round(len(first) ** 0.5))
    write(grid(first, rows, -(-len(first) // rows)), folder / 'grid.png')
    remove_older(folder, re.compile(r'\d{6,}'), written)
    return folder / 'grid.png'


def visualize(maker, folder):
    """A picture a number of the noise: a row an image, that number swept from its least to its greatest value.

    Pictures that an earlier call has written to `folder` are removed; others stay.
    """
    low = -1 if maker.options.z_dist == 'uniform_signed' else 0
    values = np.linspace(-2, 2, SWEEP) if maker.options.z_dist == 'normal01' else np.linspace(low, 1, SWEEP)
    noise, asked = maker.noise(4), maker.asked(4)
    rows = None if asked is None else np.repeat(asked, SWEEP, axis=0)
    folder.mkdir(parents=True, exist_ok=True)
    written = set()
    for dimension in tqdm(range(maker.options.z_dim), desc='sweeping', disable=None, leave=False):
        swept = np.concatenate([sampling.sweep(one, dimension, values) for one in noise])
        path = folder / f'z_{dimension:03d}.png'
        write(grid(maker.images(swept, rows), len(noise), SWEEP), path)
        written.add(path)
    remove_older(folder, re.compile(r'z_\d{3,}'), written)
    return folder


def remove_older(folder, stem, written):
    """Remove the images in `folder` that an earlier call named as those `written` now; others are counted."""
    older = [path for path in folder.glob('*.png') if stem.fullmatch(path.stem) and path not in written]
    ours = [path for path in older if is_ours(path)]
    for path in ours:
        path.unlink()
    if others := len(older) - len(ours):
        print(f'{folder}: {others:,} images that the toolkit did not make stay there', file=sys.stderr)


def is_ours(path):
    try:
        with Image.open(path) as image:
            return image.info.get('Software') == MARK
    except (OSError, ValueError, Image.DecompressionBombError):
        return False


def interpolate(maker, stations, path):
    """A walk from image to image, `stations` of them, and back to the first: a picture, or at an .mp4 path a video.

    The picture has a walk a row; the video loops, and shows a grid of walks.
    """
    rows, columns = TILES
    if path.suffix != '.mp4':
        walks = [sampling.walk(maker.noise(stations), BETWEEN) for _ in range(rows)]
        asked = maker.asked(rows)
        asked = None if asked is None else np.repeat(asked, len(walks[0]), axis=0)
        write(grid(maker.images(np.concatenate(walks), asked), rows, len(walks[0])), path)
        return path
    walks = [sampling.walk(maker.noise(stations), STEPS) for _ in range(rows * columns)]
    asked = maker.asked(rows * columns)
    size = columns * maker.options.output_width, rows * maker.options.output_height
    path.parent.mkdir(parents=True, exist_ok=True)
    with video.writing(path, size, rate=STEPS // 2) as write_frame:
        for moment in tqdm(np.stack(walks, axis=1), desc='walking', unit=' frames', disable=None, leave=False):
            write_frame(np.asarray(grid(maker.images(moment, asked), rows, columns)))
    return path


def write(picture, path):
    note = PngInfo()
    note.add_text('Software', MARK)
    with files.replacing(path) as temporary:
        picture.save(temporary, pnginfo=note)
