"""Data folders to measure with: the sample's posters, and any number of films made from the posters that are there."""

import csv
import subprocess
import sys

from benchmarks.measure import ROOT
from catalogues.movie_genre import COLUMNS
from core.errors import WorkFailed, WrongCall
from movies_dataset import list_genres
from posters.layout import poster_folder, poster_path

RATIOS = 100, 60  # what the rows read


def sample_folder(folder):
    """Fill `folder` with the posters of the sample catalogue, those that are missing, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogue, ratio = ROOT / 'MovieGenre.csv', min(RATIOS)
    flags = f'-data={folder}', f'-catalogue={catalogue}', f'-ratios={ratio}'
    if subprocess.run([sys.executable, ROOT / 'get_data.py', '-download', '-resize', *flags]).returncode:
        raise WorkFailed(f'the posters of the sample cannot be made in {folder}')
    return folder


def check_folder(folder):
    """Return `folder` if it holds posters at the ratios that the rows read; else raise WrongCall."""
    for ratio in RATIOS:
        if next(poster_folder(folder, ratio).glob('*.jpg'), None) is None:
            raise WrongCall(f'-data={folder}: no poster is in {poster_folder(folder, ratio)}')
    return folder


def write_catalogue(path, urls):
    """Write a catalogue of films with the ids 1, 2, ... whose posters lie at `urls`.

    They are of the year 2000 and of one genre each, which does not depend on the id modulo 7, as the split does.
    """
    genres = list_genres(7)
    films = [(film, f'Film {film} (2000)', genres[film // 7 % len(genres)], url) for film, url in enumerate(urls, 1)]
    write_films(path, films)


def write_films(path, films):
    """Write a catalogue of (id, title with year, genre or genres separated by '|', URL)."""
    with open(path, 'w', encoding='utf-8', newline='') as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows((film, '', title, '', genres, url) for film, title, genres, url in films)


def link_posters(files, data, ratio=100):
    """Make `files` the posters of the films 1, 2, ... at `ratio` in the data folder `data`; return the ids."""
    poster_folder(data, ratio).mkdir(parents=True)
    for imdb_id, file in enumerate(files, 1):
        poster_path(data, imdb_id, ratio).symlink_to(file.resolve())
    return range(1, len(files) + 1)
