"""Make a picture of docs/dcgan.md from a trained run.

python3 -m docs.make_gan_pictures RUN [RUNS]: its name, and the folder of runs where that is another. Of a -conditional
run it shows images by condition, of another how the training went.
"""

import sys
from pathlib import Path

from PIL import Image

from core import hardware
from dcgan import generators, sheets
from dcgan.sampling import Sampler
from dcgan.train.runs import Run

PICTURES = Path(__file__).resolve().with_name('pictures')
ROWS, GAP = 2, 8  # rows of a grid of samples that are shown, white pixels between grids
GENRES = 'Action', 'Animation', 'Horror', 'Romance', 'Sci-Fi', 'Western'


def development(run):
    """The same noise at four times of a training, the first and the last among them: the first rows of its grids."""
    paths = sorted(run.samples.glob('step_*.png'))
    shown = [Image.open(paths[i]).convert('RGB') for i in (0, len(paths) // 8, len(paths) // 2, len(paths) - 1)]
    width, height = shown[0].width, run.config.output_height * ROWS
    sheet = Image.new('RGB', (width, len(shown) * (height + GAP) - GAP), 'white')
    for i, picture in enumerate(shown):
        sheet.paste(picture.crop((0, 0, width, height)), (0, i * (height + GAP)))
    return sheet


def main():
    name, folder = (*sys.argv[1:], 'dcgan/runs')[:2]
    hardware.set_up('float32')
    run = Run(name, folder)
    if run.config.conditional:
        sampler = Sampler(generators.of_run(run), seed=1)
        sheets.by_condition(sampler, GENRES).save(PICTURES / 'dcgan_asked.png')
    else:
        development(run).save(PICTURES / 'dcgan_training.jpg', quality=90)


if __name__ == '__main__':
    main()
