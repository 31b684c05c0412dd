"""The small print of the sample posters: names, taglines and the credits at the foot."""

import random
from functools import partial

from PIL import Image, ImageDraw

from sample.painter.canvas import FINE, Canvas, Color
from sample.painter.lettering import font

FIRST = ('Ada', 'Bruno', 'Carla', 'Dmitri', 'Elsa', 'Felix', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kaja', 'Leon', 'Mira',
         'Nils', 'Olga', 'Pavel', 'Rosa', 'Sven', 'Tilda', 'Viktor')  # fmt: skip
LAST = ('Albrecht', 'Bellweather', 'Castellan', 'Dragomir', 'Ekholm', 'Fennimore', 'Grabowski', 'Halloran', 'Ivarsson',
        'Jankowski', 'Kestrel', 'Lindqvist', 'Marchetti', 'Novotny', 'Okonjo', 'Pellegrin', 'Quill', 'Rasmussen',
        'Szabo', 'Tamarind', 'Umberto', 'Varga', 'Winterbourne', 'Zielinski')  # fmt: skip
ROLES = ('written by', 'music by', 'edited by', 'costumes', 'director of photography', 'produced by', 'directed by')
TAGLINES = (
    'nobody asked to be found', 'some doors open once', 'it was only ever a tuesday', 'the last one out pays',
    'every mile has a witness', 'they had one good coat', 'what the tide returned', 'it began with a letter',
    'no map goes this far', 'three wishes. two fools.', 'do not answer it', 'love is a slow train',
    'this time, sideways', 'the sky kept its promise', 'all aboard for nowhere', 'you will want a bigger hat',
)  # fmt: skip


def somebody(rng: random.Random) -> str:
    """A name for the credits."""
    return f'{rng.choice(FIRST)} {rng.choice(LAST)}'


def small_text(
    c: Canvas, text: str, x: float, y: float, size: int, fill: Color, narrow=1.0, tracking=0, most=160.0
) -> None:
    """A line of tiny text centered on (x, y), no wider than `most`; `narrow` squeezes it."""
    if tracking:
        text = (' ' * tracking).join(text)
    face = font('DejaVuSans', size * FINE)
    left, top, right, bottom = face.getbbox(text)
    mask = Image.new('L', (right + 2, bottom + 2))
    ImageDraw.Draw(mask).text((0, 0), text, 255, face)
    mask = mask.crop((left, top, right, bottom))
    wide = round(min(mask.width * narrow, most * FINE))
    mask = mask.resize((max(1, wide), mask.height), Image.Resampling.BILINEAR)
    c.image.paste(fill[:3], (round(x * FINE - wide / 2), round(y * FINE - mask.height / 2)), mask)


def draw_credits(c: Canvas, year: int, foot: float, fill: Color) -> None:
    """The block of tiny condensed names at the foot of every poster."""
    pairs = [f'{role} {somebody(c.rng).upper()}' for role in c.rng.sample(ROLES, 6)]
    small = partial(small_text, c, fill=fill, narrow=0.56)
    small('   '.join(pairs[:3]), 91, foot - 8, 5, most=138)
    small('   '.join(pairs[3:]), 91, foot - 2.6, 5, most=128)
    small(f'© {year} {c.rng.choice(LAST)} Pictures', 91, foot + 2.8, 4)
