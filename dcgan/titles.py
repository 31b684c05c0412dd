"""Real titles for generated posters: set in type where the generator has put letters that nobody can read."""

import unicodedata
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.errors import WrongCall
from core.fonts import font
from sample.painter.canvas import Color, mix
from sample.painter.lettering import break_title

LONGEST = 80  # letters of a title
LINES = 3
LEAST_HEIGHT = 536  # pixels of a poster: smaller type is hard to read
MARGIN = 0.07  # of the width, left and right of the type, and as much above and below
ROOM = 0.13, 0.26  # of the height: the most that the type may take, for a narrow band and for a tall one
CONTRAST, CLEAR = 3.0, 4.5  # the least ones of WCAG for large type and for any
WHITE, BLACK = (250, 248, 244), (14, 13, 16)
FONTS = 'STIXGeneralBol', 'DejaVuSans-Bold', 'DejaVuSans'  # the first one that has every letter of a title is used
TALL = 1.25  # letters are stretched upwards, as on posters
GAP = 0.08  # of the size of the type, between lines
TRIAL = 100  # size in which lines are measured

WIDTH = 64  # pixels: the width in which titles are looked for, so that strokes are alike at every resolution
STROKE = 3  # pixels of that width: an edge of a letter has the opposite one within so many on either side
BETWEEN = 6  # pixels of that width: the most from one line of letters to the next
PAD = 3  # pixels of that width: around the letters, for their blurred edges
ROUNDS = 400  # of the means that fill a box: enough for the tallest
FAINT = 10.0  # levels of 255: weaker edges are no letters
TEXT = 0.3  # the least score of a band that is taken for a title
LEAST, MOST = 0.05, 0.16  # of the height: how tall a band is before it grows
APART = 0.7  # weight of what is above and below a band in its score
PLACES = [0, 0.05, 0.12, 0.2, 0.3, 0.5, 0.6, 0.88, 0.95, 1]  # of the height
PRIOR = [0.3, 0.6, 0.9, 0.9, 0.5, 0.6, 1, 1, 0.6, 0.2]  # how likely a title has its middle at each


class Box(NamedTuple):
    """A rectangle in pixels; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


def set_title(image: np.ndarray, title: str, scale: float | None = None) -> Image.Image:
    """The poster, (height, width, 3) uint8, with a title in type in place of the illegible one.

    The result is `scale` times as large, by default so large that it is at least 536 pixels high. Raises WrongCall
    where the title is empty, too long, or has letters that no font at hand has.
    """
    text = clean_title(title)
    poster = Image.fromarray(np.asarray(image)).convert('RGB')
    scale = scale or max(1.0, LEAST_HEIGHT / poster.height)
    large = poster.resize((round(poster.width * scale), round(poster.height * scale)), Image.Resampling.LANCZOS)
    small = _small(poster)
    box = find_title(small)
    filled = _filled(small, box)
    _erase(large, filled, box)
    mask, corner = _placed(text, large.size, box.top / len(small), box.bottom / len(small))
    _paint(large, mask, corner, _own_color(small, filled, box))
    return large


def clean_title(title: str) -> str:
    """The title in single spaces, without control characters. Raises WrongCall where it cannot be set."""
    visible = ''.join(c for c in ' '.join(title.split()) if unicodedata.category(c)[0] != 'C')
    text = unicodedata.normalize('NFC', ' '.join(visible.split()))
    if not text:
        raise WrongCall('the title is empty')
    if len(text) > LONGEST:
        raise WrongCall(f'the title has {len(text)} letters; at most {LONGEST} can be set')
    if lacking := min((_lacking(name, text.upper()) for name in FONTS), key=len):
        raise WrongCall(f'no font at hand has these letters of the title: {lacking}')
    return text


def find_title(small: np.ndarray) -> Box:
    """Where the title is, or has room, on a poster (height, 64, 3), 0 to 255."""
    strokes = _strokes(small)
    rows = _evenness(strokes)
    top, bottom, score = _best_rows(rows)
    if score < TEXT:
        top, bottom = _calm_rows(small)
        return Box(0, top, WIDTH, bottom)
    top, bottom = _grown(rows, top, bottom)
    columns = np.flatnonzero(strokes[top:bottom].mean(0) > 0.25)
    left, right = (int(columns[0]) - PAD, int(columns[-1]) + 1 + PAD) if len(columns) else (0, WIDTH)
    return Box(max(0, left), max(0, top - PAD), min(WIDTH, right), min(len(small), bottom + PAD))


def _small(poster: Image.Image) -> np.ndarray:
    """The poster, (height, WIDTH, 3), 0 to 255."""
    size = WIDTH, max(16, round(poster.height * WIDTH / poster.width))
    return np.asarray(poster.resize(size, Image.Resampling.BOX), np.float32)


def _strokes(small: np.ndarray) -> np.ndarray:
    """Where an edge and its opposite are side by side, as in letters, (height, WIDTH), 0 to 1."""
    steps = np.diff(_light(small), axis=1, append=_light(small)[:, -1:])
    both = np.minimum(_near(np.maximum(0, steps)), _near(np.maximum(0, -steps)))
    return np.minimum(1, both / max(FAINT, float(np.quantile(both, 0.9))))


def _light(pixels: np.ndarray) -> np.ndarray:
    return pixels @ np.array([0.299, 0.587, 0.114], np.float32)


def _near(values: np.ndarray) -> np.ndarray:
    """The greatest value within STROKE pixels on either side."""
    padded = np.pad(values, ((0, 0), (STROKE, STROKE)))
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * STROKE + 1, 1).max(-1)


def _evenness(strokes: np.ndarray) -> np.ndarray:
    """How densely strokes cover a row, (height,), 0 to 1, by its middling parts: letters are all along it."""
    parts = np.stack([part.mean(1) for part in np.array_split(strokes, 12, axis=1)], 1)
    return np.sort(parts, 1)[:, 3:9].mean(1)


def _best_rows(rows: np.ndarray) -> tuple[int, int, float]:
    """Top, bottom and score of the band that differs most from what is above and below it."""
    height = len(rows)
    flank = round(LEAST * height)
    sums = np.concatenate([[0], np.cumsum(rows)])
    best = 0, flank, -1.0
    for tall in range(flank, round(MOST * height) + 1):
        for top in range(height - tall + 1):
            bottom = top + tall
            above, below = max(0, top - flank), min(height, bottom + flank)
            inside = sums[bottom] - sums[top]
            around = (sums[below] - sums[above] - inside) / (below - above - tall)
            prior = np.interp((top + bottom) / 2 / height, PLACES, PRIOR)
            score = (inside / tall - APART * around) * (10 * tall / height) ** 0.3 * prior
            if score > best[2]:
                best = top, bottom, float(score)
    return best


def _grown(rows: np.ndarray, top: int, bottom: int) -> tuple[int, int]:
    """The band with the lines of letters that are next to it: strokes as dense, after a gap of few rows."""
    dense = np.flatnonzero(rows >= 0.7 * rows[top:bottom].mean())
    while bottom - top < ROOM[1] * len(rows):
        above = dense[(dense < top) & (dense >= top - BETWEEN)]
        below = dense[(dense >= bottom) & (dense < bottom + BETWEEN)]
        if not len(above) and not len(below):
            break
        top = int(above[-1]) if len(above) else top
        bottom = int(below[0]) + 1 if len(below) else bottom
    return top, bottom


def _calm_rows(small: np.ndarray) -> tuple[int, int]:
    """Top and bottom of the plainest rows of the lower third."""
    height = len(small)
    tall, first = round(0.16 * height), round(0.64 * height)
    unrest = np.abs(np.diff(_light(small), axis=1)).mean(1)
    top = min(range(first, round(0.95 * height) - tall + 1), key=lambda row: unrest[row : row + tall].sum())
    return top, top + tall


def _filled(small: np.ndarray, box: Box) -> np.ndarray:
    """The small poster with the box filled smoothly from its edges, (height, WIDTH, 3)."""
    field = np.pad(small, ((1, 1), (1, 1), (0, 0)), mode='edge')
    rows, columns = slice(box.top + 1, box.bottom + 1), slice(box.left + 1, box.right + 1)
    above, below = small[max(0, box.top - 2) : box.top], small[box.bottom : box.bottom + 2]
    field[rows, columns] = np.concatenate([above, below])[:, box.left : box.right].mean((0, 1))
    for _ in range(ROUNDS):
        around = field[:-2, 1:-1] + field[2:, 1:-1] + field[1:-1, :-2] + field[1:-1, 2:]
        field[rows, columns] = around[box.top : box.bottom, box.left : box.right] / 4
        field[0], field[-1], field[:, 0], field[:, -1] = field[1], field[-2], field[:, 1], field[:, -2]
    return field[1:-1, 1:-1]


def _erase(large: Image.Image, filled: np.ndarray, box: Box) -> None:
    """Put what is filled in the box over the large poster, with soft edges."""
    calm = Image.fromarray(np.clip(filled + 0.5, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
    grain = large.width / WIDTH
    mask = Image.new('L', large.size)
    ImageDraw.Draw(mask).rectangle([round(v * grain) for v in box], 255)
    mask = mask.filter(ImageFilter.GaussianBlur(1.4 * grain))
    large.paste(calm.resize(large.size, Image.Resampling.BICUBIC), (0, 0), mask)


def _own_color(small: np.ndarray, filled: np.ndarray, box: Box) -> Color:
    """The color of the generator's own letters: of what stands out most in the box, the lighter or the darker."""
    inside = np.s_[box.top : box.bottom, box.left : box.right]
    ink, ground = small[inside].reshape(-1, 3), filled[inside].reshape(-1, 3)
    change = _light(ink) - _light(ground)
    change *= np.sign(np.maximum(0, change).sum() - np.maximum(0, -change).sum()) or 1
    letters = change >= np.quantile(change, 0.85)
    color = ink[letters].mean(0) * 1.5 - ground[letters].mean(0) * 0.5  # small letters are blurred with the ground
    return tuple(int(v) for v in np.clip(color, 0, 255))


def _lacking(name: str, text: str) -> str:
    """The letters of the text that a font does not have."""
    face = font(name, 24)
    glyphs = {c: face.getmask(c) for c in dict.fromkeys('\uffff' + text.replace(' ', ''))}
    shapes = {c: (glyph.size, bytes(glyph)) for c, glyph in glyphs.items()}
    missing = shapes.pop('\uffff')
    return ''.join(c for c, shape in shapes.items() if shape == missing)


def _placed(text: str, size: tuple[int, int], top: float, bottom: float) -> tuple[Image.Image, tuple[int, int]]:
    """The type as a mask, and its corner on a poster of `size` (width, height), in pixels.

    The band from `top` to `bottom`, in shares of the height, says how high the type is and where its middle is.
    """
    width, height = size
    margin = round(MARGIN * width)
    room = width - 2 * margin, round(height * min(max(bottom - top, ROOM[0]), ROOM[1]))
    mask = _type(text, *room)
    y = round((top + bottom) / 2 * height - mask.height / 2)
    return mask, ((width - mask.width) // 2, min(max(y, margin), height - margin - mask.height))


def _type(text: str, width: int, height: int) -> Image.Image:
    """The text as large as it can be in at most LINES lines in width x height pixels: a mask, cropped to its ink."""
    name = next(name for name in FONTS if not _lacking(name, text.upper()))
    breaks = {'\n'.join(break_title(text, count)).upper() for count in range(1, LINES + 1)}
    trials = {lines: _drawn(lines, name, TRIAL) for lines in sorted(breaks)}
    shares = {lines: min(width / mask.width, height / mask.height) for lines, mask in trials.items()}
    lines = max(shares, key=shares.__getitem__)
    mask = _drawn(lines, name, max(1, int(TRIAL * shares[lines])))
    mask.thumbnail((width, height), Image.Resampling.LANCZOS)
    return mask


def _drawn(lines: str, name: str, size: int) -> Image.Image:
    """Lines of text, centered, as a mask cropped to its ink."""
    face, gap = font(name, size), GAP * size
    pen = ImageDraw.Draw(Image.new('L', (1, 1)))
    left, top, right, bottom = pen.multiline_textbbox((0, 0), lines, face, spacing=gap, align='center')
    mask = Image.new('L', (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(mask).multiline_text((1 - left, 1 - top), lines, 255, face, spacing=gap, align='center')
    mask = mask.crop(mask.getbbox())
    return mask.resize((mask.width, round(mask.height * TALL)), Image.Resampling.BICUBIC)


def _paint(large: Image.Image, mask: Image.Image, corner: tuple[int, int], own: Color) -> None:
    """Set the type in a color that stands out, over a shadow as strong as that needs."""
    beneath = _beneath(large, mask, corner)
    color = _legible(own, beneath)
    shade = BLACK if _is_lighter(color, beneath) else WHITE
    for strength in (0.3, 0.5, 0.7, 0.85, 1.0):
        shaded = large.copy()
        _shade(shaded, mask, corner, shade, strength)
        if _contrast(color, _beneath(shaded, mask, corner)) >= CONTRAST:
            break
    large.paste(shaded)
    large.paste(color, corner, mask)


def _legible(own: Color, beneath: np.ndarray) -> Color:
    """The generator's own color, made paler or darker where that is clearer; white or black where it is too faint."""
    if _contrast(own, beneath) < CONTRAST:
        return max(WHITE, BLACK, key=lambda one: _contrast(one, beneath))
    end = WHITE if _is_lighter(own, beneath) else BLACK
    stops = [mix(own, end, share) for share in (0, 0.2, 0.4, 0.6)]
    return next((color for color in stops if _contrast(color, beneath) >= CLEAR), own)


def _is_lighter(color: Color, beneath: np.ndarray) -> bool:
    return bool(_luminance(np.array(color)) > np.median(_luminance(beneath)))


def _shade(large: Image.Image, mask: Image.Image, corner: tuple[int, int], color: Color, strength: float) -> None:
    """A soft shadow of the type, or a soft light behind it."""
    by = max(1, round(large.width / 60))
    grown = Image.new('L', (mask.width + 8 * by, mask.height + 8 * by))
    grown.paste(mask, (4 * by, 4 * by))
    grown = grown.filter(ImageFilter.MaxFilter(2 * (by // 2) + 1)).filter(ImageFilter.GaussianBlur(by))
    grown = grown.point(lambda v: min(255, round(v * 1.3 * strength)))
    large.paste(color, (corner[0] - 4 * by, corner[1] - 4 * by), grown)


def _beneath(large: Image.Image, mask: Image.Image, corner: tuple[int, int]) -> np.ndarray:
    """The pixels of the poster where the type is, (n, 3)."""
    area = large.crop((*corner, corner[0] + mask.width, corner[1] + mask.height))
    ink = np.asarray(mask)
    return np.asarray(area)[ink >= ink.max() / 2].astype(np.float64)


def _contrast(color: Color, beneath: np.ndarray) -> float:
    """The contrast of WCAG, 1 to 21, that nine in ten of the pixels (n, 3) have at least."""
    one, others = _luminance(np.array(color)), _luminance(beneath)
    return float(np.quantile((np.maximum(one, others) + 0.05) / (np.minimum(one, others) + 0.05), 0.1))


def _luminance(pixels: np.ndarray) -> np.ndarray:
    """The relative luminance of WCAG, 0 to 1, of sRGB pixels (..., 3)."""
    share = pixels / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])
