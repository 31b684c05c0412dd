"""A GAN so small that its tests take seconds."""

from functools import partial

import numpy as np

from core import hardware
from dcgan.config import GANConfig, MonitorConfig
from dcgan.data import Images
from dcgan.train import trainer
from dcgan.train.runs import Run

SMALL = {
    'dcgan': {'nbr_of_layers_g': 3, 'nbr_of_layers_d': 3},
    'fastgan': {'width': 0.125},
    'projected': {'width': 0.125, 'feature_height': 32},
}


def tiny_config(architecture='dcgan', **given):
    """The defaults of a config, but for small networks."""
    small = {'architecture': architecture, 'batch_size': 4, 'holdout': 2, 'z_dim': 8, **SMALL[architecture]}
    return GANConfig(**{**small, **given})


def tiny_images(conditions=None, number=8, held_out=0):
    """`number` images to train on, each with its index as its first value, and some more held out."""
    pixels = np.random.default_rng(0).integers(0, 256, (number + held_out, 25, 17, 3)).astype(np.uint8)
    pixels[:, 0, 0, 0] = np.arange(number + held_out)
    return Images(pixels, conditions, np.arange(number), np.arange(number, number + held_out), np.arange(len(pixels)))


def begin(folder, max_to_keep=1, video_length=0, metrics_minutes=0, epoch=5, **given):
    """A Run of two steps an `epoch`, with a checkpoint every second one, and a function that trains it."""
    run = Run('run', folder, tiny_config(epoch=epoch, **given), max_to_keep)
    run.begin(resume=True)
    monitoring = MonitorConfig(
        metrics_minutes=metrics_minutes,
        grid_height=2,
        grid_width=2,
        sample_rate=100,
        ckpt_freq=2,
        video_length=video_length,
        auto_render_period=2 / 30,  # two steps, so that each checkpoint has a part of the video
    )
    return run, partial(trainer.train, run, tiny_images(), hardware.set_up('float32'), monitoring)
