"""What the sample posters of the outdoor genres show (see posters/sample_scenes.py)."""

from collections.abc import Callable

from sample.painter.canvas import HEIGHT, WIDTH, Canvas, fade, mix
from sample.painter.scenery import hills, mesas, mountains, waves
from sample.painter.symbols import stamp

# Adventure


def summit(c: Canvas) -> None:
    """Snowy ranges behind one another, and a traveller, a balloon or a plane."""
    p, (x, y) = c.palette, c.focus
    c.disc(x + c.between(-40, 40), c.ground - 92, 26, mix(p.accent, p.pale, 0.25))
    mountains(c, c.ground - 22, 82, mix(p.top, p.bottom, 0.35), p.pale)
    mountains(c, c.ground + 4, 44, mix(p.top, p.ink, 0.35))
    if c.chance(0.5):
        stamp(c, 'balloon', x + c.between(-30, 30), y - 22, 62, p.accent, p.pale, p.ink)
    else:
        stamp(c, 'plane', x, y - 40, 64, p.ink, turn=-12)
    hills(c, c.ground + 18, 6, p.ink)
    for dx in c.rng.sample(range(8, 176, 9), 9):
        stamp(c, 'pine', dx, c.ground + 26, c.between(22, 40), p.ink)


def high_sea(c: Canvas) -> None:
    """A ship under full sail."""
    p, (x, y) = c.palette, c.focus
    c.disc(x, y - 4, 58, mix(p.accent, p.bottom, 0.3))
    stamp(c, 'ship', x, c.ground + 4, 104, p.ink, p.pale, p.second, turn=c.between(-8, 8), flip=c.chance(0.5))
    sea = mix(p.top, p.ink, 0.25)
    waves(c, c.ground - 8, [sea, mix(sea, p.pale, 0.22), mix(sea, p.ink, 0.35)])
    for _ in range(4):
        stamp(c, 'bird', c.between(14, 168), c.between(24, y), 15, p.ink)


def jungle(c: Canvas) -> None:
    """Looking out of the leaves at a temple in the sun."""
    p, (x, _) = c.palette, c.focus
    c.disc(x, c.ground - 56, 46, mix(p.accent, p.pale, 0.3))
    for i in range(7):
        half = 60 - 8 * i
        c.box(x - half, c.ground - 9 * (i + 1), x + half, c.ground - 9 * i, mix(p.accent, p.ink, 0.3 + 0.05 * (i % 2)))
    c.box(x - 6, c.ground - 63, x + 6, c.ground, mix(p.accent, p.ink, 0.6))
    c.box(0, c.ground, WIDTH, HEIGHT, mix(p.top, p.ink, 0.5))
    stamp(c, 'walker', x + 14, c.ground + 22, 44, p.ink)
    for side in (0, WIDTH):
        stamp(c, 'palm', side + c.between(-6, 6), c.ground + 40, 190, p.ink, flip=side > 0)
        for _ in range(7):
            fill = mix(p.top, p.ink, c.between(0.3, 0.9))
            stamp(c, 'leaf', side, c.between(10, 268), c.between(40, 80), fill, turn=c.between(0, 360))


def chart(c: Canvas) -> None:
    """A compass over the dotted line of a journey."""
    p, (x, y) = c.palette, c.focus
    for i in range(7):
        c.line([(0, 38 * i), (WIDTH, 38 * i + 8)], 0.6, fade(p.ink, 0.35))
        c.line([(30 * i, 0), (30 * i + 8, HEIGHT)], 0.6, fade(p.ink, 0.35))
    c.blob(
        [(8, 60), (60, 30), (110, 52), (160, 40), (172, 110), (140, 190), (84, 178), (30, 210), (14, 140)],
        mix(p.second, p.pale, 0.25),
    )
    for i in range(14):
        stamp(c, 'spark', 22 + 10.5 * i, y + 48 - 6 * i + 14 * ((i % 4) - 1.5), 5, p.accent)
    stamp(c, 'compass', x, y, 116, p.ink, p.pale, p.accent, turn=c.between(-25, 25))


# Family


def home(c: Canvas) -> None:
    """A house on a hill, a sun with rays, a dog or a child."""
    p, (x, _) = c.palette, c.focus
    c.disc(x - 44, c.ground - 92, 24, mix(p.accent, (255, 214, 80), 0.7))
    hills(c, c.ground - 4, 7, p.second)
    stamp(c, 'house', x + 12, c.ground + 2, 92, p.accent, p.pale)
    stamp(c, c.one_of('dog', 'child', 'cat', 'child'), x - 46, c.ground + 18, 46, p.ink, p.pale)
    stamp(c, 'pine', x + 72, c.ground + 6, 60, mix(p.second, p.ink, 0.4))


def kite_day(c: Canvas) -> None:
    """A child and a kite in a wide sky."""
    p, (x, y) = c.palette, c.focus
    for _ in range(4):
        stamp(c, 'cloud', c.between(10, 172), c.between(20, y + 30), c.between(24, 46), p.pale)
    hills(c, c.ground + 2, 7, p.second)
    c.line([(x - 40, c.ground - 30), (x, y + 10), (x + 34, y - 22)], 0.7, p.ink)
    stamp(c, c.one_of('kite', 'balloon'), x + 38, y - 34, 74, p.accent, p.pale, p.ink, turn=18)
    stamp(c, 'child', x - 46, c.ground + 8, 52, p.ink)
    stamp(c, 'dog', x - 4, c.ground + 12, 34, p.ink)


def parade(c: Canvas) -> None:
    """A family in a row, hand in hand."""
    p, (x, y) = c.palette, c.focus
    c.disc(x, y + 6, 66, p.pale)
    c.box(0, c.ground + 4, WIDTH, HEIGHT, p.second)
    fills = c.rng.sample((p.ink, p.accent, mix(p.second, p.ink, 0.5), p.ink), 4)
    for name, dx, size, fill in zip(
        ('hatman', 'child', 'lady', 'dog'), (-44, -12, 16, 54), (84, 44, 78, 40), fills, strict=True
    ):
        stamp(c, name, x + dx, c.ground + 8, size, fill)


# Western


def sundown(c: Canvas) -> None:
    """A rider before a sinking sun and red rocks."""
    p, (x, _) = c.palette, c.focus
    c.disc(x, c.ground - 40, 54, mix(p.accent, p.pale, 0.45))
    mesas(c, c.ground - 6, mix(p.top, p.ink, 0.35))
    c.box(0, c.ground, WIDTH, HEIGHT, mix(p.top, p.ink, 0.7))
    stamp(c, 'rider', x, c.ground + 10, c.between(64, 84), p.ink, flip=c.chance(0.5))
    stamp(c, 'cactus', c.one_of(20, 162), c.ground + 22, c.between(60, 90), p.ink)


def duel(c: Canvas) -> None:
    """A gunman seen between somebody else's boots."""
    p, (x, _) = c.palette, c.focus
    c.disc(x, c.ground - 50, 44, p.accent)
    c.box(0, c.ground, WIDTH, HEIGHT, mix(p.bottom, p.ink, 0.35))
    stamp(c, 'hatman', x, c.ground + 6, 62, p.ink)
    for side in (-1, 1):
        foot = x + side * 52
        c.polygon([(foot - 17, 0), (foot + 17, 0), (foot + 13, c.ground + 34), (foot - 13, c.ground + 34)], p.ink)
        c.blob([(foot - 14, c.ground + 24), (foot + 14, c.ground + 24), (foot + side * 36, c.ground + 40),
                (foot + side * 36, c.ground + 46), (foot - 14, c.ground + 46)], p.ink)  # fmt: skip
        stamp(c, 'star', foot - side * 12, c.ground + 28, 12, p.second)


def sheriff(c: Canvas) -> None:
    """The badge, the hat or the horseshoe."""
    p, (x, y) = c.palette, c.focus
    c.rays(x, y, 16, mix(p.top, p.bottom, 0.5), c.rng.random())
    match c.rng.randrange(3):
        case 0:
            stamp(c, 'badge', x, y, 124, p.ink, p.pale)
        case 1:
            stamp(c, 'hat', x, y - 10, 136, p.ink, p.accent)
            stamp(c, 'moustache', x, y + 42, 70, p.ink)
        case _:
            stamp(c, 'horseshoe', x, y, 112, p.ink)
            stamp(c, 'star', x, y + 4, 42, p.accent)


# War


def patrol(c: Canvas) -> None:
    """Soldiers on a ridge against a low sun."""
    p, (x, _) = c.palette, c.focus
    c.disc(x + c.between(-30, 30), c.ground - 34, 44, mix(p.accent, p.bottom, 0.25))
    hills(c, c.ground, 4, p.ink)
    size, flip = c.between(50, 70), c.chance(0.5)
    for i in range(4):
        stamp(c, 'soldier', 30 + 42 * i, c.ground + c.between(0, 6), size * c.between(0.9, 1.05), p.ink, flip=flip)


def armour(c: Canvas) -> None:
    """A tank or aeroplanes over the smoke."""
    p, (x, y) = c.palette, c.focus
    for _ in range(9):
        smoke = fade(mix(p.ink, p.bottom, 0.4), 0.3)
        c.disc(c.between(0, WIDTH), c.ground - c.between(0, 60), c.between(16, 34), smoke)
    for i in range(c.rng.randint(2, 5)):
        stamp(c, 'fighter', x - 50 + 34 * i, y - 40 - 14 * (i % 2), 30, p.ink)
    c.box(0, c.ground, WIDTH, HEIGHT, p.ink)
    stamp(c, 'tank', x - 6, c.ground + 3, 112, p.ink, mix(p.ink, p.bottom, 0.35), flip=c.chance(0.5))


def helmet(c: Canvas) -> None:
    """An empty helmet and poppies."""
    p, (x, y) = c.palette, c.focus
    if c.chance(0.5):
        c.rays(x, y, 16, fade(p.accent, 0.5), c.rng.random())
    stamp(c, 'helmet', x, y, 128, p.ink, mix(p.ink, p.bottom, 0.4))
    hills(c, c.ground, 5, mix(p.top, p.ink, 0.5))
    for i in range(6):
        stamp(c, 'poppy', 14 + 31 * i, c.ground - 4, c.between(24, 42), p.ink, p.accent)


OPEN_SCENES: dict[str, tuple[Callable[[Canvas], None], ...]] = {
    'Adventure': (summit, high_sea, jungle, chart),
    'Family': (home, kite_day, parade),
    'War': (patrol, armour, helmet),
    'Western': (sundown, duel, sheriff),
}
