"""The Movie Database (TMDB): where the poster of a film is, by its id there or at IMDb. Version 3 of its API.

The key is read from the environment and sent to TMDB alone: no message and no file has it. What TMDB answered is kept
in a file, also that it has nothing, and asked again after half a year, which is as long as its terms allow.
"""

import datetime
import json
import os
import re
import threading
import time
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from core import files, ids
from core.errors import WorkFailed, WrongCall
from posters.fetch import sizes
from posters.fetch.http import MAX_TRIES, MAX_WAIT, USER_AGENT, Passing, retry_after

KEY, ADDRESS = 'TMDB_API_KEY', 'TMDB_API_URL'  # variables of the environment
HOME = 'https://api.themoviedb.org'
WHERE = 'https://www.themoviedb.org/settings/api gives one'
INTERVAL = 10 / 39  # seconds: at most 40 in 10 seconds, TMDB's limit until 2019, also if one is late on its way
TIMEOUT = 5, 10  # seconds to connect, and of silence
DEAD_AFTER = 10  # films in a row that were not answered
TOKEN = 'eyJ'  # how a read token of version 4 begins
ANSWERS = 'tmdb_answers.jsonl'  # in the data folder
LONGEST = datetime.timedelta(days=180)  # that an answer is kept
RESULTS = 'movie_results', 'tv_results'  # of films and of series, which have posters


class Unanswered(Exception):
    """TMDB did not answer, though it was asked several times; the message says how it failed."""


class Answer(NamedTuple):
    """Whether TMDB knows a film, and the path of its poster there, '' where it has none."""

    known: bool
    poster: str


def own_id(film_id: int | str) -> str:
    """TMDB's number in an id such as `tmdb-862`; '' for others."""
    if isinstance(film_id, str) and film_id.startswith(ids.OF_TMDB):
        return film_id.removeprefix(ids.OF_TMDB)
    return ''


class Pace:
    """Lets threads go on one by one, at least `interval` seconds apart, until it is closed."""

    def __init__(self, interval):
        self.interval, self.next, self.paused = interval, 0.0, 0.0
        self.turn, self.pausing, self.closed = threading.Lock(), threading.Lock(), threading.Event()

    def wait(self):
        with self.turn:
            while (left := max(self.next, self.paused) - time.monotonic()) > 0 and not self.closed.is_set():
                self.closed.wait(left)
            self.next = time.monotonic() + self.interval

    def pause(self, seconds):
        """Let nobody go on for so long, those neither who wait already."""
        with self.pausing:
            self.paused = max(self.paused, time.monotonic() + seconds)


class Client:
    """Asks TMDB, from any number of threads.

    Raises WrongCall where the environment has no key, or TMDB refuses it; WorkFailed where TMDB does not answer.
    """

    def __init__(self):
        self.session = requests.Session()
        self.session.headers.update({'User-Agent': USER_AGENT, 'Accept': 'application/json'})
        self.session.auth = _signer(_read_key())
        self.address, self.pace, self.failures = _read_address(), Pace(INTERVAL), 0
        try:
            images = self._get('configuration')['images']
            self.image_address, self.widths = str(images['secure_base_url']), tuple(map(str, images['poster_sizes']))
        except Unanswered as error:
            raise WorkFailed(f'TMDB does not answer ({error}); try again later') from None
        except (KeyError, TypeError):
            raise WorkFailed(f'{self.address} does not answer as TMDB does; unset {ADDRESS}') from None

    def find(self, film_id: int | str) -> Answer:
        """What TMDB has of a film. Raises Unanswered; WorkFailed where that happened for several films in a row."""
        own = own_id(film_id)
        try:
            if own:
                found = {'movie_results': [film] if (film := self._get(f'movie/{own}')) else []}
            else:
                found = self._get(f'find/tt{film_id:07d}', external_source='imdb_id')
        except Unanswered as error:
            self.failures += 1
            if self.failures < DEAD_AFTER:
                raise
            raise WorkFailed(f'TMDB no longer answers ({error}); the same command resumes from here') from None
        self.failures = 0
        paths = [one.get('poster_path') for name in RESULTS for one in found.get(name, ())]
        usable = [path for path in paths if re.fullmatch(r'/[\w.-]+', path or '', re.ASCII)]
        return Answer(any(found.values()), usable[0] if usable else '')

    def poster_url(self, path: str, width: int) -> str:
        """The URL of a poster in the smallest size that TMDB has of at least `width` pixels."""
        return f'{self.image_address}{sizes.tmdb_size(width, self.widths)}{path}'

    def close(self):
        """Let no thread wait any longer."""
        self.pace.closed.set()
        self.session.close()

    def _get(self, path, **parameters):
        """The JSON object at a path, {} where TMDB has none. Raises Unanswered, WrongCall."""
        failure = Passing('stopped')
        for tries in range(MAX_TRIES):
            self.pace.wait()
            if self.pace.closed.is_set():
                break
            try:
                return self._request(path, parameters)
            except Passing as error:
                failure = error
            if failure.wait > MAX_WAIT:
                break
            self.pace.pause(max(failure.wait, 0.5 * 2**tries))
        raise Unanswered(str(failure))

    def _request(self, path, parameters):
        """As `_get`, once. Raises Passing where another try may be answered."""
        address = f'{self.address}/3/{path}'
        try:
            answer = self.session.get(address, params=parameters, timeout=TIMEOUT, allow_redirects=False)
            if answer.status_code == 200:
                return _object(answer)
        except requests.JSONDecodeError:
            raise Passing('no JSON') from None
        except requests.Timeout:
            raise Passing('time-out') from None
        except requests.RequestException:  # its text has the address, and that the key
            raise Passing('no connection') from None
        if answer.status_code in (401, 403):
            raise WrongCall(f'TMDB refuses the key in {KEY}{_message(answer)}; {WHERE}')
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Passing(f'HTTP {answer.status_code}', retry_after(answer.headers.get('Retry-After', '')))
        if answer.status_code != 404:
            raise Unanswered(f'HTTP {answer.status_code}')
        return {}


def _read_key():
    key = os.environ.get(KEY, '').strip()
    if not key:
        raise WrongCall(f'-repair=tmdb needs a key of TMDB in the variable {KEY}; {WHERE}, free of charge')
    if not re.fullmatch(r'[\w.-]+', key, re.ASCII):
        raise WrongCall(f'the variable {KEY} holds no key of TMDB; {WHERE}')
    return key


def _read_address():
    address = os.environ.get(ADDRESS, '').strip().rstrip('/').removesuffix('/3') or HOME
    try:
        usable = urlsplit(address).scheme in ('http', 'https') and urlsplit(address).hostname
    except ValueError:
        usable = False
    if not usable:
        raise WrongCall(f'{ADDRESS}={address}: give the address of TMDB, as {HOME}')
    return address


def _signer(key):
    """What adds the key to a request: in its address, or as a header where it is a token."""

    def sign(request):
        if key.startswith(TOKEN):
            request.headers['Authorization'] = f'Bearer {key}'
        else:
            request.prepare_url(request.url, {'api_key': key})
        return request

    return sign


def _object(answer):
    """The JSON object of an answer, with lists of objects where they belong. Raises JSONDecodeError for another."""
    found = answer.json()
    if not isinstance(found, dict) or any(not _is_list(found.get(name, [])) for name in RESULTS):
        raise requests.JSONDecodeError('no object', '', 0)
    return found


def _is_list(results):
    return isinstance(results, list) and all(isinstance(one, dict) for one in results)


def _message(answer):
    """': what TMDB says', or nothing."""
    try:
        return f': {answer.json()["status_message"]}'.rstrip('.')
    except (requests.JSONDecodeError, KeyError, TypeError):
        return ''


class Answers:
    """What TMDB has answered, in the file `path`: a line as soon as it came. Use it in a `with` block."""

    def __init__(self, path):
        self.path, self.lock, self.lines = path, threading.Lock(), {}
        today = datetime.date.today()
        for line in path.read_text(encoding='utf-8', errors='replace').splitlines() if path.exists() else ():
            try:
                entry = json.loads(line)
                answer = Answer(entry['known'], entry['poster'])
                if today - datetime.date.fromisoformat(entry['asked']) <= LONGEST:
                    self.lines[entry['imdbId']] = answer, line
            except (KeyError, TypeError, ValueError):  # torn when the process was killed
                continue

    def __enter__(self):
        files.write(self.path, ''.join(f'{line}\n' for _, line in self.lines.values()))
        self.file = open(self.path, 'a', buffering=1, encoding='utf-8')
        return self

    def __exit__(self, *_):
        self.file.close()

    def get(self, imdb_id) -> Answer | None:
        return self.lines.get(imdb_id, (None,))[0]

    def add(self, imdb_id, answer):
        line = json.dumps({'imdbId': imdb_id, **answer._asdict(), 'asked': f'{datetime.date.today()}'})
        with self.lock:
            self.lines[imdb_id] = answer, line
            self.file.write(f'{line}\n')
