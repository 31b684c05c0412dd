"""From whatever an image file holds to an RGB poster of the wanted size."""

import io

import numpy as np
import simplejpeg
from PIL import Image, UnidentifiedImageError

from posters.paths import poster_size

FORMATS = 'JPEG', 'PNG', 'WEBP', 'GIF'
MAX_BYTES = 5_000_000
MAX_PIXELS = 25_000_000
MIN_SIDE = 8
QUALITY = 90
JPEG_START = b'\xff\xd8'
Image.MAX_IMAGE_PIXELS = None  # `open_image` checks the size itself, before anything is decoded


class BadImage(ValueError):
    """The bytes hold no image that can become a poster; the message says why."""


def open_image(file, max_pixels=MAX_PIXELS, formats=FORMATS):
    """Open an image (a path or a file object) without decoding it; `formats` None: whatever Pillow can open.

    Raises BadImage, also for one too large.
    """
    try:
        image = Image.open(file, formats=formats)
    except (UnidentifiedImageError, SyntaxError, ValueError, EOFError):
        raise BadImage('no JPEG, PNG, WebP or GIF image' if formats else 'no image') from None
    except OSError as error:
        raise BadImage(f'a broken image: {error}') from None
    width, height = image.size
    if width * height > max_pixels:
        raise BadImage(f'{width} x {height} pixels, more than {max_pixels / 1e6:g} million')
    if min(width, height) < MIN_SIDE:
        raise BadImage(f'{width} x {height} pixels, no poster')
    return image


def to_rgb(image):
    """`image` as RGB: transparency on white, 16-bit grey scaled to 8."""
    image.load()
    if image.mode == 'RGB':
        return image
    if image.mode.startswith('I'):
        image = image.point(lambda value: value / 256).convert('L')
    if image.has_transparency_data:
        image = image.convert('RGBA')
        return Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image).convert('RGB')
    return image.convert('RGB')


def fit(image, size):
    """`image` as RGB of exactly `size` (width, height): cropped to that shape at its centre, then resized."""
    width, height = size
    if image.format == 'JPEG':
        image.draft('RGB', (2 * width, 2 * height))  # a large one is decoded at a fraction of its size
    image = to_rgb(image)
    if image.size == size:
        return image
    scale = min(image.width / width, image.height / height)
    left, top = (image.width - width * scale) / 2, (image.height - height * scale) / 2
    left, top = max(0, left), max(0, top)  # rounding may bring it below
    box = left, top, min(image.width, left + width * scale), min(image.height, top + height * scale)
    return image.resize(size, Image.Resampling.LANCZOS, box=box)


def centre(image, size):
    """The middle `size` (width, height) pixels of `image`, or as many as it has."""
    width, height = min(size[0], image.width), min(size[1], image.height)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def encode(image):
    """JPEG bytes of an RGB image."""
    return simplejpeg.encode_jpeg(np.ascontiguousarray(image), quality=QUALITY, colorsubsampling='444')


def read_rgb(path):
    """The image at `path`, whole and RGB. Raises OSError, or BadImage for one that is broken."""
    with open(path, 'rb') as file:
        data = file.read()
    if data[:2] == JPEG_START:
        try:
            return Image.fromarray(simplejpeg.decode_jpeg(data, strict=True))  # 2.5 times as fast as Pillow
        except ValueError:
            pass  # greyscale, CMYK or not quite regular: Pillow knows them all
    image = open_image(io.BytesIO(data))
    try:
        return to_rgb(image)
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise BadImage(f'a broken image: {error}') from None


def poster_jpeg(data):
    """JPEG bytes of a poster at ratio 100 from the bytes of an image file.

    Bytes that are one already are returned as they are, once they have been decoded to the end. Raises BadImage.
    """
    if not data:
        raise BadImage('an empty file')
    size = poster_size(100)
    image = open_image(io.BytesIO(data))
    try:
        if image.format == 'JPEG' and image.mode == 'RGB' and image.size == size and is_whole(data):
            return data
        return encode(fit(image, size))
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise BadImage(f'a broken image: {error}') from None


def is_whole(jpeg):
    """Whether the JPEG decodes to its end without a warning."""
    try:
        simplejpeg.decode_jpeg(jpeg, strict=True)
    except ValueError:
        return False
    return True
