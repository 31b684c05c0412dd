"""From whatever an image file holds to an upright RGB image: one decoder for downloads, files, training, prediction."""

import contextlib
import errno
import io
import logging
import os
import stat
import threading

import numpy as np
import simplejpeg
from PIL import ExifTags, Image, PngImagePlugin, UnidentifiedImageError

from core.files import is_local
from posters.layout import HEIGHT, WIDTH

WEB = 'JPEG', 'PNG', 'WEBP', 'GIF', 'AVIF', 'BMP'  # what is taken from the web; from files, whatever Pillow opens
FOREIGN = 'EPS', 'WMF', 'BUFR', 'GRIB', 'HDF5', 'MPEG'  # formats that Pillow knows, and leaves to other programs
MAX_BYTES = 5_000_000  # from the web
MAX_PIXELS = 25_000_000  # from the web
MAX_FILE_PIXELS = 100_000_000  # scans and photographs may be larger than what is downloaded
LARGE = 10_000_000  # pixels; of images that have more, one is decoded at a time
MIN_SIDE = 8
LONGEST = 10  # times the shorter side: strips of the pixels allowed would take gigabytes where they are resized
QUALITY = 90
JPEG_START = b'\xff\xd8'
RANGES = 1, 255, 1023, 4095, 16_383, 65_535  # of gray values: fractions, and 8 to 16 bits
# a file that cannot be opened for one of these reasons is named and skipped; other errors are this machine's
NOT_THERE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EACCES,
    errno.EPERM,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENXIO,
}
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
SIDEWAYS = 5, 6, 7, 8
Image.MAX_IMAGE_PIXELS = MAX_FILE_PIXELS  # for what hides in an icon: Pillow refuses twice as many
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY  # prompts and profiles of some megabytes are common
logging.getLogger('PIL').addHandler(logging.NullHandler())
one_by_one = threading.Lock()


class BadImage(ValueError):
    """The bytes hold no image that can become a poster; the message says why."""


@contextlib.contextmanager
def blaming_the_image():
    """Turn what Pillow's forty decoders raise into BadImage, but for what is this machine's fault, not the image's."""
    try:
        yield
    except (BadImage, MemoryError, ImportError):
        raise
    except Image.DecompressionBombError:
        raise BadImage(f'more than {MAX_FILE_PIXELS / 1e6:g} million pixels') from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno:
            raise  # of the file system, or too many open files
        raise BadImage(f'a broken image: {error or type(error).__name__}') from None


def prepare():
    """Load Pillow's formats now: each is a file to be opened, and later there may be too many open ones."""
    Image.init()


def open_file(path):
    """The file at `path`, open to be read. Raises BadImage for one that is not there and for a pipe.

    Raises OSError for trouble of this machine.
    """
    if not is_local(path):
        return _open_stored(path)
    try:  # not to wait for the writer of a pipe
        descriptor = os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0))
    except OSError as error:
        if error.errno not in NOT_THERE:
            raise
        raise BadImage(error.strerror.lower()) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadImage('no regular file')
    return os.fdopen(descriptor, 'rb')


def _open_stored(path):
    try:
        return io.BytesIO(path.fs.cat_file(path.path))
    except (FileNotFoundError, PermissionError) as error:
        raise BadImage(str(error).lower()) from None


def open_image(file, formats=None, max_pixels=MAX_FILE_PIXELS):
    """Open the image in a file object without decoding it; `formats` None: whatever Pillow can open.

    Raises BadImage, also for one too large.
    """
    with blaming_the_image():
        try:
            image = Image.open(file, formats=formats)
        except (UnidentifiedImageError, SyntaxError, ValueError, EOFError):
            raise BadImage(f'no {", ".join(formats[:-1])} or {formats[-1]} image' if formats else 'no image') from None
        except Image.DecompressionBombError:
            raise BadImage(f'more than {max_pixels / 1e6:g} million pixels') from None
    if image.format in FOREIGN:
        raise BadImage(f'no image that can be read here, but {image.format}')
    check_size(*image.size, max_pixels)
    return image


def check_size(width, height, max_pixels=MAX_FILE_PIXELS):
    if width * height > max_pixels:
        raise BadImage(f'{width} x {height} pixels, more than {max_pixels / 1e6:g} million')
    if min(width, height) < MIN_SIDE or max(width, height) > LONGEST * min(width, height):
        raise BadImage(f'{width} x {height} pixels, no poster')


def orientation(image):
    """The EXIF orientation of an open image; 1, upright, where it has none, or where Pillow turns it by itself."""
    orientation_tag = image.getexif().get(ExifTags.Base.Orientation) if image.format != 'TIFF' else 1
    return orientation_tag if orientation_tag in TURNS else 1


def upright(image, size=None):
    """An open image as RGB, turned as its EXIF says; a large JPEG is decoded smaller if only `size` is wanted."""
    turn = TURNS.get(orientation(image))
    if size and image.format == 'JPEG':
        width, height = (max(size), max(size)) if turn is not None else size
        image.draft('RGB', (2 * width, 2 * height))
    image = to_rgb(image)
    return image if turn is None else image.transpose(turn)


def to_rgb(image):
    """`image` as RGB: of an animation the first frame, transparency on white, other than 8-bit values scaled."""
    image.load()
    if image.has_transparency_data:
        image = image.convert('RGBA')
        return Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image).convert('RGB')
    if image.mode.startswith('I') or image.mode == 'F':
        image = Image.fromarray(eight_bits(np.asarray(image)))
    return image if image.mode == 'RGB' else image.convert('RGB')


def eight_bits(values):
    """Gray values, (height, width) of any type, as uint8: from 0 to the next of RANGES, or over their own range."""
    if values.dtype.kind == 'u' and values.dtype.itemsize == 2:
        return (values >> 8).astype(np.uint8)
    values = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    low, high = values.min(), values.max()
    floating = values.dtype.kind == 'f' and not np.array_equal(values, np.floor(values))
    if low < 0 or high > RANGES[-1] or (floating and 1 < high < 16):  # a little above 1: overexposed fractions
        return np.uint8(255 * (values - low) / max(high - low, 1e-12))
    return np.uint8(values * (255 / next(top for top in RANGES if high <= top)))


def fit(image, size):
    """`image` as RGB of exactly `size` (width, height): cropped to that shape at its center, then resized."""
    width, height = size
    image = to_rgb(image)
    if image.size == size:
        return image
    scale = min(image.width / width, image.height / height)
    left, top = (image.width - width * scale) / 2, (image.height - height * scale) / 2
    left, top = max(0, left), max(0, top)  # rounding may bring it below
    box = left, top, min(image.width, left + width * scale), min(image.height, top + height * scale)
    return image.resize(size, Image.Resampling.LANCZOS, box=box)


def center(image, size):
    """The middle `size` (width, height) pixels of `image`, or as many as it has."""
    width, height = min(size[0], image.width), min(size[1], image.height)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def encode(image):
    """JPEG bytes of an RGB image."""
    return simplejpeg.encode_jpeg(np.ascontiguousarray(image), quality=QUALITY, colorsubsampling='444')


def read(file, size=None, formats=None, max_pixels=MAX_FILE_PIXELS, whole=False):
    """The image in a file object, upright and RGB; of exactly `size` (width, height) if given. Raises BadImage.

    With `whole` it keeps its shape and is resized only if it is larger than `size` in both directions.
    """
    with blaming_the_image(), open_image(file, formats, max_pixels) as image, turns(image):
        image = upright(image, size)
        if whole and size:
            scale = min(1, max(size[0] / image.width, size[1] / image.height))
            return image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.LANCZOS)
        return fit(image, size) if size else image


def turns(image):
    """What to hold while `image` is decoded: large ones take turns."""
    return one_by_one if image.width * image.height > LARGE else contextlib.nullcontext()


def read_rgb(path):
    """The image at `path`, whole, upright and RGB. Raises BadImage; OSError for trouble of this machine."""
    with open_file(path) as file:
        data = file.read()
    pixels = decode_jpeg(data)
    return read(io.BytesIO(data)) if pixels is None else Image.fromarray(pixels)


def decode_jpeg(data):
    """A regular JPEG as (height, width, 3) uint8; None for what Pillow should read.

    That is 2.5 times as fast as Pillow, which knows the grayscale, the CMYK, the turned and the damaged ones.
    """
    if data[:2] != JPEG_START or is_turned(data):
        return None
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
        check_size(width, height)
        return simplejpeg.decode_jpeg(data, strict=True) if width * height <= LARGE else None
    except BadImage:
        raise
    except ValueError:
        return None


def is_turned(jpeg):
    """Whether a note in the JPEG, EXIF's or XMP's, asks for another orientation than that of its pixels."""
    if b'Exif\0' not in jpeg and b'tiff:Orientation' not in jpeg:
        return False
    with open_image(io.BytesIO(jpeg)) as image, blaming_the_image():
        return orientation(image) != 1


def is_plain_jpeg(data, width, height):
    """Whether the bytes are an upright JPEG in color of just this size, which any decoder gives the same pixels of."""
    if data[:2] != JPEG_START or is_turned(data):
        return False
    try:
        return simplejpeg.decode_jpeg_header(data)[:3] == (height, width, 'YCbCr')
    except ValueError:
        return False


def image_size(path):
    """(width, height) of the image at `path` when it is upright, without decoding it.

    Raises BadImage; OSError for trouble of this machine.
    """
    with open_file(path) as file, open_image(file) as image, blaming_the_image():
        width, height = image.size
        return (height, width) if orientation(image) in SIDEWAYS else (width, height)


def find_images(folder):
    """(paths of the images in `folder` and below, sorted, how many other files are there).

    They are known by their suffixes. Links to folders are followed, each folder once; hidden files are skipped.
    """
    Image.init()
    suffixes = tuple(s for s, kind in Image.registered_extensions().items() if kind in Image.OPEN.keys() - set(FOREIGN))
    paths, others, seen = [], 0, set()
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith('.'))
        folders.sort(key=lambda name: os.path.islink(os.path.join(parent, name)))  # a folder itself before its links
        if (real := os.path.realpath(parent)) in seen:
            folders.clear()
            continue
        seen.add(real)
        shown = [name for name in names if not name.startswith('.')]
        some = [os.path.join(parent, name) for name in shown if name.lower().endswith(suffixes)]
        some = [path for path in some if os.path.isfile(path)]  # no pipe, no link to nowhere
        paths += some
        others += len(shown) - len(some)
    return sorted(paths), others


def poster_jpeg(data, formats=WEB, max_pixels=MAX_PIXELS, size=(WIDTH, HEIGHT)):
    """JPEG bytes of a poster of `size` (width, height) from the bytes of an image file.

    Bytes that are one already are returned as they are, once they have been decoded to the end. Raises BadImage.
    """
    if not data:
        raise BadImage('an empty file')
    with open_image(io.BytesIO(data), formats, max_pixels) as image, blaming_the_image():
        ready = image.format == 'JPEG' and image.mode == 'RGB' and image.size == size and orientation(image) == 1
    return data if ready and is_whole(data) else encode(read(io.BytesIO(data), size, formats, max_pixels))


def is_whole(jpeg):
    """Whether the JPEG decodes to its end without a warning."""
    try:
        simplejpeg.decode_jpeg(jpeg, strict=True)
    except ValueError:
        return False
    return True
