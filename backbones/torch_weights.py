"""Weights out of a file that torch.save wrote before torch 1.6, read without torch.

Such a file is five pickles, a magic number, the protocol, the machine's sizes, the state dict and the list of storage
keys, then a count and the raw values of each storage. The state dict names its storages by persistent ids.
"""

import hashlib
import io
import pickle
from collections import OrderedDict

import numpy as np

from core.errors import WorkFailed

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {'FloatStorage': np.dtype('<f4'), 'LongStorage': np.dtype('<i8')}
DAMAGED = pickle.UnpicklingError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError


class PlainUnpickler(pickle.Unpickler):
    """Reads numbers, texts, lists and dicts, and refuses any other name, so that a file can run no code."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f'{module}.{name} has no place in this file')


class StateDictUnpickler(PlainUnpickler):
    """Knows also the few names that a state dict consists of. No storage may have more than `most` bytes."""

    def __init__(self, file, most):
        super().__init__(file)
        self.storages, self.most = {}, most

    def find_class(self, module, name):
        if module == 'torch' and name in STORAGES:
            return name
        known = {('collections', 'OrderedDict'): OrderedDict, ('torch._utils', '_rebuild_tensor_v2'): Tensor}
        return known.get((module, name)) or super().find_class(module, name)

    def persistent_load(self, persistent_id):
        _, storage, key, _, count, _ = persistent_id
        dtype = STORAGES[storage]
        if not 0 <= count * dtype.itemsize <= self.most:
            raise ValueError(f'a storage of {count} values')
        return self.storages.setdefault(key, np.empty(count, dtype))


class Tensor:
    """A view of a storage that is filled later."""

    def __init__(self, storage, offset, shape, strides, *_):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self):
        """The view. Raises ValueError where it would reach beyond the storage."""
        numbers = [self.offset, *self.shape, *self.strides]
        if len(self.shape) != len(self.strides) or any(not isinstance(n, int) or n < 0 for n in numbers):
            raise ValueError(f'a tensor of shape {self.shape} and strides {self.strides}')
        steps = zip(self.shape, self.strides, strict=True)
        last = self.offset + sum((size - 1) * stride for size, stride in steps)
        if 0 not in self.shape and last >= len(self.storage):
            raise ValueError(f'a tensor that ends at {last} of {len(self.storage)} values')
        strides = [stride * self.storage.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(self.storage[self.offset :], self.shape, strides, writeable=False)


def read_state_dict(path, sha256):
    """{name: array} of the state dict at `path`. Raises WorkFailed for a file that has another SHA-256, or is none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise WorkFailed(f'{path}: the pretrained weights are missing') from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise WorkFailed(f'{path}: the pretrained weights are damaged (SHA-256 {digest[:12]}…, not {sha256[:12]}…)')
    try:
        return parse(content)
    except DAMAGED as error:
        raise WorkFailed(f'{path}: no state dict in the format before torch 1.6 ({error})') from None


def parse(content):
    """{name: array} of the bytes of such a file, which are those that were hashed."""
    file = io.BytesIO(content)
    if PlainUnpickler(file).load() != MAGIC:
        raise ValueError('another magic number')
    PlainUnpickler(file).load(), PlainUnpickler(file).load()
    unpickler = StateDictUnpickler(file, len(content))
    tensors = unpickler.load()
    for key in PlainUnpickler(file).load():
        storage = unpickler.storages[key]
        count = int(np.frombuffer(file.read(8), '<i8')[0])
        if count != len(storage):
            raise ValueError(f'{count} values for a storage of {len(storage)}')
        storage[:] = np.frombuffer(file.read(count * storage.itemsize), storage.dtype)
    return {name: tensor.array() for name, tensor in tensors.items()}
