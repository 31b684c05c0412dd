"""Make the pictures of docs/dcgan.md.

python3 -m docs.make_gan_pictures shows what the shipped generator makes: its first seeds, the first of some genres with
titles, and a sheet by condition. With names of runs, and -runs=FOLDER where that is another, it shows how the samples
of each have changed. Their measurements are kept in docs/gan_runs/, and drawn beside those that are there.
"""

import csv
import random
import sys
from pathlib import Path

from PIL import Image

from core import hardware
from core.plotting import plt
from dcgan import generators, sheets
from dcgan.grids import grid
from dcgan.metrics.kid import INDEPENDENT, MEASURES
from dcgan.sampling import Sampler
from dcgan.titles import set_title
from dcgan.train.runs import Run, read_rows
from sample.catalogue import title_of_a_film

PICTURES = Path(__file__).resolve().with_name('pictures')
MEASURED = PICTURES.with_name('gan_runs')
SHOWN = 3, 12  # rows and columns of samples
TITLED = 'Horror', 'Sci-Fi', 'Drama', 'Comedy', 'Western', 'Thriller', 'Romance'
TITLED_SEED = 50  # of the first of them
SCALE = 3  # of posters with titles
SHEET_SEED = 50
SHEET = 'Action', 'Animation', 'Comedy', 'Drama', 'Horror', 'Romance', 'Sci-Fi', 'Thriller'
KIDS = 20, 50, 100, 200, 500  # x 1000, marked on the axis
ROWS, GAP = 2, 8  # rows of a grid of samples that are shown, white pixels between grids


def of_generator(generator):
    """Write the pictures of a Generator."""
    save(grid(next(Sampler(generator, seed=1).batches(SHOWN[0] * SHOWN[1])), *SHOWN), 'gan_posters')
    posters = []
    for seed, genre in enumerate(TITLED, TITLED_SEED):
        wanted = (genre,) if generator.config.conditional else None
        image = next(Sampler(generator, seed, genres=wanted).batches(1))[0]
        posters.append(set_title(image, title_of_a_film(genre, random.Random(genre)), SCALE))
    save(grid(posters, 1, len(posters)), 'gan_titles')
    if generator.config.conditional:
        save(sheets.by_condition(Sampler(generator, SHEET_SEED), SHEET), 'gan_conditions')


def development(run):
    """The first rows of grids of a training: at a quarter, half and the end, and before it unless that was noise."""
    paths = sorted(run.samples.glob('step_*.png'))
    times = sorted({len(paths) // 4, len(paths) // 2, len(paths) - 1} | ({0} if run.config.init else set()))
    shown = [Image.open(paths[i]).convert('RGB') for i in times]
    width, height = shown[0].width, run.config.output_height * ROWS
    sheet = Image.new('RGB', (width, len(shown) * (height + GAP) - GAP), 'white')
    for i, picture in enumerate(shown):
        sheet.paste(picture.crop((0, 0, width, height)), (0, i * (height + GAP)))
    return sheet


def keep_measurements(run):
    """Write the rows of a run's log that have measurements, and the minutes of training until then, into MEASURED.

    A run that was measured once has no curve.
    """
    seconds, kept = 0.0, []
    for row in read_rows(run.log_path):
        seconds += float(row['seconds'])
        if row['kid']:
            images = int(row['step']) * run.config.batch_size
            kept.append({'minutes': f'{seconds / 60:.1f}', 'images': images, **{name: row[name] for name in MEASURES}})
    if len(kept) < 2:
        return
    MEASURED.mkdir(exist_ok=True)
    with open(MEASURED / f'{run.name}.csv', 'w', encoding='utf-8', newline='') as file:
        table = csv.DictWriter(file, ['minutes', 'images', *MEASURES], lineterminator='\n')
        table.writeheader()
        table.writerows(kept)


def curves(path):
    """Plot KID, recall and coverage of the runs in MEASURED over the minutes of training."""
    figure, plots = plt.subplots(1, 3, figsize=(12, 4), layout='constrained')
    for table in sorted(MEASURED.glob('*.csv')):
        rows = list(csv.DictReader(table.read_text(encoding='utf-8').splitlines()))
        minutes = [float(row['minutes']) for row in rows]
        for axes, name, factor in zip(plots, ('kid', 'recall', 'coverage'), (1000, 1, 1), strict=True):
            axes.plot(minutes, [factor * float(row[name]) for row in rows], marker='.', label=table.stem)
            axes.set(xlabel='minutes of training', ylabel='KID x 1000' if name == 'kid' else name)
            axes.grid(alpha=0.3)
    plots[0].set(yscale='log', yticks=KIDS, yticklabels=KIDS)
    plots[0].minorticks_off()
    figure.suptitle(f'500 samples beside 1,000 training posters, {INDEPENDENT}')
    figure.legend(*plots[0].get_legend_handles_labels(), loc='outside lower center', ncols=8)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def save(picture, name):
    picture.convert('RGB').save(PICTURES / f'{name}.jpg', quality=90)


def main():
    folder = next((word.split('=', 1)[1] for word in sys.argv[1:] if word.startswith('-runs=')), 'dcgan/runs')
    names = [word for word in sys.argv[1:] if not word.startswith('-runs=')]
    if not names:
        of_generator(generators.of_file(set_up=lambda: hardware.set_up('float32')))
        return
    for run in (Run(name, folder) for name in names):
        save(development(run), f'gan_run_{run.name}')
        keep_measurements(run)
    if MEASURED.is_dir():
        curves(PICTURES / 'gan_curves.png')


if __name__ == '__main__':
    main()
