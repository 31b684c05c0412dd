"""Experiments, numbered and named: a new one is an entry of PRESETS and nothing else.

Each says what it is expected to score: macro mAP for 7 genres on the test films of 1977 to 2017 in docs/results.md
(12,800 posters), and how long it took to train on one core of an AMD EPYC with bfloat16, beside other work. Features
that presets share are computed once: 8 was trained after 4, and 10 after 8.
"""

import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from core.cli import INDENT, WIDTH, nearest
from core.errors import WrongCall

GENRES_LOSS = 'binary_crossentropy'  # the usual one; year and score have their own
ANY = 'any'  # the backbone that a config names
NOT_MEASURED = 'not measured'
DEFAULT = 11  # the number of the preset that is trained where none is named


@dataclass(frozen=True)
class FromScratch:
    """The classic small CNN, trained from random weights with RMSprop.

    `kernel` is the width of the first block's kernels as a share of the poster's width; None: 3 pixels everywhere.
    `ratio` and `epochs` are the defaults of a training.
    """

    number: int
    name: str
    about: str
    expected: str = NOT_MEASURED
    kernel: float | None = None
    loss: str = GENRES_LOSS
    learning_rate: float = 1e-4
    dropout: float = 0.5
    ratio: int = 60
    epochs: int = 50

    @property
    def optimizer_name(self):
        return f'RMSprop {self.learning_rate:g}'

    def kernels(self, width: int) -> tuple[int, int]:
        """The kernel sizes in pixels of the first and of the second block, for posters `width` pixels wide."""
        if self.kernel is None:
            return 3, 3
        return max(1, round(width * self.kernel)), max(1, round(width * self.kernel / 2))


@dataclass(frozen=True)
class LinearProbe:
    """Frozen pretrained backbones, side by side, under a regularized linear head fitted by L-BFGS.

    The backbones see posters `enlarged` so many times. It has no epochs. With `words`, a linear model on the words that
    are read on a poster is added to its logits; with `title` too, on those and the title of the film.
    """

    number: int
    name: str
    about: str
    expected: str = NOT_MEASURED
    backbones: tuple[str, ...] = ('EfficientNetLite0',)
    enlarged: float = 1.4
    words: bool = False
    title: bool = False
    loss: str = GENRES_LOSS
    ratio: int = 100
    epochs: int = 1
    dropout = 0.0
    optimizer_name = 'L-BFGS'


@dataclass(frozen=True)
class FineTune:
    """A pretrained backbone under a linear head; after the head's probe both are trained with Adam.

    `tuned_from` is the prefix of the first layer that is tuned (None: all are); `head_learning_rate` the learning rate
    of the head where it differs; `warm_up` the share of the steps before the rate falls along a cosine; `ema` the
    momentum of the averaged weights, which are validated and saved. Posters are augmented.
    """

    number: int
    name: str
    about: str
    expected: str = NOT_MEASURED
    backbones: tuple[str, ...] = ('EfficientNetLite0',)
    tuned_from: str | None = None
    loss: str = GENRES_LOSS
    learning_rate: float = 1e-4
    head_learning_rate: float | None = 1e-5
    dropout: float = 0.3
    warm_up: float = 0.1
    ema: float = 0.995
    ratio: int = 100
    epochs: int = 5
    enlarged = 1.0

    @property
    def optimizer_name(self):
        return f'Adam {self.learning_rate:g}'


@dataclass(frozen=True)
class Ensemble:
    """The mean of the logits of the presets with the numbers `members`; it has no training of its own."""

    number: int
    name: str
    about: str
    expected: str = NOT_MEASURED
    members: tuple[int, ...] = ()
    ratio: int = 100
    epochs: int = 5
    loss = GENRES_LOSS
    optimizer_name = 'no training of its own'


Preset = FromScratch | LinearProbe | FineTune | Ensemble

LITE0, LITE1, LITE2 = 'EfficientNetLite0', 'EfficientNetLite1', 'EfficientNetLite2'

PRESETS: tuple[Preset, ...] = (
    FromScratch(1, 'cnn', 'the classic: two 3x3 convolutions of 32 channels, two of 64, a dense layer of 512',
                'macro mAP 0.353 at ratio 30 in 23 minutes'),
    FromScratch(2, 'cnn-kernel10', 'as 1, its kernels 10% of the width of the poster in the first block, 5% in the '
                'second', kernel=0.10),
    FromScratch(3, 'cnn-kernel20', 'as 1, its kernels 20% of the width of the poster in the first block, 10% in the '
                'second', kernel=0.20),
    LinearProbe(4, 'lite0-probe', 'linear probe of EfficientNet-Lite0 from ImageNet: a linear head on the feature maps '
                'of all its blocks', 'macro mAP 0.588 in 3 minutes'),
    FineTune(5, 'lite0-finetune', 'as 4, not enlarged, then fine-tuned from its sixth block on',
             'macro mAP 0.584 in an hour', tuned_from='block5_'),
    FineTune(6, 'finetune-any', 'as 5, but fine-tuned as a whole, with the network of keras.applications that '
             '-backbone names', backbones=(ANY,)),
    FineTune(7, 'lite0-finetune-asl', 'as 5, with the asymmetric loss', loss='asymmetric', tuned_from='block5_'),
    LinearProbe(8, 'lite0+lite2-probe', 'as 4, with EfficientNet-Lite2 beside it', 'macro mAP 0.597 in 6 minutes',
                backbones=(LITE0, LITE2)),
    Ensemble(9, 'lite0-finetune+probe', 'the average of 5 and 8; trains these first where they are not trained',
             'macro mAP 0.599 in the time of 5 and 8', members=(5, 8)),
    LinearProbe(10, 'lite0+lite1+lite2-probe', 'as 8, with EfficientNet-Lite1 too', 'macro mAP 0.601 in 9 minutes',
                backbones=(LITE0, LITE1, LITE2)),
    LinearProbe(11, 'words', 'as 10, with the words that are read on the poster',
                'macro mAP 0.640 in the time of 10, and half an hour to read the posters',
                backbones=(LITE0, LITE1, LITE2), words=True),
    LinearProbe(12, 'words-title', 'as 11, told the title of the film too: from the catalogue, and by -title',
                'macro mAP 0.655 in the time of 11', backbones=(LITE0, LITE1, LITE2), words=True, title=True),
)  # fmt: skip


def _index(presets: Iterable[Preset]) -> dict[int, Preset]:
    by_number = {preset.number: preset for preset in presets}
    if len(by_number) < len(PRESETS) or len({preset.name for preset in presets}) < len(PRESETS):
        raise ValueError('two presets share a number or a name')
    return by_number


BY_NUMBER = _index(PRESETS)
BY_NAME = {preset.name: preset for preset in PRESETS}


def find_preset(word: str | int) -> Preset:
    """The preset of that number or name. Raises WrongCall naming the nearest."""
    if str(word).isdecimal() and int(word) in BY_NUMBER:
        return BY_NUMBER[int(word)]
    if word in BY_NAME:
        return BY_NAME[str(word)]
    numbers = ', '.join(map(str, BY_NUMBER))
    raise WrongCall(f"there is no preset '{word}'{nearest(str(word), BY_NAME)}; give one of {numbers}, a name, or list")


def takes_backbone(preset: Preset) -> bool:
    """Whether a config names the backbone of the preset."""
    return isinstance(preset, FineTune) and preset.backbones == (ANY,)


def with_backbone(preset: Preset, backbone: str | None, weights: str) -> Preset:
    """The preset with the backbone that a config names, where it has none of its own.

    Without pretrained weights its learning rate is ten times as high, and the head's is the same.
    """
    if not takes_backbone(preset):
        return preset
    assert isinstance(preset, FineTune)
    preset = replace(preset, backbones=(backbone or ANY,))
    return preset if weights != 'none' else replace(preset, learning_rate=1e-3, head_learning_rate=None)


def recipe(preset: Preset) -> dict:
    """What is kept of a preset with a model, since presets may change: its kind, and how it trains."""
    described = {'number', 'name', 'about', 'expected', 'ratio', 'epochs'}
    return {'kind': type(preset).__name__} | {k: v for k, v in asdict(preset).items() if k not in described}


def with_members(presets: Iterable[Preset]) -> list[Preset]:
    """The presets, each once, the members of an ensemble before it."""
    chosen = {}
    for preset in presets:
        for number in preset.members if isinstance(preset, Ensemble) else ():
            chosen[number] = BY_NUMBER[number]
        chosen[preset.number] = preset
    return list(chosen.values())


def describe(verbose: bool = False) -> str:
    """An entry per preset, for the terminal; `verbose` adds what each is expected to score."""
    lines = []
    for preset in PRESETS:
        about = f'{preset.about}; {preset.optimizer_name}'
        if verbose:
            about += f'; expected: {preset.expected}'
        first, *rest = textwrap.wrap(about, WIDTH - INDENT)
        lines.append(f'  {preset.number:<4}{preset.name:<{INDENT - 6}}{first}')
        lines += [' ' * INDENT + line for line in rest]
    return '\n'.join(lines)
