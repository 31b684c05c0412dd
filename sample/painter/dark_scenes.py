"""What the sample posters of the darker genres show (see posters/sample_scenes.py)."""

from collections.abc import Callable

from sample.painter.canvas import HEIGHT, WIDTH, Canvas, fade, mix
from sample.painter.scenery import blinds, crosshair, hills, planet, road, skyline, spiral, stairs, stars, tree
from sample.painter.symbols import stamp

# Action


def explosion(c: Canvas) -> None:
    """Somebody runs from a fireball."""
    p, (x, y) = c.palette, c.focus
    c.glow(x, y, 140, p.accent, 0.8)
    stamp(c, 'boom', x, y, 170, mix(p.accent, p.bottom, 0.5), turn=c.between(0, 30))
    stamp(c, 'boom', x, y, 118, p.accent, turn=c.between(0, 30))
    stamp(c, 'boom', x, y, 66, p.pale, turn=c.between(0, 30))
    skyline(c, c.ground, 4, 26, p.ink)
    who = c.one_of('runner', 'gunman', 'runner')
    stamp(c, who, x + c.between(-20, 20), c.ground + 18, 94, p.ink, flip=c.chance(0.5))


def slashes(c: Canvas) -> None:
    """Slanting bands of color across a figure in full flight."""
    p, (x, y) = c.palette, c.focus
    for i, fill in enumerate((p.accent, p.ink, p.bottom, p.ink, p.accent)):
        top = y - 84 + 38 * i
        c.polygon([(0, top + 50), (WIDTH, top - 34), (WIDTH, top - 6), (0, top + 76)], fade(fill, 0.9))
    c.disc(x, y, 50, p.pale)
    stamp(c, c.one_of('runner', 'gunman', 'runner', 'faller'), x, y + c.one_of(46, 54), 108, p.ink, flip=c.chance(0.5))


def pursuit(c: Canvas) -> None:
    """A car or a helicopter over a burning road."""
    p, (x, y) = c.palette, c.focus
    c.glow(x, c.ground, 120, p.accent, 0.9)
    skyline(c, c.ground, 16, 62, mix(p.ink, p.top, 0.25), p.accent)
    c.box(0, c.ground, WIDTH, HEIGHT, p.ink)
    road(c, c.ground, mix(p.ink, p.second, 0.3), p.accent, 100)
    stamp(c, 'helicopter', x + c.between(-24, 24), y - 34, c.between(56, 92), p.ink, p.accent, turn=c.between(-14, 6))
    if c.chance(0.6):
        stamp(c, 'car', x, c.ground + 26, 66, p.ink, p.accent, flip=c.chance(0.5))


def target(c: Canvas) -> None:
    """Concentric rings of warning colors, a weapon in front."""
    p, (x, y) = c.palette, c.focus
    for i, radius in enumerate((84, 66, 48, 30)):
        c.disc(x, y, radius, (p.ink, p.accent)[i % 2])
    thing = c.one_of('fighter', 'gunman', 'bolt', 'fighter')
    stamp(c, thing, x, y + (56 if thing == 'gunman' else 4), 108, p.pale, p.ink)
    for i in range(6):
        c.box(0, y - 70 + 28 * i, c.between(10, 46), y - 66 + 28 * i, p.accent)


# Horror


def moon_house(c: Canvas) -> None:
    """A manor and a dead tree before an enormous moon."""
    p, (x, y) = c.palette, c.focus
    c.glow(x, y, 110, p.accent, 0.5)
    c.disc(x, y, c.between(50, 66), c.one_of(p.accent, p.pale, mix(p.accent, p.pale, 0.6)))
    hills(c, c.ground, 6, p.ink)
    stamp(c, c.one_of('manor', 'manor', 'castle'), x + c.between(-14, 14), c.ground + 4, 84, p.ink, p.accent)
    tree(c, c.one_of(20, 160), c.ground + 8, 32, p.ink)
    for _ in range(c.rng.randint(2, 7)):
        stamp(c, 'bat', c.between(16, 166), c.between(24, y), c.between(10, 26), p.ink)


def hands(c: Canvas) -> None:
    """Hands that reach up out of the dark."""
    p, (x, _) = c.palette, c.focus
    c.glow(x, c.ground - 20, 120, p.accent, 0.7)
    for dx, size in ((-56, 74), (54, 82), (0, 116)):
        at = x + dx + c.between(-6, 6), c.ground - 0.25 * size
        stamp(c, 'hand', *at, size, p.ink, turn=c.between(-14, 14), flip=dx > 0)
    c.box(0, c.ground + 22, WIDTH, HEIGHT, p.ink)


def watcher(c: Canvas) -> None:
    """A skull, an eye or a ghost that fills the dark."""
    p, (x, y) = c.palette, c.focus
    c.haze(y - 90, HEIGHT, mix(p.ink, p.accent, 0.15), 0.6)
    match c.rng.randrange(3):
        case 0:
            stamp(c, 'skull', x, y + 6, 128, p.pale, p.ink)
        case 1:
            stamp(c, 'eye', x, y, 150, p.pale, p.accent, p.ink)
            for i in range(5):
                c.limb([(x - 30 + 15 * i, y + 20, 1.6), (x - 30 + 15 * i, y + c.between(40, 90), 3)], p.accent)
        case _:
            stamp(c, 'ghost', x, y + 62, 132, p.pale, p.ink)


def red_door(c: Canvas) -> None:
    """A door stands open upon a red light, and somebody stands in it."""
    p, (x, _) = c.palette, c.focus
    c.box(0, 0, WIDTH, HEIGHT, mix(p.ink, p.top, 0.3))
    c.polygon([(x - 24, c.ground), (x + 24, c.ground), (x + 86, HEIGHT), (x - 86, HEIGHT)], fade(p.accent, 0.6))
    c.box(x - 26, c.ground - 112, x + 26, c.ground, p.accent)
    c.glow(x, c.ground - 60, 90, p.accent, 0.5)
    stamp(c, c.one_of('coat', 'child', 'ghost', 'hatman'), x, c.ground + 4, 84, p.ink, p.accent)


# Sci-Fi


def ringed_planet(c: Canvas) -> None:
    """A planet hangs over a small world."""
    p, (x, y) = c.palette, c.focus
    stars(c, p.pale, 90)
    planet(c, x + c.between(-16, 16), y - 6, c.between(40, 58), p.second, p.ink, p.accent)
    hills(c, c.ground + 8, 5, mix(p.ink, p.top, 0.35))
    who, at = c.one_of('rocket', 'walker', 'man', 'robot'), x + c.between(-40, 40)
    stamp(c, who, at, c.ground + 10, c.between(28, 48), p.ink, p.accent)


def abduction(c: Canvas) -> None:
    """A saucer and its beam."""
    p, (x, y) = c.palette, c.focus
    stars(c, p.pale, 70, c.ground)
    c.polygon(
        [(x - 14, y - 42), (x + 14, y - 42), (x + 60, c.ground + 8), (x - 60, c.ground + 8)], fade(p.accent, 0.45)
    )
    c.polygon([(x - 8, y - 42), (x + 8, y - 42), (x + 34, c.ground + 8), (x - 34, c.ground + 8)], fade(p.pale, 0.4))
    stamp(c, 'saucer', x, y - 48, c.between(90, 130), p.ink, p.accent, p.pale)
    hills(c, c.ground + 6, 4, p.ink)
    stamp(c, c.one_of('man', 'child', 'dog', 'cheerer', 'faller'), x, c.ground + c.one_of(8, -20), 46, p.ink)


def liftoff(c: Canvas) -> None:
    """A rocket on its tail of light."""
    p, (x, y) = c.palette, c.focus
    stars(c, p.pale, 80)
    c.glow(x, y + 76, 90, p.second, 0.9)
    c.polygon([(x - 8, y + 30), (x + 8, y + 30), (x + 26, HEIGHT), (x - 26, HEIGHT)], fade(p.pale, 0.75))
    stamp(c, 'rocket', x, y - 6, c.between(96, 124), p.pale, p.accent, p.second)
    for i in range(9):
        smoke = mix(p.top, p.pale, 0.2 + 0.15 * (i % 3))
        c.disc(x - 88 + 22 * i, c.ground + 24 + 8 * (i % 2), c.between(16, 26), smoke)


def visor(c: Canvas) -> None:
    """An astronaut; another world is mirrored in the visor."""
    p, (x, y) = c.palette, c.focus
    stars(c, p.pale, 70)
    c.glow(x, y, 130, p.accent, 0.6)
    stamp(c, 'astronaut', x, y + 22, 150, p.pale, p.ink, p.accent)
    c.disc(x + 8, y - 6, 13, p.second)
    c.box(0, y + 110, WIDTH, HEIGHT, p.pale)


# Crime


def rooftops(c: Canvas) -> None:
    """A man in a hat over a city with lit windows."""
    p, (x, y) = c.palette, c.focus
    c.disc(x + 30, y - 30, 34, mix(p.accent, p.pale, 0.3))
    skyline(c, c.ground, 30, 96, mix(p.ink, p.top, 0.3), p.accent)
    skyline(c, c.ground + 30, 8, 30, p.ink)
    stamp(c, 'hatman', x - 26, c.ground + 14, 88, p.ink)


def shutters(c: Canvas) -> None:
    """The light of a blind upon a man with a gun."""
    p, (x, _) = c.palette, c.focus
    c.box(0, 0, WIDTH, HEIGHT, mix(p.ink, p.top, 0.25))
    blinds(c, fade(p.accent, 0.85), c.between(12, 18), c.between(5, 8))
    stamp(c, c.one_of('hatman', 'gunman', 'lady'), x, c.ground + 30, 148, p.ink)


def weapon(c: Canvas) -> None:
    """A revolver, and the color of what it did."""
    p, (x, y) = c.palette, c.focus
    c.blob([(x - 60, y + 10), (x - 30, y - 50), (x + 10, y - 36), (x + 62, y - 52), (x + 52, y + 14), (x + 66, y + 48),
            (x + 8, y + 40), (x - 44, y + 56)], p.second if c.chance(0.5) else p.accent)  # fmt: skip
    stamp(c, c.one_of('revolver', 'revolver', 'knife', 'hat'), x, y, 124, p.ink, p.pale, turn=c.between(-30, 30))
    for i in range(c.rng.randint(0, 5)):
        c.disc(24 + 30 * i, c.ground + c.between(-16, 16), 4, p.ink)


# Mystery


def peephole(c: Canvas) -> None:
    """What one sees through a keyhole."""
    p, (x, y) = c.palette, c.focus
    c.haze(HEIGHT, 0, p.ink, 0.6)
    stamp(c, 'keyhole', x, y + 6, 140, mix(p.bottom, p.pale, 0.4))
    if c.chance(0.3):
        stamp(c, 'eye', x, y - 22, 66, p.ink, p.accent, p.ink)
    else:
        stamp(c, c.one_of('coat', 'lady', 'hatman'), x, y + 62, 74, p.ink)


def foggy_street(c: Canvas) -> None:
    """A lamp in the fog, and somebody beneath."""
    p, (x, _) = c.palette, c.focus
    lamp = x + c.one_of(-30, 30)
    skyline(c, c.ground, 30, 80, mix(p.top, p.bottom, 0.5))
    c.haze(c.ground - 100, c.ground + 10, p.bottom, 0.8)
    c.glow(lamp, c.ground - 106, 70, p.accent, 0.95)
    c.box(0, c.ground + 4, WIDTH, HEIGHT, mix(p.top, p.ink, 0.6))
    stamp(c, 'lamp', lamp, c.ground + 8, 126, p.ink, p.pale)
    stamp(c, 'hatman', 2 * x - lamp, c.ground + 10, 82, p.ink)


def clue(c: Canvas) -> None:
    """A magnifying glass, a key, a mask."""
    p, (x, y) = c.palette, c.focus
    for i in range(6):
        c.ring(x, y, 20 + 16 * i, 1.2, fade(p.second, 0.6), 1.15)
    stamp(c, 'magnifier', x, y, 128, p.ink, mix(p.accent, p.pale, 0.3), turn=c.between(-20, 20))
    stamp(c, c.one_of('key', 'mask', 'eye', 'bird'), x - 6, y - 4, 62, p.ink, p.accent, p.pale)


# Thriller


def vertigo(c: Canvas) -> None:
    """A fall into a spiral."""
    p, (x, y) = c.palette, c.focus
    spiral(c, x, y, 150, c.between(2.5, 7), fade(c.one_of(p.pale, p.accent), 0.85), c.between(5, 8))
    stamp(c, 'faller', x, y, 84, p.ink, turn=c.between(-40, 40))


def in_sight(c: Canvas) -> None:
    """Somebody in the cross-hairs."""
    p, (x, y) = c.palette, c.focus
    c.disc(x, y, 62, mix(p.bottom, p.pale, 0.4))
    stamp(c, c.one_of('walker', 'coat', 'runner', 'hatman'), x, y + 46, 92, p.ink)
    crosshair(c, x, y, 62, p.accent, 2.4)


def steps(c: Canvas) -> None:
    """A stair into the light and a long shadow."""
    p, (_, y) = c.palette, c.focus
    c.glow(150, y - 50, 110, p.pale, 0.8)
    stairs(c, 10, c.ground + 30, 12, 14, 13, mix(p.top, p.ink, 0.65))
    stamp(c, c.one_of('coat', 'hatman', 'runner'), 108, c.ground + 30 - 13 * 7, 70, p.ink)
    c.polygon([(0, HEIGHT), (0, c.ground), (108, c.ground - 60), (60, HEIGHT)], fade(p.accent, 0.85))


def cut(c: Canvas) -> None:
    """The picture is torn across a face that watches."""
    p, (x, y) = c.palette, c.focus
    stamp(c, 'eye', x, y - 22, 150, p.ink, p.pale, p.ink)
    points = [(0, y + 20)]
    for i in range(1, 11):
        points.append((18.2 * i, y + 10 + c.between(-12, 12) - 2 * i))
    c.polygon([*points, (WIDTH, HEIGHT), (0, HEIGHT)], p.accent)
    stamp(c, c.one_of('runner', 'walker', 'knife'), x, c.ground + 12, 66, p.ink)


DARK_SCENES: dict[str, tuple[Callable[[Canvas], None], ...]] = {
    'Action': (explosion, slashes, pursuit, target),
    'Horror': (moon_house, hands, watcher, red_door),
    'Sci-Fi': (ringed_planet, abduction, liftoff, visor),
    'Crime': (rooftops, shutters, weapon),
    'Mystery': (peephole, foggy_street, clue),
    'Thriller': (vertigo, in_sight, steps, cut),
}
