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

    def __init__(self, own, options):
        super().__init__(dtype='float32')  # draws keep their precision; the networks have theirs
        self.own, self.options = own, options

    @property
    def trainable_variables(self):
        return self.own.trainable_variables

    @property
    def non_trainable_variables(self):
        mine = {id(variable) for variable in self.own.trainable_variables}
        return [variable for variable in self.variables if id(variable) not in mine]

    trainable_weights, non_trainable_weights = trainable_variables, non_trainable_variables

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return y_pred


class Generator(Player):
    """It plays against the network `other`, and keeps what it has `made` for the discriminator to learn from."""

    def __init__(self, own, other, options):
        super().__init__(own, options)
        self.other = other
        shape = options.batch_size, *own.output_shape[1:]
        self.made = self.add_weight(shape=shape, initializer='zeros', trainable=False, name='made')

    def call(self, inputs, training=True):
        fake = augment(self.make(inputs, training), inputs['draws_fake'], self.options.diffaugment)
        said = ask(self.other, fake, inputs, training)
        real = None
        if self.options.loss == 'relativistic':
            seen = augment(scale(inputs['real']), inputs['draws_real'], self.options.diffaugment)
            real = ops.stop_gradient(ask(self.other, seen, inputs, training))
        return losses.generator_loss(self.options.loss, real, said)

    def make(self, inputs, training=True):
        """Images for the noise of the inputs, (batch, height, width, 3) in -1..1."""
        made = ask(self.own, inputs['noise'], inputs, training)
        self.made.assign(made)
        return made


class Discriminator(Player):
    """It learns from real images and from those that the generator has `made`, in -1..1."""

    def __init__(self, own, made, options):
        super().__init__(own, options)
        self.made = made
        self.real_accuracy = keras.metrics.Mean(name='accuracy_real')
        self.fake_accuracy = keras.metrics.Mean(name='accuracy_fake')

    def call(self, inputs, training=True):
        def judge(images):
            return ask(self.own, images, inputs, training)

        real = augment(scale(inputs['real']), inputs['draws_real'], self.options.diffaugment)
        fake = augment(ops.convert_to_tensor(self.made), inputs['draws_fake'], self.options.diffaugment)
        said_real, said_fake = judge(real), judge(fake)
        self.real_accuracy.update_state(said_real > 0)
        self.fake_accuracy.update_state(said_fake < 0)
        loss = losses.discriminator_loss(self.options.loss, said_real, said_fake)
        if self.options.loss == 'relativistic':
            for images, said, nudges in ((real, said_real, 'nudges_real'), (fake, said_fake, 'nudges_fake')):
                loss += losses.penalty(judge, images, inputs[nudges], said)
        return loss


def ask(network, first, inputs, training):
    """What a network makes of its `first` input, and of what is asked for where the networks are conditional."""
    return network([first, inputs['asked']] if 'asked' in inputs else first, training=training)


def scale(pixels):
    """uint8 images as -1..1."""
    return ops.cast(pixels, 'float32') / 127.5 - 1
