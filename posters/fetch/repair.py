"""Posters whose links are dead or missing, fetched from The Movie Database instead."""

import os
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from posters.fetch import journal, tmdb
from posters.fetch.download import fetch, locked
from posters.fetch.journal import Row
from posters.layout import poster_folder, poster_path, poster_size

ASKING = 8  # threads, so that no request waits for the answer to another
BATCH = 128  # films whose posters are fetched together, while TMDB is asked for the next ones
UNKNOWN, NO_POSTER, NO_URL = 'unknown film', 'no poster', 'no URL'


class Repair:
    """What became of the dead links. `failed` counts reasons; `interrupted` is whether Ctrl-C ended it."""

    def __init__(self):
        self.dead = self.repaired = self.known = self.without_id = 0
        self.failed = Counter()
        self.interrupted = False

    def lines(self):
        yield f'dead or missing links: {self.dead:,}; repaired with posters from TMDB: {self.repaired:,}'
        if self.failed:
            reasons = ', '.join(f'{reason} {count:,}' for reason, count in self.failed.most_common())
            yield f'not repaired by TMDB: {self.failed.total():,} ({reasons})'
        if self.known:
            yield f'not repaired before, and not tried again: {self.known:,} (-retry_failed tries them)'
        if self.without_id:
            yield f'TMDB cannot be asked for {self.without_id:,} films, whose ids are neither its own nor those of IMDb'


def repair(jobs, data, client, connections=32, timeout=20, retry_failed=False, size=100):
    """Fetch from TMDB the posters of those `jobs`, pairs (imdb_id, url), whose link is dead, and return a Repair.

    A link is dead where it is '', or the download report in the folder `data` says that it failed permanently. Ids that
    are numbers are taken for IMDb's, `tmdb-862` is TMDB's. `client` is a tmdb.Client, which is closed; `size` one of
    the layout. What TMDB has not repaired is not tried again without `retry_failed`. Ctrl-C ends the work and keeps
    what came. Raises WrongCall where TMDB refuses the key, WorkFailed where it no longer answers.
    """
    data, outcome = Path(data), Repair()
    path_of = partial(poster_path, data, size=size)
    with (
        locked(data),
        journal.Journal(data / journal.name_of(size)) as entries,
        tmdb.Answers(data / tmdb.ANSWERS) as answers,
    ):
        dead = _dead(jobs, poster_folder(data, size), entries.rows, retry_failed, outcome)
        with tqdm(total=len(dead), desc='repairing dead links', unit=' posters', disable=None) as bar:

            def note(row):
                entries.add(_joined(dead[row.imdbId], row))
                outcome.repaired += not row.error
                if row.error:
                    outcome.failed[row.error.split(':')[0]] += 1
                bar.set_postfix_str(f'{outcome.repaired:,} repaired', refresh=False)
                bar.update()

            asked = _ask_all(dead, client, answers, retry_failed, poster_size(size)[0])
            try:
                for batch in _batches(asked):
                    for row in batch:
                        if isinstance(row, Row):
                            note(row)
                    if found := [job for job in batch if not isinstance(job, Row)]:
                        fetch(found, path_of, note, connections, timeout, size)
            except KeyboardInterrupt:
                outcome.interrupted = True
            finally:
                asked.close()
    return outcome


def _dead(jobs, folder, rows, retry_failed, outcome):
    """{imdb id: Row} of the dead links to be repaired; the others are counted in `outcome`."""
    there = {entry.name for entry in os.scandir(folder)}
    dead = {}
    for imdb_id, url in jobs:
        row = rows.get(imdb_id) or (None if url else Row.of(imdb_id, url, 0, 0, NO_URL))
        if f'{imdb_id}.jpg' in there or not row or row.status != journal.FAILED or row.url != url:
            continue
        outcome.dead += 1
        if not isinstance(imdb_id, int) and not tmdb.own_id(imdb_id):
            outcome.without_id += 1
        elif row.source == journal.TMDB and not retry_failed:
            outcome.known += 1
        else:
            dead[imdb_id] = row
    return dead


def _ask_all(dead, client, answers, anew, width):
    """Yield, for each of the dead links, its (imdb id, URL at TMDB), or a Row that says why there is none.

    With `anew` the answers that name no poster are not taken from those that are kept.
    """

    def ask(imdb_id):
        answer = answers.get(imdb_id)
        if not answer or (anew and not answer.poster):
            try:
                answer = client.find(imdb_id)
            except tmdb.Unanswered as error:
                return Row.of(imdb_id, '', 0, 0, str(error), passing=True)
            answers.add(imdb_id, answer)
        if answer.poster:
            return imdb_id, client.poster_url(answer.poster, width)
        return Row.of(imdb_id, '', 0, 0, NO_POSTER if answer.known else UNKNOWN)

    pool, ahead = ThreadPoolExecutor(ASKING), deque()
    try:
        for imdb_id in dead:
            ahead.append(pool.submit(ask, imdb_id))
            if len(ahead) > 2 * BATCH:
                yield ahead.popleft().result()
        for asked in ahead:
            yield asked.result()
    finally:
        client.close()
        pool.shutdown(cancel_futures=True)


def _batches(items):
    while some := list(islice(items, BATCH)):
        yield some


def _joined(dead, row):
    """The Row for the report: of a dead link, and of what came from TMDB."""
    if not row.error:
        return row._replace(source=journal.TMDB)
    return row._replace(url=dead.url, tries=dead.tries, error=f'{dead.error}; TMDB: {row.error}', source=journal.TMDB)
