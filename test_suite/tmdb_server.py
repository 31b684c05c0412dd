"""A server that answers as The Movie Database documents it: version 3 of its API, and its images."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

KEY = '0123456789abcdef0123456789abcdef'
TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiIwMTIzIn0.c2lnbmF0dXJl'
WIDTHS = ['w92', 'w154', 'w185', 'w342', 'w500', 'w780', 'original']
RESULTS = 'movie_results', 'person_results', 'tv_results', 'tv_episode_results', 'tv_season_results'
ERRORS = {  # HTTP status: TMDB's own, and its words
    401: (7, 'Invalid API key: You must be granted a valid key.'),
    404: (34, 'The resource you requested could not be found.'),
    429: (25, 'Your request count (41) is over the allowed limit of 40.'),
    503: (9, 'Service offline: This service is temporarily offline, try again later.'),
}
COMMON = {
    'adult': False,
    'backdrop_path': None,
    'genre_ids': [28, 878],
    'original_language': 'en',
    'overview': 'Set in the 22nd century, The Matrix tells the story of a computer hacker.',
    'popularity': 21.5,
    'vote_average': 8.2,
    'vote_count': 26000,
}


def film(poster):
    """What TMDB has of a film, with the path of its poster, or None."""
    own = {'id': 603, 'title': 'The Matrix', 'original_title': 'The Matrix', 'release_date': '1999-03-31'}
    return {'movie_results': [{**COMMON, **own, 'video': False, 'media_type': 'movie', 'poster_path': poster}]}


def series(poster):
    own = {'id': 1399, 'name': 'Game of Thrones', 'original_name': 'Game of Thrones', 'first_air_date': '2011-04-17'}
    return {'tv_results': [{**COMMON, **own, 'origin_country': ['US'], 'media_type': 'tv', 'poster_path': poster}]}


class Request(NamedTuple):
    path: str
    moment: float  # time.monotonic()


class TMDBServer:
    """The server, in threads of its own, and the requests that it has seen. Use it in a `with` block.

    `found` is {id of IMDb, as text: what it has of it}, `images` {path of a poster: bytes}. `trouble` has the HTTP
    statuses with which it answers first, {id: [429, 503]}; 0 breaks the connection. `wait` is the Retry-After of a 429.
    """

    def __init__(self, found, images, trouble=None, wait=1):
        self.found, self.images, self.trouble, self.wait = found, images, dict(trouble or {}), wait
        self.requests, self.address = [], ''

    def __enter__(self):
        handler = type('Handler', (Handler,), {'tmdb': self})
        self.server = ThreadingHTTPServer(('127.0.0.1', 0), handler)
        self.address = f'http://127.0.0.1:{self.server.server_port}'
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def asked(self):
        """The ids that were asked for, in order."""
        return [one.path.rpartition('/')[2] for one in list(self.requests) if one.path.startswith('/3/find/')]

    def fetched(self):
        """The paths of images that were requested, in order."""
        return [one.path for one in list(self.requests) if one.path.startswith('/t/p/')]


class Handler(BaseHTTPRequestHandler):
    tmdb: TMDBServer
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        address = urlsplit(self.path)
        self.tmdb.requests.append(Request(address.path, time.monotonic()))
        kind, _, name = address.path.rpartition('/')
        if kind.startswith('/t/p/'):
            self.answer_image(kind.removeprefix('/t/p/'), f'/{name}')
        elif not self.has_key(parse_qs(address.query)):
            self.refuse(401)
        elif trouble := self.tmdb.trouble.get(name):
            self.refuse(trouble.pop(0))
        elif address.path == '/3/configuration':
            base = f'{self.tmdb.address}/t/p/'
            self.answer(
                {'images': {'base_url': base, 'secure_base_url': base, 'poster_sizes': WIDTHS}, 'change_keys': []}
            )
        elif kind == '/3/find' and parse_qs(address.query).get('external_source') == ['imdb_id']:
            self.answer({**{results: [] for results in RESULTS}, **self.tmdb.found.get(name, {})})
        elif kind == '/3/movie' and name in self.tmdb.found:
            self.answer(self.tmdb.found[name]['movie_results'][0])
        else:
            self.refuse(404)

    def has_key(self, query):
        header = self.headers.get('Authorization')
        return query.get('api_key') == [KEY] if header is None else header == f'Bearer {TOKEN}'

    def answer_image(self, size, path):
        if size in WIDTHS and path in self.tmdb.images:
            self.send(200, self.tmdb.images[path], 'image/jpeg')
        else:
            self.send(404, b'<h1>File not Found</h1>', 'text/html')

    def answer(self, value):
        self.send(200, json.dumps(value).encode())

    def refuse(self, status):
        if not status:
            self.close_connection = True
            return
        code, message = ERRORS[status]
        body = json.dumps({'status_code': code, 'status_message': message, 'success': False}).encode()
        self.send(status, body, wait=self.tmdb.wait if status == 429 else None)

    def send(self, status, body, kind='application/json;charset=utf-8', wait=None):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        if wait:
            self.send_header('Retry-After', str(wait))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Print nothing."""
