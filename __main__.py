"""Train networks that predict a film's genres, its year or its score from its poster."""

from pathlib import Path

from catalogues import splits
from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import YEAR, check_years, how_to_read
from catalogues.genres import read_genres
from cnn import presets
from core import cluster, hardware
from core.cli import Flag, Parser, choice, integer, listed, number, text
from core.errors import WrongCall, run
from posters.layout import LARGER, size_of_width

ABOUT = f"""
Train networks that predict something about a film from its poster: an independent probability per genre, the year of
its release, or its score.

  python3 __main__.py
  python3 __main__.py -version=1,2,lite0-probe -genres=14
  python3 __main__.py -target=year,score

Presets, by number or name (-version=list shows what each is expected to score):
{presets.describe()}
"""


def read_preset(word):
    if word == 'list':
        return word
    try:
        return presets.find_preset(word)
    except WrongCall as error:
        raise ValueError(str(error)) from None


def read_target(word):
    from cnn.targets import TARGETS  # slow: NumPy

    return choice(*TARGETS)(word)


FLAGS = {
    'What to predict, and of which films': [
        Flag('target', 'genres, year or score; several with commas', ('genres',), listed(read_target), 'genres'),
        Flag('genres', '3, 7 or 14, names with commas: -genres=Comedy,War, or all: each with at least 30 films', None,
             read_genres, '7'),
        Flag('min_year', 'the first year of release; 1977 for genres, 1900 for the others', None, YEAR, 'YEAR'),
        Flag('max_year', 'the last year of release', 2017, YEAR),
        *CATALOGUE_FLAGS,
        Flag('split', 'standard, or judge: films that no GAN learns from, for `python3 -m dcgan -judge`; such a model '
             'is for nothing else', splits.STANDARD, choice(*splits.SCHEMES)),
    ],
    'Which network': [
        Flag('version', 'a preset, by number or name; several with commas; or list',
             (presets.find_preset(presets.DEFAULT),), listed(read_preset), str(presets.DEFAULT)),
        Flag('ratio', "the size of the posters in percent of 182x268; several with commas; without it the preset's: "
             '60 for 1 to 3, 100 for the others', None, listed(integer(2, 100)), 'N'),
        Flag('poster_width', 'train on larger posters, so many pixels wide, from get_data.py -download -poster_width=N',
             None, integer(*LARGER), 'N'),
        Flag('backbone', 'the network of keras.applications that preset 6 fine-tunes', None, text, 'NAME'),
        Flag('weights', "that network's: imagenet, none, or a file", 'imagenet', text),
    ],
    'How to train': [
        Flag('epochs', "passes over the posters at most; without it the preset's: 50 for 1 to 3, 5 for 5 to 7; linear "
             'probes have one', None, integer(1), 'N'),
        Flag('minutes', 'stop after the epoch in which so many minutes are over; not for linear probes', None,
             number(0, 100_000), 'N'),
        Flag('batch_size', 'posters per step', 32, integer(1)),
        Flag('patience', 'stop after so many epochs without gain on validation', 8, integer(1)),
        Flag('seed', 'of all randomness', 1, integer(0, 2**31 - 1)),
        Flag('models', 'the folder to which models are written', 'saved_models', text),
        Flag('overwrite', 'train again what exists already'),
        hardware.PRECISION,
        *hardware.FLAGS,
    ],
    'More machines, for the features of linear probes': [cluster.FLAG],
    'Instead of training': [
        Flag('export', 'write the ONNX file, which predict.py needs, of this saved model', None, text, 'NAME'),
    ],
}  # fmt: skip


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    if 'list' in flags.version:
        print(presets.describe(verbose=True))
        return
    if flags.export:
        export(flags)
        return
    if flags.ratio and flags.poster_width:
        raise WrongCall('-ratio and -poster_width both are sizes of posters; give one of them')
    from cnn.targets import find_target  # slow: NumPy
    from movies_dataset import open_catalogue

    for target in flags.target:
        check_years(flags.min_year or find_target(target).first_year, flags.max_year)
    check_genres(flags)
    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    print(catalogue)
    catalogue.check_years(flags.min_year)
    backbone = check_backbone(flags)
    configs = [config.resolved(catalogue.short_digest) for config in list_configs(flags, catalogue, backbone)]
    with cluster.join(flags.cluster):
        if trainings := unfinished(configs, catalogue, flags):
            train_all(trainings, catalogue, flags)


def check_genres(flags):
    from cnn.targets import find_target  # slow: NumPy

    if flags.genres and not any(find_target(target).takes_genres for target in flags.target):
        raise WrongCall(f'-genres is for -target=genres, and this is -target={",".join(flags.target)}')
    for target in flags.target:
        for preset in flags.version:
            if find_target(target).loss and preset.loss != presets.GENRES_LOSS:
                raise WrongCall(
                    f'preset {preset.number} has its own loss for genres; for -target={target} take another'
                )


def list_configs(flags, catalogue, backbone):
    """The TrainConfig of each combination of targets, presets and sizes, members of ensembles first."""
    from cnn.config import TrainConfig

    genres = catalogue.resolve_genres(flags.genres or 7)
    sizes = (size_of_width(flags.poster_width),) if flags.poster_width else flags.ratio or (None,)
    for target in flags.target:
        for preset in presets.with_members(flags.version):
            for ratio in sizes:
                yield TrainConfig(
                    preset=preset.number,
                    target=target,
                    genres=genres,
                    min_year=flags.min_year,
                    max_year=flags.max_year,
                    ratio=ratio,
                    epochs=flags.epochs,
                    batch_size=flags.batch_size,
                    patience=flags.patience,
                    seed=flags.seed,
                    split=flags.split,
                    **(backbone if presets.takes_backbone(preset) else {}),
                )


def unfinished(configs, catalogue, flags):
    """[(config, posters)] of the trainings that are not finished yet; the others are named.

    Of several workers the first one decides, later.
    """
    from cnn.data import load_posters
    from cnn.saved_models import open_model
    from cnn.train.checkpoints import plan

    opened, trainings, several = {}, [], hardware.has_other_workers()
    for config in configs:
        films = config.target, config.ratio
        if films not in opened:
            opened[films] = load_posters(catalogue, config.find_target(), config)
        path = Path(flags.models) / f'{config.model_name}.keras'
        if several or plan(path, config, flags.overwrite):
            trainings.append((config, opened[films]))
        else:
            print(f'{path} is trained already{open_model(path).progress}; -overwrite trains it again')
    return trainings


def check_backbone(flags):
    """The fields of a config that -backbone and -weights set. Raises WrongCall where the presets take none."""
    if not any(presets.takes_backbone(preset) for preset in flags.version):
        if flags.backbone or flags.weights != 'imagenet':
            raise WrongCall('-backbone and -weights are for preset 6: -version=6')
        return {}
    if not flags.backbone:
        raise WrongCall('preset 6 needs the name of a network: -backbone=EfficientNetV2B0, for example')
    if flags.weights not in ('imagenet', 'none') and not Path(flags.weights).is_file():
        raise WrongCall(f'-weights={flags.weights}: there is no such file; give imagenet, none or the path of one')
    hardware.set_up(flags.precision, flags.xla, flags.threads, together=True)
    from backbones.registry import check_name  # after the set-up: it imports Keras

    return {'backbone': check_name(flags.backbone), 'weights': flags.weights}


def train_all(trainings, catalogue, flags):
    machine = hardware.set_up(flags.precision, flags.xla, flags.threads, together=True)
    from cnn.train.training import train  # after the set-up: it imports Keras

    print(machine)
    for config, posters in trainings:
        width, height = posters.size
        print(f'\npreset {config.preset}, {config.find_target()}, {width}x{height} pixels')
        path = train(config, catalogue, flags.models, machine, flags.overwrite, flags.minutes, posters)
        if hardware.is_first_worker():
            print(f'model: {path}')


def export(flags):
    from cnn.saved_models import find_models, open_model

    saved = open_model(*find_models(flags.models, flags.export))
    print(hardware.set_up('float32', flags.xla, flags.threads))
    from core.onnx.export import export  # after the set-up: it imports Keras

    export(saved.load(), saved.onnx_path)
    print(f'ONNX file: {saved.onnx_path}')


if __name__ == '__main__':
    run(main)
