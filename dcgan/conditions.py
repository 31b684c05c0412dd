"""Conditions of a conditional GAN: genres and decades, read from dataset.json, and drawn for sampling.

A condition is a row of numbers, multi-hot over the genres of the dataset, then one-hot over its decades, float32.

dataset.json may be written by hand: `films` is an object {file: {"year": 1984, "genres": ["Drama"]}}; a list `genres`
gives the order of the genres, and is optional. A year may be null.
"""

import json

import numpy as np

from core.cli import nearest
from core.errors import WrongCall
from dcgan.dataset import MAKER, NOTE, decade


def read_conditions(folders, paths):
    """(conditions, genres, decades) of images: multi-hot genres, then one-hot decades, (n, k) float32.

    Raises WrongCall, naming the file and the key, where a dataset.json cannot be used or an image is not in it.
    """
    films_by_path, genres = {}, {}
    for folder in folders:
        note = read_note(folder / NOTE)
        files = {path: path.relative_to(folder).as_posix() for path in paths if path.is_relative_to(folder)}
        films = {path: read_film(folder / NOTE, note, file) for path, file in files.items() if file in note['films']}
        known = note.get('genres', sorted({genre for _, some in films.values() for genre in some}))
        check_genres(folder / NOTE, 'genres', known)
        films_by_path |= films
        genres |= dict.fromkeys(known)
    if missing := [path for path in paths if path not in films_by_path]:
        raise WrongCall(f'-conditional: {NOTE} does not describe {missing[0]}')
    decades = sorted({decade(year) for year, _ in films_by_path.values() if year is not None})
    if not genres and not decades:
        raise WrongCall(f'-conditional: {NOTE} has neither genres nor years')
    rows = [
        [genre in films_by_path[path][1] for genre in genres] + [decade(films_by_path[path][0]) == d for d in decades]
        for path in paths
    ]
    return np.array(rows, np.float32), tuple(genres), tuple(decades)


def read_note(path):
    """The content of dataset.json at `path`, an object with an object `films`."""
    try:
        note = json.loads(path.read_text(encoding='utf-8-sig'))
    except FileNotFoundError:
        note = {}
    except ValueError as error:
        raise WrongCall(f'-conditional: {path} cannot be read: {error}') from None
    if not isinstance(note, dict) or 'films' not in note:
        raise WrongCall(f"-conditional: there is no {path} that describes 'films'; {MAKER} makes such folders")
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
    if year is None and 'year' in film:
        return None, film['genres']
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


def check_conditions(config, genres, decade):
    """(genres in the dataset's spelling or None, decade or None). Raises WrongCall for what the dataset lacks."""
    if not config.conditional:
        raise WrongCall('-genres, -decade and -guidance are for a run that was trained with -conditional')
    known = {genre.lower(): genre for genre in config.known_genres}
    for genre in genres or ():
        if genre.lower() not in known:
            near = nearest(genre, config.known_genres)
            raise WrongCall(f'-genres={genre}: the dataset has no such genre{near}; it has {", ".join(known.values())}')
    if decade is not None and decade not in config.known_decades:
        known_decades = ', '.join(map(str, config.known_decades)) or 'no decades'
        raise WrongCall(f'-decade={decade}: the dataset has {known_decades}')
    return genres and tuple(known[genre.lower()] for genre in genres), decade


def draw_conditions(config, training_conditions, rng, number, genres=None, decade=None):
    """`number` rows with `genres` and `decade`, or where neither is given rows of the training images.

    Of what is left open beside the other, a run with label dropout knows that it is open: zeros. For others it is drawn
    from the rows of the training images, decades from those of films that have the genres, genres from those of the
    decade's films.
    """
    split = len(config.known_genres)
    fits = np.ones(len(training_conditions), bool)
    for genre in genres or ():
        fits &= training_conditions[:, config.known_genres.index(genre)] > 0
    if decade is not None:
        fits &= training_conditions[:, split + config.known_decades.index(decade)] > 0
    chosen = rng.choice(np.flatnonzero(fits) if fits.any() else len(fits), number)
    rows = training_conditions[chosen].astype(np.float32)
    if config.label_dropout and (genres or decade is not None):
        rows[:] = 0
    if genres:
        rows[:, :split] = [genre in genres for genre in config.known_genres]
    if decade is not None:
        rows[:, split:] = [known == decade for known in config.known_decades]
    return rows


def leave_open(conditions, rng, config):
    """Set to zeros, in as large a share of the rows each, the genres, the decade, and both: they are left open."""
    split, drawn = len(config.known_genres), rng.random(len(conditions)) / config.label_dropout
    conditions[(drawn < 1) | ((drawn >= 2) & (drawn < 3)), :split] = 0
    conditions[(drawn >= 1) & (drawn < 3), split:] = 0
