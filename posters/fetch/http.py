"""Posters from the web: many at once, none for ever.

Connections are kept and pooled. Every try has a limit on connecting, on silence and on its whole length, and on the
bytes it may bring. Transient errors (429, 5xx, time-outs, broken connections) are tried again later, when the
server asks for it; permanent ones are not.
"""

import asyncio
import contextlib
import datetime
import email.utils
import ipaddress
import math
import random
import re
import socket
import urllib.request
import zlib
from collections import Counter, defaultdict
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from core.errors import OF_THIS_MACHINE, WrongCall
from core.version import VERSION
from posters.decode import MAX_BYTES, BadImage
from posters.fetch.journal import Row

USER_AGENT = f'movie-poster-toolkit/{VERSION} (poster dataset; aiohttp)'
MAX_REDIRECTS = 5
MAX_TRIES = 3
MAX_WAIT = 60  # seconds; where a server wants more, the next run requests again
HOSTS_AT_ONCE = 4
DEAD_AFTER = 100  # failed connections to a host that never answered
UNSTORED = 256  # posters fetched and not yet stored; more make the connections wait
MAX_HEADER = 65_536  # bytes of a header line
SHARE_OF_FILES = 0.7  # of those that may be open, for connections: posters are stored meanwhile, and closing takes time
REDIRECTS = 301, 302, 303, 307, 308
GZIP_START = b'\x1f\x8b'
# addresses of version 4 within version 6, and those of networks that Python takes for public
HOLDS_IPV4 = ipaddress.ip_network('64:ff9b::/96')
NOT_PUBLIC = [ipaddress.ip_network(one) for one in ('::/96', '64:ff9b:1::/48', 'fec0::/10', '192.88.99.0/24')]


class Passing(Exception):
    """A failure that another try may not meet, at the earliest after `wait` seconds."""

    def __init__(self, reason, wait=0.0, connected=True):
        super().__init__(reason)
        self.wait, self.connected = wait, connected


class Final(Exception):
    """A failure that another try would meet again."""


async def fetch_all(jobs, store, report, connections, timeout, public_only=False):
    """Fetch every (imdb_id, url) of `jobs`, at most `connections` at once from one host.

    `store(imdb_id, data)` is awaited with the bytes of each and raises BadImage for bytes that are no poster;
    `report(Row)` is called once a job. `timeout` is the whole length of one try in seconds. With `public_only` nothing
    is requested of this machine and of private networks. Raises WrongCall where the environment names a proxy that
    cannot be used.
    """
    hosts = defaultdict(list)
    for job in jobs:
        parts = urlsplit(job[1])
        hosts[parts.scheme, parts.netloc].append(job)
    proxies = {scheme: read_proxy(scheme) for scheme in {scheme for scheme, _ in hosts}}
    most = affordable(len(hosts) * connections)
    connections = max(1, min(connections, most // max(1, len(hosts))))  # idle ones stay open, of each host
    number = min(HOSTS_AT_ONCE * connections, most)
    resolver = PublicResolver() if public_only else None
    connector = aiohttp.TCPConnector(
        limit=number, limit_per_host=connections, force_close=len(hosts) > most, resolver=resolver
    )
    # a server's silence is half of the time a try may take
    limits = aiohttp.ClientTimeout(total=timeout, sock_connect=timeout / 2, sock_read=timeout / 2)
    headers = {'User-Agent': USER_AGENT, 'Accept': 'image/*', 'Accept-Encoding': 'identity'}
    at_once = asyncio.Semaphore(number)
    unstored = asyncio.Semaphore(UNSTORED)
    no_cookies = aiohttp.DummyCookieJar()
    client = aiohttp.ClientSession(
        connector=connector,
        timeout=limits,
        headers=headers,
        auto_decompress=False,
        cookie_jar=no_cookies,
        max_line_size=MAX_HEADER,
        max_field_size=MAX_HEADER,
    )
    async with client, asyncio.TaskGroup() as group:
        for (scheme, _), host_jobs in hosts.items():
            host = Host(host_jobs, proxies[scheme], client, store, report, at_once, unstored, group, public_only)
            for _ in range(min(connections, len(host_jobs))):
                group.create_task(host.work())


def affordable(connections):
    """As many of `connections` as this process may have files open, its limit raised where the system lets it."""
    try:
        import resource  # not on Windows
    except ImportError:
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = math.ceil(connections / SHARE_OF_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return connections if soft == resource.RLIM_INFINITY else max(1, min(connections, int(soft * SHARE_OF_FILES)))


class Host:
    """The posters of one server: a queue, its workers and what is known of the server."""

    def __init__(self, jobs, proxy, client, store, report, at_once, unstored, group, public_only):
        self.client, self.store, self.report, self.public_only = client, store, report, public_only
        self.at_once, self.unstored, self.group = at_once, unstored, group
        self.proxy = None if urllib.request.proxy_bypass(urlsplit(jobs[0][1]).hostname) else proxy
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
                    data = await fetch(self.client, url, self.proxy, self.public_only)
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
        except MemoryError:
            self.retry(job, Passing('not enough memory'))
        except OSError as error:
            if error.errno not in OF_THIS_MACHINE:
                raise
            self.retry(job, Passing(error.strerror.lower()))
        else:
            self.finish(job, len(data))
        finally:
            self.unstored.release()

    def finish(self, job, size=0, error='', passing=False):
        self.report(Row.of(*job, self.tries[job[0]], size, error, passing))
        self.left -= 1
        if not self.left:
            self.queue.put_nowait(None)


def read_proxy(scheme):
    """The address of the proxy that the environment names for a scheme, or None. Raises WrongCall if it is unusable."""
    named = urllib.request.getproxies().get(scheme)
    if not named:
        return None
    proxy = named if '://' in named else f'http://{named}'  # as curl reads it
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ('http', 'https') and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable:
        raise WrongCall(f'{scheme}_proxy={named}: this proxy cannot be used; give one as http://host:port, or unset it')
    return proxy


async def fetch(client, url, proxy, public_only=False):
    """The bytes behind `url`, which is requested as it is written. Raises Passing or Final."""
    try:
        return await follow(client, exactly(url), proxy, public_only)
    except TimeoutError as error:
        connected = not isinstance(error, aiohttp.ConnectionTimeoutError)
        raise Passing('time-out', connected=connected) from None
    except aiohttp.ClientProxyConnectionError:
        raise Passing(
            f'no connection to the proxy {urlsplit(proxy).netloc.rpartition("@")[2]}', connected=False
        ) from None
    except aiohttp.ClientHttpProxyError as error:
        raise Passing(f'the proxy answers HTTP {error.status}') from None
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError):  # ValueError: a host that no DNS can name
        raise Final('no http address') from None
    except aiohttp.ClientConnectorCertificateError:
        raise Final('the certificate is not valid') from None
    except aiohttp.ClientConnectorError as error:
        if error.os_error.errno in OF_THIS_MACHINE:
            raise Passing(error.os_error.strerror.lower()) from None
        raise Passing('no connection', connected=False) from None
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, ConnectionError):
        raise Passing('the connection broke') from None
    except aiohttp.ClientResponseError as error:
        raise Final(f'no HTTP answer ({" ".join(error.message.split()) or type(error).__name__})') from None
    except aiohttp.ClientError as error:
        raise Final(f'no HTTP answer ({type(error).__name__})') from None
    except OSError as error:
        if error.errno in OF_THIS_MACHINE:
            raise Passing(error.strerror.lower()) from None
        raise


async def follow(client, url, proxy, public_only):
    """The bytes behind a URL or behind where it redirects to."""
    first = url
    for _ in range(MAX_REDIRECTS + 1):
        if public_only and url.host and await is_inside(url.host):
            raise Final('an address of this machine or of a private network')
        async with client.get(url, proxy=proxy, allow_redirects=False) as answer:
            place = answer.headers.get('Location')
            if answer.status not in REDIRECTS or not place:
                return await accept(answer)
            try:
                url = url.join(exactly(place))
            except ValueError:
                url = None
        if not url or url.scheme not in ('http', 'https') or not url.host:
            raise Final('redirected to what is no http address')
        if url.host != first.host and await is_inside(url.host) and not await is_inside(first.host):
            raise Final('redirected to a private address')
    raise Final(f'more than {MAX_REDIRECTS} redirects')


def exactly(text):
    """A URL that is requested as it is written, which signed ones depend on; what is no ASCII or blank is quoted."""
    return URL(text, encoded=text.isascii() and text.isprintable() and ' ' not in text)


async def is_inside(host):
    """Whether a host is this machine or one of a private network, by its address or by what its name resolves to."""
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False  # which has no connection anyway
    return any(is_private(address[0]) for *_, address in infos)


def is_private(address):
    """Whether an IP address, as text, is none of the public internet; one of version 6 may hold one of version 4."""
    ip = ipaddress.ip_address(address.partition('%')[0])
    held = [ip.ipv4_mapped, ip.sixtofour] if ip.version == 6 else []
    if ip in HOLDS_IPV4:
        held.append(ipaddress.ip_address(int(ip) & 0xFFFF_FFFF))
    if ip.is_multicast or any(ip in network for network in NOT_PUBLIC):
        return True
    return not ip.is_global or any(one and not one.is_global for one in held)


class PublicResolver(aiohttp.ThreadedResolver):
    """Resolves no name to a private address, not even where it had another a moment ago."""

    async def resolve(self, host, port=0, family=socket.AF_INET):
        found = await super().resolve(host, port, family)
        if any(is_private(one['host']) for one in found):
            raise OSError(None, 'a private address')
        return found


async def accept(answer):
    """The bytes of an answer. Raises Passing or Final where it brings no poster."""
    if answer.status in (407, 429) or answer.status >= 500:
        raise Passing(f'HTTP {answer.status}', retry_after(answer.headers.get('Retry-After', '')))
    if answer.status not in (200, 203):
        raise Final(f'HTTP {answer.status}')
    return unpack(await read(answer), answer.headers.get('Content-Encoding', '').strip().lower())


async def read(answer):
    if (answer.content_length or 0) > MAX_BYTES:
        raise too_large()
    parts, size = [], 0
    async for part in answer.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            answer.close()
            raise too_large()
    return b''.join(parts)


def too_large():
    return Final(f'larger than {MAX_BYTES / 1e6:g} MB')


def unpack(data, encoding):
    """`data` as it was before a server packed it, though that was not requested; unchanged where it is not packed."""
    windows = []
    if encoding in ('gzip', 'x-gzip') and data[:2] == GZIP_START:
        windows = [16 + zlib.MAX_WBITS]
    elif encoding == 'deflate':
        windows = [zlib.MAX_WBITS, -zlib.MAX_WBITS]  # as the standard has it, and as some servers have it
    for window in windows:
        unpacking = zlib.decompressobj(window)
        try:
            content = unpacking.decompress(data, MAX_BYTES + 1)
        except zlib.error:
            continue
        if len(content) > MAX_BYTES:
            raise too_large()
        if unpacking.eof:
            return content
    return data


def retry_after(text):
    """Seconds from a Retry-After header, a number or an HTTP date; 0 where it holds neither."""
    if re.fullmatch(r'\d+', text.strip()):
        return float(text)
    with contextlib.suppress(ValueError, TypeError):
        until = email.utils.parsedate_to_datetime(text)
        return max(0.0, (until - datetime.datetime.now(datetime.UTC)).total_seconds())
    return 0.0
