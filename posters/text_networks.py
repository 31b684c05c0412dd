"""The networks that read posters: PP-OCRv6, which rapidocr brings along; the detector with 8-bit convolutions.

A convolution's inputs are rounded between the least and the greatest value that they have had on real posters. These
ranges are in saved_models/text; `python3 -m posters.text_networks my_posters` measures them anew. The network is
assembled from them the first time it is used. Weights have 7 bits, since 8 would overflow on CPUs without VNNI. The
recognizer stays as it is: in 8 bits it reads small letters worse.
"""

import contextlib
import hashlib
import importlib.util
import sys
import tempfile
from pathlib import Path

from core import files
from core.errors import WorkFailed, WrongCall
from core.log import log
from core.onnx.runner import Runner

DETECTOR, RECOGNIZER = 'PP-OCRv6_det_small', 'PP-OCRv6_rec_small'
RANGES = Path(__file__).resolve().parent.parent / 'saved_models' / 'text' / f'{DETECTOR}.json'
OPSET = 17  # earlier ones cannot store rounded weights per channel


def detector():
    """The Runner from posters (n, 3, height, width) float32 in -1..1 to the probability of text. Raises WorkFailed."""
    source = original(DETECTOR)
    digest = hashlib.sha256(RANGES.read_bytes() + str(source.stat().st_size).encode()).hexdigest()[:12]
    path = files.cache_folder(RANGES.parent) / f'{DETECTOR}-{digest}.onnx'
    if path.is_file():
        with contextlib.suppress(WorkFailed):  # it is damaged
            return Runner(path)
    log.warning(f'assembling {DETECTOR}, once')
    path.parent.mkdir(parents=True, exist_ok=True)
    files.sweep(path.parent)
    with files.replacing(path) as temporary:
        _quantize(temporary, RANGES)
    return Runner(path)


def recognizer():
    """The Runner from lines (n, 3, 48, width) float32 in -1..1 to the probabilities of letters. Raises WorkFailed."""
    return Runner(original(RECOGNIZER))


def original(name):
    """The file of a network in rapidocr. Raises WorkFailed where that is not installed."""
    found = importlib.util.find_spec('rapidocr')
    if not found or not found.origin:
        raise WorkFailed('words are read with rapidocr, which is not installed: pip install -r requirements.txt')
    path = Path(found.origin).parent / 'models' / f'{name}.onnx'
    if not path.is_file():
        raise WorkFailed(f'{path} is missing; install the version of rapidocr that requirements.txt names')
    return path


def _quantize(path, ranges, inputs=()):
    """Write the detector with 8-bit weights; the ranges are measured on `inputs` where their file is not there."""
    import onnx  # slow, as what follows
    from onnx import version_converter
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        whole, prepared = Path(folder, 'whole.onnx'), Path(folder, 'prepared.onnx')
        onnx.save(version_converter.convert_version(onnx.load(original(DETECTOR)), OPSET), whole)
        quant_pre_process(whole, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            path,
            Inputs(inputs),
            QuantFormat.QDQ,
            op_types_to_quantize=['Conv', 'MatMul'],
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibration_cache_path=ranges,
        )


class Inputs:
    """Inputs of a network, one after the other, as onnxruntime asks for them."""

    def __init__(self, arrays):
        self.left = iter(arrays)

    def get_next(self):
        return next(({'x': array} for array in self.left), None)


def main():
    import numpy as np

    from core.cli import Parser
    from posters import decode, inputs, text

    flags = Parser(__doc__, {}, ('posters', 'image files, folders')).parse()
    found, _ = inputs.find(flags.posters)
    posters = [np.asarray(decode.read_rgb(name)) for name, reason in found if not reason]
    if not posters:
        raise WrongCall('name posters: image files or folders')
    with tempfile.TemporaryDirectory() as folder:
        ranges = Path(folder, 'ranges.json')
        _quantize(Path(folder, 'network.onnx'), ranges, [text.to_detect(poster) for poster in posters])
        files.write(RANGES, ranges.read_text(encoding='utf-8'))
    print(f'{RANGES}: measured on {len(posters):,} posters')
    return 0


if __name__ == '__main__':
    from core.errors import run

    sys.exit(run(main))
