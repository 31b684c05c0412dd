"""The flags that several commands share: which catalogue, how to read it, and where its posters are."""

from catalogues.columns import EXAMPLE, read_columns
from catalogues.formats import FORMATS, Reading
from catalogues.records import FIRST_YEAR, LAST_YEAR
from core.cli import Flag, choice, integer, text
from core.errors import WrongCall


def separator(value):
    """A reader of one character, or `tab`."""
    value = {'tab': '\t', r'\t': '\t'}.get(value, value)
    if len(value) != 1 or value in '"\r\n':
        raise ValueError('give one character, or tab')
    return value


CATALOGUE = Flag(
    'catalogue',
    'the catalogue, a file or a folder; or kaggle: DATA/MovieGenre.csv, downloaded from Kaggle where it is not there '
    'yet; without this flag DATA/MovieGenre.csv if there is one, else the sample catalogue',
    None,
    text,
    'PATH',
)
DATA = Flag('data', 'the folder of the posters, or their place in an object store: s3://BUCKET/PREFIX', 'data', text)
FLAGS = [
    CATALOGUE,
    DATA,
    Flag('format', f'how the catalogue is written; without it, it is detected: {", ".join(FORMATS)}', None,
         choice(*FORMATS), 'NAME'),
    Flag('columns', f'which columns of any table to use, such as {EXAMPLE}', None, read_columns, 'FIELD=COLUMN,...'),
    Flag('separator', "what separates the columns; without it, it is detected among ',', ';' and tab", None,
         separator, 'CHARACTER'),
]  # fmt: skip
YEAR = integer(FIRST_YEAR, LAST_YEAR)


def how_to_read(flags) -> Reading:
    """How these flags say that the catalogue is to be read."""
    return Reading(flags.format, flags.columns, flags.separator)


def check_years(min_year: int | None, max_year: int | None) -> None:
    """Raise WrongCall when both are given and the first is the later."""
    if min_year and max_year and min_year > max_year:
        raise WrongCall(f'-min_year={min_year} is after -max_year={max_year}')
