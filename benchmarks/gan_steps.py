"""How fast a DCGAN trains on posters at ratio 60, in a process of its own.

python3 -m benchmarks.gan_steps WAY STORE STEPS: WAY is `toolkit`, as the toolkit trains, out of the pixel store in
STORE, or `keras`, the same networks, with Keras' own batch normalization, in the loop of two gradient tapes that Keras'
guides show, in float32. It prints images per second over STEPS steps of 64.
"""

import sys
from pathlib import Path

import numpy as np

from core import hardware
from dcgan.config import GANConfig

BATCH = 64  # images
WARM_UP = 3  # steps


def default_config():
    return GANConfig(architecture='dcgan', batch_size=BATCH)


def toolkit(posters):
    """A function that trains so many steps as the toolkit does."""
    machine = hardware.set_up()
    from dcgan.data import Images  # after the set-up: it imports Keras
    from dcgan.train.trainer import GANTrainer

    trainer = GANTrainer(
        default_config(),
        Images(posters, None, np.arange(len(posters)), np.arange(0), np.arange(len(posters))),
        machine,
    )

    def train(steps):
        for step in range(steps):
            trainer.step(step)

    return train


def plain(posters):
    """A function that trains so many steps by two gradient tapes, the images in memory as float32."""
    import keras
    import tensorflow as tf
    from keras import ops

    from dcgan.networks import dcgan
    from dcgan.networks.normalization import EPSILON, MOMENTUM

    def normalization(affine=True, **settings):
        return keras.layers.BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON, **settings)

    dcgan.BatchNormalization = normalization
    config = default_config()
    height, width = posters.shape[1:3]
    generator, discriminator = (build(config, height, width) for build in (dcgan.generator, dcgan.discriminator))
    optimizers = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2)]
    images = posters.astype(np.float32) / 127.5 - 1

    @tf.function
    def step(real, noise):
        with tf.GradientTape() as tape:
            logits_real = discriminator(real, training=True)
            logits_fake = discriminator(generator(noise, training=True), training=True)
            loss = ops.mean(ops.softplus(-logits_real)) + ops.mean(ops.softplus(logits_fake))
        gradients = tape.gradient(loss, discriminator.trainable_variables)
        optimizers[0].apply_gradients(zip(gradients, discriminator.trainable_variables, strict=True))
        with tf.GradientTape() as tape:
            loss = ops.mean(ops.softplus(-discriminator(generator(noise, training=True), training=True)))
        gradients = tape.gradient(loss, generator.trainable_variables)
        optimizers[1].apply_gradients(zip(gradients, generator.trainable_variables, strict=True))

    rng = np.random.default_rng(1)

    def train(steps):
        for _ in range(steps):
            noise = rng.uniform(-1, 1, (BATCH, config.z_dim)).astype(np.float32)
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
