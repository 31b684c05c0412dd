"""Posters that a user has: in a folder of their own, or in DATA/images/100 under names such as `tt0114709.png`."""

from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from core import files, ids, storage
from core.parallel import processes
from posters import decode
from posters.layout import HEIGHT, WIDTH, poster_folder, poster_path

CHUNK = 16  # posters a task


@dataclass
class Adopted:
    """`made` posters; {path: reason} of images that cannot be read; images of no film, and films without an image."""

    made: int = 0
    unreadable: dict[Path, str] = field(default_factory=dict)
    unknown: list[Path] = field(default_factory=list)
    missing: list[int | str] = field(default_factory=list)


def adopt(film_ids, data, folder=None) -> Adopted:
    """Make the posters of films that have none yet of the images in `folder` that are named by an id; those stay.

    Without `folder` it is DATA/images/100 itself. A JPEG of 182x268 is hard-linked, others are made one.
    """
    target, adopted, tasks = poster_folder(data, 100), Adopted(), []
    there = storage.names(target)
    images = (
        [Path(path) for path in decode.find_images(folder)[0]] if folder else sorted(target / name for name in there)
    )
    films = names_of(film_ids)
    named = set()
    for path in images:
        film_id = films.get(ids.same(stem_id(path)))
        if film_id is None:
            adopted.unknown.append(path)
            continue
        if film_id not in named and f'{film_id}.jpg' not in there:
            tasks.append((path, poster_path(data, film_id, 100)))
        named.add(film_id)
    adopted.missing = [film_id for film_id in film_ids if film_id not in named]
    with tqdm(total=len(tasks), desc='taking posters', unit=' posters', disable=None) as bar:
        for path, reason in processes(take_one, tasks, CHUNK):
            if reason:
                adopted.unreadable[path] = reason
            bar.update()
    adopted.made = len(tasks) - len(adopted.unreadable)
    return adopted


def stem_id(path):
    """The id in the name of an image, which may be written as `tt0114709`."""
    found = ids.read_id(path.stem)
    return '' if found is None else found


def names_of(film_ids):
    """{id in the name of an image: film id}; `tmdb-862` also has 862, where that is no film's id."""
    names = {}
    for film_id in film_ids:
        if isinstance(film_id, str) and film_id.startswith(ids.OF_TMDB):
            names[ids.read_id(film_id.removeprefix(ids.OF_TMDB))] = film_id
    return names | {ids.same(film_id): film_id for film_id in film_ids}


def take_one(task):
    """Make one poster; return (path of the image, the reason why it cannot be read or '')."""
    source, target = task
    try:
        content, linked = read_poster(source)
    except decode.BadImage as error:
        return source, str(error)
    place(target, content, linked)
    return source, ''


def read_poster(path, max_bytes=None, size=(WIDTH, HEIGHT)):
    """(JPEG bytes of a poster of `size` from the image file at `path`, `path` if they are that file's, else None).

    Raises BadImage.
    """
    with decode.open_file(path) as file:
        data = file.read() if max_bytes is None else file.read(max_bytes + 1)
    if max_bytes is not None and len(data) > max_bytes:
        raise decode.BadImage(f'larger than {max_bytes / 1e6:g} MB')
    content = decode.poster_jpeg(data, formats=None, max_pixels=decode.MAX_FILE_PIXELS, size=size)
    return content, path if content is data else None


def place(target, content, source=None):
    """Make the poster `target` of these bytes, as a hard link to the file `source` that has them, if there is one."""
    if source is None:
        files.write(target, content)
    else:
        files.link(source, target)
