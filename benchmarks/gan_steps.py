"""How fast the default DCGAN trains on posters at ratio 60, in a process of its own.

python3 -m benchmarks.gan_steps WAY STORE STEPS: WAY is `toolkit`, as the toolkit trains, out of the pixel store in
STORE, or `keras`, the same networks, with Keras' own batch normalization, in the loop of two gradient tapes that Keras'
guides show, in float32. It prints images a second over STEPS steps of 64.
"""

import sys
from pathlib import Path

import numpy as np

from core import hardware
from dcgan.options import TRAINING, Options

BATCH = 64  # images
WARM_UP = 3  # steps


def default_options():
    found = {flag.name: flag.default for group in TRAINING.values() for flag in group}
    return Options(**{**found, 'batch_size': BATCH})


def toolkit(posters):
    """A function that trains so many steps as the toolkit does."""
    machine = hardware.set_up()
    from dcgan.images import Images  # after the set-up: it imports Keras
    from dcgan.training import Game

    game = Game(
        default_options(),
        Images(posters, None, np.arange(len(posters)), np.arange(0), np.arange(len(posters))),
        machine,
    )

    def train(steps):
        for step in range(steps):
            game.step(step)

    return train


def plain(posters):
    """A function that trains so many steps by two gradient tapes, the images in memory as float32."""
    import keras
    import tensorflow as tf
    from keras import ops

    from dcgan import networks
    from dcgan.normalization import EPSILON, MOMENTUM

    def normalization(affine=True, **settings):
        return keras.layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON, **settings)

    networks.BatchNormalization = normalization
    options = default_options()
    height, width = posters.shape[1:3]
    generator, discriminator = (make(options, height, width) for make in (networks.generator, networks.discriminator))
    optimizers = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2)]
    images = posters.astype(np.float32) / 127.5 - 1

    @tf.function
    def step(real, noise):
        with tf.GradientTape() as tape:
            said_real = discriminator(real, training=True)
            said_fake = discriminator(generator(noise, training=True), training=True)
            loss = ops.mean(ops.softplus(-said_real)) + ops.mean(ops.softplus(said_fake))
        gradients = tape.gradient(loss, discriminator.trainable_variables)
        optimizers[0].apply_gradients(zip(gradients, discriminator.trainable_variables, strict=True))
        with tf.GradientTape() as tape:
            loss = ops.mean(ops.softplus(-discriminator(generator(noise, training=True), training=True)))
        gradients = tape.gradient(loss, generator.trainable_variables)
        optimizers[1].apply_gradients(zip(gradients, generator.trainable_variables, strict=True))

    rng = np.random.default_rng(1)

    def train(steps):
        for _ in range(steps):
            noise = rng.uniform(-1, 1, (BATCH, options.z_dim)).astype(np.float32)
            step(images[rng.integers(len(images), size=BATCH)], noise)

    return train


WAYS = {'toolkit': toolkit, 'keras': plain}


def main():
    way, store, steps = sys.argv[1:]
    train = WAYS[way](np.load(Path(store) / 'pixels.npy', mmap_mode='r'))
    train(WARM_UP)
    from benchmarks.measure import rate

    print(rate(int(steps) * BATCH, lambda: train(int(steps))))


if __name__ == '__main__':
    main()
