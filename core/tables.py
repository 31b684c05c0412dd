"""Tables for the terminal, for Markdown and as CSV. A table is a list of rows of texts, the first one its headers."""

import csv
import io
from collections.abc import Iterable
from itertools import zip_longest

from tabulate import tabulate

FORMULAS = '=', '+', '-', '@', '\t', '\r'


def aligned(rows: Iterable[list[str]]) -> list[str]:
    """Lines of a table for the terminal: the first column left-aligned, the others right-aligned.

    A header may have several lines.
    """
    headers, *body = rows
    lines = [header.split('\n') for header in headers]
    height = max(map(len, lines))
    above = zip_longest(*([''] * (height - len(parts)) + parts for parts in lines), fillvalue='')
    align = _alignment(headers)
    text = tabulate([*above, *body], tablefmt='plain', colalign=align, disable_numparse=True)
    return [line.rstrip() for line in text.split('\n')]


def markdown(rows: Iterable[list[str]]) -> str:
    """The same table in Markdown, every header on one line."""
    headers, *body = rows
    joined = [text.replace('-\n', '').replace('/\n', '/').replace('\n', ' ') for text in headers]
    return tabulate(body, joined, tablefmt='pipe', colalign=_alignment(headers), disable_numparse=True)


def as_html(rows: Iterable[list[str]]) -> str:
    """The same table in HTML."""
    headers, *body = rows
    joined = [text.replace('-\n', '').replace('\n', ' ') for text in headers]
    return tabulate(body, joined, tablefmt='html', colalign=_alignment(headers), disable_numparse=True)


def csv_row(values) -> str:
    """A line of CSV. What a spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    texts = [f"'{value}" if str(value).startswith(FORMULAS) else value for value in values]
    csv.writer(out, lineterminator='\r\n').writerow(texts)
    return out.getvalue().removesuffix('\r\n')


def _alignment(headers):
    return ['left', *['right'] * (len(headers) - 1)]
