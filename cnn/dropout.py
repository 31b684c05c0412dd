"""Layers of dropout for training: one draws few random numbers, another those of a batch that devices share."""

import math

from keras import layers, ops, random

from core.hardware import replicas

DRAWN = 30  # bits of a random number


class BitDropout(layers.Dropout):
    """Keras' Dropout with the probability 2**-`bits`: a value is dropped where all its random bits are 0.

    For 1/2, 1/4, 1/8, ... each value needs a few bits only. Keras draws a float per value, which takes a twentieth of a
    step of the classic network. Values that are kept are divided by the probability of being kept, as in Keras. It is
    for training: `networks.build` puts Keras' own layer into a model that is to be saved.
    """

    def __init__(self, bits, **options):
        super().__init__(2.0**-bits, **options)
        self.bits = bits

    def call(self, inputs, training=False):
        if not training:
            return inputs
        rows, *shape = ops.shape(inputs)
        kept = ops.cast(replicas().draw(lambda drawn: self.mask((drawn, *shape)), rows), inputs.dtype)
        return inputs * kept * ops.cast(1 / (1 - self.rate), inputs.dtype)

    def get_config(self):
        config = super().get_config()
        return {'bits': self.bits, **{name: config[name] for name in ('seed', 'name', 'trainable', 'dtype')}}

    def mask(self, shape):
        """Booleans of `shape`, False with the probability 2**-bits."""
        number = math.prod(shape)  # a number of Python's, or a tensor where TensorFlow has a batch of any size
        each = DRAWN // self.bits
        drawn = random.randint((number // each + 1, 1), 0, 2**DRAWN, dtype='int32', seed=self.seed_generator)
        places = [(2**self.bits - 1) << (self.bits * i) for i in range(each)]
        flat = ops.reshape(ops.not_equal(ops.bitwise_and(drawn, ops.convert_to_tensor(places, 'int32')), 0), (-1,))
        return ops.reshape(flat[:number], shape)


class SharedDropout(layers.Dropout):
    """Keras' Dropout on a share of a batch: it drops what Keras drops of the whole batch."""

    def call(self, inputs, training=False):
        if not training or not self.rate:
            return inputs
        rows, *shape = ops.shape(inputs)

        def draw(drawn):
            ones = ops.ones((drawn, *shape), inputs.dtype)
            return random.dropout(ones, self.rate, noise_shape=self.noise_shape, seed=self.seed_generator)

        return inputs * replicas().draw(draw, rows)
