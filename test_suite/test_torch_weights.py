"""Reading torch's old format: a file runs no code, whatever its hash, and no tensor reaches beyond its storage."""

import hashlib
import io
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from backbones.torch_weights import MAGIC, read_state_dict
from core.errors import WorkFailed

VALUES = np.arange(6, dtype='<f4')


class Evil:
    """Makes a file where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


class Storage(str):
    """Stands for a storage, which is written by its persistent id."""


class FloatStorage:
    """Stands for torch's class of that name."""


def rebuild(*_):
    raise AssertionError


class FakeTensor:
    def __init__(self, offset, shape, strides):
        self.fields = offset, shape, strides

    def __reduce__(self):
        offset, shape, strides = self.fields
        return rebuild, (Storage('0'), offset, shape, strides, False, OrderedDict())


class Pickler(pickle.Pickler):
    """Writes what torch writes: names of torch, which is not installed, and storages by persistent ids."""

    def __init__(self, file, count=6):
        super().__init__(file, 2)
        self.count = count

    def persistent_id(self, found):
        return ('storage', FloatStorage, '0', 'cpu', self.count, None) if isinstance(found, Storage) else None


def written(path, shape=(2, 3), strides=(3, 1), offset=0, **parts):
    """Write a file of one tensor, or with other `parts`, {number: object}; returns its SHA-256."""
    out = io.BytesIO()
    whole = [MAGIC, 1001, {'little_endian': True}, None, ['0']]
    for number, found in parts.items():
        whole[int(number[1:])] = found
    for found in whole:
        if found is None:
            inner = io.BytesIO()
            Pickler(inner).dump(OrderedDict(weight=FakeTensor(offset, shape, strides)))
            content, here = inner.getvalue(), f'c{__name__}\n'.encode()
            content = content.replace(here + b'rebuild\n', b'ctorch._utils\n_rebuild_tensor_v2\n')
            out.write(content.replace(here + b'FloatStorage\n', b'ctorch\nFloatStorage\n'))
        else:
            Pickler(out).dump(found)
    out.write(np.array([6], '<i8').tobytes() + VALUES.tobytes())
    path.write_bytes(out.getvalue())
    return hashlib.sha256(out.getvalue()).hexdigest()


def test_a_tensor_is_read(tmp_path):
    path = tmp_path / 'weights.pth'
    read = read_state_dict(path, written(path, (3, 2), (1, 3)))
    np.testing.assert_array_equal(read['weight'], VALUES.reshape(2, 3).T)


@pytest.mark.parametrize('part', range(5))
def test_no_part_of_a_file_runs_code(tmp_path, part):
    """Its own hash is given, so that only the unpickler stands against it."""
    path, made = tmp_path / 'weights.pth', tmp_path / 'made'
    sha256 = written(path, **{f'p{part}': Evil(made)})
    with pytest.raises(WorkFailed, match='no state dict'):
        read_state_dict(path, sha256)
    assert not made.exists()


@pytest.mark.parametrize(
    ('shape', 'strides', 'offset'),
    [((200_000,), (1,), 0), ((2, 3), (4, 1), 0), ((2, 3), (3, 1), 1), ((2,), (-1,), 3), ((2, 3), (1,), 0)],
)
def test_no_tensor_reaches_beyond_its_storage(tmp_path, shape, strides, offset):
    path = tmp_path / 'weights.pth'
    with pytest.raises(WorkFailed, match='no state dict'):
        read_state_dict(path, written(path, shape, strides, offset))


def test_what_is_read_is_what_was_hashed(tmp_path):
    """A file that is exchanged for another after it was read changes nothing."""

    class Swapping:
        def __init__(self, path):
            self.path = path

        def read_bytes(self):
            content = self.path.read_bytes()
            self.path.write_bytes(b'another')
            return content

    path = tmp_path / 'weights.pth'
    assert read_state_dict(Swapping(path), written(path))['weight'].shape == (2, 3)
