"""Weights of a trained generator in one file: an .npz of float16 arrays by variable, with a card beside it.

A generator is shipped in that form, and a run may begin with such weights (`-init`), its own images then being learned
from what others have taught. The card, a .json of the same name, has the config, the conditions of some of the training
images, and what was trained and measured.
"""

import json
import zipfile
import zlib
from pathlib import Path

import numpy as np

from core import files
from core.errors import WorkFailed

BESIDE = 500  # rows of conditions in a card


def write(path, model, card):
    """Write the float weights of a Keras `model` to `path` and the `card` beside it."""
    arrays = {
        variable.path: np.asarray(variable).astype(np.float16)
        for variable in model.variables
        if np.issubdtype(np.dtype(variable.dtype), np.floating)
    }
    with files.replacing(path) as temporary, open(temporary, 'wb') as file:
        np.savez_compressed(file, **arrays)
    files.write(path.with_suffix('.json'), files.as_json(card, indent=1) + '\n')


def read(path):
    """{path of a variable: array} of a file. Raises WorkFailed where it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays}
    except FileNotFoundError:
        raise WorkFailed(f'{path}: there are no weights') from None
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
        raise WorkFailed(f'{path}: no weights can be read from it') from None


def read_card(path):
    """The card of a weight file. Raises WorkFailed where it cannot be read."""
    path = Path(path)
    try:
        return json.loads(path.with_suffix('.json').read_text(encoding='utf-8'))
    except (OSError, ValueError):
        raise WorkFailed(f'{path}: the card of these weights, {path.stem}.json, cannot be read') from None


def put(arrays, model):
    """Set the float variables of a Keras model to arrays of their path and shape; returns the share of values set."""
    total = fitting = 0
    for variable in model.variables:
        if not np.issubdtype(np.dtype(variable.dtype), np.floating):
            continue
        array, size = arrays.get(variable.path), int(np.prod(variable.shape))
        total += size
        if array is not None and array.shape == tuple(variable.shape):
            variable.assign(array.astype(np.float32))
            fitting += size
    return fitting / total


def pack(conditions):
    """Some rows of conditions, (n, k), as lists of the places of their ones."""
    chosen = np.random.default_rng(0).permutation(len(conditions))[:BESIDE]
    return [np.flatnonzero(conditions[i]).tolist() for i in chosen]


def unpack(rows, width):
    """Conditions (n, width) float32 of such lists."""
    conditions = np.zeros((len(rows), width), np.float32)
    for row, ones in zip(conditions, rows, strict=True):
        row[ones] = 1
    return conditions
