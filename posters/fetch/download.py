"""Get posters from where their URLs point: fetched from the web, drawn, or copied from a file.

Each lands at images/<size>/<imdbId>.jpg as an RGB JPEG, whole or not at all.
"""

import asyncio
import contextlib
import itertools
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from tqdm import tqdm

from core import files, parallel, shards, storage
from core.errors import WorkFailed
from posters import decode
from posters.fetch import http, journal, local
from posters.layout import poster_folder, poster_path, poster_size, size_name

SHARD = 1000  # posters that a worker of a cluster gets at once, at most


class Summary:
    """What a download did. `failed` counts reasons; `interrupted` is whether Ctrl-C ended it."""

    def __init__(self):
        self.obtained = self.there = self.known = 0
        self.failed = Counter()
        self.seconds, self.interrupted = 0.0, False

    def lines(self):
        rate = f', {self.obtained / self.seconds:,.0f} images per second' if self.obtained else ''
        yield f'obtained {self.obtained:,} posters in {self.seconds:,.1f} s{rate}; {self.there:,} were already there'
        if self.known:
            yield f'not requested again: {self.known:,} that failed permanently before (-retry_failed requests them)'
        if self.failed:
            reasons = ', '.join(f'{reason} {count:,}' for reason, count in self.failed.most_common())
            yield f'failed: {self.failed.total():,} ({reasons})'


def download(jobs, data, connections=32, timeout=20, retry_failed=False, size=100):
    """Get the posters of `jobs`, pairs (imdb_id, url), into the folder `data`, and return a Summary.

    `size` is one of the layout. Posters that exist are not requested again, nor, without `retry_failed`, those that
    failed permanently under the same URL. data/download_report.csv (journal.name_of(size) for another size than 100)
    says what happened to each. Ctrl-C ends the work and keeps what came. Raises OSError where nothing can be written.
    """
    data = storage.absolute(data)
    folder = poster_folder(data, size)
    storage.make(folder)
    files.sweep(folder)
    summary = Summary()
    with locked(data), journal.Journal(data / journal.name_of(size)) as entries:
        for row in kept_rows(data, size):
            if row.imdbId not in entries.rows:
                entries.add(row)
        wanted = pending(jobs, folder, entries.rows, retry_failed, summary)
        started = time.monotonic()
        with tqdm(total=len(wanted), desc='getting posters', unit=' posters', disable=None) as bar:

            def note(row):
                entries.add(row)
                summary.obtained += not row.error
                if row.error:
                    summary.failed[row.error.split(':')[0]] += 1
                bar.set_postfix_str(f'{summary.failed.total():,} failed', refresh=False)
                bar.update()

            try:
                (get_on_cluster if parallel.is_on_cluster() else get)(wanted, data, note, connections, timeout, size)
            except KeyboardInterrupt:
                summary.interrupted = True
        summary.seconds = time.monotonic() - started
    return summary


def get(jobs, data, note, connections, timeout, size):
    """Get the posters of `jobs` with one client; note(Row) is called for each."""
    path_of = partial(poster_path, data, size=size)
    from_web = [job for job in jobs if urlsplit(job[1]).scheme in ('http', 'https')]
    from_here = [job for job in jobs if urlsplit(job[1]).scheme not in ('http', 'https')]
    for row in local.make_all(from_here, path_of, poster_size(size)):
        note(row)
    if from_web:
        fetch(from_web, path_of, note, connections, timeout, size)


def get_on_cluster(jobs, data, note, connections, timeout, size):
    """The same with a client per worker, which share the `connections`."""
    each = max(1, connections // parallel.workers())
    work = [([film_id for film_id, _ in some], (some, data, each, timeout, size)) for some in shards.split(jobs, SHARD)]
    for _, rows in shards.run(f'download/{size_name(size)}', data, get_shard, work, keep=True):
        for row in rows:
            note(journal.Row(*row))


def kept_rows(data, size):
    """Rows that the workers of a run that was stopped have left."""
    rows = itertools.chain(*shards.kept(f'download/{size_name(size)}', data)) if parallel.is_on_cluster() else ()
    return itertools.starmap(journal.Row, rows)


def get_shard(jobs, data, connections, timeout, size):
    rows = []
    get(jobs, data, rows.append, connections, timeout, size)
    return rows


@contextlib.contextmanager
def locked(data):
    """Keep other downloads away from the table of what became of each poster. Raises WorkFailed if one is running."""
    try:
        with FileLock(storage.make(storage.cache(data)) / 'download_report.lock', timeout=0):
            yield
    except Timeout:
        raise WorkFailed(f'another download into {data} is running') from None


def pending(jobs, folder, rows, retry_failed, summary):
    """The jobs to request; the others are counted in `summary`."""
    there = storage.names(folder)
    wanted = []
    for imdb_id, url in jobs:
        row = rows.get(imdb_id)
        if f'{imdb_id}.jpg' in there:
            summary.there += 1
        elif row and row.status == journal.FAILED and row.url == url and not retry_failed:
            summary.known += 1
        else:
            wanted.append((imdb_id, url))
    return wanted


def fetch(jobs, path_of, note, connections, timeout, size):
    """Fetch the posters of `jobs` to path_of(imdb_id), in a size of the layout; note(Row) is called once a job."""
    decode.prepare()
    with ThreadPoolExecutor(storage.at_once([path_of('')])) as pool:

        async def store(imdb_id, content):
            await asyncio.get_running_loop().run_in_executor(pool, save, content, path_of(imdb_id), size)

        try:
            asyncio.run(http.fetch_all(jobs, store, note, connections, timeout))
        except* (OSError, ImportError) as errors:  # a full disk stops every worker; one line is enough
            raise errors.exceptions[0] from None


def save(content, path, size):
    files.write(path, decode.poster_jpeg(content, size=poster_size(size)))
