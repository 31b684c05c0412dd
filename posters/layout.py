"""Where posters lie and how large they are at each ratio."""

from pathlib import Path

WIDTH, HEIGHT = 182, 268  # ratio 100
RATIOS = 30, 40, 50, 60, 70


def poster_size(ratio):
    """(width, height) in pixels at `ratio` per cent."""
    return round(WIDTH * ratio / 100), round(HEIGHT * ratio / 100)


def poster_folder(data, ratio):
    return Path(data) / 'images' / str(ratio)


def poster_path(data, imdb_id, ratio):
    return poster_folder(data, ratio) / f'{imdb_id}.jpg'
