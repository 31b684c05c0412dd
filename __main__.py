"""Train networks that tell a film's genres, its year or its score from its poster."""

from pathlib import Path

import movies_dataset
from catalogues import splits
from catalogues.genres import genres_label, read_genres
from cnn.presets import ANY, GENRES_LOSS, TARGETS, VERSIONS, explain, recipe, with_members
from cnn.saved_models import find_models, model_name, open_model
from cnn.train.checkpoints import plan
from core import hardware
from core.cli import Flag, Parser, choice, integer, listed, number, text
from core.errors import WrongCall, run

ABOUT = f"""
Train networks that tell something of a film from its poster: an independent probability for each genre, the year of
its release, or its score.

  python3 __main__.py
  python3 __main__.py -version=1,2,4 -genres=14
  python3 __main__.py -target=year,score

Versions:
{explain()}
"""


def read_version(word):
    if word != 'list' and (not word.isdecimal() or int(word) not in VERSIONS):
        raise ValueError(f'give one of {", ".join(map(str, VERSIONS))}, several with commas, or list')
    return word if word == 'list' else int(word)


YEAR = integer(movies_dataset.FIRST_YEAR, movies_dataset.LAST_YEAR)
FLAGS = {
    'What to tell, and of which films': [
        Flag('target', 'genres, year or score; several with commas', ('genres',), listed(choice(*TARGETS)), 'genres'),
        Flag('genres', '3, 7 or 14, or names with commas: -genres=Comedy,War', None, read_genres, '7'),
        Flag('min_year', 'the first year of release; 1977 for genres, 1900 for the others', None, YEAR, 'YEAR'),
        Flag('max_year', 'the last year of release', 2017, YEAR),
        *movies_dataset.FLAGS,
        Flag('split', 'standard, or judge: films that no GAN learns from, for `python3 -m dcgan -judge`; such a model '
             'is for nothing else', splits.STANDARD, choice(*splits.SCHEMES)),
    ],
    'Which network': [
        Flag('version', 'a version, several with commas, or list', (4,), listed(read_version), '4'),
        Flag('ratio', "the size of the posters in per cent of 182x268; several with commas; without it the version's: "
             '60 for 1 to 3, 100 for the others', None, listed(integer(2, 100)), 'N'),
        Flag('backbone', 'what version 6 builds upon: a network of keras.applications', None, text, 'NAME'),
        Flag('weights', "that network's: imagenet, none, or a file", 'imagenet', text),
    ],
    'How to train': [
        Flag('epochs', "passes over the posters at most; without it the version's: 50 for 1 to 3, 5 for the others; 4 "
             'and 8 take one always', None, integer(1), 'N'),
        Flag('minutes', 'train no longer than the epoch in which so many are over; 4 and 8 have none', None,
             number(0, 100_000), 'N'),
        Flag('batch_size', 'posters a step', 32, integer(1)),
        Flag('patience', 'stop after so many epochs without gain on validation', 8, integer(1)),
        Flag('seed', 'of all randomness', 1, integer(0, 2**31 - 1)),
        Flag('models', 'the folder where models land', 'saved_models', text),
        Flag('overwrite', 'train anew what is there already'),
        hardware.PRECISION,
        *hardware.FLAGS,
    ],
    'Instead of training': [
        Flag('export', 'write the ONNX file, which predict.py needs, of this saved model', None, text, 'NAME'),
    ],
}  # fmt: skip


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    if 'list' in flags.version:
        print(explain())
        return
    if flags.export:
        export(flags)
        return
    if flags.genres and 'genres' not in flags.target:
        raise WrongCall(f'-genres is for -target=genres, and this is -target={",".join(flags.target)}')
    for target in flags.target:
        movies_dataset.check_years(first_year(flags, target), flags.max_year)
    catalogue = movies_dataset.open_catalogue(flags.catalogue, flags.data)
    print(catalogue)
    network = check_backbone(flags)
    trainings = []
    for target in flags.target:
        trainings += plan_trainings(target, flags, catalogue, network)
    if trainings:
        machine = hardware.set_up(flags.precision, flags.xla, flags.threads)
        train_all(trainings, machine, flags.overwrite, flags.minutes)


def first_year(flags, target):
    return flags.min_year or (1977 if target == 'genres' else movies_dataset.FIRST_YEAR)


def plan_trainings(target, flags, catalogue, network):
    """(posters, path, settings) of each training for a target that is not finished yet."""
    years = first_year(flags, target), flags.max_year
    genres = movies_dataset.resolve_genres(flags.genres or 7) if target == 'genres' else None
    data, trainings = {}, []
    for version in with_members(flags.version):
        if target != 'genres' and VERSIONS[version].loss != GENRES_LOSS:
            raise WrongCall(f'version {version} has a loss of its own for genres; for -target={target} take another')
        for ratio in flags.ratio or (VERSIONS[version].ratio,):
            if ratio not in data:
                data[ratio] = movies_dataset.load_posters(*years, genres, ratio, target == 'score', flags.split)
            settings = {
                'target': target,
                'min_year': years[0],
                'max_year': years[1],
                **({'genres': genres_label(genres)} if genres else {}),
                'ratio': ratio,
                'version': version,
                'epochs': VERSIONS[version].passes(flags.epochs),
                'batch_size': flags.batch_size,
                'patience': flags.patience,
                'seed': flags.seed,
                'catalogue': catalogue.short_digest,
                **({'split': flags.split} if flags.split != splits.STANDARD else {}),
                **(network if VERSIONS[version].backbone == ANY else {}),
            }
            settings['recipe'] = recipe(settings)
            path = Path(flags.models) / f'{model_name(settings)}.keras'
            if plan(path, settings, flags.overwrite):
                trainings.append((data[ratio], path, settings))
            else:
                print(f'{path} is trained already{open_model(path).extent}; -overwrite trains it anew')
    return trainings


def check_backbone(flags):
    """The settings that -backbone and -weights make. Raises WrongCall where they do not go with the versions."""
    if not any(VERSIONS[version].backbone == ANY for version in flags.version):
        if flags.backbone or flags.weights != 'imagenet':
            raise WrongCall('-backbone and -weights are for version 6: -version=6')
        return {}
    if not flags.backbone:
        raise WrongCall('version 6 needs to be told its network: -backbone=EfficientNetV2B0, say')
    if flags.weights not in ('imagenet', 'none') and not Path(flags.weights).is_file():
        raise WrongCall(f'-weights={flags.weights}: there is no such file; give imagenet, none or the path of one')
    hardware.set_up(flags.precision, flags.xla, flags.threads)
    from backbones.registry import check_name  # after the set-up: it imports Keras

    return {'backbone': check_name(flags.backbone), 'weights': flags.weights}


def train_all(trainings, machine, overwrite, minutes):
    from cnn.targets.targets import choose  # after the set-up: these import Keras
    from cnn.train.training import train

    print(machine)
    for posters, path, settings in trainings:
        width, height = posters.size
        target = choose(settings, posters.genres)
        print(f'\nversion {settings["version"]}, {target}, {width}x{height} pixels')
        train(posters, target, path, settings, machine, overwrite, minutes)
        print(f'model: {path}')


def export(flags):
    saved = open_model(*find_models(flags.models, flags.export))
    print(hardware.set_up('float32', flags.xla, flags.threads))
    from cnn.onnx import export as onnx  # after the set-up: it imports Keras

    onnx.export(saved.load(), saved.onnx_path)
    print(f'ONNX file: {saved.onnx_path}')


if __name__ == '__main__':
    run(main)
