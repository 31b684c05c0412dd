"""What the page's server answers at all: the routes that the page itself uses, and requests of bounded size."""

import os
from urllib.parse import unquote

from starlette.responses import PlainTextResponse

MAX_FILE = 20_000_000  # bytes of an uploaded file
MAX_REQUEST = 100_000_000  # bytes of a request, which may bring several
API = '/gradio_api'
FILE = f'{API}/file='
EXACT = {
    'GET': {'/', '/config', '/theme.css', '/favicon.ico', '/manifest.json', f'{API}/startup-events',
            f'{API}/upload_progress', f'{API}/queue/data', f'{API}/app_id', f'{API}/heartbeat'},
    'POST': {f'{API}/upload', f'{API}/queue/join', f'{API}/cancel', f'{API}/reset'},
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
    """A request brings more than MAX_REQUEST bytes."""


class Guard:
    """An ASGI application in front of `app`; files are served from the folder `uploads` alone."""

    def __init__(self, app, uploads):
        self.app, self.uploads = app, os.path.realpath(uploads)

    async def __call__(self, scope, receive, send):
        if scope['type'] != 'http':
            if scope['type'] == 'lifespan':
                await self.app(scope, receive, send)
            return
        if not self.allows(scope['method'], scope['path']):
            await PlainTextResponse('There is no such page.', 404)(scope, receive, send)
            return
        length = dict(scope['headers']).get(b'content-length', b'0')
        if not length.isdigit() or int(length) > MAX_REQUEST:
            await too_large(scope, receive, send)
            return
        started = False

        async def answer(message):
            nonlocal started
            if message['type'] == 'http.response.start':
                started = True
                message = {**message, 'headers': [*message['headers'], *HEADERS]}
            await send(message)

        try:
            await self.app(scope, counted(receive), answer)
        except TooLarge:
            if not started:
                await too_large(scope, receive, send)

    def allows(self, method, path):
        method = 'GET' if method == 'HEAD' else method
        if path in EXACT.get(method, ()):
            return True
        if method != 'GET' or '..' in unquote(path).split('/'):
            return False
        if path.startswith(FILE):
            return os.path.realpath(path.removeprefix(FILE)).startswith(self.uploads + os.sep)
        return path.startswith(BELOW)


def counted(receive):
    """`receive`, which raises TooLarge once more than MAX_REQUEST bytes have come."""
    seen = 0

    async def receive_some():
        nonlocal seen
        message = await receive()
        seen += len(message.get('body', b''))
        if seen > MAX_REQUEST:
            raise TooLarge
        return message

    return receive_some


async def too_large(scope, receive, send):
    text = f'At most {MAX_REQUEST / 1e6:g} MB can be sent at once.'
    await PlainTextResponse(text, 413, {'Connection': 'close'})(scope, receive, send)
