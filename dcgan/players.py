"""A step of the game: each network is trained by a Keras model that holds both and updates its own variables only.

What a backend needs to do for that, Keras does: nothing here asks which one it is.
"""

import keras
from keras import ops

from dcgan import losses
from dcgan.diffaugment import augment


class Player(keras.Model):
    """One side of the game, `own` its network. Called with the inputs of a step, it returns the loss.

    The inputs are a dict: `real` (batch, height, width, 3) uint8, `noise` (batch, z_dim), `draws_real` and `draws_fake`
    for the augmentation, where the networks are conditional `asked`, and where the loss needs them `nudges_real` and
    `nudges_fake`.
    """

    def __init__(self, generator, discriminator, own, options):
        super().__init__(dtype='float32')  # draws keep their precision; the networks have theirs
        self.generator, self.discriminator, self.own_name, self.options = generator, discriminator, own, options

    @property
    def own(self):
        return getattr(self, self.own_name)

    @property
    def trainable_variables(self):
        return self.own.trainable_variables

    @property
    def non_trainable_variables(self):
        mine = {id(variable) for variable in self.own.trainable_variables}
        return [variable for variable in self.variables if id(variable) not in mine]

    trainable_weights, non_trainable_weights = trainable_variables, non_trainable_variables

    def make(self, inputs, training):
        noise = inputs['noise']
        return self.generator([noise, inputs['asked']] if 'asked' in inputs else noise, training=training)

    def judge(self, images, inputs, training):
        return self.discriminator([images, inputs['asked']] if 'asked' in inputs else images, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return y_pred


class Generator(Player):
    def __init__(self, generator, discriminator, options):
        super().__init__(generator, discriminator, 'generator', options)

    def call(self, inputs, training=True):
        fake = augment(self.make(inputs, training), inputs['draws_fake'], self.options.diffaugment)
        said = self.judge(fake, inputs, training)
        real = None
        if self.options.loss == 'relativistic':
            seen = augment(scale(inputs['real']), inputs['draws_real'], self.options.diffaugment)
            real = ops.stop_gradient(self.judge(seen, inputs, training))
        return losses.generator_loss(self.options.loss, real, said)


class Discriminator(Player):
    def __init__(self, generator, discriminator, options):
        super().__init__(generator, discriminator, 'discriminator', options)
        self.real_accuracy = keras.metrics.Mean(name='accuracy_real')
        self.fake_accuracy = keras.metrics.Mean(name='accuracy_fake')

    def call(self, inputs, training=True):
        real, fake = scale(inputs['real']), ops.stop_gradient(self.make(inputs, training))
        real = augment(real, inputs['draws_real'], self.options.diffaugment)
        fake = augment(fake, inputs['draws_fake'], self.options.diffaugment)
        said_real, said_fake = self.judge(real, inputs, training), self.judge(fake, inputs, training)
        self.real_accuracy.update_state(said_real > 0)
        self.fake_accuracy.update_state(said_fake < 0)
        loss = losses.discriminator_loss(self.options.loss, said_real, said_fake)
        if self.options.loss == 'relativistic':
            for images, said, nudges in ((real, said_real, 'nudges_real'), (fake, said_fake, 'nudges_fake')):
                loss += losses.penalty(lambda moved: self.judge(moved, inputs, training), images, inputs[nudges], said)
        return loss


def scale(pixels):
    """uint8 images as -1..1."""
    return ops.cast(pixels, 'float32') / 127.5 - 1
