"""Probe files: the head of a linear probe without its backbones, which pip installs anyway.

A probe file is an .npz with `mean`, `variance` (features,), `kernel` (features, outputs) and `bias` (outputs,), beside
a model card. The models in `saved_models/` that are tracked are such files. Those that look at posters alike share one
network, that of the features, which is assembled once.
"""

import hashlib
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core import files
from core.errors import WorkFailed
from core.log import log
from posters.layout import poster_size

ARRAYS = 'mean', 'variance', 'kernel', 'bias'
SUFFIX = '.npz'
EPSILON = 1e-6  # added to variances


@dataclass(frozen=True)
class LinearHead:
    """`mean`, `variance` (features,), `kernel` (features, outputs) and `bias` (outputs,) of a linear probe."""

    mean: np.ndarray
    variance: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray

    @cached_property
    def folded(self):
        """(kernel, bias) for features that are not standardized."""
        kernel = self.kernel.astype(np.float32) / np.sqrt(self.variance + EPSILON, dtype=np.float32)[:, np.newaxis]
        return kernel, self.bias - self.mean @ kernel

    def outputs(self, features, activation):
        """(n, outputs) float32 for raw `features` (n, features); `activation` is 'sigmoid' or 'softmax'."""
        kernel, bias = self.folded
        logits = np.clip(features @ kernel + bias, -80, 80)  # of float32, exp(89) is infinite
        if activation == 'sigmoid':
            return 1 / (1 + np.exp(-logits))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def write(self, path: Path) -> None:
        """Write it, the kernel in float16."""
        kernel = self.kernel.astype(np.float16)
        with files.replacing(path) as temporary, open(temporary, 'wb') as file:
            np.savez_compressed(file, mean=self.mean, variance=self.variance, kernel=kernel, bias=self.bias)

    @classmethod
    def read(cls, path: Path) -> 'LinearHead':
        """Raises WorkFailed where the file cannot be read."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                head = cls(*(arrays[name] for name in ARRAYS))
            features, outputs = head.kernel.shape
            if head.mean.shape == head.variance.shape == (features,) and head.bias.shape == (outputs,):
                return head
            error = 'shapes'
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as reason:
            error = type(reason).__name__
        raise WorkFailed(f'{path}: no linear probe can be loaded from it ({error})')

    @classmethod
    def of(cls, model) -> 'LinearHead':
        """That of the Keras model of a linear probe."""
        from cnn import networks  # slow: Keras

        return cls(*model.get_layer(networks.FEATURES).get_weights(), *model.get_layer(networks.HEAD).get_weights())


def build(path: Path, config, target):
    """The Keras model of a probe file: its head on the backbones of its preset, with ImageNet weights.

    Raises WorkFailed where the file cannot be read or has another shape.
    """
    from cnn import networks  # slow: Keras
    from core.hardware import dtype_policy

    head = LinearHead.read(path)
    width, height = poster_size(config.ratio)
    with dtype_policy('float32'):
        model = networks.build(
            config.find_preset(), (height, width, 3), target.outputs, target.activation, config.weights
        )
    try:
        model.get_layer(networks.FEATURES).set_weights([head.mean, head.variance])
        model.get_layer(networks.HEAD).set_weights([head.kernel, head.bias])
    except ValueError:
        raise WorkFailed(f'{path}: this is no linear probe of preset {config.preset}') from None
    return model


def features_path(folder: Path, config) -> Path:
    """Where the ONNX file of the network is that the probe files in `folder` share which look at posters alike."""
    preset = config.find_preset()
    alike = *preset.backbones, preset.enlarged, config.weights, config.ratio
    digest = hashlib.sha256(repr(alike).encode()).hexdigest()[:12]
    return files.cache_folder(folder) / f'features-{digest}.onnx'


def assemble(config, path: Path) -> None:
    """Write the ONNX file from posters to the raw features of the config's preset, which takes seconds."""
    log.warning(f'assembling the network of preset {config.preset}, once')
    from core import hardware

    machine = hardware.set_up('float32')
    from cnn import networks  # after the set-up: it imports Keras
    from core.onnx.export import export

    width, height = poster_size(config.ratio)
    model = networks.build(config.find_preset(), (height, width, 3), 1, weights=config.weights)
    export(networks.statistics(model, machine), path)
