"""Smaller copies of the posters: all ratios from one decoding, in parallel processes."""

import os
from pathlib import Path

from tqdm import tqdm

from core import files, ids
from core.parallel import processes
from posters import decode
from posters.layout import poster_folder, poster_path, poster_size

CHUNK = 16  # posters a task


def resize(imdb_ids, data, ratios):
    """Make the copies of the posters of `imdb_ids` at `ratios` that are missing or older than their source.

    Each has exactly poster_size(ratio) pixels, RGB. Returns (copies made, copies already there, {id: reason} of the
    sources that cannot be read).
    """
    data = Path(data)
    changed = {ratio: change_times(poster_folder(data, ratio)) for ratio in (100, *ratios)}
    for ratio in ratios:
        poster_folder(data, ratio).mkdir(parents=True, exist_ok=True)
        files.sweep(poster_folder(data, ratio))
    sources = [imdb_id for imdb_id in imdb_ids if imdb_id in changed[100]]
    wanted = {
        imdb_id: tuple(r for r in ratios if changed[r].get(imdb_id, -1) < changed[100][imdb_id]) for imdb_id in sources
    }
    tasks = [(data, imdb_id, needed) for imdb_id, needed in wanted.items() if needed]
    unreadable = {}
    with tqdm(total=len(tasks), desc='resizing posters', unit=' posters', disable=None) as bar:
        for imdb_id, error in processes(resize_one, tasks, CHUNK):
            if error:
                unreadable[imdb_id] = error
            bar.update()
    made = sum(len(needed) for imdb_id, needed in wanted.items() if imdb_id not in unreadable)
    there = sum(len(ratios) - len(needed) for needed in wanted.values())
    return made, there, unreadable


def change_times(folder):
    """{film id: time of change in ns} of the posters in `folder`."""
    if not folder.is_dir():
        return {}
    entries = ((entry.name.rpartition('.'), entry) for entry in os.scandir(folder))
    return {
        ids.from_file(name): entry.stat().st_mtime_ns
        for (name, _, suffix), entry in entries
        if suffix == 'jpg' and entry.is_file()  # no link to nowhere
    }


def resize_one(task):
    """Make the copies of one poster; return its id and the reason why it cannot be read, or ''."""
    data, imdb_id, ratios = task
    try:
        poster = decode.read_rgb(poster_path(data, imdb_id, 100))
    except decode.BadImage as error:
        return imdb_id, str(error)
    for ratio in ratios:
        copy = decode.fit(poster, poster_size(ratio))
        files.write(poster_path(data, imdb_id, ratio), decode.encode(copy))
    return imdb_id, ''
