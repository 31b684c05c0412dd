"""What the sample posters show: scenes of four genres, and the register of all genres' scenes.

A scene is a function of the canvas; the decade's backdrop is already there. It arranges itself around
`c.focus` and `c.ground`.
"""

from collections.abc import Callable

from sample.painter.canvas import HEIGHT, WIDTH, Canvas, fade, mix
from sample.painter.dark_scenes import DARK_SCENES
from sample.painter.open_scenes import OPEN_SCENES
from sample.painter.scenery import dots, hills, rain, tree
from sample.painter.symbols import stamp

# Comedy


def big_grin(c: Canvas) -> None:
    """A face made of very little: glasses or eyes, a moustache or a grin."""
    p, (x, y) = c.palette, c.focus
    if c.chance(0.5):
        c.disc(x, y + 4, 66, mix(p.pale, p.top, 0.1))
    stamp(c, c.one_of('glasses', 'glasses', 'mask'), x, y - 14, 92, p.ink, p.pale, p.ink)
    if c.chance(0.5):
        stamp(c, 'grin', x, y + 34, 78, p.accent, p.pale, p.second)
    else:
        stamp(c, 'moustache', x, y + 24, 84, p.ink)
    if c.chance(0.6):
        stamp(c, 'bowler', x, y - 62, 84, p.ink, p.accent, turn=c.between(-14, 14))


def silly_thing(c: Canvas) -> None:
    """One ridiculous object, very large, on a burst."""
    p, (x, y) = c.palette, c.focus
    c.rays(x, y, c.one_of(12, 16, 20), mix(p.top, p.pale, 0.4), c.rng.random())
    if c.chance(0.6):
        c.disc(x, y, 60, c.one_of(p.pale, p.accent))
    thing = c.one_of('duck', 'banana', 'bowler', 'bowtie', 'lips', 'moustache', 'cup', 'umbrella')
    low = 38 if thing == 'duck' else 0
    stamp(c, thing, x, y + low, 112, p.ink, p.accent, p.second, p.pale, turn=c.between(-12, 12))


def chase(c: Canvas) -> None:
    """Several people after one another over a bright field."""
    p = c.palette
    c.box(0, c.ground, WIDTH, HEIGHT, p.second)
    c.box(0, c.ground, WIDTH, c.ground + 5, p.pale)
    size, flip = c.between(58, 74), c.chance(0.5)
    for i, fill in enumerate((p.ink, p.accent, p.ink)):
        pose = c.one_of('runner', 'runner', 'cheerer', 'lady')
        stamp(c, pose, 36 + 54 * i, c.ground + c.between(-8, 3), size * c.between(0.75, 1.1), fill, flip=flip)
    thing = c.one_of('duck', 'dog', 'bird', 'bowler')
    stamp(c, thing, c.focus[0], c.focus[1] - 34, 34, p.accent, p.ink, p.second, p.pale)


def party(c: Canvas) -> None:
    """Polka dots and cheering people."""
    p, (x, y) = c.palette, c.focus
    dots(c, mix(p.top, p.pale, 0.5), c.one_of(14, 18, 24), c.between(2.5, 4.5))
    c.disc(x, y, 68, p.pale)
    c.disc(x, y, 62, c.one_of(p.accent, p.second))
    for dx, size in ((-36, 64), (36, 64), (0, 88)):
        stamp(c, c.one_of('cheerer', 'lady', 'hatman'), x + dx, y + 54, size, p.ink)


# Drama


def lone_figure(c: Canvas) -> None:
    """Somebody small before a low sun."""
    p, (x, _) = c.palette, c.focus
    side = c.one_of(-1, 1)
    c.disc(x + side * c.between(0, 24), c.ground - 26, c.between(30, 52), mix(p.bottom, p.accent, 0.55))
    hills(c, c.ground + 3, c.between(1, 6), mix(p.top, p.ink, 0.55))
    size = c.between(34, 76)
    stamp(c, c.one_of('coat', 'walker', 'man', 'lady', 'child'), x - side * 16, c.ground + 8, size, p.ink)


def bare_tree(c: Canvas) -> None:
    """A tree in winter, and perhaps a chair."""
    p = c.palette
    x = c.between(60, 122)
    hills(c, c.ground, 4, mix(p.bottom, p.ink, 0.5))
    tree(c, x, c.ground + 4, c.between(30, 38), p.ink)
    if c.chance(0.6):
        stamp(c, c.one_of('chair', 'child', 'coat'), x - 38, c.ground + 6, 40, p.ink)
    for _ in range(c.rng.randint(3, 12)):
        stamp(c, 'leaf', c.between(12, 170), c.between(40, c.ground), 7, p.accent, turn=c.between(0, 360))


def window(c: Canvas) -> None:
    """Window light falling into a plain room."""
    p, (x, y) = c.palette, c.focus
    wall, lit = mix(p.top, p.ink, 0.45), mix(p.bottom, p.pale, 0.45)
    c.box(0, 0, WIDTH, HEIGHT, wall)
    c.polygon([(x - 44, y + 36), (x + 44, y + 36), (x + 88, HEIGHT), (x - 22, HEIGHT)], fade(lit, 0.3))
    c.box(x - 44, y - 66, x + 44, y + 36, lit)
    c.disc(x + 18, y - 30, 12, fade(p.accent, 0.8))
    for dx in (-44, -1.5, 41):
        c.box(x + dx, y - 66, x + dx + 3, y + 36, p.ink)
    c.box(x - 44, y - 22, x + 44, y - 19, p.ink)
    stamp(c, c.one_of('coat', 'chair', 'man', 'lady'), x - c.one_of(-12, 26), y + 66, 88, p.ink)


def rainy_walk(c: Canvas) -> None:
    """Under an umbrella in the rain."""
    p, (x, _) = c.palette, c.focus
    rain(c, fade(p.pale, 0.6), 110)
    c.box(0, c.ground + 6, WIDTH, HEIGHT, mix(p.top, p.ink, 0.6))
    stamp(c, c.one_of('coat', 'lady', 'walker'), x, c.ground + 10, 84, p.ink)
    stamp(c, 'umbrella', x + 12, c.ground - 70, 66, c.one_of(p.accent, p.ink))


def profiles(c: Canvas) -> None:
    """Two faces that look at each other."""
    p, (x, y) = c.palette, c.focus
    face = [(0, -78), (34, -72), (50, -46), (48, -30), (64, -4), (64, -4), (54, 2), (56, 10), (52, 14), (55, 20),
            (50, 26), (50, 38), (36, 44), (24, 46), (22, 66), (30, 90), (30, 130), (-60, 130), (-60, -60)]  # fmt: skip
    c.blob([(x - 74 + dx, y + 4 + dy) for dx, dy in face], p.ink)
    c.blob([(x + 78 - dx, y + 12 + dy) for dx, dy in face], c.one_of(p.accent, p.second))
    c.box(0, y + 118, WIDTH, HEIGHT, p.ink)


# Animation


def creature(c: Canvas) -> None:
    """One big friendly creature on round hills."""
    p, (x, _) = c.palette, c.focus
    for i, fill in enumerate((mix(p.second, p.pale, 0.3), p.second)):
        hills(c, c.ground - 22 + 20 * i, 9, fill)
    for _ in range(3):
        stamp(c, 'cloud', c.between(10, 172), c.between(20, 110), c.between(20, 38), p.pale)
    who = c.one_of('monster', 'bear', 'rabbit', 'owl', 'cat', 'robot', 'duck')
    body = c.one_of(p.accent, p.ink, mix(p.accent, p.second, 0.5))
    stamp(c, who, x, c.ground + 16, c.between(96, 118), body, p.ink if body != p.ink else p.accent, p.pale, p.accent)


def friends(c: Canvas) -> None:
    """Three friends side by side under bubbles."""
    p = c.palette
    for _ in range(16):
        fill = fade(c.one_of(p.pale, p.second, p.accent), 0.55)
        c.disc(c.between(0, WIDTH), c.between(0, c.ground), c.between(3, 16), fill)
    hills(c, c.ground - 6, 5, mix(p.second, p.top, 0.15))
    who = c.rng.sample(('monster', 'bear', 'rabbit', 'owl', 'cat', 'robot', 'ghost', 'duck'), 3)
    bodies = c.rng.sample((p.accent, p.ink, mix(p.accent, p.pale, 0.35), mix(p.top, p.ink, 0.4)), 3)
    for name, body, x, size in zip(who, bodies, (40, 142, 91), (62, 66, 84), strict=True):
        stamp(c, name, x, c.ground + 14, size, body, p.pale if body == p.ink else p.ink, p.pale, p.second)


def rainbow(c: Canvas) -> None:
    """A castle or a creature under a rainbow."""
    p, (x, _) = c.palette, c.focus
    bands = (p.accent, mix(p.accent, p.second, 0.5), p.second, mix(p.second, p.top, 0.5), p.pale)
    for i, fill in enumerate(bands):
        c.disc(x, c.ground + 4, 84 - 9 * i, fill)
    c.disc(x, c.ground + 4, 39, mix(p.top, p.bottom, 0.8))
    hills(c, c.ground + 2, 5, mix(p.second, p.ink, 0.2))
    for dx in (-72, 70):
        stamp(c, 'cloud', x + dx, c.ground - 4, 52, p.pale)
    stamp(c, c.one_of('castle', 'robot', 'rabbit', 'bear', 'cat'), x, c.ground + 12, 66, p.ink, p.second, p.pale)


# Romance


def hearts(c: Canvas) -> None:
    """A heart as large as the poster lets it be, with lovers, doves or a kiss in it."""
    p, (x, y) = c.palette, c.focus
    fill = c.one_of(p.accent, p.accent, mix(p.accent, p.ink, 0.3))
    stamp(c, 'heart', x, y + 4, 136, fill)
    match c.rng.randrange(4):
        case 0:
            stamp(c, 'heart', x, y + 2, 96, mix(fill, p.pale, 0.35))
        case 1:
            stamp(c, 'coat', x - 11, y + 50, 74, p.ink)
            stamp(c, 'lady', x + 13, y + 50, 70, p.ink, flip=True)
        case 2:
            stamp(c, 'dove', x - 22, y - 2, 44, p.pale)
            stamp(c, 'dove', x + 22, y + 6, 44, p.pale, flip=True)
        case _:
            stamp(c, 'lips', x, y - 4, 66, p.pale, fill)


def moonlit_pair(c: Canvas) -> None:
    """Two lovers before a huge moon."""
    p, (x, y) = c.palette, c.focus
    c.disc(x, y + 8, 64, mix(p.pale, p.bottom, 0.25))
    hills(c, c.ground, 4, mix(p.ink, p.accent, 0.2))
    stamp(c, 'coat', x - 11, c.ground + 6, 82, p.ink)
    stamp(c, 'lady', x + 13, c.ground + 6, 77, p.ink, flip=True)
    for _ in range(c.rng.randint(3, 8)):
        stamp(c, 'heart', c.between(14, 168), c.between(30, y + 20), c.between(5, 12), p.accent)


def roses(c: Canvas) -> None:
    """Three roses or two rings."""
    p, (x, y) = c.palette, c.focus
    if c.chance(0.5):
        c.disc(x, y, 64, mix(p.bottom, p.pale, 0.6))
    if c.chance(0.7):
        stalk = mix(p.ink, (40, 90, 60), 0.5)
        for dx, turn, size in ((-32, -22, 84), (32, 22, 84), (0, 0, 118)):
            stamp(c, 'rose', x + dx, y + 6, size, stalk, p.accent, mix(p.accent, p.ink, 0.4), turn=turn)
    else:
        stamp(c, 'ring', x - 18, y + 10, 86, p.ink, mix(p.top, p.bottom, 0.6), p.accent)
        stamp(c, 'ring', x + 22, y + 22, 74, p.accent, mix(p.top, p.bottom, 0.6), p.pale, turn=16)


def under_the_lamp(c: Canvas) -> None:
    """A lady and a gentleman meet under a lamp; petals drift."""
    p, (x, _) = c.palette, c.focus
    c.disc(x + 40, c.ground - 80, 34, mix(p.pale, p.accent, 0.15))
    hills(c, c.ground + 2, 3, mix(p.accent, p.ink, 0.45))
    stamp(c, 'lamp', x + 42, c.ground + 4, 112, p.ink, p.pale)
    stamp(c, 'hatman', x - 34, c.ground + 8, 76, p.ink)
    stamp(c, 'lady', x + 6, c.ground + 8, 72, c.one_of(p.accent, p.ink), flip=True)
    for _ in range(14):
        stamp(c, 'leaf', c.between(0, WIDTH), c.between(20, c.ground), 6, p.accent, turn=c.between(0, 360))


SCENES: dict[str, tuple[Callable[[Canvas], None], ...]] = {
    'Comedy': (big_grin, silly_thing, chase, party),
    'Drama': (lone_figure, bare_tree, window, rainy_walk, profiles),
    'Animation': (creature, friends, rainbow),
    'Romance': (hearts, moonlit_pair, roses, under_the_lamp),
    **DARK_SCENES,
    **OPEN_SCENES,
}
