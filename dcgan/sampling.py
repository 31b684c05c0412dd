"""Sampling: generated images, latent interpolation and latent traversal of a trained run."""

import re

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tqdm import tqdm

from core import files
from core.log import log
from dcgan import video
from dcgan.conditions import check_conditions, draw_conditions
from dcgan.generators import pixels
from dcgan.grids import grid
from dcgan.noise import SAMPLER, draw, stream
from dcgan.titles import set_title

BATCH = 64
SHOWN, ASPECT = 60, 1.3  # images in a grid, and how many more columns than rows it has
MARK = 'python3 -m dcgan'  # in each picture: those of an earlier call may be removed
VALUES = 10  # of a latent dimension
STEPS, BETWEEN = 60, 3  # images from one station of an interpolation to the next, in a video and in a picture
GUIDANCE = 2.0  # of a request
TILES = 3, 6  # rows and columns of the frames of a video
FIXED = 1_000_003  # offset of the seed of a grid's noise from that of training


class Sampler:
    """A Generator with the randomness of one call, conditioned on genres and a decade where given.

    A poster is its seed's, whatever else is made in the call: the first one is of `seed`, the next of `seed` + 1.

    `guidance` is a factor of the conditions: 1 is as in training, more extrapolates away from what an open request
    gives, as classifier-free guidance does in diffusion models (Ho and Salimans, 2022). Without it a request has
    GUIDANCE, and what is not requested 1.
    """

    def __init__(self, generator, seed, truncation=1.0, genres=None, decade=None, guidance=None):
        self.generator, self.config, self.truncation, self.seed = generator, generator.config, truncation, seed
        self.guidance = guidance
        conditioned = genres or decade is not None or guidance is not None
        self.wanted = check_conditions(self.config, genres, decade) if conditioned else (None, None)

    def posters(self, number):
        """(noise, conditions) of the next `number` seeds; conditions are None where the run is not conditional."""
        streams = [stream(seed, SAMPLER, 0) for seed in range(self.seed, self.seed + number)]
        self.seed += number
        noise = np.concatenate([draw(self.config, rng, 1) for rng in streams]) * np.float32(self.truncation)
        if not self.config.conditional:
            return noise, None
        return noise, np.concatenate([self.conditions(rng, 1, *self.wanted) for rng in streams])

    def conditions(self, rng, number, genres=None, decade=None):
        """Conditions of a request, (number, k) float32, or where it leaves both open of training images."""
        rows = draw_conditions(self.config, self.generator.training_conditions, rng, number, genres, decade)
        return rows * np.float32(self.guidance or (GUIDANCE if genres or decade is not None else 1))

    def noise(self, number):
        return self.posters(number)[0]

    def images(self, noise, conditions):
        """(n, height, width, 3) uint8"""
        return self.generator(noise, conditions)

    def batches(self, number):
        """Batches of `number` images in all, with a progress bar."""
        with tqdm(total=number, desc='generating', unit=' images', disable=None, leave=False) as bar:
            for start in range(0, number, BATCH):
                size = min(BATCH, number - start)
                yield self.images(*self.posters(size))
                bar.update(size)


def generate(sampler, number, folder, title=None):
    """Write `number` images, named by their seeds, and a grid of some into `folder`; returns the grid's path.

    With a `title` each gets it in type. Images that an earlier call has written there are removed; others stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first, written, seed = [], set(), sampler.seed
    for made in sampler.batches(number):
        for image in made:
            picture = set_title(image, title) if title else Image.fromarray(image)
            first += [picture] if len(first) < SHOWN else []
            path = folder / f'{seed:06d}.png'
            write(picture, path)
            written.add(path)
            seed += 1
    rows = max(1, round(len(first) ** 0.5 / ASPECT))
    write(grid(first, rows, -(-len(first) // rows)), folder / 'grid.png')
    remove_older(folder, re.compile(r'\d{6,}'), written)
    return folder / 'grid.png'


def visualize(sampler, folder):
    """Latent traversal: a picture per latent dimension, a row per image, from its least to its greatest value.

    Pictures that an earlier call has written to `folder` are removed; others stay.
    """
    low = -1 if sampler.config.z_dist == 'uniform_signed' else 0
    values = np.linspace(-2, 2, VALUES) if sampler.config.z_dist == 'normal01' else np.linspace(low, 1, VALUES)
    noise, conditions = sampler.posters(4)
    rows = None if conditions is None else np.repeat(conditions, VALUES, axis=0)
    folder.mkdir(parents=True, exist_ok=True)
    written = set()
    for dimension in tqdm(range(sampler.config.z_dim), desc='latent traversal', disable=None, leave=False):
        traversed = np.concatenate([traverse(one, dimension, values) for one in noise])
        path = folder / f'z_{dimension:03d}.png'
        write(grid(sampler.images(traversed, rows), len(noise), VALUES), path)
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
        log.warning(f'{folder}: {others:,} images that the toolkit did not make stay there')


def is_ours(path):
    try:
        with Image.open(path) as image:
            return image.info.get('Software') == MARK
    except (OSError, ValueError, Image.DecompressionBombError):
        return False


def interpolate(sampler, stations, path):
    """Latent interpolation from image to image, `stations` of them, and back: a picture, or at an .mp4 path a video.

    The picture has an interpolation per row; the video loops, and shows a grid of them.
    """
    rows, columns = TILES
    if path.suffix != '.mp4':
        _, conditions = sampler.posters(rows)
        walks = [interpolate_latents(sampler.noise(stations), BETWEEN) for _ in range(rows)]
        conditions = None if conditions is None else np.repeat(conditions, len(walks[0]), axis=0)
        write(grid(sampler.images(np.concatenate(walks), conditions), rows, len(walks[0])), path)
        return path
    _, conditions = sampler.posters(rows * columns)
    walks = [interpolate_latents(sampler.noise(stations), STEPS) for _ in range(rows * columns)]
    size = columns * sampler.config.output_width, rows * sampler.config.output_height
    path.parent.mkdir(parents=True, exist_ok=True)
    with video.writing(path, size, rate=STEPS // 2) as write_frame:
        for moment in tqdm(np.stack(walks, axis=1), desc='interpolating', unit=' frames', disable=None, leave=False):
            write_frame(np.asarray(grid(sampler.images(moment, conditions), rows, columns)))
    return path


def write(picture, path):
    note = PngInfo()
    note.add_text('Software', MARK)
    with files.replacing(path) as temporary:
        picture.save(temporary, pnginfo=note)


def fixed_inputs(config, images, number):
    """Noise, and conditions where there are any, of the grids that show how a training goes."""
    rng = np.random.default_rng(config.seed + FIXED)
    noise = draw(config, rng, number)
    if images.conditions is None:
        return noise, None
    return noise, images.conditions[rng.choice(images.training, number)]


def generate_images(generator, noise, conditions=None, batch_size=64):
    """Images (n, height, width, 3) uint8 of a Keras generator in training."""
    batches = []
    for start in range(0, len(noise), batch_size):
        part = slice(start, start + batch_size)
        inputs = noise[part] if conditions is None else [noise[part], conditions[part]]
        batches.append(pixels(generator.predict_on_batch(inputs)))
    return np.concatenate(batches)


def interpolate_latents(stations, steps):
    """Latent vectors on the way from station to station and back to the first, (len(stations) * steps, z_dim).

    Along a great circle, so that the length of the noise, which the generator expects, hardly changes on the way
    (White, "Sampling Generative Networks", 2016).
    """
    parts = []
    for here, there in zip(stations, np.roll(stations, -1, axis=0), strict=True):
        parts.append(arc(here, there, np.arange(steps, dtype=np.float32) / steps))
    return np.concatenate(parts)


def arc(here, there, shares):
    shares = shares[:, np.newaxis]
    cosine = np.dot(here, there) / max(np.linalg.norm(here) * np.linalg.norm(there), 1e-9)
    angle = np.arccos(np.clip(cosine, -1, 1))
    if np.sin(angle) < 1e-4:
        return (1 - shares) * here + shares * there
    return (np.sin((1 - shares) * angle) * here + np.sin(shares * angle) * there) / np.sin(angle)


def traverse(noise, dimension, values):
    """`noise`, (z_dim,), with one dimension set to each of `values` in turn, (len(values), z_dim)."""
    traversed = np.repeat(noise[np.newaxis], len(values), axis=0)
    traversed[:, dimension] = values
    return traversed
