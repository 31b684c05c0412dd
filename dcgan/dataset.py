"""The GAN's datasets: a folder of images, with dataset.json, which has the genres and the year of each image's film.

dataset.json has the `labels` that StyleGAN's dataset_tool.py and `--cond` read: pairs of a file and a vector, here
multi-hot over `genres`, then one-hot over `decades`. `films` has title, genres and year of each file; an unknown year
is null, and its decades are zeros.
"""

import json
import os
import shutil
from collections import Counter
from pathlib import Path

from PIL import Image

from core import files
from core.errors import WorkFailed, WrongCall
from dcgan.grids import grid
from posters.decode import BadImage, fit, orientation, read_rgb
from posters.layout import poster_size

MAKER = 'prepare_dcgan_dataset.py'
NOTE = 'dataset.json'
SHEET = 6, 14  # rows and columns


def check_folder(folder):
    """Raise WrongCall where `folder` is there and `prepare` has not made it."""
    folder = Path(folder).resolve()
    recover(folder)
    if folder.is_dir() and (not any(folder.iterdir()) or read_note(folder).get('maker') == MAKER):
        return
    if folder.exists() or folder.is_symlink():
        raise WrongCall(f'{folder} is there, and this script has not made it; give another folder with -out=')


def recover(folder):
    """Put right what a `prepare` that was killed has left beside `folder`: the old one may have been moved away."""
    for left in folder.parent.glob(f'.{folder.name}.*'):
        pid, _, age = left.name.removeprefix(f'.{folder.name}.').partition('.')
        if age not in ('new', 'old') or not pid.isdecimal() or files.is_running(int(pid)):
            continue
        if age == 'old' and not folder.exists():
            left.rename(folder)
        else:
            shutil.rmtree(left, ignore_errors=True)


def read_note(folder):
    """The content of dataset.json in `folder`, {} where there is none or nothing can be made of it."""
    try:
        note = json.loads((Path(folder) / NOTE).read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def posters(folder):
    """The paths of the posters in a folder that `prepare` has made; they are named by the ids of their films."""
    note = read_note(folder)
    films = note.get('films') if note.get('maker') == MAKER else None
    return [folder / file for file in films] if isinstance(films, dict) else []


def choose(movies, included, excluded, ratio):
    """The `movies` with one of the genres `included` (None: any), none of `excluded`, and a poster at `ratio`.

    Returns them and a Counter of reasons why the others were skipped.
    """
    chosen, left_out = [], Counter()
    for movie in movies:
        if unwanted := [genre for genre in excluded if movie.has_genre(genre)]:
            left_out[f'{unwanted[0]} is excluded'] += 1
        elif included is not None and not any(movie.has_genre(genre) for genre in included):
            left_out[f'none of {", ".join(included)}'] += 1
        elif not movie.has_poster(ratio):
            left_out[f'no poster at ratio {ratio}'] += 1
        else:
            chosen.append(movie)
    return chosen, left_out


def prepare(movies, ratio, folder):
    """Make `folder` of the posters of `movies` at `ratio`.

    Returns the path of a picture of some, made beside it, and {path: reason} of the posters that cannot be read. A
    folder that is there is replaced when the new one is whole. Raises WorkFailed where no poster can be read.
    """
    folder = Path(folder).resolve()
    new, old = (folder.with_name(f'.{folder.name}.{os.getpid()}.{age}') for age in ('new', 'old'))
    try:
        new.mkdir(parents=True)
        unreadable = {}
        for movie in movies:
            try:
                place(movie.poster_path(ratio), new / f'{movie.id}.jpg')
            except BadImage as error:
                unreadable[movie.poster_path(ratio)] = str(error)
        movies = [movie for movie in movies if movie.poster_path(ratio) not in unreadable]
        if not movies:
            raise WorkFailed(f'none of the {len(unreadable):,} posters can be read, {next(iter(unreadable))} for one')
        files.write(new / NOTE, json.dumps(note(movies), ensure_ascii=False) + '\n')
        if folder.is_dir():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    sheet = folder.with_name(f'{folder.name}.jpg')
    write_sheet(movies, ratio, sheet)
    return sheet, unreadable


def place(source, target):
    """Put the image `source` at `target` as upright RGB: as a hard link where that will do. Raises BadImage."""
    image = read_rgb(source)
    with Image.open(source) as original:
        ready = original.format == 'JPEG' and original.mode == 'RGB' and orientation(original) == 1
    if not ready:
        image.save(target, quality=95)
        return
    files.link(source, target)


def note(movies):
    genres = [genre for genre, _ in Counter(genre for movie in movies for genre in movie.genres).most_common()]
    decades = sorted({decade(movie.year) for movie in movies if movie.year})
    films = {f'{m.id}.jpg': {'title': m.title, 'year': m.year, 'genres': m.genres} for m in movies}
    labels = [
        [file, [int(g in film['genres']) for g in genres] + [int(decade(film['year']) == d) for d in decades]]
        for file, film in films.items()
    ]
    return {'maker': MAKER, 'genres': genres, 'decades': decades, 'labels': labels, 'films': films}


def decade(year):
    """The first year of the decade; None for None, a year that is not known."""
    return None if year is None else year // 10 * 10


def write_sheet(movies, ratio, path):
    rows, columns = SHEET
    step = max(1, len(movies) // (rows * columns))
    posters = [fit(read_rgb(m.poster_path(ratio)), poster_size(ratio)) for m in movies[::step]][: rows * columns]
    with files.replacing(path) as temporary:
        grid(posters, -(-len(posters) // columns), columns).save(temporary, quality=90)
