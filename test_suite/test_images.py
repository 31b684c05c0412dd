"""One decoder for whatever an image file holds: upright, RGB, in its true colors, and never larger than allowed."""

import errno
import io
import os
import struct

import numpy as np
import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from posters import decode, inputs
from posters.decode import BadImage
from posters.layout import poster_size
from test_suite.poster_server import png_of_size

SIZE = poster_size(100)
BACK = {turn: {5: 5, 6: 8, 7: 7, 8: 6}.get(turn, turn) for turn in range(1, 9)}


def drawn():
    """A poster that looks different from every side."""
    picture = Image.new('RGB', SIZE, 'white')
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, SIZE[0], 60), fill=(200, 0, 0))
    pen.rectangle((0, 0, 40, SIZE[1]), fill=(0, 0, 200))
    return picture


def off(image, other=None):
    """Mean difference in levels."""
    return np.abs(np.asarray(image, int) - np.asarray(other or drawn(), int)).mean()


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def turned(orientation, kind, **options):
    """The poster lying in the file as EXIF `orientation` says."""
    picture, exif = drawn(), Image.Exif()
    exif[0x0112] = orientation
    if orientation > 1:
        picture = picture.transpose(decode.TURNS[BACK[orientation]])
    return encoded(picture, kind, exif=exif, **options)


@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'WEBP', 'AVIF', 'TIFF'])
@pytest.mark.parametrize('orientation', range(1, 9))
def test_every_reader_turns_an_image_upright(tmp_path, kind, orientation):
    options = {} if kind in ('PNG', 'TIFF') else {'quality': 95}
    content = turned(orientation, kind, **options)
    path = tmp_path / 'poster'
    path.write_bytes(content)
    assert decode.image_size(path) == SIZE
    assert off(decode.read_rgb(path)) < 3
    assert off(inputs.read_file(path, SIZE)) < 3
    made = decode.poster_jpeg(content, formats=None)
    assert off(Image.open(io.BytesIO(made)).convert('RGB')) < 4
    assert decode.orientation(Image.open(io.BytesIO(made))) == 1


def test_an_orientation_noted_in_xmp_counts_for_every_reader(tmp_path):
    path, note = tmp_path / 'poster.jpg', b'<rdf:Description tiff:Orientation="6"/>'
    drawn().transpose(decode.TURNS[BACK[6]]).save(path, quality=95, xmp=note)
    assert decode.image_size(path) == SIZE
    assert off(decode.read_rgb(path)) < 3 and off(inputs.read_file(path, SIZE)) < 3


def test_a_fitting_jpeg_is_kept_byte_for_byte():
    content = encoded(drawn(), 'JPEG', quality=95)
    assert decode.poster_jpeg(content) == content
    assert decode.poster_jpeg(turned(1, 'JPEG', quality=95)) == turned(1, 'JPEG', quality=95)


@pytest.mark.parametrize('kind', ['BMP', 'TIFF', 'AVIF', 'GIF', 'PPM', 'JPEG2000'])
def test_formats_of_files(tmp_path, kind):
    path = tmp_path / 'poster.jpg'  # whatever the name says
    path.write_bytes(encoded(drawn(), kind))
    assert off(decode.read_rgb(path)) < 3


@pytest.mark.parametrize(
    ('values', 'level'),
    [
        (np.full((20, 16), 0x8000, '>u2'), 128),
        (np.full((20, 16), 0x8000, '<u2'), 128),
        (np.full((20, 16), 0.5, np.float32), 127),
        (np.full((20, 16), 127.0, np.float32), 127),
        (np.full((20, 16), 200, np.int32), 200),
        (np.full((20, 16), 32896, np.int32), 128),
        (np.full((20, 16), 2056, np.int32), 128),
        (np.full((20, 16), 2055.9, np.float32), 128),
    ],
)
def test_values_of_other_than_8_bits_are_scaled(values, level):
    image = Image.frombytes('I;16B', (16, 20), values.tobytes()) if values.dtype == '>u2' else Image.fromarray(values)
    read = decode.read(io.BytesIO(encoded(image, 'TIFF')))
    assert np.unique(np.asarray(read)).tolist() == [level]


def test_overexposed_fractions_are_not_black():
    values = np.linspace(0, 1.2, 320, dtype=np.float32).reshape(20, 16)
    read = np.asarray(decode.read(io.BytesIO(encoded(Image.fromarray(values), 'TIFF'))))
    assert (read.min(), read.max()) == (0, 255)


def test_a_transparent_color_is_white():
    image = Image.new('RGB', (16, 20), (10, 20, 30))
    read = decode.read(io.BytesIO(encoded(image, 'PNG', transparency=(10, 20, 30))))
    assert np.unique(np.asarray(read)).tolist() == [255]


def test_a_png_with_long_text_is_read():
    text = PngImagePlugin.PngInfo()
    text.add_text('parameters', 'steps ' * 400_000, zip=True)
    content = encoded(drawn(), 'PNG', pnginfo=text)
    assert off(decode.read(io.BytesIO(content))) == 0


def huge_jpeg():
    """The bytes of a small JPEG whose header claims 12,000 x 15,000 pixels."""
    content = encoded(drawn(), 'JPEG')
    place = content.index(b'\xff\xc0') + 5
    return content[:place] + struct.pack('>HH', 15_000, 12_000) + content[place + 4 :]


def test_the_size_is_checked_before_anything_is_decoded(tmp_path):
    path = tmp_path / 'bomb.jpg'
    path.write_bytes(huge_jpeg())
    with pytest.raises(BadImage, match='12000 x 15000 pixels, more than 100 million'):
        decode.read_rgb(path)
    with pytest.raises(BadImage, match='more than 25 million'):
        decode.poster_jpeg(huge_jpeg())
    with pytest.raises(BadImage, match='more than 100 million pixels'):
        decode.read(io.BytesIO(png_of_size(30_000, 30_000)))


class Unreadable(io.RawIOBase):
    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        return 0

    def readinto(self, buffer):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_trouble_of_the_machine_is_not_the_images():
    with pytest.raises(OSError, match='Too many open files'):
        decode.read(Unreadable())
    with pytest.raises(BadImage, match='broken'):
        decode.read(io.BytesIO(encoded(drawn(), 'PNG')[:-200]))


def test_folders_that_are_links_are_followed_once(tmp_path):
    real, shown = tmp_path / 'real', tmp_path / 'shown'
    real.mkdir(), shown.mkdir()
    for name in ('a.jfif', 'b.AVIF', 'c.bmp', '.hidden.png', 'notes.txt', 'drawing.eps'):
        (real / name).write_bytes(b'')
    (shown / 'faces').symlink_to(real)
    (real / 'loop').symlink_to(shown)
    found, others = decode.find_images(shown)
    assert [os.path.basename(path) for path in found] == ['a.jfif', 'b.AVIF', 'c.bmp']
    assert others == 2


def test_pipes_and_links_to_nowhere_are_no_images(tmp_path):
    os.mkfifo(tmp_path / 'pipe.jpg')
    (tmp_path / 'nowhere.png').symlink_to('gone')
    assert decode.find_images(tmp_path) == ([], 2)
    for name, reason in (('pipe.jpg', 'no regular file'), ('nowhere.png', 'no such file'), ('', 'no regular file')):
        with pytest.raises(BadImage, match=reason):
            decode.read_rgb(tmp_path / name)


def test_a_folder_goes_by_its_own_name_before_its_links(tmp_path):
    (tmp_path / 'z').mkdir()
    (tmp_path / 'z' / '1.png').write_bytes(b'')
    (tmp_path / 'a').symlink_to('z')
    assert decode.find_images(tmp_path) == ([str(tmp_path / 'z' / '1.png')], 0)


def test_posters_are_reduced_by_lanczos():
    """A line between pixels: other filters leave less of it, and no halo."""
    image = Image.new('L', (40, 40), 0)
    image.paste(255, (19, 0, 21, 40))
    row = np.asarray(decode.fit(image, (20, 20)))[10, :, 0].tolist()
    assert row == np.asarray(image.convert('RGB').resize((20, 20), Image.Resampling.LANCZOS))[10, :, 0].tolist()
    assert row != np.asarray(image.convert('RGB').resize((20, 20), Image.Resampling.BILINEAR))[10, :, 0].tolist()
