"""The formats of catalogues: which one a file or folder has, and reading it."""

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from catalogues import columns, csv_file, folders, gzipped, id_genre, imdb, mm_imdb, movie_genre, tables, tmdb
from catalogues.records import NotACatalogue

TABLES = {'movie-genre': movie_genre, 'tmdb': tmdb, 'id-genre': id_genre}  # in the order in which they are tried
FORMATS = *TABLES, 'imdb', 'mm-imdb', 'folders', 'columns'
KNOWN = {'imdbid', 'imdb link', 'title', 'imdb score', 'genre', 'poster', 'tconst', *tmdb.NEEDED, *imdb.NEEDED}


@dataclass(frozen=True)
class Reading:
    """How to read a catalogue: its `format`, None to detect it; {field: column}; what separates the columns."""

    format: str | None = None
    columns: dict[str, str] | None = None
    separator: str | None = None


def read(path: Path, how: Reading, data: Path):
    """(Rows, SHA-256 in hex) of the catalogue at `path`, a file or a folder, whose posters are in the folder `data`.

    Raises NotACatalogue where it has no known format, or not the one asked for; OSError.
    """
    if how.columns and how.format not in (None, 'columns'):
        raise NotACatalogue(f'-format={how.format} has columns of its own; -columns is for other tables')
    if path.is_dir():
        return read_folder(path, how, data)
    if how.format in ('mm-imdb', 'folders'):
        raise NotACatalogue(f'-format={how.format} needs a folder, and this is a file')
    detect = not how.format and not how.columns
    if how.format == 'imdb' or (detect and imdb.matches(first_columns(path))):
        return imdb.read(path)
    text, foreign, digest = load(path)
    if not text.strip():
        raise NotACatalogue('the catalogue is empty')
    known = {name.casefold() for name in how.columns.values()} if how.columns else KNOWN
    table = csv_file.read(text, known, how.separator, foreign)
    del text  # a catalogue may have a gigabyte
    return read_table(table, how, path.parent), digest


def load(path):
    """(text with \\n at line ends, lines that are not UTF-8, SHA-256 in hex) of a file, or of what a .gz holds."""
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    with gzipped.opened(io.BytesIO(raw), path.name) as file:
        raw = file.read()
    text, foreign = csv_file.decode(raw)
    del raw  # which is as long
    return text.replace('\r\n', '\n').replace('\r', '\n'), foreign, digest


def first_columns(path):
    """The columns in the first line of a table with tabs, in lower case; of a pipe none, as it can be read once."""
    if not path.is_file():
        return set()
    with open(path, 'rb') as raw, gzipped.opened(raw, path.name) as file:
        line = file.readline(csv.field_size_limit())
    return {name.casefold() for name in line.decode(errors='replace').strip().split('\t')}


def read_table(table, how, folder):
    """The Rows of a csv_file.Table; `folder` is where posters are that a column names."""
    if how.format == 'columns' or (how.columns and not how.format):
        if not how.columns:
            raise NotACatalogue(f'-format=columns needs -columns, such as -columns={columns.EXAMPLE}')
        return columns.read(table, how.columns, folder)
    names = {name.casefold() for name in table.columns}
    module = TABLES.get(how.format) or next((one for one in TABLES.values() if one.matches(names)), None)
    if module is None:
        raise NotACatalogue(unrecognized(table.columns))
    return module.read(table)


def unrecognized(names):
    """What was seen in a table of no known format, which formats there are, and what to try."""
    if any('\0' in name or not name.isprintable() for name in names):
        seen = 'its first line is no text'
    else:
        seen = tables.seen(names)
    return (
        f'this is no catalogue of a known format ({", ".join(FORMATS)}): {seen}; '
        f'name the columns to use, such as -columns={columns.guess(names)}'
    )


def read_folder(path, how, data):
    """(Rows, SHA-256 in hex) of a catalogue that is a folder."""
    if how.columns or how.separator:
        raise NotACatalogue('-columns and -separator are for a table, and this is a folder')
    basics = imdb.find(path, imdb.BASICS)
    if how.format == 'imdb' or (not how.format and basics):
        if not basics:
            raise NotACatalogue(f'the folder has no {imdb.BASICS}')
        return imdb.read(basics)
    if how.format == 'mm-imdb' or (not how.format and mm_imdb.films(path)):
        return mm_imdb.read(path)
    inside = sorted(each.name for each in path.iterdir() if each.suffix.lower() in ('.csv', '.tsv'))
    if how.format == 'folders' or (not how.format and not inside and folders.matches(path)):
        if data.resolve().is_relative_to(path.resolve()):
            raise NotACatalogue(f'the posters in {data} would be films of it; give a folder outside with -data=')
        return folders.read(path)
    if inside:
        raise NotACatalogue(f'this is a folder; give a table in it, such as -catalogue={path / inside[0]}')
    raise NotACatalogue(
        f'this folder is no catalogue: it has no {imdb.BASICS}, no 0114709.json as in MM-IMDb, and no folder of images '
        'per genre'
    )
