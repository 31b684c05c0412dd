"""Posters that a user names: files of any format, folders of them, http addresses."""

import contextlib
import io
import logging
import os
import threading
import warnings
from urllib.parse import urlsplit

import numpy as np
from PIL import ExifTags, Image

from posters.images import MAX_PIXELS, BadImage, fit, open_image, to_rgb
from posters.paths import HEIGHT, WIDTH

MAX_PIXELS_HERE = 100_000_000  # of a file: scans and photographs may be larger than what is downloaded
LARGE = 10_000_000  # pixels; of images that have more, one is decoded at a time
FOREIGN = 'EPS', 'WMF', 'BUFR', 'GRIB', 'HDF5', 'MPEG'  # formats that Pillow knows, and leaves to other programs
SHOWN = 2 * WIDTH, 2 * HEIGHT
CONNECTIONS, TIMEOUT = 8, 10  # to a host; seconds of one try
# what brings an image of this EXIF orientation upright
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
Image.MAX_IMAGE_PIXELS = MAX_PIXELS_HERE  # for what hides in an icon: Pillow refuses twice as many
# an image can be used or not; what else Pillow thinks of it is not printed
warnings.filterwarnings('ignore', module=r'PIL\b')
logging.getLogger('PIL').addHandler(logging.NullHandler())
one_by_one = threading.Lock()


def find(names):
    """The posters that `names` stand for, in order: a list of (name, reason), the reason '' or why there is none.

    A folder stands for all images in it and in its folders, known by their suffixes, in the order of their paths.
    """
    found = []
    for name in names:
        if is_address(name) or os.path.isfile(name):
            found.append((name, ''))
        elif os.path.isdir(name):
            found += [(image, '') for image in images_in(name)] or [(name, 'no image is in this folder')]
        else:
            found.append((name, 'there is no such file or folder'))
    if len(found) > 1:
        Image.init()  # once, before several threads do it
    return found


def is_address(name):
    return name.lower().startswith(('http://', 'https://'))


def images_in(folder):
    """Paths of the images in `folder` and below, sorted; hidden files and folders are left out."""
    suffixes = tuple(s for s, kind in Image.registered_extensions().items() if kind in Image.OPEN.keys() - FOREIGN)
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith('.')]
        found += [os.path.join(parent, n) for n in files if n.lower().endswith(suffixes) and not n.startswith('.')]
    return sorted(found)


def images(name, size):
    """The poster in a file or behind an http address as images: of `size`, and large, to be shown. Raises BadImage."""
    sizes = size, SHOWN
    got = fetch([name], sizes)[name] if is_address(name) else [read_file(name, wanted) for wanted in sizes]
    if isinstance(got, str):
        raise BadImage(got)
    return tuple(map(Image.fromarray, got))


def read_file(path, size):
    """The image at `path` as a poster, (height, width, 3) uint8; `size` is (width, height). Raises BadImage."""
    try:
        with open(path, 'rb') as file:
            return read(file, size, MAX_PIXELS_HERE)
    except OSError as error:
        raise BadImage((error.strerror or str(error)).lower()) from None


def read(file, size, max_pixels):
    """The image in a file object, upright, of an animation the first frame, as `read_file` gives it."""
    try:
        with open_image(file, max_pixels, formats=None) as image:
            if image.format in FOREIGN:
                raise BadImage('no image')
            with one_by_one if image.width * image.height > LARGE else contextlib.nullcontext():
                return np.asarray(fit(upright(image, size), size))
    except BadImage:
        raise
    except Image.DecompressionBombError:
        raise BadImage(f'more than {max_pixels / 1e6:g} million pixels') from None
    except Exception as error:  # each of Pillow's forty readers has its own
        raise BadImage(f'a broken image: {str(error) or type(error).__name__}') from None


def upright(image, size):
    turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    if turn is None or image.format == 'TIFF':  # which Pillow turns by itself
        return image
    image.draft('RGB', (2 * max(size), 2 * max(size)))  # a large JPEG is decoded at a fraction of its size
    return to_rgb(image).transpose(turn)


def fetch(addresses, sizes):
    """{address: the poster behind it in each of `sizes` as `read_file` gives it, or the reason why there is none}."""
    import asyncio  # slow, as is the HTTP client: files can do without

    from posters import web

    got = dict.fromkeys(addresses, 'no http address')
    jobs = list(enumerate(filter(has_host, got)))

    async def store(number, content):
        got[jobs[number][1]] = await asyncio.to_thread(in_sizes, content)

    def in_sizes(content):
        return tuple(read(io.BytesIO(content), size, MAX_PIXELS) for size in sizes)

    def report(row):
        if row.error:
            got[row.url] = row.error

    asyncio.run(web.fetch_all(jobs, store, report, CONNECTIONS, TIMEOUT))
    return got


def has_host(address):
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False
