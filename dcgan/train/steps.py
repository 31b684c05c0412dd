"""Generator step and discriminator step: Keras models that hold both networks and update the variables of one.

Keras does what a backend needs for that, so the steps are the same on every backend.
"""

import keras
from keras import ops

from dcgan.losses import LOSSES, gradient_penalty
from dcgan.train.diffaugment import augment


class Step(keras.Model):
    """The update of the network `own`. Called with the inputs of a step, it returns the loss.

    The inputs are a dict: `real` (batch, height, width, 3) uint8, `noise` (batch, z_dim), `draws_real` and `draws_fake`
    for the augmentation, `conditions` where the networks are conditional, and `nudges_real` and `nudges_fake` where the
    loss has a gradient penalty.
    """

    def __init__(self, own, config):
        super().__init__(dtype='float32')  # draws keep their precision; the networks have theirs
        self.own, self.config, self.adversarial = own, config, LOSSES[config.loss]

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


class GeneratorStep(Step):
    """It updates the generator against the discriminator `other`, and keeps its images, `made`, for that one's step."""

    def __init__(self, own, other, config):
        super().__init__(own, config)
        self.other = other
        shape = config.batch_size, *own.output_shape[1:]
        self.made = self.add_weight(shape=shape, initializer='zeros', trainable=False, name='made')

    def call(self, inputs, training=True):
        fake = augment(self.generate(inputs, training), inputs['draws_fake'], self.config.diffaugment)
        logits = apply(self.other, fake, inputs, training)
        real = None
        if self.adversarial.paired:
            augmented = augment(scale(inputs['real']), inputs['draws_real'], self.config.diffaugment)
            real = ops.stop_gradient(apply(self.other, augmented, inputs, training))
        return self.adversarial.generator(real, logits)

    def generate(self, inputs, training=True):
        """Images for the noise of the inputs, (batch, height, width, 3) in -1..1."""
        images = apply(self.own, inputs['noise'], inputs, training)
        self.made.assign(images)
        return images


class DiscriminatorStep(Step):
    """It updates the discriminator on real images and on those that the generator has `made`, in -1..1."""

    def __init__(self, own, made, config):
        super().__init__(own, config)
        self.made = made
        self.real_accuracy = keras.metrics.Mean(name='accuracy_real')
        self.fake_accuracy = keras.metrics.Mean(name='accuracy_fake')

    def call(self, inputs, training=True):
        def discriminate(images):
            return apply(self.own, images, inputs, training)

        real = augment(scale(inputs['real']), inputs['draws_real'], self.config.diffaugment)
        fake = augment(ops.convert_to_tensor(self.made), inputs['draws_fake'], self.config.diffaugment)
        logits_real, logits_fake = discriminate(real), discriminate(fake)
        self.real_accuracy.update_state(logits_real > 0)
        self.fake_accuracy.update_state(logits_fake < 0)
        loss = self.adversarial.discriminator(logits_real, logits_fake)
        if self.adversarial.penalized:
            for images, logits, nudges in ((real, logits_real, 'nudges_real'), (fake, logits_fake, 'nudges_fake')):
                loss += gradient_penalty(discriminate, images, inputs[nudges], logits)
        return loss


def apply(network, first, inputs, training):
    """The output of a network for its `first` input, and for the conditions where the networks are conditional."""
    return network([first, inputs['conditions']] if 'conditions' in inputs else first, training=training)


def scale(pixels):
    """uint8 images as -1..1."""
    return ops.cast(pixels, 'float32') / 127.5 - 1
