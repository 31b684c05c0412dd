"""Titles set in type on generated posters."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.errors import WrongCall
from dcgan.titles import set_title

BLACK, GRAY, RED, WHITE, YELLOW = (0, 0, 0), (128, 128, 128), (170, 20, 20), (255, 255, 255), (250, 220, 60)


def plain(color=GRAY, height=96, width=64):
    return np.full((height, width, 3), color, np.uint8)


def lettered(top, ground=RED, letters=YELLOW):
    """A poster with bars like letters, some rows high, and with a figure that has single edges."""
    poster = plain(ground)
    poster[35:60, 22:44] = np.arange(30, 140, 5)[:, None]
    for left in range(8, 56, 4):
        poster[top : top + 10, left : left + 2] = letters
    return poster


def striped(top, tall=8):
    """White bars on black, which are all that is not black."""
    poster = plain(BLACK)
    poster[top : top + tall, 8:56:4] = 255
    return poster


def ink(picture):
    """The color of the type, the most frequent one that is unlike the corners', and where it is, (height, width)."""
    pixels = np.asarray(picture).astype(int)
    grounds = pixels[0, [0, -1], np.newaxis, np.newaxis]
    other = pixels[(np.abs(pixels - grounds) > 12).any(-1).all(0)]
    color = np.bincount(other @ [65536, 256, 1]).argmax()
    color = np.array([color >> 16, color >> 8 & 255, color & 255])
    return color, (np.abs(pixels - color) < 24).all(2)


def contrast(one, other):
    """As WCAG defines it; colors are (..., 3)."""
    lights = []
    for color in one, other:
        share = np.asarray(color) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        lights.append(linear @ [0.2126, 0.7152, 0.0722] + 0.05)
    return np.maximum(*lights) / np.minimum(*lights)


@pytest.mark.parametrize('top', [10, 72])
def test_title_takes_the_place_of_the_illegible_one(top):
    picture = np.asarray(set_title(lettered(top), 'I')).astype(float)
    rows, columns = np.nonzero(ink(picture)[1])
    scale = len(picture) / 96
    assert abs(rows.mean() / scale - (top + 5)) < 3
    band = picture[round((top + 1) * scale) : round((top + 9) * scale)]
    assert np.abs(band[:, : columns.min() - 60] - RED).max() < 40, 'the bars are still there'


def test_title_takes_the_place_of_two_illegible_lines():
    poster = striped(62) + striped(74)
    rows, columns = np.nonzero(np.asarray(set_title(poster, 'I')).max(2) > 60)
    assert abs(rows.mean() * 96 / 536 - 72) < 2
    assert np.ptp(columns) < 60, 'there are bars beside the letter'


def test_title_without_a_place_is_set_in_calm_rows_of_the_lower_third():
    poster = plain()
    poster[62:75, ::2] = 130  # restless, but too faint for letters
    rows, _ = np.nonzero(ink(set_title(poster, 'Cellar'))[1])
    assert 0.75 < rows.mean() / 536 < 0.95


@pytest.mark.parametrize('ground', [WHITE, GRAY, RED, BLACK, YELLOW, (90, 130, 90)])
@pytest.mark.parametrize('shift', [0, 25, 80])
def test_title_stands_out(ground, shift):
    """Also where the generator's letters, that much darker than the ground, do not."""
    poster = lettered(72, ground, np.maximum(0, np.subtract(ground, shift)))
    assert contrast(ink(set_title(poster, 'Cellar'))[0], ground) >= 4


def test_title_has_the_color_of_the_generators_letters_if_that_stands_out():
    red, green, blue = ink(set_title(lettered(72), 'Cellar'))[0]
    assert min(red, green) > 200
    assert blue < 140


def test_title_stands_out_where_the_ground_is_half_black_and_half_yellow():
    poster = plain(BLACK)
    poster[:, 32:] = YELLOW
    picture = set_title(poster, 'The Long Night')
    color, where = ink(picture)
    letters = Image.fromarray(where.astype(np.uint8))
    near, at = (np.asarray(letters.filter(ImageFilter.MaxFilter(size))) for size in (7, 3))
    assert (contrast(color, np.asarray(picture)[near > at]) >= 3).mean() > 0.85


@pytest.mark.parametrize(
    'title', ['W' * 24, 'Donaudampfschifffahrtsgesellschaftskapitan', 'i' * 80, 'A B C ' * 13, 'I']
)
def test_title_keeps_clear_of_the_edges(title):
    rows, columns = np.nonzero(np.asarray(set_title(striped(84), title)).max(2) > 60)
    assert 0.06 * 357 < columns.min() < columns.max() < 0.94 * 357
    assert 0.03 * 536 < rows.min() < rows.max() < 0.97 * 536


def test_long_title_is_broken_into_three_lines():
    title = 'The assassination of a very quiet man in the city of endless summer rain'
    rows = (np.asarray(set_title(striped(60, tall=24), title)).max(2) > 60).any(1)
    assert np.count_nonzero(np.diff(rows.astype(int)) == 1) == 3


@pytest.mark.parametrize('letters', ['ÉŐ', 'ЖЯ', 'ΩΔ', 'אש', '♥☂', 'ŁÅ'])
def test_letters_are_drawn_and_no_boxes_in_their_place(letters):
    one, other = (np.asarray(set_title(plain(), title)) for title in (letters * 2, letters[::-1] * 2))
    assert (one != other).any()


def test_control_characters_and_spare_spaces_are_left_out():
    assert set_title(plain(), ' Iron\x07\n \tSky\u202e ') == set_title(plain(), 'IRON SKY')


@pytest.mark.parametrize(
    'title, reason',
    [
        ('', 'empty'),
        (' \n\x00 ', 'empty'),
        ('A' * 81, '81 letters; at most 80'),
        ('The 龍', 'letters of the title: 龍'),
    ],
)
def test_unusable_title_is_refused(title, reason):
    with pytest.raises(WrongCall, match=reason):
        set_title(plain(), title)


@pytest.mark.parametrize(
    'height, scale, size', [(96, None, (357, 536)), (600, None, (400, 600)), (96, 2, (128, 192)), (268, 3, (546, 804))]
)
def test_poster_is_enlarged(height, scale, size):
    assert (
        set_title(
            plain(height=height, width=height * 182 // 268 if height == 268 else height * 2 // 3), 'Dust', scale
        ).size
        == size
    )
