"""The networks of saved models, opened by onnxruntime, and what reads posters for them."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnn import probe_files
from cnn.probe_files import LinearHead
from cnn.saved_models import SavedModel
from core.errors import WorkFailed
from core.onnx.runner import Runner
from posters.layout import poster_size

OPENED: dict[Path, Runner] = {}  # networks of features, which several models share


@dataclass(frozen=True)
class Network:
    """The `runner` of a saved model's network; of a probe file that of its features, under its own `head`.

    Networks that look at posters alike share their runner.
    """

    saved: SavedModel
    runner: Runner
    head: LinearHead | None = None

    def outputs(self, made, lines=None, titles=None) -> np.ndarray:
        """(n, outputs) of what the runner has `made` of n posters; with the Lines on these where the model reads."""
        outputs = self.head.outputs(made, self.saved.target.activation) if self.head else made
        return self.saved.with_words(outputs, lines, titles) if self.saved.reads_words else outputs


def open_all(chosen, words=False):
    """(networks, reader, complaints): {target: Network} of the SavedModels {target: model}, and what reads for them.

    A complaint for each that lacks its network. The reader, opened meanwhile, is None where no model reads words and
    `words` are not wanted. Raises WorkFailed where all networks are missing, or rapidocr is.
    """
    reads = words or any(saved.reads_words for saved in chosen.values())
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(_open_reader) if reads else None
        networks, complaints = open_networks(chosen)
        return networks, opening and opening.result(), complaints


def _open_reader():
    from posters.text import Reader  # slow: OpenCV

    return Reader()


def open_networks(chosen):
    """{target: Network} of the SavedModels {target: model}, and a complaint for each that lacks its network.

    Raises WorkFailed where all do.
    """
    opened: dict[str, Network] = {}
    complaints = []
    for target, saved in chosen.items():
        try:
            opened[target] = _open_probe(saved) if saved.is_probe_file else _open_network(saved)
        except WorkFailed as error:
            complaints.append(error)
    if not opened:
        raise complaints[0]
    return opened, complaints


def _open_network(saved):
    if not saved.onnx_path.is_file():
        folder = '' if saved.path.parent == Path('saved_models') else f' -models={saved.path.parent}'
        raise WorkFailed(
            f'{saved.name} has no ONNX file yet; make it with: python3 __main__.py -export={saved.name}{folder}'
        )
    runner = Runner(saved.onnx_path)
    if runner.size != poster_size(saved.config.ratio) or runner.outputs != saved.target.outputs:
        raise WorkFailed(f'{saved.onnx_path}: this is not the network that {saved.name}.json describes')
    return Network(saved, runner)


def _open_probe(saved):
    head = LinearHead.read(saved.path)
    runner = open_features(saved.path.parent, saved.config)
    if head.kernel.shape != (runner.outputs, saved.target.outputs):
        raise WorkFailed(f'{saved.path}: this is not the linear probe that {saved.name}.json describes')
    return Network(saved, runner, head)


def open_features(folder, config):
    """The Runner from posters to the raw features of a config's preset; one for all who ask for it.

    Its network is assembled the first time, in the cache of that folder of models, which takes seconds.
    """
    path = probe_files.features_path(Path(folder), config)
    if path not in OPENED:
        if path.is_file():
            with contextlib.suppress(WorkFailed):  # it is damaged
                OPENED[path] = Runner(path)
        if path not in OPENED:
            probe_files.assemble(config, path)
            OPENED[path] = Runner(path)
    return OPENED[path]
