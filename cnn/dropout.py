"""Dropout that draws few random numbers: for probabilities of 1/2, 1/4, 1/8, ... each value needs a few bits only."""

import math

from keras import layers, ops, random

DRAWN = 30  # bits of a random number


class BitDropout(layers.Dropout):
    """Keras' Dropout with the probability 2**-`bits`: a value is dropped where all its random bits are 0.

    Keras draws a float per value, which takes a twentieth of a step of the classic network. Values that are kept are
    divided by the probability of being kept, as in Keras. It is for training: `networks.build` puts Keras' own layer
    into a model that is to be saved.
    """

    def __init__(self, bits, **options):
        super().__init__(2.0**-bits, **options)
        self.bits = bits

    def call(self, inputs, training=False):
        if not training:
            return inputs
        kept = ops.cast(self.mask(ops.shape(inputs)), inputs.dtype)
        return inputs * kept * ops.cast(1 / (1 - self.rate), inputs.dtype)

    def mask(self, shape):
        """Booleans of `shape`, False with the probability 2**-bits."""
        number = math.prod(shape)  # a number of Python's, or a tensor where TensorFlow has a batch of any size
        each = DRAWN // self.bits
        drawn = random.randint((number // each + 1, 1), 0, 2**DRAWN, dtype='int32', seed=self.seed_generator)
        places = [(2**self.bits - 1) << (self.bits * i) for i in range(each)]
        flat = ops.reshape(ops.not_equal(ops.bitwise_and(drawn, ops.convert_to_tensor(places, 'int32')), 0), (-1,))
        return ops.reshape(flat[:number], shape)
