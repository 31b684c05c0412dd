"""An ONNX file opened by onnxruntime, on the CPU."""

import os

from core.errors import WorkFailed

os.environ.setdefault('ORT_DISABLE_TELEMETRY', '1')  # before the import: what it offers afterwards leaves look-ups
import onnxruntime


class Runner:
    """The network in an ONNX file. A call of `run` uses one core; calls from several threads use several.

    That is faster than a call on several cores: what a thread needs for its few posters stays in its core's cache.
    """

    def __init__(self, path):
        """Raises WorkFailed where the file holds no network."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self.session = onnxruntime.InferenceSession(path, options, providers=['CPUExecutionProvider'])
        except Exception:  # onnxruntime has one for each of its error codes
            raise WorkFailed(f'{path}: no network can be loaded from it') from None
        self.inputs = [one.name for one in self.session.get_inputs()]

    @property
    def size(self):
        """(width, height) of the posters it takes."""
        height, width = self.session.get_inputs()[0].shape[1:3]
        return width, height

    @property
    def outputs(self):
        return self.session.get_outputs()[0].shape[-1]

    def run(self, *inputs):
        """The output of the network, (n, ...) float32, for its inputs, such as posters (n, height, width, 3) uint8."""
        return self.session.run(None, dict(zip(self.inputs, inputs, strict=True)))[0]
