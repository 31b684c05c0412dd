"""Training and sampling of GANs for notebooks and other programs, without the command line.

Keras is set up and imported with the first call, not with this module. What a call reports goes to the logger
`movie_posters`, silent until `core.log.print_log()` or a handler of yours.
"""

from pathlib import Path

from core import hardware
from core.errors import WrongCall
from core.hardware import Hardware
from core.log import log
from dcgan import data, generators
from dcgan.config import HOLDOUT, GANConfig, MonitorConfig
from dcgan.generators import Generator
from dcgan.networks import ARCHITECTURES
from dcgan.train.runs import Run, named

__all__ = ['GANConfig', 'MonitorConfig', 'generate', 'open_generator', 'train']
RUNS = 'dcgan/runs'


def train(
    config: GANConfig,
    monitoring: MonitorConfig | None = None,
    runs: str | Path = RUNS,
    machine: Hardware | None = None,
    overwrite: bool = False,
) -> Path:
    """Train a GAN on the images of a config, or resume that, and return the folder of the run.

    Raises `core.errors.WrongCall` or `WorkFailed`, which say what is wrong in one line.
    """
    monitoring = monitoring or MonitorConfig()
    run, images = prepare(config, monitoring, runs, overwrite=overwrite)
    machine = machine or hardware.set_up(precision_of(config), together=True)
    from dcgan.train import trainer  # after the set-up: it imports Keras

    trainer.train(run, images, machine, monitoring)
    return run.folder


def generate(
    name: str | None,
    number: int,
    folder: str | Path,
    runs: str | Path = RUNS,
    seed: int = 1,
    truncation: float = 1.0,
    genres: tuple[str, ...] | None = None,
    decade: int | None = None,
    title: str | None = None,
    guidance: float | None = None,
) -> Path:
    """Write `number` images of a trained run, and a grid of some, into `folder`; returns the path of the grid.

    Without a `name` they are of the generator that the toolkit brings along. `genres` and `decade` are conditions, for
    a conditional run, and `guidance` is how strongly they show: 1 as in training, without it 2. With a `title` each
    image gets it in type.
    """
    from dcgan import sampling  # slow: Pillow

    generator = open_generator(name, runs)
    sampler = sampling.Sampler(generator, seed, truncation, genres, decade, guidance)
    return sampling.generate(sampler, number, Path(folder), title)


def open_generator(name: str | None = None, runs: str | Path = RUNS, checkpoint: str = 'best') -> Generator:
    """The generator of the run of that name, or without a name the one that the toolkit brings along.

    Called with noise (n, z_dim) and, where it is conditional, conditions (n, k), float32, it gives images (n, height,
    width, 3) uint8.
    """
    if name is None:
        return generators.of_file(set_up=lambda: hardware.set_up('float32'))
    return generators.of_run(Run(name, runs), checkpoint, lambda: hardware.set_up('float32'))


def prepare(
    config: GANConfig, monitoring: MonitorConfig, runs: str | Path, resume: bool = True, overwrite: bool = False
) -> tuple[Run, data.Images]:
    """The Run of a config, begun or to be resumed, and its Images. Raises WrongCall where it cannot be resumed."""
    name = named(config.name, config.dataset)
    config = config.replace(batch_size=config.batch_size or monitoring.grid_height * monitoring.grid_width)
    if config.holdout is None:
        existing = Run(name, runs, config)
        resumed = existing.steps() and not overwrite
        config = config.replace(holdout=existing.read_config().holdout if resumed else HOLDOUT)
    if config.adversarial.penalized and config.batch_norm_d:
        log.info(
            f'-loss={config.loss} measures slopes that batch normalization blurs: -batch_norm_d=off suits it better'
        )
    images, config = data.open_images(config, data.HOME, Path(runs) / '.pixels')
    if len(images) < (config.batch_size or 0) and not ARCHITECTURES[str(config.architecture)].repeats:
        raise WrongCall(
            f'{len(images):,} images to train on are fewer than a batch of {config.batch_size}; give '
            f'-batch_size={len(images)} or less, or more images'
        )
    run = Run(name, runs, config, monitoring.max_to_keep)
    if hardware.is_first_worker():
        run.begin(resume, overwrite)
    return run, images


def precision_of(config: GANConfig, wanted: str = 'auto') -> str:
    """The precision to train in: gradient penalties by small differences need float32."""
    if not config.adversarial.penalized:
        return wanted
    if wanted == 'bfloat16':
        raise WrongCall(f'-loss={config.loss} computes in float32: leave -precision out')
    return 'float32'
