"""The lettering of the sample posters: titles in the manner of a decade or a genre, names, taglines, credits."""

import random
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from core import fonts
from sample.painter.canvas import FINE, HEIGHT, WIDTH, Canvas, Color, light, mix

SIZE = 72  # letters are drawn so large, then fitted to their room
SMALL_WORDS = {'The', 'A', 'An', 'of', 'and', 'the', 'for', 'in', 'to', 'at', 'on', 'with', 'from', 'a', 'an'}


def font(name: str, size: int = SIZE) -> ImageFont.FreeTypeFont:
    """A font of `core.fonts`, by default in the size that a title is drawn in before it is scaled."""
    return fonts.font(name, size)


class Style(NamedTuple):
    """How a title is set. `tall` stretches letters upwards; `even` gives all lines one size, otherwise each
    line fills the width; `room` is the share of the title's room that it takes."""

    fonts: tuple[str, ...]
    case: str = 'upper'
    tracking: float = 0.0
    tall: float = 1.0
    weight: int = 0
    even: bool = True
    room: float = 1.0
    slant: float = 0.0
    arch: float = 0.0
    bounce: float = 0.0
    soft: bool = False
    worn: float = 0.0
    finish: str = 'flat'


SANS, SERIF = ('DejaVuSans-Bold',), ('DejaVuSerif-Bold',)
STYLES = {
    'rounded': Style(SERIF, 'title', weight=3, tall=1.05, soft=True, finish='shadow'),
    'groovy': Style(SERIF, 'title', weight=3, tall=1.25, soft=True, arch=0.16, finish='flat'),
    'swash': Style(('STIXGeneralBolIta', 'DejaVuSerif-BoldItalic'), 'title', weight=2, finish='shadow'),
    'chrome': Style(('DejaVuSans-BoldOblique',), tall=1.3, slant=0.12, even=False, finish='chrome'),
    'neon': Style(('DejaVuSans', 'Aileron'), tracking=0.06, weight=1, finish='neon'),
    'arcade': Style(SANS, tall=1.1, weight=2, even=False, finish='outline'),
    'roman': Style(('STIXGeneral', 'STIXGeneralBol'), tracking=0.24, room=0.85),
    'capitals': Style(('DejaVuSerif', 'STIXGeneralBol'), tracking=0.14, tall=1.2),
    'typed': Style(('DejaVuSansMono-Bold', 'DejaVuSansMono'), 'lower', tracking=0.02, worn=0.35),
    'metal': Style(('STIXGeneralBol', 'DejaVuSerif-Bold'), tracking=0.05, tall=1.25, finish='metal'),
    'blocks': Style(SANS, tall=1.55, even=False, finish='metal'),
    'stacked': Style(('Aileron', 'DejaVuSans-Bold'), even=False, weight=1),
    'tiny': Style(('Aileron', 'DejaVuSans'), 'lower', tracking=0.18, room=0.6),
    'light': Style(('Aileron',), tracking=0.3, room=0.8),
    'bouncy': Style(SANS, 'title', tracking=0.05, weight=2, soft=True, bounce=0.05, finish='shadow'),
    'dreadful': Style(SERIF, tall=1.5, worn=0.8, even=False),
    'wanted': Style(SERIF, tall=1.7, even=False, worn=0.3),
    'wide': Style(('DejaVuSans-Bold', 'DejaVuSans'), tracking=0.34, tall=0.75),
    'tender': Style(('STIXGeneralBolIta', 'STIXGeneralItalic', 'DejaVuSerif-Italic'), 'title'),
    'stencil': Style(SANS, tall=1.4, even=False, worn=0.5),
    'headline': Style(('DejaVuSansMono-Bold', 'DejaVuSans-Bold'), tall=1.3, finish='boxed'),
}
DECADE_STYLES = {
    1970: ('rounded', 'rounded', 'groovy', 'swash'),
    1980: ('chrome', 'chrome', 'neon', 'arcade'),
    1990: ('roman', 'roman', 'capitals', 'typed'),
    2000: ('metal', 'metal', 'blocks', 'roman'),
    2010: ('stacked', 'stacked', 'tiny', 'light'),
}
GENRE_STYLES = {
    'Comedy': 'bouncy', 'Drama': 'capitals', 'Action': 'blocks', 'Animation': 'bouncy', 'Romance': 'tender',
    'Adventure': 'groovy', 'Horror': 'dreadful', 'Sci-Fi': 'wide', 'Crime': 'headline', 'Mystery': 'typed',
    'Thriller': 'headline', 'War': 'stencil', 'Family': 'bouncy', 'Western': 'wanted',
}  # fmt: skip


def style_for(genre: str, decade: int, rng: random.Random) -> Style:
    """The decade's manner more often than the genre's."""
    name = GENRE_STYLES[genre] if rng.random() < 0.38 else rng.choice(DECADE_STYLES[decade])
    return STYLES[name]


def break_title(title: str, count: int) -> list[str]:
    """The title in at most `count` lines of about the same length; no line ends in a small word if avoidable."""
    words = title.split()
    best, best_cost = [title], float('inf')

    def attempt(start: int, left: int, lines: list[str]) -> None:
        nonlocal best, best_cost
        if start == len(words):
            lengths = [len(line) for line in lines]
            cost = 1.6 * max(lengths) - 0.6 * min(lengths)
            cost += 4 * sum(line.split()[-1] in SMALL_WORDS for line in lines)
            if cost < best_cost:
                best, best_cost = lines, cost
        elif left:
            for end in range(start + 1, len(words) + 1):
                attempt(end, left - 1, [*lines, ' '.join(words[start:end])])

    attempt(0, count, [])
    return best


def draw_title(c: Canvas, title: str, style: Style, box: tuple[float, float, float, float], flush: bool) -> None:
    """Set the title inside the box (left, top, right, bottom, in poster pixels), `flush` left or centered."""
    left, top, right, bottom = (round(v * FINE) for v in box)
    width, height = right - left, bottom - top
    lines = break_title(title, min(4, max(1, round(len(title) / (8 if not style.even else 11)))))
    fonts = [f for f in style.fonts if title.isascii() or f != 'Aileron'] or SANS  # Aileron lacks some accents
    name = c.rng.choice(fonts)
    cased = [getattr(line, style.case)() if style.case != 'title' else line for line in lines]
    mask = _shape(_block([_line(t, name, style, c.rng) for t in cased], style, width, height, flush), style, c.rng)
    if style.slant:
        grow = round(style.slant * mask.height)
        size, lean = (mask.width + grow, mask.height), (1, style.slant, -grow, 0, 1, 0)
        mask = mask.transform(size, Image.Transform.AFFINE, lean, Image.Resampling.BILINEAR)
        mask = mask.resize((min(mask.width, width), mask.height), Image.Resampling.BILINEAR)
    x = left if flush else left + (width - mask.width) // 2
    y = top + (height - mask.height) // 2
    FINISHES[style.finish](c, mask, x, y)


def _line(text: str, name: str, style: Style, rng: random.Random) -> Image.Image:
    """One line of text as a mask, cropped to its ink."""
    face, gap = font(name), style.tracking * SIZE
    mask = Image.new('L', (round((len(text) + 2) * (SIZE * 1.1 + gap)), SIZE * 2))
    pen, x = ImageDraw.Draw(mask), SIZE // 2
    if not gap and not style.bounce:
        pen.text((x, SIZE // 3), text, 255, face, stroke_width=style.weight)
        return mask.crop(mask.getbbox())
    for letter in text:
        y = SIZE // 3 + rng.uniform(-style.bounce, style.bounce) * SIZE
        pen.text((x, y), letter, 255, face, stroke_width=style.weight)
        x += face.getlength(letter) + gap
    return mask.crop(mask.getbbox())


def _block(lines: list[Image.Image], style: Style, width: int, height: int, flush: bool) -> Image.Image:
    """The lines below one another, fitted into width x height."""
    wide = width * style.room
    if style.even:
        scale = wide / max(line.width for line in lines)
        sizes = [(line.width * scale, line.height * scale * style.tall) for line in lines]
    else:
        sizes = [(wide, min(line.height * wide / line.width * style.tall, height * 0.6)) for line in lines]
    gap = 0.28 * sum(tall for _, tall in sizes) / len(sizes)
    total = sum(tall for _, tall in sizes) + gap * (len(lines) - 1)
    squeeze = min(1.0, height / total)
    narrow = min(1.0, squeeze * 1.35)  # letters too high for their room become narrower, though not as much
    block = Image.new('L', (round(max(w for w, _ in sizes) * narrow) + 2, round(total * squeeze) + 2))
    y = 0.0
    for line, (w, h) in zip(lines, sizes, strict=True):
        small = line.resize((max(1, round(w * narrow)), max(1, round(h * squeeze))), Image.Resampling.LANCZOS)
        block.paste(small, (0 if flush else (block.width - small.width) // 2, round(y)))
        y += (h + gap) * squeeze
    return block


def _shape(mask: Image.Image, style: Style, rng: random.Random) -> Image.Image:
    """Arch, soften and wear the lettering."""
    if style.arch:
        mask = _arched(mask, style.arch)
    if style.soft:
        mask = mask.filter(ImageFilter.GaussianBlur(1.3)).point(lambda v: min(255, max(0, (v - 96) * 5)))
    if style.worn:
        noise = np.random.Generator(np.random.PCG64(rng.getrandbits(64)))
        specks = Image.fromarray(noise.integers(0, 256, (mask.height // 2 + 1, mask.width // 2 + 1), np.uint8))
        specks = specks.resize(mask.size, Image.Resampling.BICUBIC)
        edge = 40 + 60 * style.worn
        mask = ImageChops.multiply(mask, specks.point(lambda v: 255 if v > edge else round(255 - 190 * style.worn)))
    return mask


def _arched(mask: Image.Image, amount: float) -> Image.Image:
    """Bend the lettering up in the middle."""
    pixels, rise = np.asarray(mask), round(amount * mask.width / 2)
    at = np.linspace(-1, 1, mask.width)
    drop = np.round(rise * at**2).astype(int)
    bent = np.zeros((mask.height + rise, mask.width), np.uint8)
    bent[np.arange(mask.height)[:, None] + drop, np.arange(mask.width)] = pixels
    tall = min(1.0, mask.height * 1.15 / (mask.height + rise))
    return Image.fromarray(bent).resize((mask.width, round(bent.shape[0] * tall)), Image.Resampling.BILINEAR)


# Finishes: functions that paint a mask on the canvas with its corner at (x, y), in fine pixels


def contrasting(c: Canvas, area: tuple[int, int, int, int], *wanted: Color) -> Color:
    """The first of the colors that stands out against the area (fine pixels), or the best of all."""
    here = c.image.crop(area).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    choices = [*wanted, c.palette.pale, c.palette.ink]
    clear = [color for color in choices if abs(light(color) - light(here)) > 105]
    return clear[0] if clear else max(choices, key=lambda color: abs(light(color) - light(here)))


def _unrest(c: Canvas, area: tuple[int, int, int, int]) -> float:
    """How much light and dark alternate in the area: 0 where it is plain, about 1 where letters would drown."""
    small = c.image.crop(area).resize((16, 8), Image.Resampling.BOX).convert('L')
    return min(1.0, float(np.asarray(small).std()) / 60)


def _area(mask: Image.Image, x: int, y: int) -> tuple[int, int, int, int]:
    return max(0, x), max(0, y), min(WIDTH * FINE, x + mask.width), min(HEIGHT * FINE, y + mask.height)


def _spread(mask: Image.Image, by: int) -> Image.Image:
    """The mask grown by some pixels on every side."""
    grown = Image.new('L', (mask.width + 2 * by, mask.height + 2 * by))
    grown.paste(mask, (by, by))
    return grown.filter(ImageFilter.MaxFilter(2 * by + 1))


def _halo(c: Canvas, mask: Image.Image, x: int, y: int, color: Color, by: int = 5, strength: float = 0.6) -> None:
    grown = Image.new('L', (mask.width + 8 * by, mask.height + 8 * by))
    grown.paste(mask, (4 * by, 4 * by))
    grown = grown.filter(ImageFilter.BoxBlur(by)).point(lambda v: min(255, round(v * 1.6 * strength)))
    c.image.paste(color[:3], (x - 4 * by, y - 4 * by), grown)


def _opposite(c: Canvas, color: Color) -> Color:
    return mix(c.palette.ink, (0, 0, 0), 0.4) if light(color) > 128 else c.palette.pale


def flat(c: Canvas, mask: Image.Image, x: int, y: int) -> None:
    """One color, with a soft halo as strong as the background is restless."""
    area = _area(mask, x, y)
    color = contrasting(c, area, c.one_of(c.palette.pale, c.palette.ink, c.palette.accent))
    _halo(c, mask, x, y, _opposite(c, color), 7, 0.25 + _unrest(c, area))
    c.image.paste(color, (x, y), mask)


def shadow(c: Canvas, mask: Image.Image, x: int, y: int) -> None:
    """Solid letters with depth; their faces and their sides are never alike."""
    area = _area(mask, x, y)
    color = contrasting(c, area, c.one_of(c.palette.pale, c.palette.accent))
    bright = light(color) > 130
    side = mix(c.palette.ink, (0, 0, 0), 0.2) if bright else mix(c.palette.pale, c.palette.accent, 0.2)
    _halo(c, mask, x, y, _opposite(c, color), 6, 0.6 * _unrest(c, area))
    for step in (5, 4, 3, 2) if bright else (3, 2):
        c.image.paste(side, (x + step, y + step), mask)
    c.image.paste(color, (x, y), mask)


def outline(c: Canvas, mask: Image.Image, x: int, y: int) -> None:
    """An accent color with an edge around it."""
    color = contrasting(c, _area(mask, x, y), c.palette.accent)
    c.image.paste(_opposite(c, color), (x - 3, y - 3), _spread(mask, 3))
    c.image.paste(color, (x, y), mask)


def _graded(c: Canvas, mask: Image.Image, x: int, y: int, stops: list[Color]) -> None:
    """Paint the mask with colors that run from its top to its foot."""
    at = np.linspace(0, len(stops) - 1, mask.height)
    column = np.stack([np.interp(at, range(len(stops)), [s[i] for s in stops]) for i in range(3)], -1)
    c.image.paste(Image.fromarray(column.astype(np.uint8)[:, None]).resize(mask.size), (x, y), mask)


def chrome(c: Canvas, mask: Image.Image, x: int, y: int) -> None:
    """Polished metal under a blue sky, as on the cover of a video cassette."""
    c.image.paste(mix(c.palette.ink, (10, 0, 40), 0.6), (x - 2, y - 1), _spread(mask, 4))
    c.image.paste(mix(c.palette.accent, (255, 90, 190), 0.4), (x - 2, y - 2), _spread(mask, 2))
    sky = mix(c.palette.second, (60, 120, 255), 0.5)
    _graded(c, mask, x, y, [(255, 255, 255), mix(sky, (255, 255, 255), 0.5), sky, mix(sky, (8, 4, 40), 0.75),
                            mix(c.palette.accent, (255, 200, 120), 0.4), (255, 250, 230)])  # fmt: skip


def neon(c: Canvas, mask: Image.Image, x: int, y: int) -> None:
    """A glowing tube."""
    tube = mix(c.palette.accent, (255, 60, 170), 0.35)
    _halo(c, mask, x, y, mix(c.palette.ink, (0, 0, 0), 0.5), 9, 0.9)
    _halo(c, mask, x, y, tube, 5, 1.1)
    c.image.paste(mix(tube, (255, 255, 255), 0.82), (x, y), mask)


def metal(c: Canvas, mask: Image.Image, x: int, y: int) -> None:
    """Brushed steel, lit from above."""
    _halo(c, mask, x, y, mix(c.palette.ink, (0, 0, 0), 0.6), 6, 1.0)
    steel = mix(c.palette.pale, c.palette.accent, c.one_of(0.0, 0.0, 0.35))
    _graded(c, mask, x, y, [steel, (255, 255, 255), mix(steel, (90, 100, 110), 0.55), mix(steel, (255, 255, 255), 0.5),
                            mix(steel, (70, 80, 90), 0.6)])  # fmt: skip


def boxed(c: Canvas, mask: Image.Image, x: int, y: int) -> None:
    """The title knocked out of a solid bar."""
    back = contrasting(c, _area(mask, x, y), c.one_of(c.palette.accent, c.palette.ink))
    c.pen.rectangle((x - 10, y - 8, x + mask.width + 9, y + mask.height + 7), back)
    c.image.paste(c.palette.pale if light(back) < 140 else c.palette.ink, (x, y), mask)


FINISHES = {finish.__name__: finish for finish in (flat, shadow, outline, chrome, neon, metal, boxed)}
