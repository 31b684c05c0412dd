"""Pictures of many samples: by condition, and each beside the real image that is nearest to it."""

import numpy as np
from PIL import Image, ImageDraw

from core.errors import WrongCall
from core.fonts import font
from dcgan.grids import grid
from dcgan.metrics import memorization

EACH = 2  # images per genre and decade
LABEL, LETTERS = 96, 15  # pixels: the width of the names of genres, the height of letters
ROWS, NOTE = 2, 14  # of samples above their neighbors, and pixels for the number below


def by_condition(sampler, genres=None):
    """An image with a row per genre, all of the config where none are given, and a column per decade, if there are any.

    The same noise is used for each condition, so that a column of a decade shows what the genre changes. Raises
    WrongCall where the run is not conditional.
    """
    config = sampler.config
    if not config.conditional:
        raise WrongCall('-sheet is for a run that was trained with -conditional; this one was not')
    genres, decades = genres or config.known_genres, config.known_decades or (None,)
    noise, rng, tiles = sampler.noise(EACH), np.random.default_rng(config.seed), []
    for genre in genres:
        for decade in decades:
            tiles.append(sampler.images(noise, sampler.conditions(rng, EACH, (genre,), decade)))
    picture = grid(np.concatenate(tiles), len(genres), EACH * len(decades))
    sheet = Image.new('RGB', (picture.width + LABEL, picture.height + 2 * LETTERS), 'white')
    sheet.paste(picture, (LABEL, 2 * LETTERS))
    pen, wide, high = ImageDraw.Draw(sheet), config.output_width * EACH, config.output_height
    for i, decade in enumerate(decades):
        name = '' if decade is None else f'{decade}s'
        pen.text((LABEL + (i + 0.5) * wide, LETTERS), name, 'black', font('Aileron', LETTERS), 'mm')
    for i, genre in enumerate(genres):
        pen.text((LABEL - 8, 2 * LETTERS + (i + 0.5) * high), genre, 'black', font('Aileron', LETTERS), 'rm')
    return sheet


def beside_nearest(samples, training):
    """An image of samples, each above the training image nearest to it, both (n, height, width, 3) uint8.

    The number below is the measure of `memorization`: a copy has 0, an image of its own nearly 1.
    """
    ratios, nearest = memorization.compare(samples, [memorization.thumbnails(training)])
    return pairs(samples, training[nearest], ratios)


def pairs(samples, real, ratios):
    """An image of samples, each above a real one, with a number; (n, height, width, 3) uint8 and (n,)."""
    half = -(-len(samples) // min(ROWS, len(samples)))
    height, width = samples.shape[1:3]
    starts = range(0, len(samples), half)
    sheet = Image.new('RGB', (half * width, len(starts) * (2 * height + NOTE)), 'white')
    pen = ImageDraw.Draw(sheet)
    for row, start in enumerate(starts):
        top, part = row * (2 * height + NOTE), slice(start, start + half)
        sheet.paste(grid([*samples[part]], 1, len(samples[part])), (0, top))
        sheet.paste(grid([*real[part]], 1, len(real[part])), (0, top + height))
        for column, ratio in enumerate(ratios[part]):
            pen.text((column * width + 2, top + 2 * height + 1), f'{ratio:.2f}', 'black')
    return sheet
