"""Train networks that tell a film's genres from its poster."""

import itertools
from pathlib import Path

import hardware
import movies_dataset
from cnn.checkpoints import plan
from cnn.saved_models import find_models, model_name, open_model
from cnn.versions import VERSIONS, explain
from errors import run
from flags import Flag, Parser, integer, listed, text
from genres import genres_label, read_genres

ABOUT = f"""
Train networks that tell a film's genres from its poster: an independent probability for each genre.

  python3 __main__.py -version=1,2 -ratio=30 -genres=7

Versions:
{explain()}
"""


def read_version(word):
    if word != 'list' and (not word.isdecimal() or int(word) not in VERSIONS):
        raise ValueError(f'give one of {", ".join(map(str, VERSIONS))}, several with commas, or list')
    return word if word == 'list' else int(word)


YEAR = integer(movies_dataset.FIRST_YEAR, movies_dataset.LAST_YEAR)
FLAGS = {
    'Which films': [
        Flag('min_year', 'the first year of release', 1977, YEAR),
        Flag('max_year', 'the last year of release', 2017, YEAR),
        Flag('genres', '3, 7 or 14, or names with commas: -genres=Comedy,War', 7, read_genres),
        *movies_dataset.FLAGS,
    ],
    'Which network': [
        Flag('version', 'a version, several with commas, or list', (1,), listed(read_version), '1'),
        Flag('ratio', 'the size of the posters in per cent of 182x268; several with commas', (60,),
             listed(integer(2, 100)), '60'),
    ],
    'How to train': [
        Flag('epochs', 'passes over the posters at most', 50, integer(1)),
        Flag('batch_size', 'posters a step', 32, integer(1)),
        Flag('patience', 'stop after so many epochs without gain in validation macro mAP', 8, integer(1)),
        Flag('seed', 'of all randomness', 1, integer(0, 2**31 - 1)),
        Flag('models', 'the folder where models land', 'saved_models', text),
        Flag('overwrite', 'train anew what is there already'),
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
    movies_dataset.check_years(flags.min_year, flags.max_year)
    catalogue = movies_dataset.open_catalogue(flags.catalogue, flags.data)
    print(catalogue)
    genres = movies_dataset.resolve_genres(flags.genres)
    data = {ratio: movies_dataset.load_posters(flags.min_year, flags.max_year, genres, ratio) for ratio in flags.ratio}
    trainings = []
    for ratio, version in itertools.product(flags.ratio, flags.version):
        settings = {
            'min_year': flags.min_year,
            'max_year': flags.max_year,
            'genres': genres_label(genres),
            'ratio': ratio,
            'version': version,
            'epochs': flags.epochs,
            'batch_size': flags.batch_size,
            'patience': flags.patience,
            'seed': flags.seed,
            'catalogue': catalogue.short_digest,
        }
        path = Path(flags.models) / f'{model_name(settings)}.keras'
        if plan(path, settings, flags.overwrite):
            trainings.append((path, settings))
        else:
            print(f'{path} is trained already; -overwrite trains it anew')
    if trainings:
        machine = hardware.set_up(flags.precision, flags.xla, flags.threads)
        train_all(trainings, data, machine, flags.overwrite)


def train_all(trainings, data, machine, overwrite):
    from cnn.training import train  # after the set-up: it imports Keras

    print(machine)
    for path, settings in trainings:
        posters = data[settings['ratio']]
        width, height = posters.size
        print(f'\nversion {settings["version"]}, {len(posters.genres)} genres, {width}x{height} pixels')
        train(posters, path, settings, machine, overwrite)
        print(f'model: {path}\ncurve: {path.with_suffix(".png")}')


def export(flags):
    saved = open_model(*find_models(flags.models, flags.export))
    print(hardware.set_up('float32', flags.xla, flags.threads))
    from cnn import onnx_export  # after the set-up: it imports Keras

    onnx_export.export(saved.load(), saved.onnx_path)
    print(f'ONNX file: {saved.onnx_path}')


if __name__ == '__main__':
    run(main)
