"""Where posters lie, and how large they are there.

A size is a ratio, in percent of 182x268, or a width in pixels: 'w342'. Each has a folder of its own.
"""

import re
from pathlib import Path

from core import storage

WIDTH, HEIGHT = 182, 268  # ratio 100
RATIOS = 30, 40, 50, 60, 70
LARGER = WIDTH + 1, 2000  # the widths that may be asked for

Size = int | str


def size_of_width(width: int) -> str:
    """The size of posters that are so many pixels wide."""
    return f'w{width}'


def is_size(value) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and bool(re.fullmatch(r'w[1-9]\d*', value, re.ASCII)))


def poster_size(size: Size) -> tuple[int, int]:
    """(width, height) in pixels of the posters of a size, which have the shape of 182x268."""
    if isinstance(size, str):
        width = int(size.removeprefix('w'))
        return width, round(width * HEIGHT / WIDTH)
    return round(WIDTH * size / 100), round(HEIGHT * size / 100)


def size_name(size: Size | None) -> str:
    """What distinguishes files that are made from posters of one size: 'r100', 'w342'."""
    return size if isinstance(size, str) else f'r{size}'


def poster_folder(data, size: Size) -> Path:
    return storage.folder(data) / 'images' / str(size)


def poster_path(data, imdb_id, size: Size) -> Path:
    return poster_folder(data, size) / f'{imdb_id}.jpg'
