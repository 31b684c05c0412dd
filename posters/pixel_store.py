"""The pixel store: decoded posters in one memory-mapped array on disk, built once.

A store is a folder holding `pixels.npy`, (n, height, width, 3) uint8, and `store.json`, which lists the files it was
made of. It is built beside its place and renamed into it, so that it is whole or not there; a lock lets one script
build while others wait.
"""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplejpeg
from filelock import FileLock, Timeout
from tqdm import tqdm

from core import storage
from core.errors import WorkFailed
from core.log import log
from core.parallel import threads
from posters import decode
from posters.decode import center, fit

FORMAT = 1
CHUNK = 16  # posters a task


def open_store(files, size, folder, middle=None):
    """Return the posters of `files` and the indices of those that could be read.

    The array is (n, height, width, 3) uint8, read-only and memory-mapped; `size` is (width, height), and a file of
    another shape is cropped at its center and resized; of `middle`, (width, height), only so many pixels are taken. The
    store in `folder` is used if it was made of just these files as they are now, else built again. An unreadable file
    is named and skipped. Raises WorkFailed when none can be read.
    """
    folder = Path(folder)
    made_of = fingerprint(files, (size, middle) if middle else size)
    note = read_note(folder)
    if note.get('made_of') == made_of and (posters := map_pixels(folder)) is not None:
        return posters, note['kept']  # without a lock, for which a read-only folder has no place
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f'{folder}.lock')
    try:
        lock.acquire(timeout=0.1)
    except Timeout:
        log.warning(f'another script is building {folder}; waiting for it')
        lock.acquire()
    try:
        note = read_note(folder)
        posters = map_pixels(folder) if note.get('made_of') == made_of else None
        if posters is None:
            note = build(files, size, folder, made_of, middle)
            posters = map_pixels(folder)
    finally:
        lock.release()
    return posters, note['kept']


def fingerprint(files, size):
    """A digest of the format, the size and every file's path, length and time of change."""
    digest = hashlib.sha256(f'{FORMAT} {size}'.encode())
    for file, (length, changed) in zip(files, storage.stats(files), strict=True):
        digest.update(os.fsencode(str(file)) + f' {length} {changed}\n'.encode())
    return digest.hexdigest()


def read_note(folder):
    try:
        return json.loads((folder / 'store.json').read_text())
    except (OSError, ValueError):
        return {}


def map_pixels(folder):
    """The array of the store in `folder`, or None where it is missing or cut."""
    try:
        return np.load(folder / 'pixels.npy', mmap_mode='r')
    except (FileNotFoundError, ValueError, EOFError):
        return None


def build(files, size, folder, made_of, middle):
    building = folder.with_name(f'{folder.name}.building')
    shutil.rmtree(building, ignore_errors=True)  # left by a killed process: the lock is ours
    building.mkdir()
    try:
        kept = list(range(len(files)))
        broken = decode_all(files, size, building / 'pixels.npy', middle)
        if broken:
            report_broken(files, broken)
            kept = [i for i in kept if i not in broken]
            if not kept:
                raise WorkFailed(f'none of the {len(files):,} posters can be read, {files[0]} for one')
            decode_all([files[i] for i in kept], size, building / 'pixels.npy', middle)
        note = {'made_of': made_of, 'kept': kept}
        (building / 'store.json').write_text(json.dumps(note))
        shutil.rmtree(folder, ignore_errors=True)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return note


def decode_all(files, size, path, middle):
    """Decode `files` into a new array at `path`; return the set of indices that could not be read."""
    width, height = size
    broken = set()

    def decode_chunk(start):
        """Decode into private memory and write that: a full disk is an error there, and a crash in a memory map."""
        chunk = files[start : start + CHUNK]
        posters = np.zeros((len(chunk), height, width, 3), np.uint8)
        for i, file in enumerate(chunk):
            try:
                decode_into(file, posters[i], middle)
            except ValueError:  # BadImage, too
                broken.add(start + i)
        write_at(array, posters, offset + start * posters[0].nbytes)
        return len(chunk)

    try:
        with open(path, 'wb') as array:
            header = {'descr': '|u1', 'fortran_order': False, 'shape': (len(files), height, width, 3)}
            np.lib.format.write_array_header_1_0(array, header)
            array.flush()
            offset, starts = array.tell(), range(0, len(files), CHUNK)
            with tqdm(total=len(files), desc='decoding posters', unit=' posters', disable=None) as bar:
                for done in threads(decode_chunk, starts, storage.at_once(files)):  # decoders release the lock
                    bar.update(done)
            os.fsync(array.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, error.filename or str(path)) from None
    return broken


@dataclass(frozen=True)
class Files:
    """The posters of some files as a sequence that is decoded where it is used: on the workers of a cluster.

    `size` is (width, height). Slices are (n, height, width, 3) uint8, as in a store, and raise WorkFailed for a file
    that cannot be read.
    """

    paths: list
    size: tuple[int, int]

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, rows):
        paths = self.paths[rows]
        posters = np.zeros((len(paths), self.size[1], self.size[0], 3), np.uint8)
        for path, poster in zip(paths, posters, strict=True):
            try:
                decode_into(path, poster)
            except ValueError as error:  # BadImage, too
                raise WorkFailed(f'{path}: {error}') from None
        return posters


def write_at(file, array, offset):
    """Write the bytes of `array` at `offset`, to the last."""
    left = memoryview(array).cast('B')
    while left:
        written = os.pwrite(file.fileno(), left, offset)
        left, offset = left[written:], offset + written


def decode_into(path, out, middle=None):
    """Decode the image at `path`, or the `middle` (width, height) of it, into `out`, (height, width, 3) uint8."""
    with decode.open_file(path) as file:
        data = file.read()
    height, width = out.shape[:2]
    if not middle and decode.is_plain_jpeg(data, width, height):
        simplejpeg.decode_jpeg(data, buffer=out)
    else:
        image = decode.read_rgb(path)
        out[:] = np.asarray(fit(center(image, middle) if middle else image, (width, height)))


def report_broken(files, broken):
    for i in sorted(broken)[:5]:
        log.warning(f'{files[i]}: cannot be read, skipped')
    if len(broken) > 5:
        log.warning(f'... and {len(broken) - 5:,} more files cannot be read')
