"""`GANConfig`: all that decides what a run of the GAN learns. `MonitorConfig`: how a training is watched and stored."""

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from core import files
from core.cli import Flag, choice, integer, listed, nearest, number, switch, text
from core.errors import WrongCall
from dcgan.losses import LOSSES, Loss
from dcgan.networks import ARCHITECTURES

DEFAULT = next(iter(ARCHITECTURES))

FORMAT = 2  # of options.json and of checkpoints
HOLDOUT = 2  # images of every seven that a new run does not learn from
ACTIVATIONS = (
    'relu', 'lrelu', 'relu6', 'elu', 'crelu', 'selu', 'tanh', 'sigmoid', 'softplus', 'softsign', 'softmax', 'swish',
)  # fmt: skip
POLICIES = 'color', 'translation', 'cutout'  # of DiffAugment
Z_DISTS = 'uniform_signed', 'uniform_unsigned', 'normal01'
LATER = {'beta2', 'init', 'label_dropout', 'width', 'features', 'feature_height'}  # fields that runs before 2.1 lack
PENALIZED = {name for name, loss in LOSSES.items() if loss.penalized}
FREE = 'epoch', 'images'  # fields that may differ when a training resumes, and what is compared separately


@dataclass(frozen=True)
class GANConfig:
    """The options of a run, by the names of the flags.

    Of the fields that are None the architecture's own get its defaults; `batch_size`, `holdout` and the sizes depend on
    the grid, the run or the images; the others are for other architectures. Without an `architecture` it is DEFAULT, or
    the only one that has what is given. The images add `known_genres` and `known_decades` of a conditional run and, as
    `images`, how many they are and a digest of them.

    Raises WrongCall for an architecture or a loss that is not there, and for a field of another architecture.
    """

    dataset: tuple[str, ...] = ()
    name: str | None = None
    architecture: str | None = None
    epoch: int = 25
    batch_size: int | None = None
    nbr_g_updates: int = 1
    nbr_d_updates: int = 1
    learning_rate_g: float | None = None
    learning_rate_d: float | None = None
    beta1_g: float | None = None
    beta1_d: float | None = None
    beta2: float | None = None
    loss: str | None = None
    diffaugment: tuple[str, ...] | None = None
    ema: float = 0.999
    init: str | None = None
    conditional: bool = False
    label_dropout: float | None = None
    seed: int = 1
    output_height: int | None = None
    output_width: int | None = None
    input_height: int | None = None
    input_width: int | None = None
    holdout: int | None = None
    crop: bool = False
    z_dim: int | None = None
    z_dist: str | None = None
    width: float | None = None
    features: tuple[str, ...] | None = None
    feature_height: int | None = None
    nbr_of_layers_g: int | None = None
    nbr_of_layers_d: int | None = None
    activation_g: tuple[str, ...] | None = None
    activation_d: tuple[str, ...] | None = None
    k_h: int | None = None
    k_w: int | None = None
    batch_norm_g: bool | None = None
    batch_norm_d: bool | None = None
    known_genres: tuple[str, ...] = ()
    known_decades: tuple[int, ...] = ()
    images: dict[str, Any] | None = None

    def __post_init__(self):
        name = self.architecture or self._implied()
        if name not in ARCHITECTURES:
            raise WrongCall(f'there is no GAN architecture {name!r}{_or(name, ARCHITECTURES)}')
        object.__setattr__(self, 'architecture', name)
        chosen = ARCHITECTURES[name]
        if foreign := [field for field in self._particular() if field not in chosen.own]:
            owners = ' or '.join(other for other, known in ARCHITECTURES.items() if foreign[0] in known.own)
            raise WrongCall(f'-{foreign[0]} is for -architecture={owners}, not for {name}')
        for field, value in (chosen.defaults | chosen.own).items():
            if getattr(self, field) is None:
                object.__setattr__(self, field, value)
        if self.loss not in LOSSES:
            raise WrongCall(f'there is no GAN loss {self.loss!r}; give one of {", ".join(LOSSES)}')
        if self.adversarial.penalized and self.features:
            raise WrongCall(f'-loss={self.loss} has a penalty on images: {name} compares features')

    def _implied(self):
        """The first architecture that has what is given of the fields that not all have."""
        for name, known in ARCHITECTURES.items():
            takes_images = 'features' not in known.own
            if set(self._particular()) <= set(known.own) and (takes_images or self.loss not in PENALIZED):
                return name
        return DEFAULT

    def _particular(self):
        """What is given of the fields that not all architectures have."""
        return [field for known in ARCHITECTURES.values() for field in known.own if getattr(self, field) is not None]

    @property
    def adversarial(self) -> Loss:
        """The Loss of that name."""
        return LOSSES[self.loss or '']

    @property
    def conditions(self) -> int:
        """The length of a row of conditions; 0 where the run is not conditional."""
        return len(self.known_genres) + len(self.known_decades) if self.conditional else 0

    @classmethod
    def from_flags(cls, flags) -> 'GANConfig':
        return cls(**{name: getattr(flags, name) for name in NAMES})

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> 'GANConfig':
        """The config of what options.json holds, also of runs from before 2.0. Raises KeyError for a missing option."""
        known = {f.name for f in fields(cls)}
        values = {'architecture': 'dcgan'} | values
        lacking = [name for name in NAMES if name not in values and name not in LATER]
        if lacking:
            raise KeyError(lacking[0])
        return cls(**files.with_tuples({name: value for name, value in values.items() if name in known}))

    def to_json(self) -> dict[str, Any]:
        return {'format': FORMAT, **asdict(self)}

    @classmethod
    def read(cls, path: str | Path) -> 'GANConfig':
        """Raises OSError, KeyError or ValueError where the file cannot be used."""
        values = json.loads(Path(path).read_text(encoding='utf-8'))
        if not isinstance(values, dict):
            raise ValueError('no object')
        return cls.from_json(values)

    def write(self, path: str | Path) -> None:
        files.write(Path(path), json.dumps(self.to_json(), indent=1) + '\n')

    def diff(self, other: 'GANConfig') -> dict[str, tuple[Any, Any]]:
        """{option: (value here, value there)} of those that differ and that a training must keep."""
        mine, theirs = asdict(self), asdict(other)
        return {name: (mine[name], theirs[name]) for name in mine if name not in FREE and mine[name] != theirs[name]}

    def replace(self, **changes) -> 'GANConfig':
        return replace(self, **changes)


@dataclass(frozen=True)
class MonitorConfig:
    """How a training is watched and stored, and when it stops.

    Sample grids come every `sample_rate` steps. Checkpoints come every `ckpt_minutes`, and every `ckpt_freq` steps
    where that is given; every `metrics_minutes`, 0 for never, samples are compared with training images, and the best
    generator is kept. `video_length` are minutes, 0 for no video; `render_res` is (width, height) of the boxes that a
    grid is cut into, `auto_render_period` the seconds of video after which a part is rendered. `minutes` of training,
    those of earlier calls among them, end it.
    """

    grid_height: int = 8
    grid_width: int = 8
    sample_rate: int = 200
    video_length: float = 5.0
    render_res: tuple[int, int] | None = None
    auto_render_period: float | None = None
    ckpt_freq: int | None = None
    ckpt_minutes: float = 2.0
    max_to_keep: int = 1
    metrics_minutes: float = 5.0
    minutes: float | None = None

    @classmethod
    def from_flags(cls, flags) -> 'MonitorConfig':
        values = {f.name: getattr(flags, f.name) for f in fields(cls)}
        return cls(**values | {'sample_rate': flags.sample_rate or flags.sample_freq})

    @classmethod
    def read(cls, path: str | Path) -> 'MonitorConfig':
        return cls(**files.with_tuples(json.loads(Path(path).read_text(encoding='utf-8'))))

    def write(self, path: str | Path) -> None:
        files.write(Path(path), json.dumps(asdict(self), indent=1) + '\n')

    def diff(self, other: 'MonitorConfig') -> dict[str, tuple[Any, Any]]:
        mine, theirs = asdict(self), asdict(other)
        return {name: (mine[name], theirs[name]) for name in mine if mine[name] != theirs[name]}


def _or(name, known):
    return nearest(name, known) or f'; give one of {", ".join(known)}'


def _defaults(field):
    """What is taken where the flag is not given: '16', or '0.0 (dcgan 0.5)'."""
    values = {name: (known.defaults | known.own).get(field) for name, known in ARCHITECTURES.items()}
    values = {name: ','.join(value) or 'none' if isinstance(value, tuple) else value for name, value in values.items()}
    (_, first), *others = [(name, value) for name, value in values.items() if value is not None]
    other = ', '.join(f'{name} {value}' for name, value in others if value != first)
    return f'{first} ({other})' if other else f'{first}'


def _by_architecture(name, help, read, example):
    """A Flag whose default depends on the architecture."""
    return Flag(name, f'{help}; default {_defaults(name)}', None, read, example)


def _read_policies(word):
    return () if word == 'none' else listed(choice(*POLICIES))(word)


def _read_features(word):
    """The names of EfficientNet-Lites in their own spelling."""
    known = {f'efficientnetlite{number}': f'EfficientNetLite{number}' for number in range(3)}
    return tuple(known[name] for name in listed(choice(*known))(word.lower()))


def _read_holdout(word):
    return HOLDOUTS[choice(*HOLDOUTS)(word)]


HOLDOUTS = {'on': HOLDOUT, 'off': 0, '2': 2, '1': 1, '0': 0}

TRAINING = {
    'The run': [
        Flag('dataset', 'folders of images, with commas: paths, or names in dcgan/data', (), listed(text), 'FOLDER'),
        Flag('name', "the run's name; without it the dataset's", None, text, 'NAME'),
        Flag('architecture', f'{"; ".join(f"{name}: {known.about}" for name, known in ARCHITECTURES.items())}; without '
             f'it {DEFAULT}, or the first one that has the flags given', None, text, 'NAME'),
        Flag('epoch', 'passes over the images', 25, integer(1)),
        _by_architecture('batch_size', 'images per step; of dcgan as many as the grid has tiles', integer(1), 'N'),
        Flag('nbr_g_updates', 'updates of the generator per step', 1, integer(1)),
        Flag('nbr_d_updates', 'updates of the discriminator per step', 1, integer(1)),
        _by_architecture('learning_rate_g', 'learning rate of the generator', number(0, 1), '0.0002'),
        _by_architecture('learning_rate_d', 'learning rate of the discriminator', number(0, 1), '0.0002'),
        _by_architecture('beta1_g', "Adam's first momentum, generator", number(-1e-9, 0.999), '0.5'),
        _by_architecture('beta1_d', "Adam's first momentum, discriminator", number(-1e-9, 0.999), '0.5'),
        _by_architecture('beta2', "Adam's second momentum", number(0, 1), '0.99'),
        _by_architecture('loss', f'one of {", ".join(LOSSES)}', choice(*LOSSES), 'NAME'),
        _by_architecture('diffaugment', f'any of {", ".join(POLICIES)}, with commas, or none', _read_policies, 'A,B'),
        Flag('ema', 'momentum of the EMA generator that samples come from; 0 for none', 0.999, number(-1e-9, 1),
             '0.999'),
        Flag('init', 'begin with the weights in this file, which -export has written: fewer images or steps will do',
             None, text, 'FILE'),
        Flag('conditional', 'condition the networks on genres and decade, from dataset.json'),
        _by_architecture('label_dropout', 'of a conditional run: the share of images whose genres, decade, or both are '
                         'left open', number(-1e-9, 0.333), '0.1'),
        Flag('seed', 'of all randomness', 1, integer(0, 2**31 - 1)),
    ],
    'The images': [
        Flag('output_height', "height of the generated images; without it the first image's", None, integer(4, 1024),
             'PIXELS'),
        Flag('output_width', "width of the generated images; without it the first image's", None, integer(4, 1024),
             'PIXELS'),
        Flag('input_height', 'with -crop: the height of the center crop', None, integer(4), 'PIXELS'),
        Flag('input_width', 'with -crop: the width', None, integer(4), 'PIXELS'),
        Flag('holdout', 'of every seven images keep so many out of the training, for -evaluate and -judge: 2, which is '
             "on, 1, or 0, which is off; of posters those of test and validation films; without it the run's own, or 2",
             None, _read_holdout, '2'),
        Flag('crop', 'cut the center out of each image before it is resized'),
    ],
    'The networks': [
        _by_architecture('z_dim', 'latent dimensions', integer(1, 4096), 'N'),
        _by_architecture('z_dist', f'their distribution: {", ".join(Z_DISTS)}', choice(*Z_DISTS), 'NAME'),
    ],
    'The networks of projected and fastgan': [
        _by_architecture('width', 'a factor of their channels', number(0.0624, 8), '1'),
        _by_architecture('features', 'of projected: the frozen networks whose features are compared, with commas, '
                         'EfficientNetLite0 to 2', _read_features, 'A,B'),
        _by_architecture('feature_height', 'of projected: the height that images are resized to for them',
                         integer(32, 1024), 'PIXELS'),
    ],
    'The networks of dcgan': [
        _by_architecture('nbr_of_layers_g', 'layers of the generator', integer(2, 8), 'N'),
        _by_architecture('nbr_of_layers_d', 'layers of the discriminator', integer(2, 8), 'N'),
        _by_architecture('activation_g', 'activations of the generator, cycled over its layers',
                         listed(choice(*ACTIVATIONS)), 'A,B'),
        _by_architecture('activation_d', 'activations of the discriminator', listed(choice(*ACTIVATIONS)), 'A,B'),
        _by_architecture('k_h', 'height of the kernels', integer(1, 31), 'N'),
        _by_architecture('k_w', 'width of the kernels', integer(1, 31), 'N'),
        Flag('batch_norm_g', 'batch normalization in the generator: on or off; default on', None, switch, 'on'),
        Flag('batch_norm_d', 'batch normalization in the discriminator: on or off; default on', None, switch, 'on'),
    ],
}  # fmt: skip

NAMES = tuple(flag.name for group in TRAINING.values() for flag in group)
