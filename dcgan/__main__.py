"""Train a GAN on a folder of images, and have it make new ones."""

import os
from pathlib import Path

from core import hardware
from core.cli import Flag, Parser, integer, listed, number, switch, text
from core.errors import WrongCall, run
from dcgan import options
from dcgan.options import Options
from dcgan.runs import Run, named

ABOUT = """
Train a GAN on a folder of images, of any shape, and have it make new ones.

  python3 -m dcgan --dataset=dcgan_movies_posters --sample_rate=100 --train
  python3 -m dcgan --name=dcgan_movies_posters --generate=500
  python3 -m dcgan --name=dcgan_movies_posters --generate=60 --genres=Sci-Fi --decade=1980

A training that was stopped, in whatever way, goes on at the very step with the same command.
"""
MADE = 100  # images without any other wish
JUDGED = 2000


def resolution(word):
    sides = word.lower().split('x')
    if len(sides) != 2 or not all(side.isdecimal() and int(side) >= 16 for side in sides):
        raise ValueError('give width x height in pixels, 16 or more each: 1280x720')
    return tuple(map(int, sides))


FLAGS = {
    'What to do': [
        Flag('train', 'train, or go on with a training'),
        Flag('jobs', 'train one run after the other: a CSV file with a row a run and a column a flag', None, text,
             'FILE'),
        Flag('generate', f'make so many images with a trained generator; {MADE} where nothing else is asked for', None,
             integer(1), 'N'),
        Flag('interpolate', 'make a picture of a walk between so many images and back; with -video a looping video',
             None, integer(2, 1000), 'N'),
        Flag('visualize', 'make a picture a number of the noise, that number swept'),
        Flag('evaluate', f'compare {JUDGED:,} generated images, or as many as -generate gives, with real ones'),
        Flag('judge', 'conditional accuracy of a -conditional run: how often it makes what it is asked for, by the '
             'best models of genres and year in this folder that `__main__.py -split=judge` has trained', None, text,
             'MODELS'),
    ],
    **options.TRAINING,
    'Seeing how it goes': [
        Flag('minutes', 'train until so many are over, those of earlier calls among them', None,
             number(0, 100_000), 'N'),
        Flag('grid_height', 'rows of a grid of samples', 8, integer(1, 100)),
        Flag('grid_width', 'columns of a grid of samples', 8, integer(1, 100)),
        Flag('sample_rate', 'a grid of samples every so many steps; without it -sample_freq', None, integer(1), 'N'),
        Flag('sample_freq', 'the same', 200, integer(1)),
        Flag('video_length', 'minutes of the video of the training, 30 steps a second, at most; 0 for none', 5.0,
             number(-1e-9, 1000), '5'),
        Flag('render_res', 'cut the grid into boxes of this size, a video each', None, resolution, 'WxH'),
        Flag('auto_render_period', 'render the video in parts of so many seconds while the training goes on', None,
             number(0, 100_000), 'SECONDS'),
        Flag('ckpt_freq', 'a checkpoint every so many steps', 200, integer(1)),
        Flag('max_to_keep', 'checkpoints to keep', 1, integer(1)),
        Flag('resume', 'go on where a training stopped: on or off', True, switch, 'on'),
        Flag('overwrite', 'remove the training that is there, whole or damaged, and begin it again'),
        Flag('runs', 'the folder of all runs', 'dcgan/runs', text),
    ],
    'What to make': [
        Flag('out', "the folder for what is made; without it one in the run's", None, text, 'FOLDER'),
        Flag('truncation', 'below 1: less variety, fewer failures', 1.0, number(0, 2), '1'),
        Flag('genres', 'ask for these, with commas', None, listed(text), 'A,B'),
        Flag('decade', 'ask for this one: 1980', None, integer(0, 9999), 'YEAR'),
        Flag('video', 'of the walk'),
        Flag('generate_test_images', 'the same as -generate', None, integer(1), 'N'),
    ],
    'Hardware': [
        hardware.PRECISION,
        *hardware.FLAGS,
        Flag('gpu_idx', 'the number of the GPU to use', None, integer(0), 'N'),
    ],
}  # fmt: skip


def main():
    parser = Parser(ABOUT, FLAGS)
    flags = parser.parse()
    if flags.gpu_idx is not None:
        os.environ['CUDA_VISIBLE_DEVICES'] = str(flags.gpu_idx)
    if flags.jobs:
        from dcgan import jobs

        return jobs.run_jobs(jobs.read_jobs(flags.jobs, parser.flags), flags.runs)
    flags.generate = flags.generate or flags.generate_test_images
    if flags.train:
        train(flags)
    if flags.evaluate or flags.judge:
        assess(flags)
    elif flags.generate or flags.interpolate or flags.visualize or not flags.train:
        make(flags)


def name_of(flags):
    if flags.name or flags.dataset:
        return named(flags.name, flags.dataset)
    raise WrongCall('say which images to train on: -dataset=FOLDER -train, or which run to ask: -name=NAME')


def open_images(found, flags):
    from dcgan import images  # with it come NumPy and Pillow

    return images.open_images(found, images.HOME, Path(flags.runs) / '.pixels')


def train(flags):
    if not flags.dataset:
        raise WrongCall('say which images: -dataset=FOLDER')
    precision, found = precision_of(flags), Options.of(flags)
    found.batch_size = found.batch_size or flags.grid_height * flags.grid_width
    run = Run(name_of(flags), flags.runs, found, flags.max_to_keep)
    if found.holdout is None:
        goes_on = run.steps() and not flags.overwrite
        found.holdout = run.read_options()['holdout'] if goes_on else options.HOLDOUT
    if found.loss == 'relativistic' and found.batch_norm_d:
        print('-loss=relativistic measures slopes that batch normalization blurs: -batch_norm_d=off suits it better')
    shown = open_images(found, flags)
    run.begin(flags.resume, flags.overwrite)
    height, width = shown.size
    held_out = f', {len(shown.held_out):,} more held out' if len(shown.held_out) else ''
    print(f'{len(shown):,} images to train on{held_out}, {width}x{height} pixels')
    machine = hardware.set_up(precision, flags.xla, flags.threads)
    print(machine)
    from dcgan.training import train  # after the set-up: it imports Keras

    train(run, shown, machine, flags)
    print(f'run: {run.folder}')


def precision_of(flags):
    """`relativistic` measures slopes by small differences, of which bfloat16 leaves nothing but its rounding."""
    if flags.loss != 'relativistic':
        return flags.precision
    if flags.precision == 'bfloat16':
        raise WrongCall('-loss=relativistic computes in float32: leave -precision out')
    return 'float32'


def make(flags):
    run = Run(name_of(flags), flags.runs)
    hardware.set_up('float32', flags.xla, flags.threads)
    from dcgan import making  # after the set-up: it imports Keras

    maker = making.Maker(run, flags.seed, flags.truncation, flags.genres, flags.decade)
    folder = Path(flags.out) if flags.out else run.folder
    if flags.interpolate:
        path = folder / ('walk.mp4' if flags.video else 'walk.png')
        print(f'walk: {making.interpolate(maker, flags.interpolate, path)}')
    if flags.visualize:
        print(f'sweeps: {making.visualize(maker, folder / "sweeps")}')
    if flags.generate or not (flags.interpolate or flags.visualize):
        number, target = flags.generate or MADE, folder if flags.out else folder / 'generated'
        print(f'{number:,} images: {target}, some of them: {making.generate(maker, number, target)}')


def assess(flags):
    run = Run(name_of(flags), flags.runs)
    shown = open_images(run.options, flags)
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    from dcgan import evaluation, judging, making  # after the set-up: these import Keras

    maker = making.Maker(run, flags.seed, flags.truncation)
    if flags.evaluate:
        print(evaluation.table(evaluation.evaluate(maker, shown, flags.generate or JUDGED, run.folder, machine)))
        print(f'in {run.folder}: evaluation.json, nearest.png')
    if flags.judge:
        print(judging.table(judging.judge(maker, shown, classifiers(flags.judge), run.folder)))
        print(f'in {run.folder}: obeying.json')


def classifiers(folder):
    """{'genres': classifier, 'year': classifier}, or either, of the saved models in `folder` made for -judge."""
    from catalogues.splits import JUDGE
    from cnn.predict import predictor

    models, _ = predictor.open_networks(predictor.choose_models(folder, split=JUDGE))
    return {target: predictor.Predictor(*model) for target, model in models.items() if target in ('genres', 'year')}


if __name__ == '__main__':
    run(main)
