"""Keras layers and operations as nodes of an ONNX graph.

Keras holds pictures as (batch, height, width, channels), ONNX as (batch, channels, height, width): whatever has rank 4
is in Keras' order on that side and in ONNX' on this one. All values are float32.
"""

import functools
from dataclasses import dataclass

import numpy as np
from keras import ops
from onnx import helper

TO_ONNX, TO_KERAS = (0, 3, 1, 2), (0, 2, 3, 1)
AXES = {0: 0, 1: 2, 2: 3, 3: 1}  # of rank 4, Keras' to ONNX'
FLOATS = 'float32', 'float16', 'bfloat16'


class Untranslatable(Exception):
    """There is no translation of a layer, or not of what it is set to."""


@dataclass(frozen=True)
class Tensor:
    """A value of the graph; `shape` is Keras', its first entry, the batch, None."""

    name: str
    shape: tuple

    @property
    def rank(self):
        return len(self.shape)


class Graph:
    """Nodes in the order of computation, and `weights`, {name: function that reads the array}.

    Weights are read when they are written, one at a time: together they may be as large as the model.
    """

    def __init__(self):
        self.nodes, self.weights = [], {}

    def add(self, kind, *inputs, **attributes):
        """Add a node with one output; return the output's name."""
        name = f'{kind.lower()}_{len(self.nodes)}'
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def weight(self, read):
        name = f'weight_{len(self.weights)}'
        self.weights[name] = read
        return name

    def constant(self, value, rank=0, dtype=np.float32):
        """A constant, given in Keras' order, that is to meet a tensor of that rank."""
        value = numbers(value).astype(dtype)
        if rank == 4 and value.ndim:
            value = value.reshape((1,) * (4 - value.ndim) + value.shape).transpose(TO_ONNX)
        return self.weight(lambda: value)


def numbers(value):
    """A Keras variable, or a constant, as an array."""
    return ops.convert_to_numpy(ops.convert_to_tensor(value))


def translate(graph, operation, args):
    """Add the nodes of a Keras layer or operation called with `args`, Tensors and constants; return the result's name.

    A layer of the toolkit's own has a method `to_onnx(graph, *args)` for that. Raises Untranslatable.
    """
    if hasattr(operation, 'to_onnx'):
        return operation.to_onnx(graph, *args)
    kind = type(operation).__name__
    if kind not in TRANSLATIONS:
        raise Untranslatable(f'{operation.name} is of the kind {kind}')
    if getattr(operation, 'data_format', 'channels_last') != 'channels_last':
        raise Untranslatable(f'{operation.name} takes the channels first')
    return TRANSLATIONS[kind](graph, operation, *args)


def nothing(graph, operation, x, *_):
    """Layers that do something in training only, and casts between floats."""
    if getattr(operation, 'dtype', 'float32') not in FLOATS:
        raise Untranslatable(f'{operation.name} casts to {operation.dtype}')
    return x.name


def rescaling(graph, layer, x):
    scaled = graph.add('Mul', x.name, graph.constant(layer.scale, x.rank))
    return graph.add('Add', scaled, graph.constant(layer.offset, x.rank))


def normalization(graph, layer, x):
    if layer.invert:
        raise Untranslatable(f'{layer.name} is inverted')
    deviation = np.maximum(np.sqrt(numbers(layer.variance)), np.float32(1e-7))
    centered = graph.add('Sub', x.name, graph.constant(layer.mean, x.rank))
    return graph.add('Div', centered, graph.constant(deviation, x.rank))


def batch_normalization(graph, layer, x):
    if layer.axis not in (-1, x.rank - 1):
        raise Untranslatable(f'{layer.name} normalizes axis {layer.axis}')
    zeros = np.zeros(x.shape[-1], np.float32)
    parts = (
        graph.constant(layer.gamma if layer.scale else zeros + 1),
        graph.constant(layer.beta if layer.center else zeros),
        graph.constant(layer.moving_mean),
        graph.constant(layer.moving_variance),
    )
    return graph.add('BatchNormalization', x.name, *parts, epsilon=layer.epsilon)


def activated(graph, layer, name):
    """The result called `name` after the layer's activation function."""
    function = getattr(layer, 'activation', None)
    kind = getattr(function, '__name__', 'linear')
    if kind == 'linear':
        return name
    if kind == 'relu6':
        return graph.add('Clip', name, graph.constant(0), graph.constant(6))
    if kind in ('silu', 'hard_silu'):
        gate = graph.add('Sigmoid', name) if kind == 'silu' else hard_sigmoid(graph, name)
        return graph.add('Mul', name, gate)
    if kind == 'hard_sigmoid':
        return hard_sigmoid(graph, name)
    if kind == 'leaky_relu':
        return graph.add('LeakyRelu', name, alpha=0.2)  # Keras' default
    if kind in ACTIVATIONS:
        return graph.add(ACTIVATIONS[kind], name)
    raise Untranslatable(f'{layer.name} has the activation {kind}')


ACTIVATIONS = {
    'relu': 'Relu', 'sigmoid': 'Sigmoid', 'tanh': 'Tanh', 'softmax': 'Softmax', 'elu': 'Elu', 'selu': 'Selu',
    'softplus': 'Softplus', 'softsign': 'Softsign',
}  # fmt: skip


def hard_sigmoid(graph, name):
    return graph.add('HardSigmoid', name, alpha=1 / 6, beta=0.5)


def activation(graph, layer, x):
    if x.rank == 4 and layer.activation.__name__ == 'softmax':
        raise Untranslatable(f'{layer.name} is a softmax over a picture')
    return activated(graph, layer, x.name)


def relu(graph, layer, x):
    if layer.negative_slope or layer.threshold:
        raise Untranslatable(f'{layer.name} is a ReLU with a slope or a threshold')
    if layer.max_value is None:
        return graph.add('Relu', x.name)
    return graph.add('Clip', x.name, graph.constant(0), graph.constant(layer.max_value))


def leaky_relu(graph, layer, x):
    return graph.add('LeakyRelu', x.name, alpha=layer.negative_slope)


def function_of(kind):
    """What `keras.ops` and `keras.activations` compute value by value."""

    def compute(graph, operation, x):
        return graph.add(kind, x.name)

    return compute


def swish(graph, operation, x):
    return graph.add('Mul', x.name, graph.add('Sigmoid', x.name))


def relu6(graph, operation, x):
    return graph.add('Clip', x.name, graph.constant(0), graph.constant(6))


def softmax(graph, operation, x):
    if operation.axis not in (-1, x.rank - 1):
        raise Untranslatable(f'{operation.name} is a softmax over something else than channels')
    return graph.add('Softmax', x.name, axis=1)


def window(layer, x, size, dilation=(1, 1)):
    """ONNX' attributes of a window of `size` (height, width) that the layer moves over `x`."""
    pads = [(0, 0), (0, 0)]
    if layer.padding == 'same':
        for i in (0, 1):
            steps = -(-x.shape[i + 1] // layer.strides[i])
            missing = (steps - 1) * layer.strides[i] + (size[i] - 1) * dilation[i] + 1 - x.shape[i + 1]
            pads[i] = max(0, missing) // 2, (max(0, missing) + 1) // 2
    elif layer.padding != 'valid':
        raise Untranslatable(f'{layer.name} has the padding {layer.padding}')
    befores, afters = zip(*pads, strict=True)
    return {'kernel_shape': size, 'strides': layer.strides, 'pads': befores + afters, 'dilations': dilation}


def convolve(graph, layer, x, kernel, group):
    """A convolution without bias; kernel() reads (out, in, height, width)."""
    attributes = window(layer, x, layer.kernel_size, layer.dilation_rate)
    return graph.add('Conv', x.name, graph.weight(kernel), group=group, **attributes)


def biased(graph, layer, name, rank):
    return graph.add('Add', name, graph.constant(layer.bias, rank)) if layer.use_bias else name


def by_channel(kernel):
    """A reader of a kernel of a filter a channel, (height, width, in, multiplier), in ONNX' order."""

    def read():
        array = numbers(kernel)
        return array.transpose(2, 3, 0, 1).reshape(-1, 1, *array.shape[:2])

    return read


def convolution(graph, layer, x):
    name = convolve(graph, layer, x, lambda: numbers(layer.kernel).transpose(3, 2, 0, 1), layer.groups)
    return activated(graph, layer, biased(graph, layer, name, 4))


def transposed_convolution(graph, layer, x):
    kernel = graph.weight(lambda: numbers(layer.kernel).transpose(3, 2, 0, 1))
    name = transpose_convolve(graph, x, kernel, layer.kernel_size, layer.strides, layer.output.shape[1:3])
    return activated(graph, layer, biased(graph, layer, name, 4))


def transpose_convolve(graph, x, kernel, size, strides, outputs):
    """A transposed 'same' convolution of `x` to `outputs`, (height, width); `kernel` is (in, out, height, width)."""
    pads, more = [], []
    for i in (0, 1):
        missing = (x.shape[i + 1] - 1) * strides[i] + size[i] - outputs[i]
        pads.append((max(0, missing) // 2, max(0, missing) - max(0, missing) // 2))
        more.append(max(0, -missing))
    befores, afters = zip(*pads, strict=True)
    attributes = {'kernel_shape': size, 'strides': strides, 'pads': befores + afters, 'output_padding': more}
    return graph.add('ConvTranspose', x.name, kernel, **attributes)


def depthwise_convolution(graph, layer, x):
    name = convolve(graph, layer, x, by_channel(layer.kernel), x.shape[-1])
    return activated(graph, layer, biased(graph, layer, name, 4))


def separable_convolution(graph, layer, x):
    name = convolve(graph, layer, x, by_channel(layer.depthwise_kernel), x.shape[-1])
    pointwise = graph.weight(lambda: numbers(layer.pointwise_kernel).transpose(3, 2, 0, 1))
    name = graph.add('Conv', name, pointwise, kernel_shape=(1, 1))
    return activated(graph, layer, biased(graph, layer, name, 4))


def dense(graph, layer, x):
    if x.rank != 2:
        raise Untranslatable(f'{layer.name} is a Dense on a tensor of rank {x.rank}')
    name = graph.add('MatMul', x.name, graph.weight(lambda: numbers(layer.kernel)))
    return activated(graph, layer, biased(graph, layer, name, 2))


def pooling(kind):
    def pool(graph, layer, x):
        attributes = window(layer, x, layer.pool_size)
        attributes.pop('dilations')
        return graph.add(kind, x.name, **attributes)

    return pool


def average(graph, name, keepdims):
    """The mean over height and width. Unlike ReduceMean, onnxruntime takes it of the blocks its convolutions leave."""
    mean = graph.add('GlobalAveragePool', name)
    return mean if keepdims else graph.add('Flatten', mean)


def global_average(graph, layer, x):
    return average(graph, x.name, layer.keepdims)


def global_maximum(graph, layer, x):
    largest = graph.add('GlobalMaxPool', x.name)
    return largest if layer.keepdims else graph.add('Flatten', largest)


def mean(graph, operation, x):
    check_axes(operation, x)
    return average(graph, x.name, operation.keepdims)


def variance(graph, operation, x):
    """The mean of the squares less the square of the mean; not below 0, where rounding would bring it."""
    check_axes(operation, x)
    square = average(graph, graph.add('Mul', x.name, x.name), operation.keepdims)
    mean = average(graph, x.name, operation.keepdims)
    return graph.add('Relu', graph.add('Sub', square, graph.add('Mul', mean, mean)))


def deviation(graph, operation, x):
    return graph.add('Sqrt', variance(graph, operation, x))


def check_axes(operation, x):
    if x.rank != 4 or sorted(axis % 4 for axis in operation.axis or ()) != [1, 2]:
        raise Untranslatable(f'{operation.name} goes over something else than height and width')


def arithmetic(kind):
    """What is computed value by value, of two operands or, by a layer, of a list of them."""

    def compute(graph, operation, *operands):
        first, *rest = operands[0] if isinstance(operands[0], list | tuple) else operands
        rank, *others = {x.rank for x in (first, *rest) if isinstance(x, Tensor)}
        if others:
            raise Untranslatable(f'{operation.name} joins tensors of different rank')
        names = [x.name if isinstance(x, Tensor) else graph.constant(x, rank) for x in (first, *rest)]
        return functools.reduce(lambda x, y: graph.add(kind, x, y), names)

    return compute


def square_root(graph, operation, x):
    return graph.add('Sqrt', x.name)


def scaled_residual(graph, layer, pair):
    x, residual = pair
    return graph.add('Add', x.name, graph.add('Mul', residual.name, graph.constant(layer.scale)))


def concatenate(graph, layer, tensors, *_):
    rank = tensors[0].rank
    axis = layer.axis % rank
    return graph.add('Concat', *(x.name for x in tensors), axis=AXES[axis] if rank == 4 else axis)


def stack(graph, operation, tensors, *_):
    if tensors[0].rank != 3 or operation.axis not in (-1, 3):
        raise Untranslatable(f'{operation.name} stacks something else than the channels of a picture')
    channel = graph.constant((1,), dtype=np.int64)
    return graph.add('Concat', *(graph.add('Unsqueeze', x.name, channel) for x in tensors), axis=1)


def item(graph, operation, x, key):
    if x.rank != 4 or not isinstance(key, tuple) or key[:-1] != (Ellipsis,) or not isinstance(key[-1], int):
        raise Untranslatable(f'{operation.name} takes something else than a channel of a picture')
    return graph.add('Gather', x.name, graph.constant(key[-1], dtype=np.int64), axis=1)


def reshape(graph, layer, x):
    """Values keep their order in Keras' layout."""
    name = graph.add('Transpose', x.name, perm=TO_KERAS) if x.rank == 4 else x.name
    shape = layer.output.shape
    name = graph.add('Reshape', name, graph.constant((-1, *shape[1:]), dtype=np.int64))
    return graph.add('Transpose', name, perm=TO_ONNX) if len(shape) == 4 else name


def zero_padding(graph, layer, x):
    (top, bottom), (left, right) = layer.padding
    return graph.add('Pad', x.name, graph.constant((0, 0, top, left, 0, 0, bottom, right), dtype=np.int64))


def cropping(graph, layer, x):
    (top, bottom), (left, right) = layer.cropping
    ends = x.shape[1] - bottom, x.shape[2] - right
    parts = (top, left), ends, (2, 3)
    return graph.add('Slice', x.name, *(graph.constant(part, dtype=np.int64) for part in parts))


def resizing(graph, layer, x):
    if layer.interpolation != 'bilinear' or layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio:
        raise Untranslatable(f'{layer.name} resizes otherwise than bilinearly')
    size = graph.constant((layer.height, layer.width), dtype=np.int64)
    return graph.add('Resize', x.name, '', '', size, axes=(2, 3), mode='linear')


TRANSLATIONS = {
    'Activation': activation,
    'Add': arithmetic('Add'),
    'AveragePooling2D': pooling('AveragePool'),
    'BatchNormalization': batch_normalization,
    'Cast': nothing,
    'Concatenate': concatenate,
    'Conv2D': convolution,
    'Conv2DTranspose': transposed_convolution,
    'Cropping2D': cropping,
    'CustomScaleLayer': scaled_residual,
    'Dense': dense,
    'DepthwiseConv2D': depthwise_convolution,
    'Divide': arithmetic('Div'),
    'Dropout': nothing,
    'Elu': function_of('Elu'),
    'Flatten': reshape,
    'GetItem': item,
    'GlobalAveragePooling2D': global_average,
    'GlobalMaxPooling2D': global_maximum,
    'LeakyReLU': leaky_relu,
    'MaxPooling2D': pooling('MaxPool'),
    'Mean': mean,
    'Multiply': arithmetic('Mul'),
    'Negative': function_of('Neg'),
    'Normalization': normalization,
    'Relu': function_of('Relu'),
    'ReLU': relu,
    'Relu6': relu6,
    'Rescaling': rescaling,
    'Reshape': reshape,
    'Resizing': resizing,
    'Selu': function_of('Selu'),
    'SeparableConv2D': separable_convolution,
    'Sigmoid': function_of('Sigmoid'),
    'Silu': swish,
    'Softmax': softmax,
    'Softplus': function_of('Softplus'),
    'Softsign': function_of('Softsign'),
    'Sqrt': square_root,
    'Stack': stack,
    'Std': deviation,
    'Subtract': arithmetic('Sub'),
    'Tanh': function_of('Tanh'),
    'TrueDivide': arithmetic('Div'),
    'Var': variance,
    'ZeroPadding2D': zero_padding,
}
