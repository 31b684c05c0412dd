"""Draw the poster of an invented film, for trying the toolkit without downloading anything.

>>> draw('sample:1984/Sci-Fi+Action/The%20Glass%20Orbit').size
(182, 268)
"""

import hashlib
import random
import re
from typing import NamedTuple
from urllib.parse import unquote

from PIL import Image, ImageDraw, ImageOps

from sample.painter.canvas import FINE, HEIGHT, WIDTH, Canvas, Palette, fade, mix
from sample.painter.lettering import contrasting, draw_title, style_for
from sample.painter.looks import BACKDROPS, GENRES, blend, develop, palette
from sample.painter.ornaments import ORNAMENTS, motif
from sample.painter.scenes import SCENES
from sample.painter.small_print import TAGLINES, draw_credits, small_text, somebody

URL = re.compile(r'sample:([0-9]{4})/([^/]+)/([^/]+)')


class Film(NamedTuple):
    """What a sample poster's address says."""

    year: int
    genres: tuple[str, ...]
    title: str

    @property
    def decade(self) -> int:
        """1970 to 2010: whose manner the poster has."""
        return min(2010, max(1970, self.year // 10 * 10))


class Layout(NamedTuple):
    """Where things go: the title's room, the point a scene is arranged around, its ground, the picture's foot."""

    title: tuple[float, float, float, float]
    focus: tuple[float, float]
    ground: float
    foot: float = HEIGHT
    flush: bool = False


LAYOUTS = {
    'below': Layout((14, 198, 168, 239), (91, 100), 176),
    'above': Layout((14, 22, 168, 70), (91, 150), 216),
    'panel': Layout((16, 208, 166, 241), (91, 100), 180, foot=202),
    'large': Layout((13, 16, 169, 96), (91, 166), 222, flush=True),
    'low': Layout((22, 206, 160, 238), (91, 104), 188),
}
DECADE_LAYOUTS = {
    1970: ('panel', 'panel', 'panel', 'above', 'below'),
    1980: ('above', 'below', 'below'),
    1990: ('low', 'low', 'below', 'above'),
    2000: ('below', 'below', 'low', 'above'),
    2010: ('large', 'large', 'below', 'low', 'above'),
}


def parse(url: str) -> Film:
    """Read 'sample:<year>/<genre>+<genre>/<percent-encoded title>'. ValueError if it is something else."""
    match = URL.fullmatch(url)
    genres = tuple(match[2].split('+')) if match else ()
    if not genres or not set(genres) <= set(GENRES) or not unquote(match[3]).strip():
        raise ValueError(f"not a sample poster: {url!r} (expected 'sample:1984/Sci-Fi+Action/Some%20Title')")
    return Film(int(match[1]), genres, unquote(match[3]))


def draw(url: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """The poster, RGB of `size`, of the film that a sample address speaks of; the same pixels every time.

    Up to twice 182x268 it has details of its own, and is enlarged beyond that.

    ValueError if the address is malformed or names an unknown genre.
    """
    film = parse(url)
    rng = random.Random(hashlib.sha256(url.encode()).digest())
    layout = LAYOUTS[rng.choice(DECADE_LAYOUTS[film.decade])]
    c = Canvas(rng, _palette(film, rng), _jitter(layout.focus, rng), layout.ground + rng.uniform(-4, 4))
    BACKDROPS[film.decade](c)
    rng.choice(SCENES[film.genres[0]])(c)
    _traces(c, film)
    if rng.random() < 0.5:
        c.image.paste(ImageOps.mirror(c.image))
    _frame(c, film.decade, layout)
    _letters(c, film, layout)
    return develop(_cropped(c, size), film.decade, rng)


def _palette(film: Film, rng: random.Random) -> Palette:
    """The first genre's colors, which the second one tinges or now and then takes over."""
    genres = list(film.genres)
    if rng.random() < 0.05:
        genres[0] = rng.choice(GENRES)
    if len(genres) > 1 and rng.random() < 0.15:
        genres[:2] = genres[1::-1]
    main = palette(genres[0], rng)
    if len(genres) == 1:
        return main
    return blend(main, palette(genres[1], rng), rng.uniform(0.2, 0.55))


def _jitter(point: tuple[float, float], rng: random.Random) -> tuple[float, float]:
    return point[0] + rng.gauss(0, 5), point[1] + rng.gauss(0, 4)


def _traces(c: Canvas, film: Film) -> None:
    """The marks of the second and third genre; sometimes missing, sometimes misleading."""
    marks = [genre for genre in film.genres[1:] if c.chance(0.92)]
    if c.chance(0.04):
        marks = [c.rng.choice(GENRES)]
    if marks:
        ORNAMENTS[marks[0]](c)
    if len(marks) > 1:
        motif(c, marks[1])


def _frame(c: Canvas, decade: int, layout: Layout) -> None:
    """The decade's border, and the paper below the picture if the title stands there."""
    paper = mix(c.palette.pale, (246, 236, 214), 0.4)
    edges = [v * FINE for v in (8, 8, WIDTH - 8, min(layout.foot, HEIGHT - 8))]
    if decade == 1970:
        mask = Image.new('L', c.image.size, 255)
        ImageDraw.Draw(mask).rounded_rectangle(edges, 9 * FINE, 0)
        c.image.paste(paper, (0, 0), mask)
    elif decade == 1980 and c.chance(0.4):
        tube = mix(c.palette.accent, c.palette.pale, 0.4)
        c.pen.rounded_rectangle(edges, 10, outline=tube, width=3)
    elif decade == 2010 and c.chance(0.35):
        c.pen.rectangle((0, 0, WIDTH * FINE - 1, HEIGHT * FINE - 1), outline=paper, width=7 * FINE)


def _letters(c: Canvas, film: Film, layout: Layout) -> None:
    """Title, names, tagline and credits."""
    dark = mix(c.palette.ink, (0, 0, 0), 0.3)
    below = layout.title[1] > 150
    if below and film.decade in (1980, 1990, 2000):
        c.haze(184, HEIGHT - 40, dark, 0.8)
        c.box(0, HEIGHT - 40, WIDTH, HEIGHT, fade(dark, 0.8))
    draw_title(c, film.title, style_for(film.genres[0], film.decade, c.rng), layout.title, layout.flush)
    foot = [v * FINE for v in (20, 244, 162, 262)]
    draw_credits(c, film.year, 254, contrasting(c, foot, c.palette.pale if film.decade != 1970 else dark))
    if below and c.chance(0.75):
        top = contrasting(c, [v * FINE for v in (20, 12, 162, 22)])
        names = f'{somebody(c.rng)}     {somebody(c.rng)}' if c.chance(0.6) else c.rng.choice(TAGLINES)
        small_text(c, names.upper(), 91, 19, 5, top, tracking=1, most=146)


def _cropped(c: Canvas, size: tuple[int, int]) -> Image.Image:
    """Scaled to `size`, cut a little off center."""
    wide, high = c.image.size
    slack = c.between(0, 5)
    left, top = c.between(0, slack), c.between(0, slack)
    box = (left, top, wide - slack + left, high - (slack - top) * high / wide)
    return c.image.resize(size, Image.Resampling.LANCZOS, box=box)
