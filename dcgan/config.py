"""`GANConfig`: all that decides what a run of the GAN learns. `MonitorConfig`: how a training is watched and stored."""

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from core import files
from core.cli import Flag, choice, integer, listed, number, switch, text
from core.errors import WrongCall
from dcgan.losses import LOSSES
from dcgan.networks import ARCHITECTURES

FORMAT = 2  # of options.json and of checkpoints
HOLDOUT = 2  # images of every seven that a new run does not learn from
ACTIVATIONS = (
    'relu', 'lrelu', 'relu6', 'elu', 'crelu', 'selu', 'tanh', 'sigmoid', 'softplus', 'softsign', 'softmax', 'swish',
)  # fmt: skip
POLICIES = 'color', 'translation', 'cutout'  # of DiffAugment
Z_DISTS = 'uniform_signed', 'uniform_unsigned', 'normal01'
FREE = 'epoch', 'images'  # fields that may differ when a training resumes, and what is compared separately
SINCE_2 = {'architecture'}  # fields that options.json of earlier versions lacks


@dataclass(frozen=True)
class GANConfig:
    """The options of a run, by the names of the flags.

    None in `batch_size`, `holdout` or the sizes stands for a default that depends on the grid, the run or the images.
    The images add `known_genres` and `known_decades` of a conditional run and, as `images`, how many they are and a
    digest of them.
    """

    dataset: tuple[str, ...] = ()
    name: str | None = None
    architecture: str = 'dcgan'
    epoch: int = 25
    batch_size: int | None = None
    nbr_g_updates: int = 1
    nbr_d_updates: int = 1
    learning_rate_g: float = 2e-4
    learning_rate_d: float = 2e-4
    beta1_g: float = 0.5
    beta1_d: float = 0.5
    loss: str = 'bce'
    diffaugment: tuple[str, ...] = ()
    ema: float = 0.999
    conditional: bool = False
    seed: int = 1
    output_height: int | None = None
    output_width: int | None = None
    input_height: int | None = None
    input_width: int | None = None
    holdout: int | None = None
    crop: bool = False
    z_dim: int = 100
    z_dist: str = 'uniform_signed'
    nbr_of_layers_g: int = 5
    nbr_of_layers_d: int = 5
    activation_g: tuple[str, ...] = ('relu',)
    activation_d: tuple[str, ...] = ('lrelu',)
    k_h: int = 5
    k_w: int = 5
    batch_norm_g: bool = True
    batch_norm_d: bool = True
    known_genres: tuple[str, ...] = ()
    known_decades: tuple[int, ...] = ()
    images: dict[str, Any] | None = None

    def __post_init__(self):
        if self.architecture not in ARCHITECTURES:
            raise WrongCall(
                f'there is no GAN architecture {self.architecture!r}; give one of {", ".join(ARCHITECTURES)}'
            )
        if self.loss not in LOSSES:
            raise WrongCall(f'there is no GAN loss {self.loss!r}; give one of {", ".join(LOSSES)}')

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
        if missing := [name for name in NAMES if name not in values and name not in SINCE_2]:
            raise KeyError(missing[0])
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
    """How often a training writes sample grids, frames of its video and checkpoints, in steps, and when it stops.

    `video_length` are minutes, 0 for no video; `render_res` is (width, height) of the boxes that a grid is cut into,
    `auto_render_period` the seconds of video after which a part is rendered. `minutes` of training, those of earlier
    calls among them, end it.
    """

    grid_height: int = 8
    grid_width: int = 8
    sample_rate: int = 200
    video_length: float = 5.0
    render_res: tuple[int, int] | None = None
    auto_render_period: float | None = None
    ckpt_freq: int = 200
    max_to_keep: int = 1
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


def _read_holdout(word):
    return HOLDOUTS[choice(*HOLDOUTS)(word)]


HOLDOUTS = {'on': HOLDOUT, 'off': 0, '2': 2, '1': 1, '0': 0}

TRAINING = {
    'The run': [
        Flag('dataset', 'folders of images, with commas: paths, or names in dcgan/data', (), listed(text), 'FOLDER'),
        Flag('name', "the run's name; without it the dataset's", None, text, 'NAME'),
        Flag('architecture', f'of the networks: {", ".join(ARCHITECTURES)}', 'dcgan', choice(*ARCHITECTURES)),
        Flag('epoch', 'passes over the images', 25, integer(1)),
        Flag('batch_size', 'images per step; without it as many as the grid has tiles', None, integer(1), 'N'),
        Flag('nbr_g_updates', 'updates of the generator per step', 1, integer(1)),
        Flag('nbr_d_updates', 'updates of the discriminator per step', 1, integer(1)),
        Flag('learning_rate_g', 'learning rate of the generator', 2e-4, number(0, 1), '0.0002'),
        Flag('learning_rate_d', 'learning rate of the discriminator', 2e-4, number(0, 1), '0.0002'),
        Flag('beta1_g', "Adam's first momentum, generator", 0.5, number(-1e-9, 0.999), '0.5'),
        Flag('beta1_d', "Adam's first momentum, discriminator", 0.5, number(-1e-9, 0.999), '0.5'),
        Flag('loss', f'one of {", ".join(LOSSES)}', 'bce', choice(*LOSSES)),
        Flag('diffaugment', f'any of {", ".join(POLICIES)}, with commas', (), listed(choice(*POLICIES)), 'A,B'),
        Flag('ema', 'momentum of the EMA generator that samples come from; 0 for none', 0.999, number(-1e-9, 1),
             '0.999'),
        Flag('conditional', 'condition the networks on genres and decade, from dataset.json'),
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
        Flag('z_dim', 'latent dimensions', 100, integer(1, 4096)),
        Flag('z_dist', f'their distribution: {", ".join(Z_DISTS)}', 'uniform_signed', choice(*Z_DISTS)),
        Flag('nbr_of_layers_g', 'layers of the generator', 5, integer(2, 8)),
        Flag('nbr_of_layers_d', 'layers of the discriminator', 5, integer(2, 8)),
        Flag('activation_g', 'activations of the generator, cycled over its layers', ('relu',),
             listed(choice(*ACTIVATIONS)), 'relu'),
        Flag('activation_d', 'activations of the discriminator', ('lrelu',), listed(choice(*ACTIVATIONS)), 'lrelu'),
        Flag('k_h', 'height of the kernels', 5, integer(1, 31)),
        Flag('k_w', 'width of the kernels', 5, integer(1, 31)),
        Flag('batch_norm_g', 'batch normalization in the generator: on or off', True, switch, 'on'),
        Flag('batch_norm_d', 'batch normalization in the discriminator: on or off', True, switch, 'on'),
    ],
}  # fmt: skip

NAMES = tuple(flag.name for group in TRAINING.values() for flag in group)
