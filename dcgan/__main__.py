"""Train a GAN on a folder of images, and generate new ones with it."""

import os
from functools import partial
from pathlib import Path

from core import hardware
from core.cli import Flag, Parser, choice, integer, listed, number, switch, text
from core.errors import WrongCall, run
from dcgan.config import TRAINING, GANConfig, MonitorConfig
from dcgan.networks import ARCHITECTURES

ABOUT = """
Train a GAN on a folder of images, of any shape, and generate new ones with it.

  python3 -m dcgan --generate=12
  python3 -m dcgan --generate=60 --genres=Sci-Fi --decade=1980 --title="The Long Night"
  python3 -m dcgan --dataset=dcgan_movies_posters --sample_rate=100 --train
  python3 -m dcgan --name=dcgan_movies_posters --generate=500

Without -name, -dataset and -weights the generator that the toolkit brings along, trained on real posters, makes the
images.
A training that was stopped, in whatever way, resumes at the same step with the same command.
"""
GENERATED = 100  # images where nothing else is given
EVALUATED = 2000
BESIDE = 20  # images beside their nearest ones
MADE_OF_WEIGHTS = 'generated_posters'  # a folder


def resolution(word):
    sides = word.lower().split('x')
    if len(sides) != 2 or not all(side.isdecimal() and int(side) >= 16 for side in sides):
        raise ValueError('give width x height in pixels, 16 or more each: 1280x720')
    return tuple(map(int, sides))


FLAGS = {
    'What to do': [
        Flag('train', 'train, or resume a training'),
        Flag('jobs', 'a sweep: a CSV file with a row per run and a column per flag', None, text,
             'FILE'),
        Flag('generate', f'generate so many images; {GENERATED} where nothing else is given', None,
             integer(1), 'N'),
        Flag('interpolate', 'latent interpolation between so many images and back, a picture; with -video a looping '
             'video', None, integer(2, 1000), 'N'),
        Flag('visualize', 'latent traversal: a picture per latent dimension'),
        Flag('sheet', 'of a -conditional run: a picture with a row per genre and a column per decade'),
        Flag('export', 'write the weights of the generator, as float16, and its card: for -init, or to be shared', None,
             text, 'FILE'),
        Flag('evaluate', f'compare {EVALUATED:,} generated images, or as many as -generate gives, with real ones'),
        Flag('judge', 'conditional accuracy of a -conditional run: how often the best models of genres and year in '
             'this folder that `__main__.py -split=judge` has trained recognize its conditions', None, text,
             'MODELS'),
    ],
    **TRAINING,
    'Monitoring': [
        Flag('minutes', 'stop after so many minutes of training, those of earlier calls among them', None,
             number(0, 100_000), 'N'),
        Flag('grid_height', 'rows of a grid of samples', 8, integer(1, 100)),
        Flag('grid_width', 'columns of a grid of samples', 8, integer(1, 100)),
        Flag('sample_rate', 'a sample grid every so many steps; without it -sample_freq', None, integer(1), 'N'),
        Flag('sample_freq', 'the same', 200, integer(1)),
        Flag('video_length', 'minutes of the training video, 30 frames per second, at most; 0 for none', 5.0,
             number(-1e-9, 1000), '5'),
        Flag('render_res', 'cut the grid into boxes of this size, each its own video', None, resolution, 'WxH'),
        Flag('auto_render_period', 'render the video in parts of so many seconds during the training', None,
             number(0, 100_000), 'SECONDS'),
        Flag('ckpt_minutes', 'a checkpoint every so many minutes of training', 2.0, number(0, 100_000), '2'),
        Flag('ckpt_freq', 'and every so many steps', None, integer(1), 'N'),
        Flag('max_to_keep', 'checkpoints to keep', 1, integer(1)),
        Flag('metrics_minutes', 'every so many minutes of training compare samples with training images and keep the '
             'best generator; 0 for never', 5.0, number(-1e-9, 100_000), '5'),
        Flag('resume', 'resume a training that stopped: on or off', True, switch, 'on'),
        Flag('overwrite', 'remove the training that exists, whole or damaged, and start over'),
        Flag('runs', 'the folder of all runs', 'dcgan/runs', text),
    ],
    'What to generate': [
        Flag('weights', 'use the generator in this weight file, as -export writes it, instead of a run', None, text,
             'FILE'),
        Flag('out', "the folder to write to; without it one in the run's", None, text, 'FOLDER'),
        Flag('checkpoint', 'the generator to use: best, with the lowest KID in the training, or last', 'best',
             choice('best', 'last')),
        Flag('truncation', 'below 1: less variety, fewer failures', 1.0, number(0, 2), '1'),
        Flag('genres', 'condition on these, with commas', None, listed(text), 'A,B'),
        Flag('decade', 'condition on this one: 1980', None, integer(0, 9999), 'YEAR'),
        Flag('guidance', 'how strongly genres and decade show: 1 as in training; without it 2 where they are requested',
             None, number(0, 10), '2'),
        Flag('title', 'set this title in type on each poster, in place of the illegible one', None, text, 'TITLE'),
        Flag('nearest', f'also a picture of the first {BESIDE}, each above the training image nearest to it'),
        Flag('video', 'of the interpolation'),
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
        from dcgan.train import sweep

        return sweep.run_jobs(sweep.read_jobs(flags.jobs, parser.flags), flags.runs)
    flags.generate = flags.generate or flags.generate_test_images
    if flags.train:
        train(flags)
        if not hardware.is_first_worker():
            return  # that one has the run
    if flags.evaluate or flags.judge:
        evaluate(flags)
    if flags.export:
        export(flags)
    measured = flags.evaluate or flags.judge  # -generate is then the number of images to measure
    made = flags.interpolate or flags.visualize or flags.sheet or (flags.generate and not measured)
    if made or not (flags.train or flags.export or measured):
        sample(flags)


def run_of(flags):
    from dcgan.train.runs import Run, named  # slow: NumPy

    if not (flags.name or flags.dataset):
        raise WrongCall('name the images to train on: -dataset=FOLDER -train, or a run: -name=NAME')
    return Run(named(flags.name, flags.dataset), flags.runs)


def train(flags):
    from dcgan import api  # slow: NumPy

    if not flags.dataset:
        raise WrongCall('name the images: -dataset=FOLDER')
    monitoring = MonitorConfig.from_flags(flags)
    config = GANConfig.from_flags(flags)
    print(f'architecture: {config.architecture}, {ARCHITECTURES[config.architecture].about}')
    precision = api.precision_of(config, flags.precision)
    run, images = api.prepare(config, monitoring, flags.runs, flags.resume, flags.overwrite)
    height, width = images.size
    held_out = f', {len(images.held_out):,} more held out' if len(images.held_out) else ''
    print(f'{len(images):,} images to train on{held_out}, {width}x{height} pixels')
    machine = hardware.set_up(precision, flags.xla, flags.threads, together=True)
    print(machine)
    from dcgan.train.trainer import train  # after the set-up: it imports Keras

    train(run, images, machine, monitoring)
    if hardware.is_first_worker():
        print(f'run: {run.folder}')


def sample(flags):
    from dcgan import sampling, sheets  # slow: NumPy and Pillow

    generator = open_generator(flags)
    sampler = sampler_of(flags, generator)
    folder = folder_of(flags)
    images = images_of(flags, generator) if flags.nearest else None
    if flags.interpolate:
        path = folder / ('interpolation.mp4' if flags.video else 'interpolation.png')
        print(f'latent interpolation: {sampling.interpolate(sampler, flags.interpolate, path)}')
    if flags.visualize:
        print(f'latent traversals: {sampling.visualize(sampler, folder / "traversals")}')
    if flags.sheet:
        path = folder / 'conditions.png'
        sampling.write(sheets.by_condition(sampler, sampler.wanted[0]), path)
        print(f'a row per genre, a column per decade: {path}')
    if flags.generate or not (flags.interpolate or flags.visualize or flags.sheet):
        number, target = flags.generate or GENERATED, folder if flags.out else folder / 'generated'
        print(f'{number:,} images: {target}, some of them: {sampling.generate(sampler, number, target, flags.title)}')
        if flags.nearest:
            print(f'each above the nearest training image: {nearest(flags, generator, images, number, target)}')


def nearest(flags, generator, images, number, folder):
    """Write the first images of the call beside the nearest ones that the generator has learned from."""
    from dcgan import sampling, sheets  # slow: NumPy and Pillow

    samples = next(sampler_of(flags, generator).batches(min(number, BESIDE)))
    path = folder / 'nearest.png'
    sampling.write(sheets.beside_nearest(samples, images.pixels[images.training]), path)
    return path


def images_of(flags, generator):
    """The images that a Generator has learned from, and those held out. Raises WrongCall for others."""
    from dcgan import data  # slow: NumPy and Pillow

    if weight_file(flags) and not flags.dataset:
        raise WrongCall('name the images that the generator has learned from: -dataset=FOLDER, or a run: -name=NAME')
    config = generator.config.replace(dataset=flags.dataset or generator.config.dataset)
    images, found = data.open_images(config, data.HOME, Path(flags.runs) / '.pixels')
    if (found.known_genres, found.known_decades) != (config.known_genres, config.known_decades):
        raise WrongCall(f'-dataset={",".join(config.dataset)}: the generator knows other genres or decades than those')
    return images


def sampler_of(flags, generator):
    from dcgan.sampling import Sampler  # slow: NumPy and Pillow

    return Sampler(generator, flags.seed, flags.truncation, flags.genres, flags.decade, flags.guidance)


def weight_file(flags):
    """The weight file whose generator is to be used: the one that is named or, without a run, that of the toolkit."""
    from dcgan.generators import SHIPPED  # slow: NumPy

    if flags.weights and flags.name:
        raise WrongCall('-weights or -name, not both')
    if flags.weights:
        return Path(flags.weights)
    return None if flags.name or flags.dataset else SHIPPED


def folder_of(flags):
    """Where to write what is made of the generator: without -out the folder of its run."""
    return Path(flags.out or (MADE_OF_WEIGHTS if weight_file(flags) else run_of(flags).folder))


def open_generator(flags):
    from dcgan import generators  # slow: NumPy

    def set_up():
        hardware.set_up('float32', flags.xla, flags.threads)

    if path := weight_file(flags):
        return generators.of_file(path, set_up)
    return generators.of_run(run_of(flags), flags.checkpoint, set_up)


def export(flags):
    from dcgan import generators  # slow: NumPy

    if not flags.export.endswith('.npz'):
        raise WrongCall(f'-export={flags.export}: name a file that ends with .npz')
    run = run_of(flags)
    hardware.set_up('float32', flags.xla, flags.threads)
    generators.export(run, Path(flags.export), flags.checkpoint)
    size = Path(flags.export).stat().st_size
    print(f'weights of {run.name}: {flags.export}, {size / 1e6:.1f} MB, and its card beside it')


def evaluate(flags):
    generator, folder = open_generator(flags), folder_of(flags)
    images = images_of(flags, generator)
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    from dcgan import sampling  # after the set-up: these import Keras
    from dcgan.metrics import conditional_accuracy, evaluation, extractor
    from dcgan.metrics.kid import INDEPENDENT

    sampler = sampling.Sampler(generator, flags.seed, flags.truncation, guidance=flags.guidance)
    if flags.evaluate:
        record = evaluation.evaluate(sampler, images, flags.generate or EVALUATED, folder, machine)
        print(evaluation.table(record))
        print(f'in {folder}: evaluation.json, nearest.png')
    if flags.judge:
        network = extractor.build(INDEPENDENT, *images.size, machine)
        extract = partial(extractor.extract, network, what='features of images')
        record = conditional_accuracy.measure(sampler, images, classifiers(flags.judge), folder, extract)
        print(conditional_accuracy.table(record))
        print(f'in {folder}: conditional_accuracy.json')


def classifiers(folder):
    """{'genres': classifier, 'year': classifier}, or either, of the saved models in `folder` trained for -judge."""
    from catalogues.splits import JUDGE
    from cnn.predict import choice, networks, predictor

    opened, _ = networks.open_networks(choice.choose_models(folder, split=JUDGE))
    return {target: predictor.Predictor(network) for target, network in opened.items()}


if __name__ == '__main__':
    run(main)
