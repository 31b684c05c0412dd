"""Ids of films: what may be one, what decides its split, and in which order films come.

An id is a whole number, IMDb's for most catalogues, or else a text that can be the name of a file on every system.
"""

import hashlib
import re

NUMBER = re.compile(r"^'?(?:tt)?(?P<digits>\d{1,18}|\d{1,3}(?:,\d{3}){1,5})(?:\.0*)?$", re.ASCII | re.IGNORECASE)
NAME = re.compile(r'^\w[\w.-]{0,99}(?<!\.)$', re.ASCII)
RESERVED = re.compile(r'^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)', re.IGNORECASE)  # no names of files on Windows
OF_TMDB = 'tmdb-'  # how an id of TMDB begins: its numbers are other films' at IMDb
LONGEST = 80  # characters of a text that an id is made of


def read_number(text: str) -> int | None:
    """The number in `tt0114709`, `114709.0` or `"114,709"`, else None."""
    match = NUMBER.match(text.strip(' "'))
    return int(match['digits'].replace(',', '')) if match else None


def read_id(text: str) -> int | str | None:
    """An id as a number where it is one, else as the text, or None where that cannot be the name of a file."""
    number = read_number(text)
    if number is not None:
        return number
    text = text.strip(' "')
    return text if NAME.match(text) and not RESERVED.match(text) else None


def make_id(text: str) -> str:
    """An id made of any text, the same each time: the text where it can be one, else a part of it and a hash."""
    made = read_id(text)
    if isinstance(made, str):
        return made
    plain = re.sub(r'[^\w-]+', '_', text, flags=re.ASCII)[:LONGEST].strip('_-')
    return f'{plain or "film"}-{hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:8]}'


def same(film_id: int | str) -> int | str:
    """What two ids share that would be one file where names of files have no case."""
    return film_id.casefold() if isinstance(film_id, str) else film_id


def split_number(film_id: int | str) -> int:
    """The number that decides in which split a film is: the id, or a hash of it that never changes."""
    if isinstance(film_id, int):
        return film_id
    return int.from_bytes(hashlib.sha256(film_id.encode()).digest()[:8], 'big')


def order(film_id: int | str) -> tuple[bool, int | str]:
    """For sorting: numbers first, then texts."""
    return isinstance(film_id, str), film_id


def from_file(stem: str) -> int | str:
    """The id in the name of a poster's file, without its suffix; the opposite of `f'{film_id}.jpg'`."""
    number = read_number(stem)
    return stem if number is None or stem != str(number) else number
