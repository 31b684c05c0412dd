"""Pretrained networks under a head: the toolkit's own EfficientNet-Lite, and all that keras.applications has."""

import importlib
import inspect
import warnings

import keras
from keras import ops

from backbones import efficientnet_lite
from core.cli import nearest
from core.errors import WorkFailed, WrongCall

INSTALLED = 'EfficientNetLite0'


def check_name(name):
    """The backbone's name in its own spelling. Raises WrongCall naming the nearest."""
    theirs = [name for name, value in vars(keras.applications).items() if inspect.isfunction(value)]
    known = {known.lower(): known for known in [*efficientnet_lite.FAMILY, *theirs]}
    if name.lower() not in known:
        near = nearest(name, known.values())
        raise WrongCall(f'-backbone={name}: there is no such network{near}; keras.applications has those that are')
    return known[name.lower()]


def build(name, posters, weights=None, frozen=False):
    """The maps, (batch, height, width, channels), that the network makes of `posters`, (batch, h, w, 3) in 0..255.

    An EfficientNet-Lite gives those of its blocks and of its head, a network of keras.applications the last one of each
    size. `weights` is None, 'imagenet' or the path of a file; `frozen` means that they are not trained. Raises
    WorkFailed where these cannot be had or loaded.
    """
    if lite := efficientnet_lite.FAMILY.get(name):
        maps = efficientnet_lite.build(lite, posters, folded=frozen)
        if weights:
            efficientnet_lite.load_weights(lite, keras.Model(posters, maps), weights, folded=frozen)
        return maps
    network = getattr(keras.applications, name)
    family = importlib.import_module(network.__module__)
    x = family.preprocess_input(ops.cast(posters, 'float32'))
    try:
        with warnings.catch_warnings(action='ignore'):  # that posters are no squares
            model = network(include_top=False, weights=weights, input_tensor=x)
    except Exception as error:  # of urllib, h5py or Keras
        raise WorkFailed(complaint(name, weights, error)) from None
    last = {layer.output.shape[1:3]: layer.output for layer in model.layers if len(layer.output.shape) == 4}
    return list(last.values())


def complaint(name, weights, error):
    reason = ' '.join(str(error).split())[:160]
    if weights == 'imagenet':
        return (
            f'the ImageNet weights of {name} cannot be fetched ({reason}); give a file with -weights=PATH, train from '
            f'nothing with -weights=none, or take {INSTALLED}, whose weights are installed'
        )
    return f'{name}: {f"the weights in {weights} do not fit" if weights else "cannot be built"} ({reason})'
