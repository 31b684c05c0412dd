"""A Keras model as an ONNX file: float32, posters as uint8 in, any number at once, the model's raw output out.

The graph is translated layer by layer, on whatever backend. Keras' own `Model.export` needs another package for each
backend; tf2onnx takes more than 40 times the model's size in memory and leaves an EfficientNetV2's constants as inputs.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper
from PIL import Image

from cnn.onnx.layers import TO_ONNX, Graph, Tensor, Untranslatable, translate
from cnn.onnx.runner import Runner
from core import files
from core.errors import WorkFailed

OPSET, IR = 18, 10  # of 2023 and 2024: read by older runtimes, too
TOLERANCE = 1e-4
IMAGES = 3  # that both are tried on: smooth random colors


def export(model, path):
    """Write the float32 Keras `model` to `path`, once its output on a few images agrees with Keras' to TOLERANCE.

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
    pictures = graph.add('Cast', graph.add('Transpose', 'posters', perm=TO_ONNX), to=TensorProto.FLOAT)
    tensors = {id(model.inputs[0]): Tensor(pictures, model.inputs[0].shape)}
    for operation in model.operations:
        if operation.output is model.inputs[0]:
            continue
        arguments = operation._inbound_nodes[0].arguments  # Keras has no public name for constants among them
        if any(id(tensor) not in tensors for tensor in arguments.keras_tensors):
            raise Untranslatable(f'{operation.name} comes after a layer that is used twice')
        args, _ = arguments.fill_in(tensors)
        tensors[id(operation.output)] = Tensor(translate(graph, operation, args), operation.output.shape)
    return graph, tensors[id(model.outputs[0])].name


def write(model, graph, output, path):
    """Write the file piece by piece, a weight at a time.

    Messages of Protocol Buffers that are written one after the other are read as one, their lists joined.
    """
    graph.nodes.append(helper.make_node('Identity', [output], ['output']))
    posters = helper.make_tensor_value_info('posters', TensorProto.UINT8, ['posters', *model.inputs[0].shape[1:]])
    answers = helper.make_tensor_value_info('output', TensorProto.FLOAT, ['posters', *model.outputs[0].shape[1:]])
    network = helper.make_graph(graph.nodes, model.name, [posters], [answers])
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
    """The largest difference between the outputs of Keras and of the ONNX file at `path` on a few images."""
    height, width = model.inputs[0].shape[1:3]
    colors = np.random.default_rng(0).integers(0, 256, (IMAGES, 9, 6, 3)).astype(np.uint8)
    images = np.stack([np.asarray(Image.fromarray(few).resize((width, height))) for few in colors])
    return float(np.abs(Runner(path).run(images) - model.predict_on_batch(images)).max())
