"""The flags that several commands share: which catalogue, and where its posters are."""

from catalogues.movie_genre import FIRST_YEAR, LAST_YEAR
from core.cli import Flag, integer, text
from core.errors import WrongCall

CATALOGUE = Flag(
    'catalogue',
    'the catalogue; without it DATA/MovieGenre.csv if there is one, else the sample catalogue',
    None,
    text,
    'FILE',
)
DATA = Flag('data', 'the folder of the posters', 'data', text)
FLAGS = [CATALOGUE, DATA]
YEAR = integer(FIRST_YEAR, LAST_YEAR)


def check_years(min_year: int | None, max_year: int | None) -> None:
    """Raise WrongCall when both are given and the first is the later."""
    if min_year and max_year and min_year > max_year:
        raise WrongCall(f'-min_year={min_year} is after -max_year={max_year}')
