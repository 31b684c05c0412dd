"""The lines of text on the posters of a catalogue, each read once and cached in data/text."""

import json
from dataclasses import astuple
from itertools import islice

from core import files, parts
from core.tables import csv_row
from posters.layout import size_name
from posters.text import CHUNK, VERSION, Line, joined, read_all


def load(data):
    """[the Lines of a poster for each film of a PosterSet]. Raises WorkFailed where rapidocr is not installed."""
    folder = data.movies[0].data / 'text' / f'ppocr6_v{VERSION}_{size_name(data.ratio)}'
    return parts.load(folder, data.keys(), data.take, _read, Texts)


def _read(posters):
    """Yield the Lines of posters, some at a time."""
    lines = read_all(posters)
    while some := list(islice(lines, CHUNK)):
        yield some


class Texts:
    """Parts that are JSON, {key: [[text, confidence, corners] per line]}."""

    keys, suffix = 128, '.json'
    errors = OSError, ValueError, TypeError, AttributeError

    @staticmethod
    def read(path):
        posters = json.loads(path.read_text(encoding='utf-8'))
        return {key: [_line(*line) for line in lines] for key, lines in posters.items()}

    @staticmethod
    def write(path, keys, values):
        posters = dict(zip(keys, ([astuple(line) for line in lines] for lines in values), strict=True))
        path.write_text(files.as_json(posters) + '\n', encoding='utf-8')


def _line(text, confidence, box):
    """A Line of what is in a part. Raises one of the `errors` of Texts for what is none."""
    text.encode()
    return Line(text, float(confidence), tuple((float(x), float(y)) for x, y in box))


def write_table(movies, lines, path):
    """Write a row per film with the words on its poster, as CSV."""
    rows = [(movie.id, movie.title, joined(some)) for movie, some in zip(movies, lines, strict=True)]
    files.write(path, ''.join(f'{csv_row(row)}\r\n' for row in [('imdbId', 'Title', 'Words'), *rows]))
