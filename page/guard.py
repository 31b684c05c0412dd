"""What the page's server answers at all: the routes that the page itself uses, and requests of bounded size."""

import json
import os
from urllib.parse import unquote

from starlette.responses import PlainTextResponse

MAX_FILE = 20 * 2**20  # bytes of an uploaded file
MAX_UPLOAD = 100_000_000  # bytes of an upload, which may bring several
MAX_REQUEST = 1_000_000  # bytes of any other request
API = '/gradio_api'
FILE, UPLOAD, EVENT = f'{API}/file=', f'{API}/upload', f'{API}/queue/join'
EXACT = {
    'GET': {'/', '/config', '/theme.css', '/favicon.ico', '/manifest.json', f'{API}/startup-events',
            f'{API}/upload_progress', f'{API}/queue/data', f'{API}/app_id', f'{API}/heartbeat'},
    'POST': {UPLOAD, EVENT, f'{API}/cancel', f'{API}/reset'},
}  # fmt: skip
BELOW = '/assets/', '/static/', f'{API}/heartbeat/'  # of which any may be fetched
# the browser requests nothing of another server, whatever is in the page
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; frame-src 'none'; object-src 'none'; form-action 'self'; base-uri 'self'"
)
HEADERS = [
    (b'content-security-policy', POLICY.encode()),
    (b'x-content-type-options', b'nosniff'),
    (b'referrer-policy', b'no-referrer'),
]


class TooLarge(Exception):
    """A request brings more bytes than are taken."""


class Guard:
    """An ASGI application in front of `app`; files are served, and taken as input, from the folder `uploads` alone."""

    def __init__(self, app, uploads):
        self.app, self.uploads = app, os.path.realpath(uploads)

    async def __call__(self, scope, receive, send):
        if scope['type'] == 'lifespan':
            await self.app(scope, receive, send)
        if scope['type'] != 'http':
            return
        if not self.allows(scope['method'], scope['path']):
            await refuse(404, 'There is no such page.', scope, receive, send)
            return
        started = False
        trusted = [(name, value) for name, value in scope['headers'] if name != b'x-forwarded-host']
        scope = {**scope, 'headers': trusted}

        async def answer(message):
            nonlocal started
            if message['type'] == 'http.response.start':
                started = True
                message = {**message, 'headers': [*message['headers'], *HEADERS]}
            await send(message)

        try:
            length = dict(scope['headers']).get(b'content-length', b'0')
            limit = MAX_UPLOAD if scope['path'] == UPLOAD else MAX_REQUEST
            if not length.isdigit() or int(length) > limit:
                raise TooLarge
            arriving = counted(receive, limit)
            if scope['path'] == EVENT:
                body = await whole(arriving)
                if not self.takes(body):
                    await refuse(403, 'This file was not uploaded here.', scope, receive, send)
                    return
                arriving = replayed(body, receive)
            await self.app(scope, arriving, answer)
        except TooLarge:
            if not started:
                await refuse(413, f'At most {limit / 1e6:g} MB can be sent at once.', scope, receive, send)

    def allows(self, method, path):
        """Whether there is an answer to such a request."""
        method = 'GET' if method == 'HEAD' else method
        if path in EXACT.get(method, ()):
            return True
        if method != 'GET' or '..' in unquote(path).split('/'):
            return False
        return self.holds(path.removeprefix(FILE)) if path.startswith(FILE) else path.startswith(BELOW)

    def takes(self, body):
        """Whether all files that an event names have been uploaded."""
        try:
            return all(isinstance(path, str) and self.holds(path) for path in named(json.loads(body)))
        except (ValueError, RecursionError):
            return False

    def holds(self, path):
        """Whether a path, written in full and plainly, is in the folder of uploads."""
        return path.startswith(self.uploads + os.sep) and '\0' not in path and os.path.realpath(path) == path


def named(value):
    """The paths of files in the JSON of an event."""
    if isinstance(value, dict):
        if value.get('path') is not None:
            yield value['path']
        value = value.values()
    if not isinstance(value, str | int | float | None):
        for one in value:
            yield from named(one)


async def whole(receive):
    """The body of a request."""
    parts, more = [], True
    while more:
        message = await receive()
        if message['type'] == 'http.disconnect':
            break
        parts.append(message.get('body', b''))
        more = message.get('more_body', False)
    return b''.join(parts)


def replayed(body, receive):
    """A `receive` that gives the whole body first."""
    given = False

    async def receive_again():
        nonlocal given
        if given:
            return await receive()
        given = True
        return {'type': 'http.request', 'body': body, 'more_body': False}

    return receive_again


def counted(receive, limit):
    """`receive`, which raises TooLarge once more than `limit` bytes have come."""
    seen = 0

    async def receive_some():
        nonlocal seen
        message = await receive()
        seen += len(message.get('body', b''))
        if seen > limit:
            raise TooLarge
        return message

    return receive_some


async def refuse(status, text, scope, receive, send):
    await PlainTextResponse(text, status, {'Connection': 'close'})(scope, receive, send)
