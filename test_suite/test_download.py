"""Posters from the web and elsewhere, through get_data.py, as it is used: whatever the servers do, the run goes on."""

import asyncio
import csv
import io
import os
import resource
import shutil
import signal
import socket
import time
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import environment, make_catalogue, run_script
from filelock import FileLock
from PIL import Image
from poster_server import BODIES, GOOD, SIGNED, PosterServer, encoded, picture

from posters.fetch import http

OBTAINED = (
    'good', 'large', 'transparent', 'palette', 'webp', 'gray', 'cmyk',
    'late', 'octet', 'moved', 'too-often', 'busy', 'reset',
    'gzip', 'x-gzip', 'deflate', 'raw-deflate', 'not-packed', 'long-header', 'second-hand', 'to-signed',
)  # fmt: skip
FAILED = {  # how the server answers: the reason in the report
    '404': 'HTTP 404',
    '410': 'HTTP 410',
    'html': 'no JPEG, PNG, WEBP, GIF, AVIF or BMP image',
    'empty': 'an empty file',
    'cut-head': '',
    'cut-middle': 'a broken image: ',
    'endless': 'larger than 5 MB',
    'too-long': 'larger than 5 MB',
    'gzip-bomb': 'larger than 5 MB',
    'bomb': 'more than 25 million pixels',
    'too-many-pixels': '5000 x 5001 pixels, more than 25 million',
    'loop': 'more than 5 redirects',
    'to-file': 'redirected to what is no http address',
    'to-ftp': 'redirected to what is no http address',
}
UNANSWERED = {'500': 'HTTP 500', 'tomorrow': 'HTTP 503', 'stall': 'time-out'}
WAYS = *OBTAINED, *FAILED, *UNANSWERED
REFUSED = 99  # the id of a film whose server is not there


def poster(data, imdb_id):
    return data / 'images' / '100' / f'{imdb_id}.jpg'


def posters(data):
    return {int(path.stem): path for path in (data / 'images' / '100').glob('[0-9]*.jpg')}


def report(data):
    """{imdbId: row} of the report."""
    with open(data / 'download_report.csv', encoding='utf-8', newline='') as file:
        return {int(row['imdbId']): SimpleNamespace(**row) for row in csv.DictReader(file)}


def hidden_files(data):
    return [path for path in data.rglob('.*') if path.is_file()]


def read_whole(path):
    """The size of the JPEG at `path`; an error where it does not decode to its end."""
    with Image.open(path) as image:
        image.load()
        assert image.format == 'JPEG'
        assert image.mode == 'RGB'
        return image.size


def assert_looks_like(path, wanted):
    """The poster at `path` has the size of the image `wanted` and, but for JPEG's losses, its pixels."""
    with Image.open(path) as image:
        assert image.size == wanted.size
        difference = np.asarray(image, int) - np.asarray(wanted.convert('RGB'), int)
    assert abs(difference).mean() < 4


@pytest.fixture(scope='module')
def refusing():
    """The URL of a port that refuses connections, and that nobody else can open meanwhile."""
    with socket.socket() as bound:
        bound.bind(('127.0.0.1', 0))
        yield f'http://127.0.0.1:{bound.getsockname()[1]}/poster.jpg'


@pytest.fixture(scope='module')
def mixed(tmp_path_factory, refusing):
    """One run over all that a server may do: its server, catalogue, data folder and outcome."""
    folder = tmp_path_factory.mktemp('mixed')
    with PosterServer() as server:
        urls = {imdb_id: server.url(f'{way}/{imdb_id}.jpg') for imdb_id, way in enumerate(WAYS)}
        urls[REFUSED] = refusing
        catalogue = make_catalogue(folder / 'catalogue.csv', urls)
        data = folder / 'data'
        done = run_script('get_data.py', '-download', f'-catalogue={catalogue}', f'-data={data}', '-timeout=2')
        yield SimpleNamespace(server=server, urls=urls, catalogue=catalogue, data=data, done=done)


def test_whatever_can_be_had_is_had(mixed):
    assert mixed.done.returncode == 0, mixed.done.stderr
    assert set(posters(mixed.data)) == {WAYS.index(way) for way in OBTAINED}
    assert {read_whole(path) for path in posters(mixed.data).values()} == {(182, 268)}
    assert not hidden_files(mixed.data)
    assert f'obtained {len(OBTAINED)} posters' in mixed.done.stdout


def test_a_fit_poster_is_stored_byte_for_byte(mixed):
    for way in 'good', 'octet', 'moved', 'reset':
        assert poster(mixed.data, WAYS.index(way)).read_bytes() == GOOD, way


@pytest.mark.parametrize('way', ['gray', 'cmyk', 'palette'])
def test_other_kinds_of_image_keep_their_look(mixed, way):
    assert_looks_like(poster(mixed.data, WAYS.index(way)), Image.open(io.BytesIO(BODIES[way][0])))


def test_other_shapes_are_cropped_at_their_center(mixed):
    wanted = Image.open(io.BytesIO(BODIES['large'][0])).crop((194, 0, 806, 900)).resize((182, 268))
    assert_looks_like(poster(mixed.data, WAYS.index('large')), wanted)


def test_transparency_becomes_white(mixed):
    with Image.open(poster(mixed.data, WAYS.index('transparent'))) as image:
        assert min(image.getpixel((120, 10))) > 250


def test_every_poster_is_reported_with_its_reason(mixed):
    rows = report(mixed.data)
    assert list(rows) == [*range(len(WAYS)), REFUSED]
    for imdb_id, way in enumerate(WAYS):
        row = rows[imdb_id]
        assert row.url == mixed.urls[imdb_id]
        if way in OBTAINED:
            assert (row.status, row.error) == ('obtained', ''), way
            assert int(row.bytes) > 0
        elif way in FAILED:
            assert (row.status, row.tries) == ('failed', '1'), way
            assert row.error.startswith(FAILED[way]), way
            assert row.error
        else:
            assert (row.status, row.error) == ('unanswered', UNANSWERED[way])
    assert (rows[REFUSED].status, rows[REFUSED].error) == ('unanswered', 'no connection')


def test_what_may_pass_is_asked_for_again_and_no_oftener_than_three_times(mixed):
    asked = mixed.server.counts()
    for way, times in {
        'good': 1,
        '404': 1,
        '410': 1,
        'reset': 2,
        'too-often': 2,
        'busy': 3,
        '500': 3,
        'stall': 3,
    }.items():
        assert asked[f'{way}/{WAYS.index(way)}.jpg'] == times, way


def test_servers_are_asked_again_when_they_wish(mixed):
    assert len(mixed.server.times(f'tomorrow/{WAYS.index("tomorrow")}.jpg')) == 1
    first, second, third = mixed.server.times(f'busy/{WAYS.index("busy")}.jpg')
    assert min(second - first, third - second) > 0.95  # Retry-After: 1
    first, second = mixed.server.times(f'too-often/{WAYS.index("too-often")}.jpg')
    assert second - first > 0.95  # a date, in whole seconds, two seconds on


def test_the_toolkit_says_who_it_is(mixed):
    agents = {agent for _, _, agent in mixed.server.requests}
    assert len(agents) == 1
    assert 'movie-poster-toolkit' in agents.pop()


def test_the_next_run_asks_for_what_is_missing_and_may_come(mixed, run, tmp_path, write_catalogue):
    data = shutil.copytree(mixed.data, tmp_path / 'data')
    moved = WAYS.index('410')  # gone, but its address in the catalogue is now another
    catalogue = write_catalogue(mixed.urls | {moved: mixed.server.url('good/new.jpg')})
    before = mixed.server.counts()
    done = run('get_data.py', '-download', f'-catalogue={catalogue}', f'-data={data}', '-timeout=0.6')
    asked = mixed.server.counts() - before
    assert done.returncode == 0
    assert {path.split('/')[0] for path in asked} == {*UNANSWERED, 'good'}
    assert asked['good/new.jpg'] == 1
    assert poster(data, moved).read_bytes() == GOOD
    assert f'{len(OBTAINED)} were already there' in done.stdout
    assert f'not requested again: {len(FAILED) - 1} ' in done.stdout
    assert len(report(data)) == len(WAYS) + 1


def test_retry_failed_asks_for_the_failed_too(mixed, run, tmp_path, write_catalogue):
    data = shutil.copytree(mixed.data, tmp_path / 'data')
    ways = 'good', 'bomb', 'html', '410'
    catalogue = write_catalogue({WAYS.index(way): mixed.urls[WAYS.index(way)] for way in ways})
    before = mixed.server.counts()
    run('get_data.py', '-download', f'-catalogue={catalogue}', f'-data={data}', '-retry_failed')
    asked = mixed.server.counts() - before
    assert {path.split('/')[0] for path in asked} == {'bomb', 'html', '410'}
    assert {row.status for row in report(data).values()} == {'obtained', 'failed', 'unanswered'}


def test_connections_are_few_and_used_again(server, run, tmp_path, write_catalogue):
    catalogue = write_catalogue({imdb_id: server.url(f'late/{imdb_id}.jpg') for imdb_id in range(60)})
    run('get_data.py', '-download', '-connections=4', f'-catalogue={catalogue}', f'-data={tmp_path}')
    assert len(server.requests) == 60
    assert server.most_at_once == 4
    assert server.connections == 4


def test_a_server_that_is_not_there_does_not_hold_up_the_run(refusing, run, tmp_path, write_catalogue):
    catalogue = write_catalogue(dict.fromkeys(range(400), refusing))
    done = run('get_data.py', '-download', f'-catalogue={catalogue}', f'-data={tmp_path}', timeout=30)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ['get_data.py: no poster could be obtained']
    rows = report(tmp_path).values()
    assert {(row.status, row.error) for row in rows} == {('unanswered', 'no connection')}
    assert len(rows) == 400
    assert sum(int(row.tries) for row in rows) < 200  # enough to know that it is not there


def test_an_address_no_server_can_have_fails_alone(server, run, tmp_path, write_catalogue):
    catalogue = write_catalogue({
        1: server.url('good/1.jpg'),
        2: 'http://two..dots.example/2.jpg',
        3: f'http://{"long" * 20}.example/3.jpg',
        4: 'http://127.0.0.1:99999/4.jpg',
    })  # fmt: skip
    done = run('get_data.py', '-download', f'-catalogue={catalogue}', f'-data={tmp_path}')
    assert done.returncode == 0
    rows = report(tmp_path)
    assert [rows[imdb_id].status == 'obtained' for imdb_id in rows] == [True, False, False, False]
    assert 'redirected' not in rows[4].error


def test_posters_that_need_no_network(run, tmp_path, write_catalogue):
    (tmp_path / 'own posters').mkdir()
    own = tmp_path / 'own posters' / 'own.png'
    own.write_bytes(encoded(picture(size=(364, 536)), 'PNG'))
    (tmp_path / 'fit.jpg').write_bytes(GOOD)
    (tmp_path / 'cut.jpg').write_bytes(BODIES['cut-head'][0])
    catalogue = write_catalogue({
        1: 'sample:1984/Sci-Fi+Action/The%20Glass%20Orbit',
        2: own.as_uri(),
        3: (tmp_path / 'fit.jpg').as_uri(),
        4: (tmp_path / 'missing.jpg').as_uri(),
        5: (tmp_path / 'cut.jpg').as_uri(),
        6: tmp_path.as_uri(),
        7: 'sample:nothing',
    })  # fmt: skip
    data = tmp_path / 'data'
    done = run('get_data.py', '-download', f'-catalogue={catalogue}', f'-data={data}')
    assert done.returncode == 0, done.stderr
    assert {imdb_id: read_whole(path) for imdb_id, path in posters(data).items()} == dict.fromkeys(
        (1, 2, 3), (182, 268)
    )
    assert_looks_like(poster(data, 2), picture(size=(364, 536)).resize((182, 268)))
    assert poster(data, 3).read_bytes() == GOOD
    rows = report(data)
    assert [rows[imdb_id].status for imdb_id in sorted(rows)] == ['obtained'] * 3 + ['failed'] * 4
    assert rows[4].error == 'no such file or directory'


def test_a_killed_run_leaves_nothing_half_done(server, run, start, tmp_path, write_catalogue):
    catalogue = write_catalogue({imdb_id: server.url(f'late/{imdb_id}.jpg') for imdb_id in range(120)})
    data = tmp_path / 'data'
    flags = 'get_data.py', '-download', '-connections=4', f'-catalogue={catalogue}', f'-data={data}'
    first = start(*flags)
    wait_until(lambda: len(posters(data)) > 20)
    first.kill()
    first.wait()
    there = posters(data)
    assert len(there) < 120
    left = poster(data, 7).with_name(f'.7.jpg.{first.pid}.tmp.jpg')  # as if it had been killed while it wrote
    left.write_bytes(GOOD[:1000])
    in_use = poster(data, 8).with_name(f'.8.jpg.{os.getpid()}.tmp.jpg')  # of a process that still runs
    in_use.write_bytes(GOOD[:1000])
    before = server.counts()
    done = run(*flags)
    asked = server.counts() - before
    assert done.returncode == 0
    assert set(asked) == {f'late/{imdb_id}.jpg' for imdb_id in range(120)} - {
        f'late/{imdb_id}.jpg' for imdb_id in there
    }
    assert set(posters(data)) == set(range(120))
    assert {path.read_bytes() for path in posters(data).values()} == {GOOD}
    assert hidden_files(data) == [in_use]
    assert [row.status for row in report(data).values()].count('obtained') >= 120 - 4  # rows being written when killed


def test_ctrl_c_ends_a_run_that_waits_and_keeps_what_came(server, start, tmp_path, write_catalogue):
    urls = {imdb_id: server.url(f'{"stall" if imdb_id % 2 else "good"}/{imdb_id}.jpg') for imdb_id in range(20)}
    catalogue = write_catalogue(urls)
    process = start('get_data.py', '-download', '-timeout=60', f'-catalogue={catalogue}', f'-data={tmp_path}')
    wait_until(lambda: len(posters(tmp_path)) == 10 and len(server.requests) == 20)
    wait_until(lambda: [row.status for row in report(tmp_path).values()].count('obtained') == 10)
    pressed = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - pressed < 4  # two, and what a busy machine needs to take a process down
    assert process.returncode == 130
    assert 'Traceback' not in err
    assert 'obtained 10 posters' in out
    assert {imdb_id: row.status for imdb_id, row in report(tmp_path).items()} == dict.fromkeys(
        range(0, 20, 2), 'obtained'
    )
    assert not hidden_files(tmp_path)


@pytest.mark.parametrize('moment', ['starting', 'drawing'])
def test_ctrl_c_ends_the_drawing_of_posters(moment, start, tmp_path, write_catalogue):
    catalogue = write_catalogue({imdb_id: f'sample:1984/Drama/Film%20{imdb_id}' for imdb_id in range(2000)})
    process = start('get_data.py', '-download', f'-catalogue={catalogue}', f'-data={tmp_path}')
    if moment == 'starting':  # of the processes that draw
        wait_until(lambda: (tmp_path / 'download_report.csv').exists())
        time.sleep(0.2)
    else:
        wait_until(lambda: posters(tmp_path))
    pressed = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - pressed < 4
    assert process.returncode == 130
    assert 'Traceback' not in err
    assert not hidden_files(tmp_path)
    assert {read_whole(path) for path in posters(tmp_path).values()} <= {(182, 268)}


def test_a_full_disk_is_told_in_one_line_and_leaves_no_broken_poster(server, run, tmp_path, write_catalogue):
    catalogue = write_catalogue({imdb_id: server.url(f'good/{imdb_id}.jpg') for imdb_id in range(9)})
    flags = 'get_data.py', '-download', f'-catalogue={catalogue}', f'-data={tmp_path}'
    small = len(GOOD) // 2  # no file may grow beyond that
    done = run(*flags, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (small, small)))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert 'larger than this system allows' in done.stderr
    assert not posters(tmp_path)
    assert not hidden_files(tmp_path)


def wait_until(ready, seconds=30):
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.005)


def fetched(tmp_path, urls, *flags, **settings):
    """What get_data.py makes of {imdbId: URL}, and the rows of its report."""
    catalogue = make_catalogue(tmp_path / 'films.csv', urls)
    command = '-download', f'-catalogue={catalogue}', f'-data={tmp_path}', '-timeout=5', *flags
    done = run_script('get_data.py', *command, **settings)
    return done, report(tmp_path) if (tmp_path / 'download_report.csv').exists() else {}


def test_a_signed_url_is_requested_as_it_is_written(tmp_path):
    with PosterServer() as server:
        _, rows = fetched(tmp_path, {1: server.url(SIGNED[1:])})
        assert rows[1].status == 'obtained'
        assert server.counts() == {SIGNED[1:]: 1}


def test_few_open_files_cost_no_poster(tmp_path):
    with PosterServer() as server:
        urls = {i: f'http://127.0.0.{1 + i % 4}:{server.port}/late/{i}.jpg' for i in range(150)}
        few = 64, 64
        done, rows = fetched(
            tmp_path,
            urls,
            '-connections=300',
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, few),
        )
    assert done.returncode == 0, done.stderr
    assert {row.status for row in rows.values()} == {'obtained'} and len(rows) == len(urls)


@pytest.mark.parametrize('spelling', ['{}', 'http://{}'])
def test_a_proxy_may_be_named_without_a_scheme(tmp_path, spelling):
    with PosterServer() as server:
        proxy = spelling.format(f'127.0.0.1:{server.port}')
        env = environment() | {'http_proxy': proxy, 'no_proxy': ''}
        urls = {1: 'http://192.0.2.1/good/1.jpg', 2: 'http://8.8.8.8/inside/2.jpg'}
        _, rows = fetched(tmp_path, urls, env=env)
        assert rows[1].status == 'obtained'
        assert (rows[2].status, rows[2].error) == ('failed', 'redirected to a private address')
        assert server.counts() == {'good/1.jpg': 1, 'inside/2.jpg': 1}


def test_a_proxy_that_does_not_answer_is_named_and_nothing_is_final(tmp_path, refusing):
    host = refusing.split('/')[2]
    env = environment() | {'http_proxy': host, 'no_proxy': ''}
    _, rows = fetched(tmp_path, {1: 'http://192.0.2.1/good/1.jpg'}, env=env)
    assert (rows[1].status, rows[1].error) == ('unanswered', f'no connection to the proxy {host}')
    done, _ = fetched(tmp_path, {1: 'http://192.0.2.1/good/1.jpg'}, env=env | {'http_proxy': f'socks5://{host}'})
    assert done.returncode == 2
    assert done.stderr.startswith(f'get_data.py: http_proxy=socks5://{host}: this proxy cannot be used')


@pytest.mark.parametrize(
    ('host', 'inside'),
    [
        ('127.0.0.1', True),
        ('::1', True),
        ('localhost', True),
        ('10.1.2.3', True),
        ('169.254.169.254', True),
        ('8.8.8.8', False),
    ],
)
def test_private_addresses(host, inside):
    assert asyncio.run(http.is_inside(host)) == inside


def test_a_pipe_fails_at_once(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / os.fsdecode(b'caf\xe9.jpg')).write_bytes(GOOD)
    folder = f'file:{tmp_path}'
    urls = {1: f'{folder}/pipe', 2: 'file:/dev/zero', 3: f'{folder}/caf%E9.jpg', 4: folder}
    _, rows = fetched(tmp_path, urls, timeout=20)
    assert [(rows[i].status, rows[i].error) for i in urls] == [
        ('failed', 'no regular file'),
        ('failed', 'no regular file'),
        ('obtained', ''),
        ('failed', 'no regular file'),
    ]


def test_odd_urls_do_not_spoil_the_report(tmp_path):
    """In a locale without letters for them; the second run reads what the first has written."""
    locale = {'LC_ALL': 'C', 'PYTHONUTF8': '0', 'PYTHONCOERCECLOCALE': '0'}
    with PosterServer() as server:
        urls = {1: server.url('good/千.jpg'), 2: server.url('404/' + 'x' * 140_000), 3: server.url('404/é.jpg')}
        for _ in range(2):
            done, rows = fetched(tmp_path, urls, env=environment() | locale)
            assert done.returncode == 0, done.stderr
            assert [rows[i].status for i in rows] == ['obtained', 'failed']
            assert rows[1].url == urls[1]
    assert '1 with no usable URL' in done.stdout  # the long one


def test_two_downloads_into_a_folder_take_turns(tmp_path):
    with FileLock(tmp_path / 'download_report.lock'):
        done, _ = fetched(tmp_path, {1: 'sample:1999/Drama/A'})
    assert done.returncode == 1 and 'another download into' in done.stderr
