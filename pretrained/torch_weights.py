"""Weights out of a file that torch.save wrote before torch 1.6, read without torch.

Such a file is five pickles, a magic number, the protocol, the machine's sizes, the state dict and the list of storage
keys, then a count and the raw values of each storage. The state dict names its storages by persistent ids.
"""

import hashlib
import pickle
from collections import OrderedDict

import numpy as np

from errors import WorkFailed

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {'FloatStorage': np.dtype('<f4'), 'LongStorage': np.dtype('<i8')}


class StateDictUnpickler(pickle.Unpickler):
    """Knows the few names that a state dict consists of and refuses any other, so that a file can run no code."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if module == 'torch' and name in STORAGES:
            return name
        known = {('collections', 'OrderedDict'): OrderedDict, ('torch._utils', '_rebuild_tensor_v2'): Tensor}
        if (module, name) not in known:
            raise pickle.UnpicklingError(f'{module}.{name} has no place in a state dict')
        return known[module, name]

    def persistent_load(self, persistent_id):
        _, storage, key, _, count, _ = persistent_id
        self.storages[key] = np.empty(count, STORAGES[storage])
        return self.storages[key]


class Tensor:
    """A view of a storage that is filled later."""

    def __init__(self, storage, offset, shape, strides, *_):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self):
        strides = [stride * self.storage.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(self.storage[self.offset :], self.shape, strides, writeable=False)


def read_state_dict(path, sha256):
    """{name: array} of the state dict at `path`. Raises WorkFailed for a file that has another SHA-256."""
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise WorkFailed(f'{path}: the pretrained weights are missing') from None
    if found != sha256:
        raise WorkFailed(f'{path}: the pretrained weights are damaged (SHA-256 {found[:12]}…, not {sha256[:12]}…)')
    with open(path, 'rb') as file:
        if pickle.load(file) != MAGIC:
            raise WorkFailed(f'{path}: no state dict in the format before torch 1.6')
        pickle.load(file), pickle.load(file)
        unpickler = StateDictUnpickler(file)
        tensors = unpickler.load()
        for key in pickle.load(file):
            storage = unpickler.storages[key]
            count = int(np.frombuffer(file.read(8), '<i8')[0])
            storage[:] = np.frombuffer(file.read(count * storage.itemsize), storage.dtype)
    return {name: tensor.array() for name, tensor in tensors.items()}
