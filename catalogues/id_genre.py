"""`Id,Genre` tables, as Chu and Guo's `train.csv`: genres as a list, also one column per genre; posters named by id."""

from catalogues import tables

NEEDED = {'id', 'genre'}


def matches(columns):
    return columns >= NEEDED and 'title' not in columns


def read(table):
    """The Rows of a Table. The films have no title, no year and no URL."""
    multi_hot = tuple(name for name in table.columns if name.casefold() not in NEEDED)
    return tables.read(table, tables.Layout(id='Id', genres='Genre', ignored=multi_hot))
