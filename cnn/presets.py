"""The numbered versions of the network: a new experiment is a new entry here and nothing else."""

from dataclasses import asdict, dataclass, replace

GENRES_LOSS = 'binary_crossentropy'  # the usual one; year and score have their own


@dataclass(frozen=True)
class Version:
    """What a training builds and how it trains it; `ratio` and `epochs` are used where the flags name none.

    `kernel` is the side of the first block's kernels as a share of the poster's width; None: 3 pixels in all.
    With a `backbone` the network is that one, pretrained, under a head that reads the means and deviations of its
    channels; there may be several, joined by BESIDE. `tuned` False leaves the backbone as it is and solves for the head
    alone; the backbone sees posters `enlarged` so many times. `tuned_from` names the first layers to be tuned, None:
    all are. `head_rate` is the learning rate of the head where it is another than the rest's, `dropout` what it leaves
    out of its input; `warm_up` the share of the steps before the rate falls along a cosine, None for a constant rate;
    `ema` the momentum of the averaged weights that are validated and saved. A version that `averages` others, joined
    by BESIDE, has nothing of its own to train: its logits are the mean of theirs.
    """

    number: int
    about: str
    kernel: float | None = None
    backbone: str | None = None
    tuned: bool = True
    enlarged: float = 1
    tuned_from: str | None = None
    loss: str = GENRES_LOSS
    optimizer: str = 'rmsprop'
    learning_rate: float = 1e-4
    head_rate: float | None = None
    dropout: float = 0.5
    warm_up: float | None = None
    ema: float | None = None
    augmented: bool = False
    ratio: int = 60
    epochs: int = 50
    averages: str | None = None

    def passes(self, wanted):
        """How many epochs it trains at most where `wanted` (None: no wish) are asked for."""
        return (wanted or self.epochs) if self.tuned or self.averages else 1

    @property
    def members(self):
        """The numbers of the versions that it averages."""
        return [int(number) for number in self.averages.split(BESIDE)] if self.averages else []

    def kernels(self, width):
        """The sides in pixels of the kernels of the first and of the second block, for posters `width` wide."""
        if self.kernel is None:
            return 3, 3
        return max(1, round(width * self.kernel)), max(1, round(width * self.kernel / 2))


def registry(*versions):
    found = {version.number: version for version in versions}
    if len(found) < len(versions):
        raise ValueError('two versions share a number')
    return found


ANY = 'any'  # which backbone, a flag says
BESIDE = '+'  # between the names of backbones that stand side by side
TARGETS = 'genres', 'year', 'score'  # what a network can be trained to tell
FINE_TUNING = {
    'optimizer': 'adam', 'learning_rate': 1e-4, 'head_rate': 1e-5, 'dropout': 0.3, 'warm_up': 0.1, 'ema': 0.995,
    'augmented': True, 'ratio': 100, 'epochs': 5,
}  # fmt: skip
FROZEN = {'tuned': False, 'enlarged': 1.4, 'optimizer': 'L-BFGS', 'dropout': 0.0, 'ratio': 100, 'epochs': 1}
TUNED_LITE = {'backbone': 'EfficientNetLite0', 'tuned_from': 'block5_', **FINE_TUNING}

VERSIONS = registry(
    Version(1, 'the classic: two 3x3 convolutions of 32 channels, two of 64, a dense layer of 512'),
    Version(2, 'as 1, its kernels 10% of the width of the poster in the first block, 5% in the second', kernel=0.10),
    Version(3, 'as 1, its kernels 20% of the width of the poster in the first block, 10% in the second', kernel=0.20),
    Version(4, 'EfficientNet-Lite0 from ImageNet, frozen; a linear head on what all its blocks make of a poster',
            backbone='EfficientNetLite0', **FROZEN),
    Version(5, 'as 4, not enlarged, then fine-tuned from its sixth block on', **TUNED_LITE),
    Version(6, 'as 5, but tuned as a whole, with the network of keras.applications that -backbone names', backbone=ANY,
            **FINE_TUNING),
    Version(7, 'as 5, with the asymmetric loss', loss='asymmetric', **TUNED_LITE),
    Version(8, 'as 4, with EfficientNet-Lite2 beside it',
            backbone=f'EfficientNetLite0{BESIDE}EfficientNetLite2', **FROZEN),
    Version(9, 'what 5 and 8 answer, averaged; trains these first where they are not trained', averages=f'5{BESIDE}8',
            ratio=100, epochs=5),
    Version(10, 'as 8, with EfficientNet-Lite1 too',
            backbone=BESIDE.join(['EfficientNetLite0', 'EfficientNetLite1', 'EfficientNetLite2']), **FROZEN),
)  # fmt: skip


def find_version(settings):
    """The Version of a training's settings, its backbone filled in where they name one."""
    version = VERSIONS[settings['version']]
    if version.backbone == ANY:
        version = replace(version, backbone=settings['backbone'])
        if settings['weights'] == 'none':
            version = replace(version, learning_rate=1e-3, head_rate=None)
    return version


def recipe(settings):
    """What the Version of a training's settings adds to them, to be kept with them: versions may change."""
    version = find_version(settings)
    if version.averages:
        return {'averages': version.averages}
    fields = asdict(version)
    return {name: value for name, value in fields.items() if name not in ('number', 'about', 'ratio', 'epochs')}


def with_members(numbers):
    """Version numbers, each once, those that one of them averages before it."""
    return list(dict.fromkeys(one for number in numbers for one in (*VERSIONS[number].members, number)))


def member_settings(settings, number):
    """The settings of the training of a version that the one of `settings` averages."""
    return {**settings, 'version': number, 'epochs': VERSIONS[number].passes(settings['epochs'])}


def explain():
    """A line a version."""
    return '\n'.join(f'  {v.number}  {v.about}; {trained(v)}' for v in VERSIONS.values())


def trained(version):
    if version.averages:
        return 'no training of its own'
    return f'{version.optimizer} {version.learning_rate:g}' if version.tuned else version.optimizer
