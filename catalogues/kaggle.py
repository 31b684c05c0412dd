"""Kaggle's "Movie Genre from its Poster", the original catalogue: from its page into the folder of the data."""

import shutil
from pathlib import Path

from core import files, kaggle
from core.errors import WorkFailed

NAME = 'kaggle'  # of the catalogue, for -catalogue
DATASET, FILE = 'neha1703/movie-genre-from-its-poster', 'MovieGenre.csv'
PAGE = f'https://www.kaggle.com/datasets/{DATASET}'
DIGEST = '80fda8ad205b'  # of the file that the models and results of the toolkit are from, the first of its SHA-256
TITLE = 'Movie Genre from its Poster'


def fetch(data: str | Path) -> Path:
    """The path of the catalogue in the folder `data`, to which it is downloaded where it is not there yet.

    Raises WorkFailed where it cannot be downloaded; the message says why, and how it comes there by hand.
    """
    path = Path(data) / FILE
    if path.is_file():
        return path
    try:
        kagglehub = kaggle.library()
        with kaggle.one_line(DATASET):
            downloaded = kagglehub.dataset_download(DATASET, path=FILE)
    except WorkFailed as error:
        raise WorkFailed(f'{error}; by hand: put {FILE} from {PAGE} into {data}') from None
    with files.replacing(path) as temporary:
        shutil.copyfile(downloaded, temporary)
    return path
