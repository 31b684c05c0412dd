"""CSV files as people have them: no row disappears, whatever quotes, encodings and separators do.

A record is a line, or several where a quoted field spans them. pandas and csv read a quote that is never closed
as the beginning of a field that holds all the rest of the file; here it costs its own line.
"""

import csv
import functools
import re
from dataclasses import dataclass
from typing import NamedTuple

SEPARATORS = ',', ';', '\t'
LINE_END = re.compile(rb'\r\n|\n|\r')
FIRST_LINE = re.compile(r'^sep=(?P<separator>.)$')  # as Excel reads it
UNCLOSED, RAGGED = 'a quote that is never closed', 'more fields than columns'
LONGEST = 10  # lines of a record
# Windows-1252, with Latin-1 for the five bytes that it leaves out
WINDOWS = {byte: bytes([byte]).decode('cp1252') for byte in range(0x80, 0xA0) if byte not in b'\x81\x8d\x8f\x90\x9d'}


class Broken(NamedTuple):
    """A record that is no row: the `reason` in words, and the `line` it begins with."""

    reason: str
    line: str


@dataclass(frozen=True)
class Table:
    """A header and lines. Iteration yields each row: as many fields as `columns`, or Broken.

    `foreign` lines were decoded as Windows-1252.
    """

    columns: list[str]
    lines: list[str]
    separator: str
    foreign: int

    def __iter__(self):
        return records(self.lines, self.separator, len(self.columns))


def read(text, known, separator=None, foreign=0):
    """The Table of a text with `foreign` lines.

    Without a `separator`, it is the one that makes most names of the header `known`, in any case, then the one that
    makes most columns.
    """
    lines = [line for line in text.split('\n') if line.strip()]
    start = 0
    while start < len(lines) and lines[start].lstrip().startswith('#'):
        start += 1
    separators = (separator,) if separator else SEPARATORS
    if start < len(lines) and (named := FIRST_LINE.match(lines[start].strip('"'))):
        separators = (named['separator'],)
        start += 1
    if start == len(lines):
        return Table([], [], separators[0], foreign)
    headers = {one: header(lines[start], one) for one in separators}
    separator = max(
        headers, key=lambda one: (sum(name.casefold() in known for name in headers[one]), len(headers[one]))
    )
    columns = headers[separator]
    while columns and not columns[-1]:
        columns.pop()
    del lines[: start + 1]
    return Table(columns, lines, separator, foreign)


def header(line, separator):
    names = split(line, separator, quoting(separator)[0]) or line.split(separator)
    return [name.strip(' "\'') for name in names]


def decode(raw):
    """(text, lines that are not UTF-8 and are read as Windows-1252). Each line is decoded by itself."""
    if raw[:2] in (b'\xff\xfe', b'\xfe\xff'):
        return raw.decode('utf-16', errors='replace').lstrip('\ufeff'), 0
    try:
        return raw.decode().lstrip('\ufeff'), 0
    except UnicodeDecodeError:
        pass
    lines, foreign = LINE_END.split(raw), 0
    for i, line in enumerate(lines):
        try:
            lines[i] = line.decode()
        except UnicodeDecodeError:
            lines[i] = line.decode('latin-1').translate(WINDOWS)
            foreign += 1
    return '\n'.join(lines).lstrip('\ufeff'), foreign


def records(lines, separator, width):
    """Yield the `width` fields of each record, or Broken."""
    start = 0
    while start < len(lines):
        fields, stop = record(lines, start, separator, width)
        yield Broken(fields, lines[start]) if isinstance(fields, str) else fields
        start = stop


def record(lines, start, separator, width):
    """(fields or reason, the line after it) of the record that begins at a line."""
    fields = plain(lines[start], separator, width) or parse(lines[start], separator, width)
    if fields is not None:
        return fields, start + 1
    for stop in range(start + 2, min(start + LONGEST, len(lines)) + 1):
        if any(is_whole('\n'.join(lines[later:stop]), separator, width) for later in range(start + 1, stop)):
            break  # a record of its own: the quote before it was never closed
        if is_whole(joined := '\n'.join(lines[start:stop]), separator, width):
            return parse(joined, separator, width), stop
    return UNCLOSED, start + 1


def plain(line, separator, width):
    """The `width` fields of a line that any reader of CSV splits alike; None for others, which `parse` reads."""
    if '"' not in line:
        fields = line.split(separator)
    elif ' "' in line:  # a quote that csv takes for a part of the field
        return None
    else:
        try:
            fields = next(csv.reader((line,), delimiter=separator, strict=True))
        except csv.Error:
            return None
    return [field.strip() for field in fields] if len(fields) == width else None


@functools.lru_cache(1024)  # the record that begins at the next line asks for most of the same texts
def is_whole(text, separator, width):
    """Whether `text` has all fields of a record, so that it cannot be the end of the one before it."""
    return isinstance(parse(text, separator, width, short=False), list)


def parse(text, separator, width, short=True):
    """The `width` fields of a record, a reason in words, or None where a quoted field is open at its end.

    A row that is too `short` has empty fields, or, where that is not wanted, is none.
    """
    if '"' not in text:
        fields = text.split(separator)
        return fitted(fields, width) if short or len(fields) >= width else None
    ways = quoting(separator)[: 2 if '\n' in text else 3]  # a stray quote may close what a line above has opened
    strict = fields = split(text, separator, ways[0])
    for way in (*ways[1:], None):
        if fields and len(fields) >= width and isinstance(fields_fitted := fitted(fields, width), list):
            return fields_fitted
        fields = way and split(text, separator, way)
    return fitted(strict, width) if strict and short else None


def fitted(fields, width):
    if any(field.strip() for field in fields[width:]):
        return RAGGED
    return [field.strip() for field in fields[:width]] + [''] * (width - len(fields))


def split(line, separator, quoted):
    """The fields of a line, those that begin with a quote by the pattern `quoted`; None where one does not match."""
    fields, place = [], 0
    while place <= len(line):
        if line[place:].lstrip(' ').startswith('"'):
            match = quoted.match(line, place)
            if not match:
                return None
            fields.append(re.sub(r'""|\\"', '"', match[1]))
        else:
            stop = line.find(separator, place)
            fields.append(line[place : len(line) if stop < 0 else stop])
            place += len(fields[-1]) + 1
            continue
        place = match.end() + 1
    return fields


@functools.cache
def quoting(separator):
    """What a field that begins with a quote may look like: as in RFC 4180, with \\" for a quote, and as in
    `"Crocodile" Dundee`, where the quotes belong to the field."""
    sep = re.escape(separator)
    patterns = r'"([^"]*(?:""[^"]*)*)"', r'"((?:[^"\\]|\\.|"")*)"', rf'((?:"[^"]*"[^{sep}"]*)+)'
    return [re.compile(rf' *{pattern} *(?={sep}|$)', re.DOTALL) for pattern in patterns]
