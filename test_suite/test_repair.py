"""Posters whose links are dead, fetched from a server that answers as TMDB does, through get_data.py."""

import csv
import datetime
import json
import os
import signal
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from conftest import environment, make_catalogue, run_script
from poster_server import PosterServer, encoded, picture
from test_download import posters, read_whole, report, wait_until
from tmdb_server import KEY, TOKEN, TMDBServer, film, series

from posters.fetch import tmdb

OWN = encoded(picture(size=(185, 278)), quality=90)  # as TMDB has it at w185
FILM, SERIES, BUSY, BROKEN, _, WITHOUT, UNKNOWN, GONE, NO_IMAGE, ALIVE, DOWN, DEAF = range(1, 13)
LONG = 12345678  # an id of eight digits
FOUND = {
    'tt0000001': film('/film.jpg'),
    'tt0000002': series('/series.jpg'),
    'tt0000003': film('/busy.jpg'),
    'tt0000004': film('/broken.jpg'),
    f'tt{LONG}': film('/long.jpg'),
    'tt0000006': film(None),
    'tt0000008': film('/gone.jpg'),
    'tt0000009': film('/page.jpg'),
    'tt0000010': film('/film.jpg'),
    'tt0000011': film('/film.jpg'),
    'tt0000012': film('/film.jpg'),
}
IMAGES = {f'/{name}.jpg': OWN for name in ('film', 'series', 'busy', 'broken', 'long')} | {'/page.jpg': b'no'}
REPAIRED = FILM, SERIES, BUSY, BROKEN, LONG
REASONS = {
    WITHOUT: 'HTTP 404; TMDB: no poster',
    UNKNOWN: 'HTTP 404; TMDB: unknown film',
    GONE: 'HTTP 410; TMDB: HTTP 404',
    NO_IMAGE: 'HTTP 404; TMDB: no JPEG, PNG, WEBP, GIF, AVIF or BMP image',
}


def keyed(server, key=KEY):
    return environment() | {'TMDB_API_KEY': key, 'TMDB_API_URL': server.address}


def repair(folder, urls, server, *flags, key=KEY, **settings):
    """Run get_data.py -repair=tmdb over {imdbId: URL}, its posters in `folder`."""
    catalogue = make_catalogue(folder / 'films.csv', urls)
    command = 'get_data.py', '-download', '-repair=tmdb', f'-catalogue={catalogue}', f'-data={folder}', *flags
    return run_script(*command, env=keyed(server, key), **settings)


@pytest.fixture(scope='module')
def repaired(tmp_path_factory):
    """One run over all that may become of a dead link: its servers, data folder and outcome."""
    data = tmp_path_factory.mktemp('repaired')
    ids = [*range(1, 5), LONG, *range(6, 13)]
    ways = {GONE: '410', ALIVE: 'good', DOWN: '500'}
    trouble = {'tt0000003': [429], 'tt0000004': [503, 0], 'tt0000012': [503] * 3}
    with PosterServer() as dead, TMDBServer(FOUND, IMAGES, trouble) as server:
        urls = {imdb_id: dead.url(f'{ways.get(imdb_id, "404")}/{imdb_id}.jpg') for imdb_id in ids}
        done = repair(data, urls, server)
        seen = list(server.requests)
        yield SimpleNamespace(data=data, urls=urls, server=server, done=done, seen=seen)


def test_dead_links_that_tmdb_knows_are_repaired(repaired):
    assert repaired.done.returncode == 0, repaired.done.stderr
    assert set(posters(repaired.data)) == {*REPAIRED, ALIVE}
    assert {read_whole(path) for path in posters(repaired.data).values()} == {(182, 268)}
    rows = report(repaired.data)
    for imdb_id in REPAIRED:
        assert (rows[imdb_id].status, rows[imdb_id].source, rows[imdb_id].error) == ('obtained', 'tmdb', '')
    assert rows[FILM].url == f'{repaired.server.address}/t/p/w185/film.jpg'
    assert (rows[ALIVE].status, rows[ALIVE].source) == ('obtained', 'catalogue')


def test_the_rest_has_both_reasons(repaired):
    rows = report(repaired.data)
    for imdb_id, reason in REASONS.items():
        row = rows[imdb_id]
        assert (row.status, row.error, row.source, row.url) == ('failed', reason, 'tmdb', repaired.urls[imdb_id])


def test_a_film_that_tmdb_does_not_answer_for_is_left_to_the_next_run(repaired):
    row = report(repaired.data)[DEAF]
    assert (row.status, row.error) == ('unanswered', 'HTTP 404; TMDB: HTTP 503')
    assert [one.path for one in repaired.seen].count('/3/find/tt0000012') == 3


def test_the_summary_counts_what_became_of_dead_links(repaired):
    lines = repaired.done.stdout.splitlines()
    assert 'dead or missing links: 10; repaired with posters from TMDB: 5' in lines
    last = next(line for line in lines if line.startswith('not repaired by TMDB: 5 ('))
    assert 'unknown film 1' in last and 'no poster 1' in last and 'HTTP 404 1' in last and 'HTTP 503 1' in last


def test_only_dead_links_are_asked_for(repaired):
    asked = {one.path.rpartition('/')[2] for one in repaired.seen if '/find/' in one.path}
    assert asked == {*FOUND, 'tt0000007'} - {'tt0000010', 'tt0000011'}


def test_requests_keep_their_pace_and_a_429_is_waited_for(repaired):
    moments = [one.moment for one in repaired.seen if one.path.startswith('/3/')]
    assert moments[-1] - moments[0] > (len(moments) - 1) * 10 / 40 - 0.2
    refused = next(one.moment for one in repaired.seen if one.path.endswith('/tt0000003'))
    assert next(moment for moment in moments if moment > refused) - refused > 0.95  # Retry-After: 1


def test_threads_share_one_pace():
    pace, started = tmdb.Pace(0.02), time.monotonic()
    threads = [threading.Thread(target=lambda: [pace.wait() for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started > 19 * 0.02


def test_the_key_is_written_nowhere(repaired):
    written = [path.read_bytes() for path in repaired.data.rglob('*') if path.is_file()]
    assert not any(KEY.encode() in content for content in written)
    assert KEY not in repaired.done.stdout + repaired.done.stderr


def test_the_next_run_requests_nothing_again(repaired):
    before = len(repaired.server.requests)
    done = repair(repaired.data, {i: url for i, url in repaired.urls.items() if i not in (DOWN, DEAF)}, repaired.server)
    assert [one.path for one in repaired.server.requests[before:]] == ['/3/configuration']
    assert 'not repaired before, and not tried again: 4 ' in done.stdout


def test_retry_failed_asks_again_for_those_without_a_poster(tmp_path):
    found = {'tt0000001': film(None), 'tt0000003': film('/gone.jpg')}
    with PosterServer() as dead, TMDBServer(found, dict(IMAGES)) as server:
        urls = {imdb_id: dead.url(f'404/{imdb_id}.jpg') for imdb_id in (1, 2, 3)}
        repair(tmp_path, urls, server)
        found.update({'tt0000001': film('/film.jpg'), 'tt0000002': film('/film.jpg')})
        server.images['/gone.jpg'] = OWN
        server.requests.clear()
        repair(tmp_path, urls, server, '-retry_failed')
        assert sorted(server.asked()) == ['tt0000001', 'tt0000002']  # where the third one's is, is known
    assert set(posters(tmp_path)) == {1, 2, 3}


def test_links_that_died_before_are_repaired_also_by_a_report_without_sources(tmp_path):
    url = 'http://127.0.0.1:9/1.jpg'
    (tmp_path / 'download_report.csv').write_text(f'imdbId,url,status,tries,bytes,error\n1,{url},failed,1,0,HTTP 404\n')
    with TMDBServer(FOUND, IMAGES) as server:
        done = repair(tmp_path, {1: url}, server)
    assert done.returncode == 0, done.stderr
    assert (report(tmp_path)[1].status, report(tmp_path)[1].source) == ('obtained', 'tmdb')


def test_kept_answers_are_used_for_half_a_year(tmp_path):
    today = datetime.date.today()
    kept = [
        {'imdbId': 1, 'known': True, 'poster': '/film.jpg', 'asked': str(today)},
        {'imdbId': 2, 'known': True, 'poster': '/old.jpg', 'asked': str(today - datetime.timedelta(days=200))},
    ]
    torn = '{"imdbId": 3, "known": tr'
    (tmp_path / 'tmdb_answers.jsonl').write_text('\n'.join([*map(json.dumps, kept), torn]))
    with PosterServer() as dead, TMDBServer(FOUND, IMAGES) as server:
        repair(tmp_path, {imdb_id: dead.url(f'404/{imdb_id}.jpg') for imdb_id in (1, 2, 3)}, server)
        assert sorted(server.asked()) == ['tt0000002', 'tt0000003']
    assert set(posters(tmp_path)) == {1, 2, 3}


def test_a_token_is_accepted_and_larger_posters_come_from_a_larger_size(tmp_path):
    with PosterServer() as dead, TMDBServer(FOUND, IMAGES) as server:
        done = repair(tmp_path, {1: dead.url('404/1.jpg')}, server, '-poster_width=342', key=TOKEN)
        assert server.fetched() == ['/t/p/w342/film.jpg']
    assert done.returncode == 0, done.stderr
    assert read_whole(tmp_path / 'images' / 'w342' / '1.jpg') == (342, 504)


def test_films_without_an_address_are_repaired_and_those_whom_tmdb_cannot_know_counted(tmp_path):
    rows = '1,One,Drama,\n7,Seven,Drama,\nmy-603,Matrix,Action,file:/no/such/poster.jpg\ntmdb-5,Five,Drama,\n'
    catalogue = tmp_path / 'films.csv'
    catalogue.write_text(f'key,name,tags,image\n{rows}', encoding='utf-8')
    columns = '-columns=id=key,title=name,genres=tags,poster=image'
    command = 'get_data.py', '-download', '-repair=tmdb', f'-catalogue={catalogue}', columns, f'-data={tmp_path}'
    with TMDBServer(FOUND | {'5': film('/film.jpg')}, IMAGES) as server:
        done = run_script(*command, env=keyed(server))
        assert done.returncode == 0, done.stderr
        assert sorted(server.asked()) == ['tt0000001', 'tt0000007']
        assert sum(one.path == '/3/movie/5' for one in server.requests) == 1
        assert 'TMDB cannot be asked for 1 films, whose ids are neither its own nor those of IMDb' in done.stdout
        server.requests.clear()
        run_script(*command, env=keyed(server))
        assert not server.asked()
    with open(tmp_path / 'download_report.csv', encoding='utf-8', newline='') as file:
        rows = {row['imdbId']: (row['status'], row['error']) for row in csv.DictReader(file)}
    assert rows == {
        '1': ('obtained', ''),
        '7': ('failed', 'no URL; TMDB: unknown film'),
        'my-603': ('failed', 'no such file or directory'),
        'tmdb-5': ('obtained', ''),
    }


@pytest.mark.parametrize(
    ('key', 'line'),
    [
        ('', 'needs a key of TMDB in the variable TMDB_API_KEY; https://www.themoviedb.org/settings/api gives one'),
        ('0' * 32, 'TMDB refuses the key in TMDB_API_KEY: Invalid API key: You must be granted a valid key; https'),
        ('my key', 'the variable TMDB_API_KEY holds no key of TMDB; https'),
    ],
)
def test_without_a_valid_key_nothing_is_requested(key, line, tmp_path):
    with PosterServer() as dead, TMDBServer(FOUND, IMAGES) as server:
        done = repair(tmp_path, {1: dead.url('good/1.jpg')}, server, key=key)
        assert not dead.requests
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and line in done.stderr
    assert not key or key not in done.stderr


def test_what_is_not_tmdb_is_named(tmp_path):
    with PosterServer() as dead, socket.socket() as bound:
        bound.bind(('127.0.0.1', 0))  # and does not listen
        urls = {1: dead.url('good/1.jpg')}
        answers = repair(tmp_path, urls, SimpleNamespace(address=dead.url('good')))
        wrong = repair(tmp_path, urls, SimpleNamespace(address='tmdb.example'))
        refused = repair(tmp_path, urls, SimpleNamespace(address=f'http://127.0.0.1:{bound.getsockname()[1]}'))
    assert (answers.returncode, wrong.returncode, refused.returncode) == (1, 2, 1)
    assert 'TMDB does not answer (no JSON)' in answers.stderr
    assert 'TMDB_API_URL=tmdb.example: give the address of TMDB' in wrong.stderr
    assert 'TMDB does not answer (no connection)' in refused.stderr


def test_a_tmdb_that_no_longer_answers_ends_the_repair_and_the_next_run_resumes(tmp_path):
    ids = range(1, 12)
    names = [f'tt{imdb_id:07d}' for imdb_id in ids]
    found = {name: film('/film.jpg') for name in names}
    with PosterServer() as dead, TMDBServer(found, IMAGES, {name: [429] for name in names}, wait=3600) as server:
        urls = {imdb_id: dead.url(f'404/{imdb_id}.jpg') for imdb_id in ids}
        done = repair(tmp_path, urls, server)
        assert done.returncode == 1
        line = 'get_data.py: TMDB no longer answers (HTTP 429); the same command resumes from here'
        assert done.stderr.splitlines()[-1] == line
        server.trouble.clear()
        assert repair(tmp_path, urls, server).returncode == 0
    assert set(posters(tmp_path)) == set(ids)


@pytest.mark.parametrize('way', [signal.SIGKILL, signal.SIGINT])
def test_a_repair_that_was_ended_asks_only_for_the_rest(way, start, tmp_path):
    ids = range(1, 17)
    found = {f'tt{imdb_id:07d}': film('/film.jpg') for imdb_id in ids}
    with PosterServer() as dead, TMDBServer(found, IMAGES) as server:
        urls = {imdb_id: dead.url(f'404/{imdb_id}.jpg') for imdb_id in ids}
        catalogue = make_catalogue(tmp_path / 'films.csv', urls)
        flags = 'get_data.py', '-download', '-repair=tmdb', f'-catalogue={catalogue}', f'-data={tmp_path}'
        process = start(*flags, env=keyed(server))
        wait_until(lambda: len(server.asked()) > 6)
        os.killpg(process.pid, way)
        out, err = process.communicate(timeout=30)
        if way == signal.SIGINT:
            assert process.returncode == 130 and 'the same command resumes' in out and 'Traceback' not in err
        kept = {json.loads(line)['imdbId'] for line in (tmp_path / 'tmdb_answers.jsonl').read_text().splitlines()}
        assert len(kept) >= 5
        server.requests.clear()
        assert repair(tmp_path, urls, server).returncode == 0
        assert set(server.asked()) == {f'tt{imdb_id:07d}' for imdb_id in set(ids) - kept}
    assert set(posters(tmp_path)) == set(ids)


def test_repair_is_for_downloads(run):
    done = run('get_data.py', '-resize', '-repair=tmdb')
    assert (done.returncode, done.stderr) == (2, 'get_data.py: -repair is for -download\n')
