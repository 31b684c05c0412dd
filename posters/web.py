"""Posters from the web: many at once, none for ever.

Connections are kept and pooled. Every try has a limit on connecting, on silence and on its whole length, and on the
bytes it may bring. What may pass (429, 5xx, time-outs, broken connections) is tried again later, when the server asks
for it; what will not pass is not.
"""

import asyncio
import contextlib
import datetime
import email.utils
import random
import re
import urllib.request
from collections import Counter, defaultdict
from urllib.parse import urlsplit

import aiohttp

from posters.images import MAX_BYTES, BadImage
from posters.report import Row

USER_AGENT = 'movie-poster-toolkit/1.0 (poster dataset; aiohttp)'
MAX_REDIRECTS = 5
MAX_TRIES = 3
MAX_WAIT = 60  # seconds; a server that asks for more is asked again by the next run
HOSTS_AT_ONCE = 4
DEAD_AFTER = 100  # failed connections to a host that never answered
UNSTORED = 256  # posters fetched and not yet stored; more make the connections wait


class Passing(Exception):
    """A failure that another try may not meet, at the earliest after `wait` seconds."""

    def __init__(self, reason, wait=0.0, connected=True):
        super().__init__(reason)
        self.wait, self.connected = wait, connected


class Final(Exception):
    """A failure that another try would meet again."""


async def fetch_all(jobs, store, report, connections, timeout):
    """Fetch every (imdb_id, url) of `jobs`, at most `connections` at once from one host.

    `store(imdb_id, data)` is awaited with the bytes of each and raises BadImage for bytes that are no poster;
    `report(Row)` is called once a job. `timeout` is the whole length of one try in seconds.
    """
    hosts = defaultdict(list)
    for job in jobs:
        hosts[urlsplit(job[1]).netloc].append(job)
    connector = aiohttp.TCPConnector(limit=HOSTS_AT_ONCE * connections, limit_per_host=connections)
    # a server's silence is half of the time a try may take
    limits = aiohttp.ClientTimeout(total=timeout, sock_connect=timeout / 2, sock_read=timeout / 2)
    headers = {'User-Agent': USER_AGENT, 'Accept': 'image/*', 'Accept-Encoding': 'identity'}
    at_once = asyncio.Semaphore(HOSTS_AT_ONCE * connections)
    unstored = asyncio.Semaphore(UNSTORED)
    no_cookies = aiohttp.DummyCookieJar()
    client = aiohttp.ClientSession(
        connector=connector, timeout=limits, headers=headers, auto_decompress=False, cookie_jar=no_cookies
    )
    async with client, asyncio.TaskGroup() as group:
        for host_jobs in hosts.values():
            host = Host(host_jobs, client, store, report, at_once, unstored, group)
            for _ in range(min(connections, len(host_jobs))):
                group.create_task(host.work())


class Host:
    """The posters of one server: a queue, its workers and what is known of the server."""

    def __init__(self, jobs, client, store, report, at_once, unstored, group):
        self.client, self.store, self.report = client, store, report
        self.at_once, self.unstored, self.group = at_once, unstored, group
        self.proxy = proxy_for(jobs[0][1])
        self.queue = asyncio.Queue()
        self.tries = Counter()
        self.left = len(jobs)
        self.answered, self.refused = False, 0
        for job in jobs:
            self.queue.put_nowait(job)

    async def work(self):
        while job := await self.queue.get():
            imdb_id, url = job
            if not self.answered and self.refused >= DEAD_AFTER:
                self.finish(job, error='no connection', passing=True)
                continue
            self.tries[imdb_id] += 1
            try:
                async with self.at_once:
                    data = await fetch(self.client, url, self.proxy)
            except Final as failure:
                self.answered = True
                self.finish(job, error=str(failure))
            except Passing as failure:
                self.answered |= failure.connected
                self.refused += not failure.connected
                self.retry(job, failure)
            else:
                self.answered = True
                await self.unstored.acquire()
                self.group.create_task(self.keep(job, data))
        self.queue.put_nowait(None)  # for the next worker

    def retry(self, job, failure):
        tries = self.tries[job[0]]
        if tries >= MAX_TRIES or failure.wait > MAX_WAIT:
            self.finish(job, error=str(failure), passing=True)
            return
        back_off = 0.5 * 2 ** (tries - 1) * random.uniform(0.5, 1.5)
        asyncio.get_running_loop().call_later(max(back_off, failure.wait), self.queue.put_nowait, job)

    async def keep(self, job, data):
        try:
            await self.store(job[0], data)
        except BadImage as failure:
            self.finish(job, len(data), str(failure))
        else:
            self.finish(job, len(data))
        finally:
            self.unstored.release()

    def finish(self, job, size=0, error='', passing=False):
        self.report(Row.of(*job, self.tries[job[0]], size, error, passing))
        self.left -= 1
        if not self.left:
            self.queue.put_nowait(None)


def proxy_for(url):
    """The proxy that the environment names for the host of `url`, or None."""
    parts = urlsplit(url)
    return None if urllib.request.proxy_bypass(parts.hostname) else urllib.request.getproxies().get(parts.scheme)


async def fetch(client, url, proxy):
    """The bytes behind `url`. Raises Passing or Final."""
    try:
        async with client.get(url, proxy=proxy, max_redirects=MAX_REDIRECTS) as answer:
            if answer.status == 429 or answer.status >= 500:
                raise Passing(f'HTTP {answer.status}', retry_after(answer.headers.get('Retry-After', '')))
            if answer.status != 200:
                raise Final(f'HTTP {answer.status}')
            return await read(answer)
    except TimeoutError as error:
        connected = not isinstance(error, aiohttp.ConnectionTimeoutError)
        raise Passing('time-out', connected=connected) from None
    except aiohttp.TooManyRedirects:
        raise Final(f'more than {MAX_REDIRECTS} redirects') from None
    except (aiohttp.InvalidUrlRedirectClientError, aiohttp.NonHttpUrlRedirectClientError):
        raise Final('redirected to what is no http address') from None
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, UnicodeError):  # UnicodeError: a host no DNS can name
        raise Final('no http address') from None
    except aiohttp.ClientConnectorCertificateError:
        raise Final('the certificate is not valid') from None
    except aiohttp.ClientConnectorError:
        raise Passing('no connection', connected=False) from None
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, ConnectionError):
        raise Passing('the connection broke') from None
    except aiohttp.ClientError as error:
        raise Final(f'no HTTP answer ({type(error).__name__})') from None


async def read(answer):
    if (answer.content_length or 0) > MAX_BYTES:
        raise Final(f'larger than {MAX_BYTES / 1e6:g} MB')
    parts, size = [], 0
    async for part in answer.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            answer.close()
            raise Final(f'larger than {MAX_BYTES / 1e6:g} MB')
    return b''.join(parts)


def retry_after(text):
    """Seconds from a Retry-After header, a number or an HTTP date; 0 where it holds neither."""
    if re.fullmatch(r'\d+', text.strip()):
        return float(text)
    with contextlib.suppress(ValueError, TypeError):
        until = email.utils.parsedate_to_datetime(text)
        return max(0.0, (until - datetime.datetime.now(datetime.UTC)).total_seconds())
    return 0.0
