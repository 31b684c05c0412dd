"""Several networks as one that averages their logits."""

import keras
import numpy as np
from keras import layers

from cnn.networks import HEAD


def join(models):
    """A model whose logits are the mean of those of `models`: they take the same posters and end in a Dense layer.

    It ends in one as well, on the concatenated inputs of their last layers, so that it is explained and exported
    like any other. The models' layers are renamed: `member1_...` are those of the first.
    """
    posters = keras.Input(models[0].input_shape[1:], dtype='uint8')
    hidden, heads = [], []
    for number, model in enumerate(models, 1):
        for operation in model.operations:
            operation.name = f'member{number}_{operation.name}'
        before = keras.Model(model.input, model.layers[-1].input)
        hidden.append(keras.models.clone_model(before, input_tensors=posters).output)
        heads.append(model.layers[-1])
    x = layers.Concatenate(dtype='float32')(hidden)
    head = layers.Dense(heads[0].units, activation=heads[0].activation, dtype='float32', name=HEAD)
    joined = keras.Model(posters, head(x))
    joined = keras.Model.from_config(joined.get_config())  # clones share their operations with what they were cloned of
    for model in models:
        for layer in model.layers[1:-1]:
            joined.get_layer(layer.name).set_weights(layer.get_weights())
    kernels, biases = zip(*(head.get_weights() for head in heads), strict=True)
    joined.get_layer(HEAD).set_weights([np.concatenate(kernels) / len(models), np.mean(biases, axis=0)])
    return joined
