"""Generator step and discriminator step: Keras models that hold both networks and update the variables of one.

Keras does what a backend needs for that, so the steps are the same on every backend.
"""

import keras
from keras import ops

from core.hardware import replicas
from dcgan import networks
from dcgan.losses import gradient_penalty
from dcgan.train.diffaugment import augment


class Step(keras.Model):
    """The update of the network `own`. Called with the inputs of a step, it returns the loss.

    The inputs are a dict: `real` (batch, height, width, 3) uint8, `noise` (batch, z_dim), `draws_real` and `draws_fake`
    for the augmentation, `conditions` where the networks are conditional, `nudges_real` and `nudges_fake` where the
    loss has a gradient penalty, and for the discriminator `share`, how far the EMA generator moves.

    `features` is the frozen model between images and discriminator, None where that takes images.
    """

    def __init__(self, own, features, config):
        super().__init__(dtype='float32')  # draws keep their precision; the networks have theirs
        self.own, self.features, self.config, self.adversarial = own, features, config, config.adversarial

    @property
    def trainable_variables(self):
        return self.own.trainable_variables

    @property
    def non_trainable_variables(self):
        mine = {id(variable) for variable in self.own.trainable_variables}
        return [variable for variable in self.variables if id(variable) not in mine]

    trainable_weights, non_trainable_weights = trainable_variables, non_trainable_variables

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return replicas().part_of_mean(y_pred)

    def look(self, images, draws):
        """What the discriminator takes of images in -1..1 after their augmentation: a list of maps, or the images."""
        augmented = augment(images, draws, self.config.diffaugment)
        return self.features(augmented, training=False) if self.features else augmented


class GeneratorStep(Step):
    """It updates the generator against the discriminator `other`.

    `made` is kept for that one's step: the images, or where there are features those of the augmented images, so that
    they are computed once for both.
    """

    def __init__(self, own, other, features, config):
        super().__init__(own, features, config)
        self.other = other
        kept = features.outputs if features else own.outputs
        self.made = [
            self.add_weight(
                shape=(replicas().share(config.batch_size), *x.shape[1:]),
                dtype=x.dtype,
                initializer='zeros',
                trainable=False,
                autocast=False,
                name=f'made{i}',
            )
            for i, x in enumerate(kept)
        ]

    def call(self, inputs, training=True):
        logits = logits_of(apply(self.other, self.generate(inputs, training), inputs, training))
        real = None
        if self.adversarial.paired:
            seen = self.look(scale(inputs['real']), inputs['draws_real'])
            real = ops.stop_gradient(logits_of(apply(self.other, seen, inputs, training)))
        return self.adversarial.generator(real, logits)

    def generate(self, inputs, training=True):
        """What the discriminator takes of images for the noise of the inputs."""
        images = apply(self.own, inputs['noise'], inputs, training)
        seen = self.look(images, inputs['draws_fake'])
        for kept, x in zip(self.made, seen if self.features else [images], strict=True):
            kept.assign(x)
        return seen


class DiscriminatorStep(Step):
    """It updates the discriminator on real images and on what the GeneratorStep `step` has made.

    The EMA generator `g_ema`, None where there is none, then moves towards the generator.
    """

    def __init__(self, own, step, g_ema, config):
        super().__init__(own, step.features, config)
        self.made, self.generator, self.g_ema = step.made, step.own, g_ema
        self.real_accuracy = keras.metrics.Mean(name='accuracy_real')
        self.fake_accuracy = keras.metrics.Mean(name='accuracy_fake')

    def call(self, inputs, training=True):
        def discriminate(seen):
            return apply(self.own, seen, inputs, training)

        images = scale(inputs['real'])
        real = self.look(images, inputs['draws_real'])
        made = [ops.convert_to_tensor(kept) for kept in self.made]
        fake = made if self.features else augment(made[0], inputs['draws_fake'], self.config.diffaugment)
        outputs = discriminate(real)
        logits_real, logits_fake = logits_of(outputs), logits_of(discriminate(fake))
        self.real_accuracy.update_state(logits_real > 0)
        self.fake_accuracy.update_state(logits_fake < 0)
        loss = self.adversarial.discriminator(logits_real, logits_fake)
        loss += networks.auxiliary_loss(self.config, real, outputs)
        if self.adversarial.penalized:
            for seen, logits, nudges in ((real, logits_real, 'nudges_real'), (fake, logits_fake, 'nudges_fake')):
                loss += gradient_penalty(lambda x: logits_of(discriminate(x)), seen, inputs[nudges], logits)
        if self.g_ema:
            self.move_average(inputs['share'])
        return loss

    def move_average(self, share):
        for average, variable in zip(self.g_ema.variables, self.generator.variables, strict=True):
            if keras.backend.is_float_dtype(variable.dtype):
                average.assign(average + (variable - average) * share)


def apply(network, seen, inputs, training):
    """The outputs of a network for `seen`, one input or a list, and the conditions where networks are conditional."""
    seen = list(seen) if isinstance(seen, list | tuple) else [seen]
    seen += [inputs['conditions']] if 'conditions' in inputs else []
    return network(seen if len(seen) > 1 else seen[0], training=training)


def logits_of(outputs):
    """The logits among the outputs of a discriminator."""
    return outputs[0] if isinstance(outputs, list | tuple) else outputs


def scale(pixels):
    """uint8 images as -1..1."""
    return ops.cast(pixels, 'float32') / 127.5 - 1
