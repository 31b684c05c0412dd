"""Which part of a poster speaks for a genre: Grad-CAM, for every network that ends in a Dense layer of genres.

Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", 2017, weighs each
channel of the last feature map by its mean gradient. Here gradient and activation are multiplied place by place, as in
Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks", 2020.
Where a network averages its last map both are the same; where it flattens it, or takes deviations as well, only the
second shows what the network computes. Where it reads several maps, the evidence in all of them is added up. And an
activation counts by how far it is from its mean over the poster: what all places share distinguishes none of them.
"""

from collections import defaultdict

import keras
import numpy as np
from keras import ops

from cnn.explain.gradients import gradients


class Explainer:
    """A Keras model cut in two where it stops looking at places: the feature maps, and the head that reads them."""

    def __init__(self, model):
        self.model, self.size = model, model.input_shape[1:3]
        maps = feature_maps(model)
        self.features = keras.Model(model.input, maps)
        self.features.compile(jit_compile=model.jit_compile)
        self.head = keras.Model(maps, model.layers[-1].input)
        self.weights = model.layers[-1].get_weights()[0]  # (hidden, genres)

    def evidence(self, posters, genres):
        """Maps (n, height, width) float32 of what speaks for a genre, above 0, or against it, below.

        `posters` are (n, height, width, 3) uint8, `genres` (n,) the index of each one's genre. A map is in logits: its
        mean is how much more the places of the poster say together than if all of them were like their average.
        """
        maps = [np.asarray(ops.convert_to_numpy(m)) for m in as_list(self.features.predict_on_batch(posters))]
        weights = ops.convert_to_tensor(self.weights.T[genres])  # the gradient is the logit's: it does not level off

        def logits(maps):
            return ops.sum(self.head(maps) * weights)

        total = np.zeros((len(posters), *self.size), np.float32)
        for values, gradient in zip(maps, gradients(logits, maps), strict=True):
            height, width = values.shape[1:3]
            share = (gradient * (values - values.mean(axis=(1, 2), keepdims=True))).sum(axis=-1, keepdims=True)
            total += ops.convert_to_numpy(ops.image.resize(share * height * width, self.size))[..., 0]
        return total


def as_list(value):
    return value if isinstance(value, list) else [value]


def feature_maps(model):
    """The symbolic outputs of the layers whose maps are read by a part of `model` that makes no map any more."""
    readers, makers = defaultdict(list), {}
    for operation in model.operations:
        for tensor in as_list(operation.input):
            readers[tensor].append(operation)
        makers[operation.output] = operation
    makes_maps = {}
    for output, operation in reversed(makers.items()):
        makes_maps[operation] = is_map(output) or any(makes_maps[reader] for reader in readers[output])
    read = [tensor for tensor in makers if is_map(tensor) and not all(makes_maps[op] for op in readers[tensor])]
    return list(dict.fromkeys(source for tensor in read for source in sources(tensor, makers)))


def is_map(tensor):
    return len(tensor.shape) == 4 and tensor.shape[1] * tensor.shape[2] > 1


def sources(tensor, makers):
    """The layers' outputs that `tensor` is computed from by plain operations, such as a square or a cast."""
    maker = makers[tensor]
    if isinstance(maker, keras.Layer):
        return [tensor]
    return [source for before in as_list(maker.input) for source in sources(before, makers)]
