"""Smaller copies of the posters: all ratios from one decoding, in parallel processes."""

from tqdm import tqdm

from core import files, ids, parallel, shards, storage
from posters import decode
from posters.layout import poster_folder, poster_path, poster_size

CHUNK = 16  # posters a task
SHARD = 1000  # posters, at most


def resize(imdb_ids, data, ratios):
    """Make the copies of the posters of `imdb_ids` at `ratios` that are missing or older than their source.

    Each has exactly poster_size(ratio) pixels, RGB. Returns (copies made, copies already there, {id: reason} of the
    sources that cannot be read).
    """
    data = storage.absolute(data)
    changed = {ratio: change_times(poster_folder(data, ratio)) for ratio in (100, *ratios)}
    for ratio in ratios:
        files.sweep(poster_folder(data, ratio))
    sources = [imdb_id for imdb_id in imdb_ids if imdb_id in changed[100]]
    wanted = {
        imdb_id: tuple(r for r in ratios if changed[r].get(imdb_id, -1) < changed[100][imdb_id]) for imdb_id in sources
    }
    tasks = [(data, imdb_id, needed) for imdb_id, needed in wanted.items() if needed]
    unreadable = {}
    with tqdm(total=len(tasks), desc='resizing posters', unit=' posters', disable=None) as bar:
        for imdb_id, error in _on_cluster(data, tasks) if parallel.is_on_cluster() else _here(tasks):
            if error:
                unreadable[imdb_id] = error
            bar.update()
    unreadable = {imdb_id: unreadable[imdb_id] for imdb_id in wanted if imdb_id in unreadable}
    made = sum(len(needed) for imdb_id, needed in wanted.items() if imdb_id not in unreadable)
    there = sum(len(ratios) - len(needed) for needed in wanted.values())
    return made, there, unreadable


def _here(tasks):
    return parallel.processes(resize_one, tasks, CHUNK)


def _on_cluster(data, tasks):
    work = [([film_id for _, film_id, _ in some], (some,)) for some in shards.split(tasks, SHARD)]
    for _, results in shards.run('resize', data, _resize_shard, work):
        yield from results


def _resize_shard(tasks):
    return [resize_one(task) for task in tasks]


def change_times(folder):
    """{film id: time of change in ns} of the posters in `folder`."""
    entries = ((name.rpartition('.'), changed) for name, (_, changed) in storage.listing(folder).items())
    return {ids.from_file(name): changed for (name, _, suffix), changed in entries if suffix == 'jpg'}


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
