"""What the second and third genre of a film leave on its sample poster, over the first one's scene."""

from collections.abc import Callable

from sample.painter.canvas import HEIGHT, WIDTH, Canvas, fade, mix
from sample.painter.scenery import blinds, crosshair, mountains, planet, rain, stars
from sample.painter.symbols import stamp

CANDY = (255, 95, 143), (69, 189, 245), (255, 217, 59), (94, 211, 154)
FOREST = (34, 116, 88)


def confetti(c: Canvas) -> None:
    """Comedy: paper dots, and something silly in a corner."""
    p = c.palette
    for _ in range(46):
        fill = c.one_of(p.second, p.pale, p.accent, mix(p.second, p.pale, 0.4))
        c.disc(c.between(0, WIDTH), c.between(0, c.ground), c.between(1.6, 4.2), fill)
    stamp(c, c.one_of('bowler', 'moustache', 'glasses', 'duck'), *_corner(c), 44, p.ink, p.second, p.pale, p.pale)


def leaves(c: Canvas) -> None:
    """Drama: a gray mist, falling leaves and now and then rain."""
    p = c.palette
    c.haze(c.ground, 0, mix(p.second, (132, 130, 126), 0.6), 0.4)
    if c.chance(0.5):
        rain(c, fade(mix(p.pale, p.second, 0.4), 0.7), 80)
    for _ in range(12):
        at = c.between(0, WIDTH), c.between(0, c.ground + 20)
        stamp(c, 'leaf', *at, c.between(8, 14), p.second, turn=c.between(0, 360))


def burst(c: Canvas) -> None:
    """Action: warning stripes across a corner, a helicopter or an explosion."""
    p = c.palette
    left = c.chance(0.5)
    for reach, fill in ((112, p.second), (88, p.ink), (74, p.second), (50, mix(p.second, p.pale, 0.35))):
        c.polygon(
            [(0 if left else WIDTH, 0), (reach if left else WIDTH - reach, 0), (0 if left else WIDTH, reach)], fill
        )
    if c.chance(0.5):
        stamp(c, 'helicopter', 140 if left else 42, 46, 58, p.ink, p.second, flip=left, turn=8)
    else:
        x, y = (WIDTH - 30 if left else 30), c.focus[1] + c.between(-50, 20)
        for size, fill in ((80, p.second), (46, mix(p.second, p.pale, 0.6))):
            stamp(c, 'boom', x, y, size, fill, turn=c.between(0, 40))


def bubbles(c: Canvas) -> None:
    """Animation: candy-colored bubbles and two small creatures."""
    p = c.palette
    for _ in range(15):
        x, y, radius = c.between(0, WIDTH), c.between(0, c.ground), c.between(5, 17)
        c.disc(x, y, radius, fade(c.one_of(*CANDY), 0.75))
        c.disc(x - radius * 0.3, y - radius * 0.35, radius * 0.25, fade(p.pale, 0.9))
    for x, name in zip((28, 154), c.rng.sample(('monster', 'rabbit', 'owl', 'cat', 'bear'), 2), strict=True):
        stamp(c, name, x, c.ground + 16, 50, c.one_of(*CANDY), p.ink, p.pale)


def sweethearts(c: Canvas) -> None:
    """Romance: hearts, one of them large, and a blush in the sky."""
    p = c.palette
    c.haze(c.focus[1], 0, p.second, 0.4)
    stamp(c, 'heart', *_corner(c, 32), c.between(62, 88), p.second, turn=c.between(-16, 16))
    for _ in range(13):
        at = c.between(0, WIDTH), c.between(0, c.ground)
        fill = c.one_of(p.second, mix(p.second, p.pale, 0.5))
        stamp(c, 'heart', *at, c.between(9, 20), fill, turn=c.between(-20, 20))


def horizon(c: Canvas) -> None:
    """Adventure: snowy mountains at the foot, a balloon or a compass."""
    p = c.palette
    mountains(c, c.ground + 20, 38, mix(FOREST, p.second, 0.15), p.pale)
    if c.chance(0.6):
        stamp(c, 'balloon', *_corner(c, 26), 50, p.second, p.pale, p.ink)
    else:
        stamp(c, 'compass', *_corner(c, 28), 46, p.ink, p.pale, p.second)


def drips(c: Canvas) -> None:
    """Horror: something drips from the upper edge; bats."""
    p = c.palette
    fill = c.one_of(p.second, mix(p.second, p.ink, 0.5))
    c.box(0, 0, WIDTH, 9, fill)
    for x in range(2, WIDTH, 9):
        c.limb([(x, 0, 4.6), (x, 6, 4.6), (x, c.one_of(8, 14, 22, 36, 50), 2.2)], fill)
    for _ in range(4):
        stamp(c, 'bat', c.between(14, 168), c.between(50, c.ground - 30), c.between(16, 32), p.ink)


def outer_space(c: Canvas) -> None:
    """Sci-Fi: stars, a planet, perhaps a saucer."""
    p = c.palette
    stars(c, p.pale, 60, c.ground)
    planet(c, *_corner(c, 34), c.between(19, 28), p.second, p.ink, mix(p.second, p.pale, 0.6))
    if c.chance(0.5):
        stamp(c, 'saucer', WIDTH - c.focus[0] + c.between(-50, 50), 58, 34, p.ink, p.second, p.pale)


def slats(c: Canvas) -> None:
    """Crime: the light of a blind, and a revolver or a hat."""
    blinds(c, fade(c.one_of(c.palette.ink, c.palette.second), 0.32), c.between(16, 22), 8)
    stamp(c, c.one_of('revolver', 'hat', 'hat'), *_corner(c, 30), 46, c.palette.ink, c.palette.second)


def fog(c: Canvas) -> None:
    """Mystery: fog from the ground up, and a clue."""
    p = c.palette
    c.haze(c.ground - 110, c.ground + 20, mix(p.bottom, p.second, 0.3), 0.6)
    stamp(c, c.one_of('keyhole', 'key', 'magnifier'), *_corner(c, 32), 54, p.ink, p.second)


def cross(c: Canvas) -> None:
    """Thriller: cross-hairs over what matters."""
    crosshair(c, *c.focus, c.between(40, 62), c.palette.second, 2.2)


def formation(c: Canvas) -> None:
    """War: aeroplanes above and soldiers below."""
    p = c.palette
    for i in range(5):
        stamp(c, 'fighter', 60 + 24 * i, 44 + 9 * abs(i - 2), 18, p.ink, turn=8)
    for i in range(6):
        stamp(c, 'soldier', 14 + 31 * i, c.ground + 16, 32, p.ink)


def fair_weather(c: Canvas) -> None:
    """Family: a sun, kites and balloons."""
    p = c.palette
    x, y = _corner(c, 30)
    c.disc(x, y, 18, mix(p.second, (255, 214, 80), 0.5))
    for i in range(c.rng.randint(2, 3)):
        stamp(c, c.one_of('kite', 'balloon'), 30 + 54 * i, y + c.between(20, 60), 36, p.second, p.pale, p.ink, turn=14)


def desert(c: Canvas) -> None:
    """Western: cactuses at the sides and a badge."""
    p = c.palette
    for x, size in ((18, 84), (164, 66)):
        stamp(c, 'cactus', x, c.ground + 20, size * c.between(0.8, 1.1), p.ink)
    stamp(c, 'badge', *_corner(c, 28), 40, p.second, p.ink)


def _corner(c: Canvas, margin: float = 34) -> tuple[float, float]:
    """A point left or right above the focus."""
    return c.one_of(margin, WIDTH - margin), max(34, c.focus[1] - c.between(44, 66))


ORNAMENTS: dict[str, Callable[[Canvas], None]] = {
    'Comedy': confetti,
    'Drama': leaves,
    'Action': burst,
    'Animation': bubbles,
    'Romance': sweethearts,
    'Adventure': horizon,
    'Horror': drips,
    'Sci-Fi': outer_space,
    'Crime': slats,
    'Mystery': fog,
    'Thriller': cross,
    'War': formation,
    'Family': fair_weather,
    'Western': desert,
}

# The small motif of a third genre
MOTIFS = {
    'Comedy': ('moustache', 'bowler', 'duck'),
    'Drama': ('leaf', 'chair', 'umbrella'),
    'Action': ('boom', 'bolt', 'runner'),
    'Animation': ('rabbit', 'monster', 'owl'),
    'Romance': ('heart', 'rose', 'ring'),
    'Adventure': ('compass', 'balloon', 'ship'),
    'Horror': ('skull', 'bat', 'ghost'),
    'Sci-Fi': ('rocket', 'saucer', 'robot'),
    'Crime': ('revolver', 'hat', 'knife'),
    'Mystery': ('key', 'keyhole', 'magnifier'),
    'Thriller': ('eye', 'faller', 'knife'),
    'War': ('helmet', 'fighter', 'poppy'),
    'Family': ('house', 'kite', 'dog'),
    'Western': ('horseshoe', 'badge', 'cactus'),
}


def motif(c: Canvas, genre: str) -> None:
    """A small round emblem of `genre` at the height of the ground."""
    p = c.palette
    x, y = c.one_of(28, WIDTH - 28), min(c.ground - 6, HEIGHT - 50)
    c.disc(x, y, 21, p.pale)
    c.disc(x, y, 19, p.second)
    name = c.rng.choice(MOTIFS[genre])
    stands = name in (
        'rabbit',
        'monster',
        'owl',
        'chair',
        'runner',
        'house',
        'dog',
        'cactus',
        'ship',
        'ghost',
        'robot',
        'duck',
    )
    stamp(c, name, x, y + 13 if stands else y, 27, p.ink, p.pale, p.second)
