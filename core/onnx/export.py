"""A Keras model as an ONNX file: float32, any number of examples at once, the model's raw output out.

Images as inputs are uint8, other inputs float32.

The graph is translated layer by layer, on whatever backend. Keras' own `Model.export` needs another package for each
backend; tf2onnx takes more than 40 times the model's size in memory and leaves an EfficientNetV2's constants as inputs.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image

from core import files
from core.errors import WorkFailed
from core.onnx.layers import TO_KERAS, TO_ONNX, Graph, Tensor, Untranslatable, translate
from core.onnx.runner import Runner

OPSET, IR = 18, 10  # of 2023 and 2024: read by older runtimes, too
TOLERANCE = 1e-4
EXAMPLES = 3  # that both are tried on


def export(model, path):
    """Write the float32 Keras `model` to `path`, once its output on a few examples agrees with Keras' to TOLERANCE.

    Raises WorkFailed where a layer cannot be translated, or where they do not agree; there is no file then.
    """
    path.unlink(missing_ok=True)
    try:
        graph, output = build(model)
    except Untranslatable as reason:
        raise WorkFailed(f'no ONNX file for {path.stem}: {reason}, which cannot be translated') from None
    with files.replacing(path) as temporary:
        write(model, graph, output, temporary)
        worst = disagreement(model, temporary)
        if not worst <= TOLERANCE:
            raise WorkFailed(f'no ONNX file for {path.stem}: its output would be off by {worst:.1g} from that of Keras')


def build(model):
    """The Graph of a functional model, and the name of its output."""
    graph = Graph()
    tensors = {}
    for name, tensor in zip(input_names(model), model.inputs, strict=True):
        if len(tensor.shape) == 4:
            name = graph.add('Cast', graph.add('Transpose', name, perm=TO_ONNX), to=TensorProto.FLOAT)
        tensors[id(tensor)] = Tensor(name, tensor.shape)
    for operation in model.operations:
        if id(operation.output) in tensors:
            continue
        arguments = operation._inbound_nodes[0].arguments  # Keras has no public name for constants among them
        if any(id(tensor) not in tensors for tensor in arguments.keras_tensors):
            raise Untranslatable(f'{operation.name} comes after a layer that is used twice')
        args, _ = arguments.fill_in(tensors)
        tensors[id(operation.output)] = Tensor(translate(graph, operation, args), operation.output.shape)
    last = tensors[id(model.outputs[0])]
    return graph, graph.add('Transpose', last.name, perm=TO_KERAS) if last.rank == 4 else last.name


def input_names(model):
    """Those of the inputs in the file: 'posters' for the images of a classifier, else the model's own."""
    return (
        ['posters']
        if len(model.inputs) == 1 and len(model.inputs[0].shape) == 4
        else [one.name for one in model.inputs]
    )


def write(model, graph, output, path):
    """Write the file piece by piece, a weight at a time.

    Messages of Protocol Buffers that are written one after the other are read as one, their lists joined.
    """
    graph.nodes.append(helper.make_node('Identity', [output], ['output']))
    inputs = [
        helper.make_tensor_value_info(
            name, TensorProto.UINT8 if len(tensor.shape) == 4 else TensorProto.FLOAT, ['posters', *tensor.shape[1:]]
        )
        for name, tensor in zip(input_names(model), model.inputs, strict=True)
    ]
    answers = helper.make_tensor_value_info('output', TensorProto.FLOAT, ['posters', *model.outputs[0].shape[1:]])
    network = helper.make_graph(graph.nodes, model.name, inputs, [answers])
    opset = helper.make_opsetid('', OPSET)
    with open(path, 'wb') as file:
        file.write(helper.make_model(network, opset_imports=[opset], ir_version=IR).SerializeToString())
        for name, read in graph.weights.items():
            write_weight(np.asarray(read(), order='C'), name, file)


def write_weight(weight, name, file):
    """Write a part of the model that holds one weight, its values straight from the array.

    As a message of Protocol Buffers it would be copied four times, and a dense layer's weights may have 400 MB.
    """
    values = weight.tobytes() if weight.ndim == 0 else memoryview(weight).cast('B')
    data_type = helper.np_dtype_to_tensor_dtype(weight.dtype)
    head = onnx.TensorProto(name=name, data_type=data_type, dims=weight.shape).SerializeToString()
    head += field(onnx.TensorProto.RAW_DATA_FIELD_NUMBER, len(values))
    head = field(onnx.GraphProto.INITIALIZER_FIELD_NUMBER, len(head) + len(values)) + head
    head = field(onnx.ModelProto.GRAPH_FIELD_NUMBER, len(head) + len(values)) + head
    file.write(head)
    file.write(values)


def field(number, length):
    """What Protocol Buffers put before a field of `length` bytes: its number with its kind, and the length."""
    return varint(number << 3 | 2) + varint(length)


def varint(value):
    """A whole number as Protocol Buffers write it: seven bits a byte, the lowest first."""
    low = bytes([value & 127 | 128 * (value > 127)])
    return low + (varint(value >> 7) if value > 127 else b'')


def disagreement(model, path):
    """The largest difference between the outputs of Keras and of the ONNX file at `path` on a few examples."""
    rng = np.random.default_rng(0)
    examples = [few(tensor.shape, rng) for tensor in model.inputs]
    expected = model.predict_on_batch(examples if len(examples) > 1 else examples[0])
    return float(np.abs(Runner(path).run(*examples) - expected).max())


def few(shape, rng):
    """Examples of an input of that shape: pictures of smooth random colors, or random numbers."""
    if len(shape) != 4:
        return rng.standard_normal((EXAMPLES, *shape[1:]), np.float32)
    height, width = shape[1:3]
    colors = rng.integers(0, 256, (EXAMPLES, 9, 6, 3)).astype(np.uint8)
    return np.stack([np.asarray(Image.fromarray(one).resize((width, height))) for one in colors])
