"""What a conditional run knows of its images: genres and decades, from the dataset.json of their folders.

dataset.json may be written by hand: `films` is an object {file: {"year": 1984, "genres": ["Drama"]}}; a list `genres`
gives the order of the genres, and may be left out.
"""

import json

import numpy as np

from core.errors import WrongCall
from dcgan.dataset import MAKER, NOTE, decade


def read_conditions(folders, paths):
    """(conditions, genres, decades) of images: multi-hot genres, then one-hot decades, (n, k) float32.

    Raises WrongCall, naming the file and the key, where a dataset.json cannot be used or an image is not in it.
    """
    found, genres = {}, {}
    for folder in folders:
        note = read_note(folder / NOTE)
        files = {path: path.relative_to(folder).as_posix() for path in paths if path.is_relative_to(folder)}
        films = {path: read_film(folder / NOTE, note, file) for path, file in files.items() if file in note['films']}
        known = note.get('genres', sorted({genre for _, some in films.values() for genre in some}))
        check_genres(folder / NOTE, 'genres', known)
        found |= films
        genres |= dict.fromkeys(known)
    if missing := [path for path in paths if path not in found]:
        raise WrongCall(f'-conditional: {NOTE} does not tell of {missing[0]}')
    decades = sorted({decade(year) for year, _ in found.values()})
    rows = [
        [genre in found[path][1] for genre in genres] + [decade(found[path][0]) == d for d in decades] for path in paths
    ]
    return np.array(rows, np.float32), tuple(genres), tuple(decades)


def read_note(path):
    """What dataset.json at `path` says, an object with an object `films`."""
    try:
        note = json.loads(path.read_text(encoding='utf-8-sig'))
    except FileNotFoundError:
        note = {}
    except ValueError as error:
        raise WrongCall(f'-conditional: {path} cannot be read: {error}') from None
    if not isinstance(note, dict) or 'films' not in note:
        raise WrongCall(f"-conditional: there is no {path} that tells of 'films'; {MAKER} makes such folders")
    if not isinstance(note['films'], dict):
        raise refusal(path, 'films', 'is not an object of files, {"1.png": {"year": 1984, "genres": ["Drama"]}}')
    return note


def read_film(path, note, file):
    """(year, genres) of the film of an image `file`."""
    film = note['films'][file]
    if not isinstance(film, dict):
        raise refusal(path, f'films, {file}', 'is not an object with year and genres')
    check_genres(path, f'films, {file}, genres', film.get('genres'))
    year = film.get('year')
    if isinstance(year, str) and year.strip().isdecimal():
        year = int(year)
    if not isinstance(year, int | float) or isinstance(year, bool) or not 0 <= year <= 9999:
        given = json.dumps(year) if 'year' in film else 'missing'
        raise refusal(path, f'films, {file}, year', f'is {given}, not a year such as 1984')
    return int(year), film['genres']


def check_genres(path, key, genres):
    if not isinstance(genres, list) or not all(isinstance(genre, str) for genre in genres):
        raise refusal(path, key, 'is missing' if genres is None else 'is not a list of names, ["Drama", "War"]')


def refusal(path, key, reason):
    return WrongCall(f'-conditional: {path}: {key}: {reason}')
