"""Make a picture of docs/dcgan.md from a trained run.

python3 -m docs.make_gan_pictures RUN [RUNS]: its name, and the folder of runs where that is another. Of a -conditional
run it shows images by condition, of another how the training went.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core import hardware
from dcgan.grids import grid
from dcgan.train.runs import Run

PICTURES = Path(__file__).resolve().with_name('pictures')
ROWS, GAP = 2, 8  # rows of a grid of samples that are shown, white pixels between grids
GENRES = 'Action', 'Animation', 'Horror', 'Romance', 'Sci-Fi', 'Western'
EACH = 2  # images per genre and decade
LABEL, LETTERS = 84, 15


def development(run):
    """The same noise at four times of a training, the first and the last among them: the first rows of its grids."""
    paths = sorted(run.samples.glob('step_*.png'))
    shown = [Image.open(paths[i]).convert('RGB') for i in (0, len(paths) // 8, len(paths) // 2, len(paths) - 1)]
    width, height = shown[0].width, run.config.output_height * ROWS
    sheet = Image.new('RGB', (width, len(shown) * (height + GAP) - GAP), 'white')
    for i, picture in enumerate(shown):
        sheet.paste(picture.crop((0, 0, width, height)), (0, i * (height + GAP)))
    return sheet


def conditioned(run):
    """Images by condition: a row per genre, some columns per decade."""
    from dcgan.sampling import Sampler  # after the set-up: it imports Keras

    sampler, rows = Sampler(run, seed=1), []
    decades = run.config.known_decades
    for genre in GENRES:
        images = []
        for decade in decades:
            sampler.wanted = (genre,), decade
            images.append(sampler.images(sampler.noise(EACH), sampler.conditions(EACH)))
        rows.append(np.concatenate(images))
    tiles = grid(np.concatenate(rows), len(GENRES), EACH * len(decades))
    sheet = Image.new('RGB', (tiles.width + LABEL, tiles.height + 2 * LETTERS), 'white')
    sheet.paste(tiles, (LABEL, 2 * LETTERS))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(LETTERS)
    wide, high = run.config.output_width * EACH, run.config.output_height
    for i, decade in enumerate(decades):
        pen.text((LABEL + (i + 0.5) * wide, LETTERS), f'{decade}s', 'black', font, 'mm')
    for i, genre in enumerate(GENRES):
        pen.text((LABEL - 8, 2 * LETTERS + (i + 0.5) * high), genre, 'black', font, 'rm')
    return sheet


def main():
    name, folder = (*sys.argv[1:], 'dcgan/runs')[:2]
    hardware.set_up('float32')
    run = Run(name, folder)
    if run.config.conditional:
        conditioned(run).save(PICTURES / 'dcgan_asked.png')
    else:
        development(run).save(PICTURES / 'dcgan_training.jpg', quality=90)


if __name__ == '__main__':
    main()
