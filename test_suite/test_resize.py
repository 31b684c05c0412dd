"""Smaller copies of the posters: their sizes, their shape and colors, which are made again and which cannot be."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from poster_server import BODIES, GOOD, encoded, picture

from core import files
from posters.decode import fit

RED, GREEN, BLUE = (230, 20, 20), (20, 200, 20), (20, 20, 230)


def put(data, imdb_id, content):
    path = data / 'images' / '100' / f'{imdb_id}.jpg'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def copy(data, imdb_id, ratio=50):
    return data / 'images' / str(ratio) / f'{imdb_id}.jpg'


def flat(color, size=(182, 268)):
    return encoded(Image.new('RGB', size, color), quality=95)


def is_like(pixel, color):
    return max(abs(a - b) for a, b in zip(pixel, color, strict=True)) < 30


@pytest.fixture
def resize(run, tmp_path, write_catalogue):
    """A function that resizes the posters 1..9 in tmp_path."""
    catalogue = write_catalogue({imdb_id: f'file:/nowhere/{imdb_id}.jpg' for imdb_id in range(1, 10)})
    return lambda *flags: run('get_data.py', '-resize', f'-catalogue={catalogue}', f'-data={tmp_path}', *flags)


def test_every_ratio_has_just_its_size(resize, tmp_path):
    put(tmp_path, 1, GOOD)
    put(tmp_path, 2, encoded(picture(size=(200, 300))))
    ratios = range(30, 71)
    done = resize(f'-ratios={",".join(map(str, ratios))}')
    assert done.returncode == 0, done.stderr
    for imdb_id in 1, 2:
        sizes = {ratio: Image.open(copy(tmp_path, imdb_id, ratio)).size for ratio in ratios}
        assert sizes == {ratio: (round(182 * ratio / 100), round(268 * ratio / 100)) for ratio in ratios}
        assert (sizes[30], sizes[50], sizes[70]) == ((55, 80), (91, 134), (127, 188))


def test_any_shape_can_be_fitted():
    sizes = [(width, height) for width in range(100, 400, 13) for height in range(100, 600, 17)]
    for target in (182, 268), (36, 54):
        for size in sizes:
            assert fit(Image.new('RGB', size), target).size == target


def test_other_shapes_are_cropped_at_their_center(resize, tmp_path):
    for imdb_id, size in (1, (402, 268)), (2, (182, 468)):
        image = Image.new('RGB', size, RED)
        left, top = (size[0] - 182) // 2, (size[1] - 268) // 2
        inside, middle = (left - 4, top - 4, left + 186, top + 272), (left + 10, top + 10, left + 172, top + 258)
        draw = ImageDraw.Draw(image)
        draw.rectangle(inside, fill=BLUE)  # what is left of this is a frame of 5 pixels at half the size
        draw.rectangle(middle, fill=GREEN)
        put(tmp_path, imdb_id, encoded(image, quality=95, subsampling=0))
    assert resize('-ratios=50').returncode == 0
    for imdb_id in 1, 2:
        small = Image.open(copy(tmp_path, imdb_id))
        width, height = small.size
        edges = (1, height // 2), (width - 2, height // 2), (width // 2, 1), (width // 2, height - 2)
        inner = (8, height // 2), (width - 9, height // 2), (width // 2, 8), (width // 2, height - 9)
        assert all(is_like(small.getpixel(place), BLUE) for place in edges)
        assert all(is_like(small.getpixel(place), GREEN) for place in inner)


def test_every_kind_of_image_becomes_rgb(resize, tmp_path):
    images = {1: picture('L'), 2: picture('CMYK'), 3: picture('P'), 4: picture('RGBA')}
    kinds = {1: 'JPEG', 2: 'JPEG', 3: 'PNG', 4: 'PNG'}
    for imdb_id, image in images.items():
        put(tmp_path, imdb_id, encoded(image, kinds[imdb_id]))
    assert resize('-ratios=50').returncode == 0
    for imdb_id, image in images.items():
        wanted = Image.new('RGB', image.size, 'white')
        wanted.paste(image.convert('RGB'), image.getchannel('A') if image.mode == 'RGBA' else None)
        small = Image.open(copy(tmp_path, imdb_id))
        assert (small.format, small.mode) == ('JPEG', 'RGB')
        assert abs(np.asarray(small, int) - np.asarray(wanted.resize(small.size), int)).mean() < 4, image.mode


def test_only_new_and_changed_posters_are_resized(resize, tmp_path):
    source = put(tmp_path, 1, flat(RED))
    put(tmp_path, 2, flat(RED))
    assert 'made 4 smaller copies' in resize('-ratios=40,50').stdout
    before = copy(tmp_path, 2).stat()
    source.write_bytes(flat(BLUE))
    later = copy(tmp_path, 1).stat().st_mtime + 1
    os.utime(source, (later, later))
    put(tmp_path, 3, flat(GREEN))
    assert 'made 4 smaller copies at ratios 40, 50; 2 were already there' in resize('-ratios=40,50').stdout
    assert is_like(Image.open(copy(tmp_path, 1)).getpixel((9, 9)), BLUE)
    assert (copy(tmp_path, 2).stat().st_ino, copy(tmp_path, 2).stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )


def test_what_cannot_be_read_is_named_and_the_rest_made(resize, tmp_path):
    broken = {2: GOOD[: len(GOOD) // 2], 3: BODIES['html'][0], 4: b'', 5: BODIES['cut-head'][0]}
    broken[6] = encoded(picture(), 'PNG')[:-5000]
    for imdb_id, content in {1: GOOD, **broken, 7: GOOD}.items():
        put(tmp_path, imdb_id, content)
    done = resize('-ratios=30,50')
    assert done.returncode == 1
    named = [line for line in done.stderr.splitlines() if line.endswith('; skipped')]
    assert [Path(line.split(': ')[1]).name for line in named] == [f'{imdb_id}.jpg' for imdb_id in broken]
    for ratio in 30, 50:
        folder = tmp_path / 'images' / str(ratio)
        assert {path.name for path in folder.iterdir()} == {'1.jpg', '7.jpg'}


def test_without_posters_the_next_step_is_told(resize):
    done = resize()
    assert done.returncode == 1
    assert '-download' in done.stderr


@pytest.mark.skipif(not Path('/proc/self/stat').exists(), reason='looks for processes in /proc')
def test_a_killed_run_leaves_no_half_written_copy_and_no_process(start, run, tmp_path, write_catalogue):
    content = encoded(picture(size=(1000, 1500)))
    for imdb_id in range(64):
        put(tmp_path, imdb_id, content)
    catalogue = write_catalogue({imdb_id: f'file:/nowhere/{imdb_id}.jpg' for imdb_id in range(64)})
    flags = 'get_data.py', '-resize', f'-catalogue={catalogue}', f'-data={tmp_path}', '-ratios=50'
    process = start(*flags)
    end = time.monotonic() + 30
    while not list((tmp_path / 'images' / '50').glob('[0-9]*.jpg')):
        assert time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    end = time.monotonic() + 10
    while (running := group_members(process.pid)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not running
    assert run(*flags).returncode == 0
    copies = list((tmp_path / 'images' / '50').iterdir())
    assert len(copies) == 64
    assert len({path.read_bytes() for path in copies}) == 1


def group_members(group):
    """The processes of a process group that run; those that ended and were not waited for do not count."""
    found = []
    for path in Path('/proc').glob('[0-9]*/stat'):
        try:
            state, _, process_group = path.read_text().rpartition(')')[2].split()[:3]
        except OSError:  # it has just ended
            continue
        if int(process_group) == group and state not in 'ZX':
            found.append(path.parent.name)
    return found


def test_what_an_unreaped_process_left_half_written_is_swept(tmp_path):
    """A killed worker may stay a zombie for a while; it is not at work on its file any more."""
    process = subprocess.Popen([sys.executable, '-c', ''])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, and still to be waited for
    left, at_work = tmp_path / f'.1.jpg.{process.pid}.tmp.jpg', tmp_path / f'.2.jpg.{os.getpid()}.tmp.jpg'
    left.touch()
    at_work.touch()
    files.sweep(tmp_path)
    assert not left.exists() and at_work.exists()
    process.wait()


def test_posters_under_names_of_their_own_are_taken(resize, tmp_path):
    """0000001.png is film 1's, tt0000002.JPG film 2's; film 3 has one already."""
    put(tmp_path, 3, GOOD)
    folder = tmp_path / 'images' / '100'
    (folder / '0000001.png').write_bytes(encoded(picture(), 'PNG'))
    (folder / 'tt0000002.JPG').write_bytes(GOOD)
    (folder / 'tt0000003.jpg').write_text('another')
    done = resize('-ratios=30')
    assert done.returncode == 0, done.stderr
    assert '2 posters in' in done.stdout
    assert (folder / '2.jpg').read_bytes() == GOOD and (folder / '3.jpg').read_bytes() == GOOD
    assert sorted(path.name for path in (tmp_path / 'images' / '30').iterdir()) == ['1.jpg', '2.jpg', '3.jpg']


def test_a_link_to_nowhere_costs_no_other_poster(resize, tmp_path):
    put(tmp_path, 1, GOOD)
    (tmp_path / 'images' / '100' / '2.jpg').symlink_to('nowhere')
    (tmp_path / 'images' / '100' / '3.jpg').mkdir()
    done = resize('-ratios=50')
    assert done.returncode == 0 and 'made 1 smaller copies' in done.stdout, done.stderr
