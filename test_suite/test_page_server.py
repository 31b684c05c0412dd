"""The server of the web page, by requests of its own: limits, what it gives away, and who gets an answer."""

import http.client
import json
import os
import shutil
import socket
import threading
import time
import urllib.request
from urllib.parse import urlsplit

import pytest

from benchmarks.browser import serving
from core.errors import WorkFailed
from page.server import remove_old
from posters.decode import BadImage
from posters.fetch import http as fetching
from posters.inputs import download

pytestmark = pytest.mark.page
guard = pytest.importorskip('page.guard', reason='needs requirements-app.txt; make test-app runs it')


def answer(page, method, path, body=None, headers=None):
    """(status, headers, body) of a request; the path is sent as it is."""
    connection = http.client.HTTPConnection(urlsplit(page.url).netloc, timeout=30)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    return response.status, dict(response.getheaders()), response.read()


def upload(page, name, content):
    """The path that the page has for an uploaded file, or the status of its refusal."""
    edge = 'edge-of-parts'
    head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f'\r\n--{edge}--\r\n'.encode()
    headers = {'Content-Type': f'multipart/form-data; boundary={edge}'}
    status, _, got = answer(page, 'POST', '/gradio_api/upload', body, headers)
    return json.loads(got)[0] if status == 200 else status


def predict(page, path, session):
    """The answer of the page for an uploaded poster, by the requests that the browser makes."""
    config = json.loads(answer(page, 'GET', '/config')[2])
    event = next(one for one in config['dependencies'] if one['api_name'] == 'predict')
    label = next(one for one in config['components'] if one['props'].get('elem_id') == 'model')['props']['value']
    data = [{'path': path, 'meta': {'_type': 'gradio.FileData'}}, label, '', None][: len(event['inputs'])]
    body = json.dumps({'data': data, 'fn_index': event['id'], 'session_hash': session, 'trigger_id': None})
    status, _, got = answer(page, 'POST', '/gradio_api/queue/join', body, {'Content-Type': 'application/json'})
    assert status == 200, got
    with urllib.request.urlopen(f'{page.url}/gradio_api/queue/data?session_hash={session}', timeout=60) as stream:
        for line in stream:
            message = json.loads(line.removeprefix(b'data:')) if line.startswith(b'data:') else {}
            if message.get('msg') == 'process_completed':
                return message
    return None


def posters_of(page_data):
    return sorted((page_data.data / 'images' / '100').glob('*.jpg'))


def test_ten_visitors_are_all_answered(page, page_data):
    answers = {}

    def visit(number, poster):
        answers[number] = predict(page, upload(page, poster.name, poster.read_bytes()), f'visitor{number}')

    posters = posters_of(page_data)[:10]
    visitors = [threading.Thread(target=visit, args=pair) for pair in enumerate(posters)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(60)
    assert len(answers) == 10
    assert all(one['success'] and 'bars genres' in json.dumps(one['output']) for one in answers.values())
    assert len({json.dumps(one['output']['data']) for one in answers.values()}) == 10  # each has his own


@pytest.mark.parametrize(
    'path',
    [
        '/gradio_api/file=/etc/passwd',
        '/gradio_api/file=MovieGenre.csv',
        '/gradio_api/file={root}/page/guard.py',
        '/gradio_api/file={upload}/../../../../etc/passwd',
        '/gradio_api/file={upload}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
        '/gradio_api/file=http://127.0.0.1:1/x.jpg',
        '/gradio_api/file/etc/passwd',
        '/gradio_api/proxy=http://127.0.0.1:1/',
        '/gradio_api/info',
        '/gradio_api/openapi.json',
        '/gradio_api/runs',
        '/monitoring',
        '/static/../../../../etc/passwd',
        '/assets/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
        '/docs',
    ],
)
def test_nothing_else_is_served(page, page_data, path):
    poster = posters_of(page_data)[0]
    mine = upload(page, 'mine.jpg', poster.read_bytes())
    status, _, body = answer(page, 'GET', f'/gradio_api/file={mine}')
    assert (status, body) == (200, poster.read_bytes())
    status, _, body = answer(page, 'GET', path.format(root=fetching.__file__.rsplit('/posters', 1)[0], upload=mine))
    assert (status, body) == (404, b'There is no such page.')


@pytest.mark.parametrize(
    'path',
    [
        '/etc/hostname',
        '{poster}',
        '{mine}/../../../etc/hostname',
        'http://127.0.0.1:1/x',
        'http://example.com/../../../../../../../../../../../..{mine}',  # Gradio would fetch it
    ],
)
def test_what_was_not_uploaded_is_no_input(page, page_data, path):
    poster = posters_of(page_data)[0]
    mine = upload(page, 'mine.jpg', poster.read_bytes())
    assert predict(page, mine, 'owner')['success']
    with pytest.raises(AssertionError, match='This file was not uploaded here'):
        predict(page, path.format(poster=poster, mine=mine), 'thief')


def test_uploads_have_limits(page):
    before = page.memory()
    assert upload(page, 'large.jpg', bytes(21_000_000)) == 413
    assert answer(page, 'POST', '/gradio_api/upload', b'', {'Content-Length': '200000000'})[0] == 413
    connection = http.client.HTTPConnection(urlsplit(page.url).netloc, timeout=30)

    def chunks():
        for _ in range(guard.MAX_UPLOAD // 1_000_000 + 50):
            yield bytes(1_000_000)

    try:
        connection.request('POST', '/gradio_api/queue/join', chunks(), {'Content-Type': 'application/json'})
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # it need not hear all of it
    assert page.memory() - before < 2 * guard.MAX_UPLOAD
    assert answer(page, 'GET', '/')[0] == 200


def test_browser_is_told_to_stay_here(page):
    policy = answer(page, 'GET', '/')[1]['content-security-policy']
    sources = [source for rule in policy.split(';') for source in rule.split()[1:]]
    assert set(sources) <= {"'self'", "'unsafe-inline'", "'unsafe-eval'", "'none'", 'data:', 'blob:'}


def test_private_addresses_are_refused_after_redirects(server, monkeypatch):
    monkeypatch.setattr(fetching, 'is_private', lambda address: address != '127.0.0.2')
    with pytest.raises(BadImage, match='an address of this machine or of a private network'):
        download(server.url('good/1.jpg'), 5)
    assert server.requests == []
    public = server.url('inside/1.jpg').replace('127.0.0.1', '127.0.0.2')
    with pytest.raises(BadImage, match='redirected to a private address'):
        download(public, 5)
    assert list(server.counts()) == ['inside/1.jpg']
    assert download(public.replace('inside', 'good'), 5)


@pytest.mark.parametrize('host', ['localhost', '2130706433', '0x7f.1', '[::1]', '[::ffff:10.0.0.1]', '169.254.169.254'])
def test_spellings_of_private_addresses(host):
    with pytest.raises(BadImage, match='an address of this machine or of a private network'):
        download(f'http://{host}:9/x.jpg', 5)


def test_an_address_that_hangs_is_left(server):
    with pytest.raises(BadImage, match='no answer within 1 seconds'):
        download(server.url('stall/1.jpg'), 1, public_only=False)
    assert download(server.url('good/1.jpg'), 5, public_only=False)


def test_a_name_that_is_looked_up_for_long_is_left(monkeypatch):
    over, ended = threading.Event(), []

    def look_up(*_, **__):
        over.wait(20)
        ended.append(True)
        raise OSError('no such host')

    monkeypatch.setattr(socket, 'getaddrinfo', look_up)
    with pytest.raises(BadImage, match='no answer within 1 seconds'):
        download('http://slow.example/x.jpg', 1)
    assert not ended
    over.set()


def test_what_stands_against_serving_is_one_line(page, page_data, run, tmp_path):
    port = urlsplit(page.url).port
    done = run('app.py', f'-port={port}', *page_data.flags)
    assert done.returncode == 1 and f'127.0.0.1:{port}: address already in use' in done.stderr
    done = run('app.py', '-port=0', f'-models={tmp_path}', *page_data.flags)
    assert done.returncode == 1 and f'no saved model is in {tmp_path} yet' in done.stderr
    with pytest.raises(WorkFailed, match='no saved model'), serving(f'-models={tmp_path}', *page_data.flags):
        pass


def test_files_of_visitors_go(page_data, tmp_path):
    old, new = tmp_path / 'a' / 'old.jpg', tmp_path / 'b' / 'new.jpg'
    for path in (old, new):
        path.parent.mkdir()
        shutil.copy(posters_of(page_data)[0], path)
    remove_old(tmp_path, time.time() - 60)
    assert old.is_file() and new.is_file()
    new_time = time.time() + 60
    os.utime(new, (new_time, new_time))
    remove_old(tmp_path, time.time() + 30)
    remove_old(tmp_path, time.time() + 30)
    assert not old.parent.exists() and new.is_file()


def test_one_address_of_this_machine_is_served(page):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(('127.0.0.2', urlsplit(page.url).port), 2)
