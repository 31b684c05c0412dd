"""A published folder: README.md as model card, the ONNX and the Keras file, and what the toolkit opens these with.

It needs nothing beside itself: a probe file is published with its backbones.
"""

import shutil
from dataclasses import replace
from pathlib import Path

from cnn import saved_models
from cnn.predict.networks import open_networks
from cnn.publish import readme
from cnn.saved_models import WORDS, SavedModel, card_path, list_models, onnx_path, open_model
from core import files
from core.errors import WrongCall

README = 'README.md'
SUFFIXES = '.keras', '.onnx', '.json', WORDS


def is_published(folder: Path) -> bool:
    """Whether `folder` is one that `write` has made, with nothing else in it."""
    models = list_models(folder)
    if len(models) != 1 or not (folder / README).is_file():
        return False
    own = {README, *(models[0].with_suffix(suffix).name for suffix in SUFFIXES)}
    others = {path.name for path in folder.iterdir()} - own
    return not others and readme.TAG in (folder / README).read_text(encoding='utf-8', errors='replace')


def is_there(saved: SavedModel, folder: Path) -> bool:
    """Whether `folder` is where this model has been published. Raises WrongCall where anything else is there."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    if is_published(folder):
        there = open_model(list_models(folder)[0])
        if there.name == saved.name and _trained(there) == _trained(saved):
            return True
    raise WrongCall(f'{folder} is there and is not {saved.name} as published: name another folder, or remove it')


def _trained(saved):
    """What is in the model card from the training on."""
    return files.as_json(replace(saved.card, test_scores={}).to_json())


def write(saved: SavedModel, folder: Path, source: str) -> None:
    """Write the published folder of a model, whole or not at all; `source` is what -model= shall be to use it there.

    Raises WorkFailed where there can be no ONNX file of the model, or where its files do not belong together.
    """
    with files.new_folder(folder) as temporary:
        path = temporary / f'{saved.name}.keras'
        if saved.is_probe_file or not saved.onnx_path.is_file():
            _export(saved, path)
        else:
            shutil.copyfile(saved.onnx_path, onnx_path(path))
        if not saved.is_probe_file:
            shutil.copyfile(saved.path, path)
        if saved.reads_words:
            shutil.copyfile(saved.path.with_suffix(WORDS), path.with_suffix(WORDS))
        saved.card.write(card_path(path))
        published = open_model(path)
        open_networks({saved.config.target: published})
        (temporary / README).write_text(readme.text(published, source), encoding='utf-8')


def _export(saved, path):
    """Write the ONNX file beside `path`, and for a probe file the whole network as a .keras file to `path`."""
    from core import hardware

    hardware.set_up('float32')
    from core.onnx.export import export  # after the set-up: it imports Keras

    model = saved.load()
    if saved.is_probe_file:
        saved_models.save(model, saved.card, path)
    export(model, onnx_path(path))
