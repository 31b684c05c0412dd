"""Posters that are the same image under two ids, known by a perceptual hash.

The hash has the signs of the lowest 256 frequencies of a small gray image, by the discrete cosine transform (Zauner,
"Implementation and Benchmarking of Perceptual Image Hash Functions", 2010). Of 400 real
posters and 200 of the sample, those made smaller or larger and saved as JPEG in qualities from 50 on differ from their
originals in at most 19 bits, different ones in 51 or more.
"""

import errno
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image

from core import parts, storage
from core.parallel import threads
from posters.decode import BadImage, read_rgb
from posters.layout import Size, size_name

SIDE, CELLS = 64, 17  # pixels of the small image; frequencies in each direction
BITS = 256
MOST = 20  # bits in which the hashes of one image differ
BANDS = 16  # of a hash: two that differ in fewer bits than these have one in common, most others of one image too
PLAIN = 4.0  # gray levels: the least standard deviation of an image that can be compared
VERSION = 1
READ_ONLY = errno.EROFS, errno.EACCES, errno.EPERM  # then hashes are computed each time
FORM = parts.Arrays('hashes', 4096)
CHUNK = 32  # posters that a thread hashes at once


def hash_of(image: Image.Image) -> np.ndarray:
    """(BITS / 8,) uint8; zeros for a plain image, which is like no other."""
    from scipy.fft import dctn  # slow

    small = np.asarray(image.convert('L').resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)
    if small.std() < PLAIN:
        return np.zeros(BITS // 8, np.uint8)
    frequencies = dctn(small, norm='ortho')[:CELLS, :CELLS].ravel()[1 : BITS + 1]  # but for the mean
    return np.packbits(frequencies.reshape(-1, BANDS).T > 0)  # so that each band has low ones and high ones


def load(paths, keys, data: Path, ratio: Size) -> np.ndarray:
    """(n, BITS / 8) uint8: the hashes of poster files, each computed once and kept in data/hashes."""

    paths = [storage.absolute(path) for path in paths]
    folder = storage.folder(data) / 'hashes' / f'phash_v{VERSION}_{size_name(ratio)}'
    try:
        found = parts.load(folder, keys, lambda indices: [paths[i] for i in indices], _hashes_of_files, FORM)
    except OSError as error:
        if error.errno not in READ_ONLY:
            raise
        found = [value for batch in _hashes_of_files(paths) for value in batch]
    return np.stack(found) if found else np.zeros((0, BITS // 8), np.uint8)


def _hashes_of_files(paths):
    """Yield hashes of poster files, some at a time; zeros for one that cannot be read."""
    chunks = [paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK)]
    yield from threads(lambda chunk: [_hash_of_file(path) for path in chunk], chunks, storage.at_once(paths))


def _hash_of_file(path):
    try:
        return hash_of(read_rgb(path))
    except BadImage:
        return np.zeros(BITS // 8, np.uint8)


def groups(hashes: np.ndarray) -> list[list[int]]:
    """The rows of hashes (n, BITS / 8) that are of one image, two or more each."""
    first = list(range(len(hashes)))  # a row of the same image, the first one in the end

    def find(row):
        while first[row] != row:
            row = first[row]
        return row

    for row, other in pairs(hashes):
        low, high = sorted((find(row), find(other)))
        first[high] = low
    found = defaultdict(list)
    for row in range(len(hashes)):
        found[find(row)].append(row)
    return [rows for rows in found.values() if len(rows) > 1]


def pairs(hashes):
    """Yield pairs of rows of one image: of those with a band in common, the ones that differ in MOST bits or fewer."""
    usable = np.flatnonzero(hashes.any(axis=1))
    for band in np.split(np.arange(BITS // 8), BANDS):
        keys = np.ascontiguousarray(hashes[np.ix_(usable, band)]).view(np.uint16)[:, 0]
        order = np.argsort(keys, kind='stable')
        keys, rows = keys[order], usable[order]
        for step in range(1, len(rows)):  # neighbors in the order, then the next but one, and so on
            alike = np.flatnonzero(keys[step:] == keys[:-step])
            if not len(alike):
                break
            one, other = rows[alike], rows[alike + step]
            near = np.bitwise_count(hashes[one] ^ hashes[other]).sum(axis=1) <= MOST
            yield from zip(one[near].tolist(), other[near].tolist(), strict=True)
