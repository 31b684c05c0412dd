"""Tables for the terminal and for Markdown. A table is a list of rows of texts, the first one its headers."""

from collections.abc import Iterable
from itertools import zip_longest

from tabulate import tabulate


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


def _alignment(headers):
    return ['left', *['right'] * (len(headers) - 1)]
