"""The pixel store: the pixels that Pillow sees, built once, whole or not there."""

import os
import resource
import time
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image
from poster_server import BODIES, GOOD, encoded, picture

from core.errors import WorkFailed
from posters.pixel_store import open_store

SIZE = 91, 134
BUILD = """
import sys
from pathlib import Path
from core.log import print_log
from posters.pixel_store import open_store
print_log()
files = sorted(Path(sys.argv[1]).glob('*.jpg'))
print('ready', flush=True)
sys.stdin.readline()
posters, kept = open_store(files, (91, 134), sys.argv[2])
print(len(kept), posters.shape, int(posters.sum()))
"""


def small(**changes):
    return encoded(picture(size=SIZE), quality=90, **changes)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'pixels' / 'store'


@pytest.fixture
def files(tmp_path):
    """Posters of SIZE in the ways a JPEG can hold them, and a larger one."""
    contents = [
        small(subsampling=0),
        small(subsampling=2),
        small(progressive=True),
        encoded(picture('L', SIZE)),
        encoded(picture('CMYK', SIZE)),
        encoded(picture('RGBA', SIZE), 'PNG'),
        encoded(picture(size=(200, 300))),
    ]
    paths = [tmp_path / f'{number}.jpg' for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


@pytest.fixture
def many_files(tmp_path):
    """A folder of posters that take long to decode, and how many they are."""
    folder, first = tmp_path / 'many', tmp_path / 'first.jpg'
    folder.mkdir()
    first.write_bytes(encoded(picture(size=(1500, 2200))))
    for number in range(40):
        os.link(first, folder / f'{number}.jpg')
    return folder, 40


def state(folder):
    stat = (folder / 'pixels.npy').stat()
    return stat.st_ino, stat.st_mtime_ns


def wait_until(ready, seconds=30):
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_pixels_are_those_that_pillow_decodes(files, folder):
    posters, kept = open_store(files, SIZE, folder)
    assert kept == list(range(len(files)))
    assert (posters.shape, posters.dtype) == ((len(files), 134, 91, 3), np.uint8)
    for number, path in enumerate(files[:5]):
        with Image.open(path) as image:
            wanted = np.asarray(image.convert('RGB'), int)
        assert abs(posters[number] - wanted).max() <= 2, path
    white = Image.new('RGB', SIZE, 'white')
    white.paste(picture('RGBA', SIZE), mask=picture('RGBA', SIZE).getchannel('A'))
    assert np.array_equal(posters[5], np.asarray(white))
    cropped = picture(size=(200, 300)).resize(SIZE, Image.Resampling.LANCZOS, box=(0, 2.75, 200, 297.25))
    assert abs(posters[6] - np.asarray(cropped, int)).mean() < 3


def test_the_array_is_mapped_and_cannot_be_written(files, folder):
    posters, _ = open_store(files, SIZE, folder)
    assert isinstance(posters, np.memmap)
    assert posters.filename == (folder / 'pixels.npy').resolve()
    with pytest.raises(ValueError, match='read-only'):
        posters[0] = 0


def test_a_store_is_used_again_until_a_poster_changes(files, folder, tmp_path):
    posters, _ = open_store(files, SIZE, folder)
    built, old = state(folder), posters[0].copy()
    open_store(files, SIZE, folder)
    assert state(folder) == built
    files[0].write_bytes(encoded(Image.new('RGB', SIZE, 'red')))
    posters, _ = open_store(files, SIZE, folder)
    assert state(folder) != built
    assert not np.array_equal(posters[0], old)
    built = state(folder)
    os.utime(files[1], ns=(0, files[1].stat().st_mtime_ns + 1))
    open_store(files, SIZE, folder)
    assert state(folder) != built
    added = tmp_path / 'added.jpg'
    added.write_bytes(small())
    for chosen in [*files, added], files[1:], files[:0:-1]:
        posters, kept = open_store(chosen, SIZE, folder)
        assert len(posters) == len(kept) == len(chosen)
    assert np.array_equal(posters[0], open_store(files, SIZE, folder)[0][-1])  # `chosen` was in reverse
    assert open_store(files, (55, 80), folder)[0].shape == (len(files), 80, 55, 3)


def test_a_damaged_store_is_built_again(files, folder):
    wanted = np.array(open_store(files, SIZE, folder)[0])
    (folder / 'store.json').write_text('{"made_of": "')
    assert np.array_equal(open_store(files, SIZE, folder)[0], wanted)
    os.truncate(folder / 'pixels.npy', 1000)
    assert np.array_equal(open_store(files, SIZE, folder)[0], wanted)
    (folder / 'pixels.npy').unlink()
    assert np.array_equal(open_store(files, SIZE, folder)[0], wanted)


def test_broken_files_are_named_and_left_out(files, folder, caplog):
    cut = small()
    for number, content in {1: cut[: len(cut) // 2], 3: b'', 4: BODIES['html'][0], 5: BODIES['cut-head'][0]}.items():
        files[number].write_bytes(content)
    posters, kept = open_store(files, SIZE, folder)
    assert kept == [0, 2, 6]
    assert posters.shape == (3, 134, 91, 3)
    named = [line.split(': ')[0] for line in caplog.messages if 'cannot be read' in line]
    assert named == [str(files[number]) for number in (1, 3, 4, 5)]
    with Image.open(files[2]) as image:
        assert abs(posters[1] - np.asarray(image, int)).max() <= 2
    assert open_store(files, SIZE, folder)[1] == kept


def test_posters_none_of_which_can_be_read_make_no_store(files, folder):
    for path in files:
        path.write_bytes(GOOD[:300])
    with pytest.raises(WorkFailed, match=f'none of the {len(files)} posters can be read'):
        open_store(files, SIZE, folder)
    assert [path.name for path in folder.parent.iterdir() if path.suffix != '.lock'] == []


def test_two_processes_at_once_make_one_store(many_files, folder, start):
    source, number = many_files
    both = [start('-c', BUILD, source, folder) for _ in range(2)]
    for process in both:
        assert process.stdout.readline() == 'ready\n'
    for process in both:
        process.stdin.write('go\n')
        process.stdin.flush()
    outcomes = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], outcomes
    assert len({out for out, _ in outcomes}) == 1
    assert outcomes[0][0].startswith(f'{number} ({number}, 134, 91, 3) ')
    assert sum('waiting' in err for _, err in outcomes) == 1
    assert {path.name for path in folder.parent.iterdir()} - {'store.lock'} == {'store'}


def test_a_killed_build_is_cleared_away_by_the_next(many_files, folder, start):
    source, number = many_files
    killed = start('-c', BUILD, source, folder)
    killed.stdin.write('go\n')
    killed.stdin.flush()
    wait_until(folder.with_name('store.building').is_dir)
    killed.kill()
    killed.wait()
    assert folder.with_name('store.building').is_dir()
    assert not folder.exists()
    posters, kept = open_store(sorted(source.glob('*.jpg')), SIZE, folder)
    assert kept == list(range(number))
    assert np.array_equal(posters[0], posters[-1])
    assert posters[-1].any()
    assert {path.name for path in folder.parent.iterdir()} - {'store.lock'} == {'store'}


def test_a_finished_store_needs_no_lock(folder, files):
    """As below a read-only data folder, where there is no place for one."""
    built, _ = open_store(files, SIZE, folder)
    with FileLock(f'{folder}.lock'):
        read, _ = open_store(files, SIZE, folder)
    np.testing.assert_array_equal(read, built)


def test_too_many_open_files_are_no_broken_posters(folder, files):
    """They would be missing from the store for good."""
    folder.parent.mkdir()
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + 60, most))
    try:
        while True:
            try:
                taken.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        for spare in taken[-2:]:  # for the lock and the array
            os.close(spare)
        del taken[-2:]
        with pytest.raises(OSError, match='Too many open files'):
            open_store(files, SIZE, folder)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))
        for descriptor in taken:
            os.close(descriptor)
    _, kept = open_store(files, SIZE, folder)
    assert kept == list(range(len(files)))


def test_names_that_are_no_utf_8(folder, tmp_path):
    path = os.fsencode(tmp_path) + b'/caf\xe9.jpg'
    with open(path, 'wb') as file:
        file.write(small())
    posters, kept = open_store([Path(os.fsdecode(path))], SIZE, folder)
    assert kept == [0] and posters.shape == (1, 134, 91, 3)
