"""Posters that a user has put into DATA/images/100 under names of their own: `tt0114709.png`, `0114709.JPG`."""

import os
import re

from core import files
from posters import decode
from posters.layout import poster_folder, poster_path

NAME = re.compile(r'^(?:tt)?(?P<id>\d{1,18})\.(?!\.)\w+$', re.ASCII | re.IGNORECASE)


def adopt(imdb_ids, data):
    """Make `<imdbId>.jpg` of each such file whose film has no poster yet; the file stays.

    Returns (how many were made, {path: reason} of those that cannot be read).
    """
    folder, made, unreadable = poster_folder(data, 100), 0, {}
    if not folder.is_dir():
        return made, unreadable
    wanted, names = set(imdb_ids), sorted(os.listdir(folder))
    there = set(names)
    for name in names:
        match = NAME.match(name)
        if not match or int(match['id']) not in wanted or f'{int(match["id"])}.jpg' in there:
            continue
        path = folder / name
        try:
            with decode.open_file(path) as file:
                content = decode.poster_jpeg(file.read(), formats=None, max_pixels=decode.MAX_FILE_PIXELS)
        except decode.BadImage as error:
            unreadable[path] = str(error)
            continue
        files.write(poster_path(data, int(match['id']), 100), content)
        there.add(f'{int(match["id"])}.jpg')
        made += 1
    return made, unreadable
