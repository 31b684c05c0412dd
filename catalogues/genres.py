"""The toolkit's genres: its lists of 3, 7 and 14, and how flags and file names speak of them."""

import hashlib
import re

from core.errors import WrongCall

GENRES = (
    'Comedy', 'Drama', 'Action',
    'Animation', 'Romance', 'Adventure', 'Horror',
    'Sci-Fi', 'Crime', 'Mystery', 'Thriller', 'War', 'Family', 'Western',
)  # fmt: skip
GENRE_COUNTS = 3, 7, 14
ALL, LEAST_FILMS = 'all', 30  # instead of a number: each genre with at least so many films
LONGEST_NAMES = 80  # characters, in the name of a file


def list_genres(number):
    """The first 3, 7 or 14 genres of the toolkit, as a tuple of names."""
    if number not in GENRE_COUNTS:
        raise WrongCall(f'{number} genres: give 3, 7 or 14, or name them')
    return GENRES[:number]


def read_genres(text):
    """3, 7 or 14 as a number, ALL, else a tuple of names; for flags. Raises ValueError."""
    if text.strip().lower() == ALL:
        return ALL
    names = tuple(name.strip() for name in text.split(',') if name.strip())
    if text.strip().isdecimal() and int(text) in GENRE_COUNTS:
        return int(text)
    if not names or any(name.lstrip('-').isdecimal() for name in names):
        raise ValueError('give 3, 7 or 14, or names separated by commas, such as Comedy,War')
    return names


def genres_label(genres):
    """'g7' for the first seven genres of the toolkit, else their number and names: 'g2-comedy-war'."""
    label, names = f'g{len(genres)}', re.sub(r'[^\w-]+', '_', '-'.join(genres).lower())
    if len(names) > LONGEST_NAMES:
        names = f'{names[:60]}-{hashlib.sha256(names.encode()).hexdigest()[:8]}'
    named = tuple(genres) != GENRES[: len(genres)] or len(genres) not in GENRE_COUNTS
    return f'{label}-{names}' if named else label
