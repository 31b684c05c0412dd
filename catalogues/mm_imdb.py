"""MM-IMDb: a folder with a JSON file per film, `0114709.json`, and its poster beside it, `0114709.jpeg`."""

import hashlib
import json
from pathlib import Path

from catalogues.records import NO_NUMBER, Collector, Record, clean_genres, read_score, read_title, read_url, writable
from core import ids

INNER = 'dataset'  # the folder of the films in the archive
POSTERS = '.jpeg', '.jpg', '.png'
URLS = 'full-size cover url', 'cover url'
NO_FILM = 'no film in the JSON'


def films(folder: Path) -> list[Path]:
    """The JSON files of a folder whose names are ids, or of its folder `dataset`; sorted."""
    for each in (folder, folder / INNER):
        paths = sorted(path for path in each.glob('*.json') if ids.read_number(path.stem) is not None)
        if paths:
            return paths
    return []


def read(folder: Path):
    """(Rows, SHA-256 of the JSON files) of a folder."""
    digest, collector = hashlib.sha256(), Collector()
    for path in films(folder):
        number = ids.read_number(path.stem)
        try:
            raw = path.read_bytes()
            digest.update(path.name.encode() + raw)
            film = json.loads(raw)
        except (OSError, ValueError, RecursionError):
            film = None
        if number is None:
            collector.skip(NO_NUMBER, path.name)
        elif not isinstance(film, dict):
            collector.skip(NO_FILM, path.name)
        else:
            collector.add(record(number, film, path))
    return collector.rows(), digest.hexdigest()


def record(number, film, path):
    title, year = read_title(writable(str(film.get('title') or '')), str(film.get('year') or ''))
    genres = [writable(str(name)) for name in film['genres']] if isinstance(film.get('genres'), list) else []
    score = read_score(str(film.get('rating') or ''))
    return Record(number, title or str(number), year, score, clean_genres(genres), poster_url(film, path), {})


def poster_url(film, path):
    for suffix in POSTERS:
        if (image := path.with_suffix(suffix)).is_file():
            return image.resolve().as_uri()
    return next((url for url in (read_url(str(film.get(name) or '')) for name in URLS) if url), '')
