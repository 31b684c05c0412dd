"""Posters that a user names: files of any format, folders of them, http addresses."""

import contextlib
import io
import os
import threading
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from posters import decode
from posters.decode import MAX_PIXELS, WEB, BadImage
from posters.layout import HEIGHT, WIDTH

SHOWN = 2 * WIDTH, 2 * HEIGHT
WHOLE = 'whole'  # instead of a size: the image in its own shape, not much larger than SHOWN
CONNECTIONS, TIMEOUT = 8, 10  # to a host; seconds of one try


def find(names):
    """(posters, others): what `names` stand for, a list of (name, reason) in order, and how many files are no images.

    The reason is '' or why there is no poster. A folder stands for all images in it and in its folders.
    """
    posters, others = [], 0
    for name in names:
        if is_address(name) or os.path.isfile(name):
            posters.append((name, ''))
        elif os.path.isdir(name):
            paths, more = decode.find_images(name)
            posters += [(path, '') for path in paths] or [(name, 'no image is in this folder')]
            others += more
        else:
            posters.append((name, 'there is no such file or folder'))
    if len(posters) > 1:
        decode.prepare()  # once, before several threads do it
    return posters, others


def is_address(name):
    return name.lower().startswith(('http://', 'https://'))


def in_sizes(name, size):
    """The poster in a file or behind an http address as images: of `size`, to be shown, and whole. Raises BadImage."""
    sizes = size, SHOWN, WHOLE
    got = fetch([name], sizes)[name] if is_address(name) else [read_file(name, wanted) for wanted in sizes]
    if isinstance(got, str):
        raise BadImage(got)
    return tuple(map(Image.fromarray, got))


def read_file(path, size):
    """The image at `path` as a poster, (height, width, 3) uint8; `size` is (width, height) or WHOLE.

    Raises BadImage.
    """
    with decode.open_file(path) as file:
        return _in_size(file, size)


def _in_size(file, size, *limits):
    whole = size == WHOLE
    return np.asarray(decode.read(file, SHOWN if whole else size, *limits, whole=whole))


def fetch(addresses, sizes):
    """{address: the poster behind it in each of `sizes` as `read_file` gives it, or the reason why there is none}."""
    import asyncio  # slow, as is the HTTP client: files can do without

    got = dict.fromkeys(addresses, 'no http address')

    async def store(address, content):
        got[address] = await asyncio.to_thread(in_all_sizes, content)

    def in_all_sizes(content):
        return tuple(_in_size(io.BytesIO(content), size, WEB, MAX_PIXELS) for size in sizes)

    asyncio.run(_fetch_all(filter(has_host, addresses), store, got))
    return got


def download(address, seconds, public_only=True):
    """The bytes behind an http address, which need not be an image, within so many `seconds`.

    With `public_only` this machine and private networks are refused. Raises BadImage, which says why there are none.
    """
    import asyncio  # slow

    got: dict[str, bytes | str] = {address: 'no http address'}

    async def store(address, content):
        got[address] = content

    def work():
        with contextlib.suppress(TimeoutError):
            asyncio.run(asyncio.wait_for(_fetch_all([address], store, got, public_only), seconds))

    if is_address(address) and has_host(address):
        got[address] = f'no answer within {seconds} seconds'
        thread = threading.Thread(target=work, daemon=True)  # a name that is looked up for long cannot be stopped
        thread.start()
        thread.join(seconds + 1)
    content = got[address]
    if isinstance(content, str):
        raise BadImage(content)
    return content


async def _fetch_all(addresses, store, got, public_only=False):
    """Await `store(address, bytes)` for each; in `got`, {address: ...}, is the reason of those without."""
    from posters.fetch import http  # slow

    jobs = list(enumerate(addresses))

    async def keep(number, content):
        await store(jobs[number][1], content)

    def report(row):
        if row.error:
            got[row.url] = row.error

    await http.fetch_all(jobs, keep, report, CONNECTIONS, TIMEOUT, public_only)


def has_host(address):
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False
