"""What a conditional generator is asked for: genres and a decade, as rows of numbers.

A row is multi-hot over the genres that the dataset knows, then one-hot over its decades, float32.
"""

import numpy as np

from core.cli import nearest
from core.errors import WrongCall


def check(options, genres, decade):
    """(genres in the dataset's spelling or None, decade or None). Raises WrongCall for what the dataset lacks."""
    if not options.conditional:
        raise WrongCall('-genres and -decade ask a run that was trained with -conditional; this one was not')
    known = {genre.lower(): genre for genre in options.known_genres}
    for genre in genres or ():
        if genre.lower() not in known:
            near = nearest(genre, options.known_genres)
            raise WrongCall(f'-genres={genre}: the dataset has no such genre{near}; it has {", ".join(known.values())}')
    if decade is not None and decade not in options.known_decades:
        raise WrongCall(f'-decade={decade}: the dataset has {", ".join(map(str, options.known_decades))}')
    return genres and tuple(known[genre.lower()] for genre in genres), decade


def draw(options, seen, rng, number, genres=None, decade=None):
    """`number` rows that ask for `genres` and `decade`; what is left open is drawn from the rows `seen` in training.

    A decade is drawn from those of films that have the genres, genres from those of the decade's films.
    """
    split = len(options.known_genres)
    fits = np.ones(len(seen), bool)
    for genre in genres or ():
        fits &= seen[:, options.known_genres.index(genre)] > 0
    if decade is not None:
        fits &= seen[:, split + options.known_decades.index(decade)] > 0
    found = seen[rng.choice(np.flatnonzero(fits) if fits.any() else len(seen), number)].astype(np.float32)
    if genres:
        found[:, :split] = [genre in genres for genre in options.known_genres]
    if decade is not None:
        found[:, split:] = [known == decade for known in options.known_decades]
    return found
