"""The state of a training on disk: the variables of a model and of its optimizer, in order, in one .npz file.

They are written in slices: Keras' own format holds a second copy of the model in memory while it is written.
"""

import zipfile
import zlib

import numpy as np
from keras import ops

from core import files

SLICE = 1_000_000  # values


class Damaged(ValueError):
    """A state file that cannot be used; the message names it."""


def save(variables, path):
    """Write Keras variables to `path`, whole or not at all."""
    with files.replacing(path) as temporary, zipfile.ZipFile(temporary, 'w') as archive:
        for i, variable in enumerate(variables):
            with archive.open(f'{i}.npy', 'w', force_zip64=True) as out:
                write_array(variable, out)


def write_array(variable, out):
    shape = tuple(variable.shape)
    header = {'descr': np.dtype(variable.dtype).str, 'fortran_order': False, 'shape': shape}
    np.lib.format.write_array_header_1_0(out, header)
    if not shape:
        out.write(ops.convert_to_numpy(variable.value).tobytes())
        return
    rows = max(1, SLICE // max(1, int(np.prod(shape[1:]))))
    for start in range(0, shape[0], rows):
        out.write(ops.convert_to_numpy(variable.value[start : start + rows]).tobytes())


def load(variables, path):
    """Set Keras variables to what `save` wrote of as many, or of more, variables of the same shapes.

    Raises Damaged for a file that is empty, cut or of other variables; the variables are then as they were.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            fits = all(arrays[str(i)].shape == tuple(variable.shape) for i, variable in enumerate(variables))
            if fits:  # a second reading, since all of them at once would be a second copy of the model in memory
                for i, variable in enumerate(variables):
                    variable.assign(arrays[str(i)])
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError):
        raise Damaged(f'{path} is damaged') from None
    if not fits:
        raise Damaged(f'{path} holds other variables')
