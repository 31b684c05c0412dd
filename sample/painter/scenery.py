"""Land, water, weather and patterns for the scenes of the sample posters, made anew for every poster."""

import math

from sample.painter.canvas import HEIGHT, WIDTH, Canvas, Color


def hills(c: Canvas, level: float, height: float, fill: Color) -> None:
    """Rolling land from about `level` down to the foot."""
    phase, length = c.between(0, 6.3), c.between(24, 40)
    top = [(x, level + height * math.sin(x / length + phase)) for x in range(-4, WIDTH + 8, 4)]
    c.polygon([*top, (WIDTH, HEIGHT), (0, HEIGHT)], fill)


def mountains(c: Canvas, level: float, height: float, fill: Color, snow: Color | None = None) -> None:
    """A jagged range standing on `level`, filled to the foot, its peaks in snow if that has a color."""
    x = c.between(-50, -20)
    while x < WIDTH + 20:
        wide, tall = c.between(34, 62), height * c.between(0.55, 1)
        peak, top = x + wide * c.between(0.8, 1.2), level - tall
        c.polygon([(x, level + 2), (peak, top), (x + 2 * wide, level + 2)], fill)
        if snow:
            cap = 0.3 * tall
            left, right = (peak - x) * cap / tall, (x + 2 * wide - peak) * cap / tall
            c.polygon([(peak, top), (peak + right, top + cap), (peak + right * 0.4, top + cap * 0.75),
                       (peak, top + cap * 1.15), (peak - left * 0.5, top + cap * 0.7), (peak - left, top + cap)],
                      snow)  # fmt: skip
        x += wide * c.between(0.8, 1.2)
    c.box(0, level, WIDTH, HEIGHT, fill)


def mesas(c: Canvas, level: float, fill: Color) -> None:
    """The flat-topped rocks of the desert."""
    for x in (c.between(-10, 40), c.between(105, 150)):
        half, tall = c.between(18, 30), c.between(26, 58)
        c.polygon([(x - half * 1.5, level), (x - half, level - tall * 0.45), (x - half * 0.8, level - tall),
                   (x + half * 0.8, level - tall), (x + half * 0.95, level - tall * 0.45),
                   (x + half * 1.6, level)], fill)  # fmt: skip
    c.box(0, level, WIDTH, HEIGHT, fill)


def skyline(c: Canvas, level: float, low: float, high: float, fill: Color, windows: Color | None = None) -> None:
    """Houses from edge to edge, `low` to `high` above `level` and down to the foot; some windows are lit."""
    x = -4.0
    while x < WIDTH:
        wide, tall = c.between(11, 25), c.between(low, high)
        c.box(x, level - tall, x + wide, HEIGHT, fill)
        if c.chance(0.3):
            c.box(x + wide / 2 - 1, level - tall - c.between(5, 14), x + wide / 2, level - tall, fill)
        if windows:
            for row in range(int(tall // 7)):
                for column in range(int(wide // 5)):
                    if c.chance(0.35):
                        left, top = x + 2.5 + 5 * column, level - tall + 4 + 7 * row
                        c.box(left, top, left + 2, top + 3, windows)
        x += wide


def waves(c: Canvas, level: float, colors: list[Color], step: float = 15) -> None:
    """Rows of waves down to the foot, in the given colors by turns."""
    for row, top in enumerate(range(round(level), HEIGHT + 12, round(step))):
        fill, shift = colors[row % len(colors)], c.between(0, 26)
        c.box(0, top + 3, WIDTH, HEIGHT, fill)
        for x in range(-26, WIDTH + 26, 26):
            c.pie(x + shift, top + 6, 13, 180, 360, fill)


def tree(c: Canvas, x: float, y: float, length: float, fill: Color, angle: float = -90, depth: int = 7) -> None:
    """A bare branching tree whose trunk starts at (x, y)."""
    turn = math.radians(angle)
    x1, y1 = x + length * math.cos(turn), y + length * math.sin(turn)
    c.line([(x, y), (x1, y1)], max(0.5, length * 0.16), fill)
    if depth > 1:
        for side in (-1, 1):
            bend = side * c.between(14, 38)
            tree(c, x1, y1, length * c.between(0.66, 0.82), fill, angle + bend, depth - 1)


def rain(c: Canvas, fill: Color, count: int = 90, slope: float = -3) -> None:
    """Slanting strokes of rain all over."""
    for _ in range(count):
        x, y, long = c.between(0, WIDTH + 20), c.between(-10, HEIGHT), c.between(6, 16)
        c.line([(x, y), (x + slope * long / 10, y + long)], 0.6, fill)


def stars(c: Canvas, fill: Color, count: int = 60, down_to: float = HEIGHT) -> None:
    """Small stars all over the sky."""
    for _ in range(count):
        c.disc(c.between(0, WIDTH), c.between(0, down_to), c.one_of(0.4, 0.5, 0.7, 1.1), fill)


def planet(c: Canvas, x: float, y: float, radius: float, body: Color, shade: Color, ring: Color | None) -> None:
    """A striped planet, half in shade, with a ring about it if that has a color."""
    c.disc(x, y, radius, body)
    for _ in range(4):
        dy = c.between(-0.8, 0.8) * radius
        half = math.sqrt(radius**2 - dy**2) * 0.98
        c.line([(x - half, y + dy), (x + half, y + dy)], c.between(0.8, 3), (*shade[:3], 90))
    c.pie(x, y, radius, -60, 120, (*shade[:3], 70))
    if ring:
        tilt = c.between(-0.35, 0.35)
        turn = [math.radians(a) for a in range(-25, 206, 5)]
        band = [(1.9 * radius * math.cos(t), 0.42 * radius * math.sin(t)) for t in turn]
        c.line([(x + dx, y + dy + tilt * dx) for dx, dy in band], radius * 0.1, ring)


def spiral(c: Canvas, x: float, y: float, radius: float, width: float, fill: Color, turns: float = 5) -> None:
    """A spiral from (x, y) out to `radius`."""
    points = []
    for step in range(round(turns * 30)):
        turn, share = step * math.pi / 15, step / (turns * 30)
        points.append((x + radius * share * math.cos(turn), y + radius * share * math.sin(turn)))
    c.line(points, width, fill)


def crosshair(c: Canvas, x: float, y: float, radius: float, fill: Color, width: float = 1.6) -> None:
    """Two rings and four hairs around (x, y)."""
    c.ring(x, y, radius, width, fill)
    c.ring(x, y, radius * 0.55, width * 0.6, fill)
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        c.line([(x + 0.25 * radius * dx, y + 0.25 * radius * dy), (x + 1.25 * radius * dx, y + 1.25 * radius * dy)],
               width, fill)  # fmt: skip


def stairs(c: Canvas, x: float, y: float, steps: int, run: float, rise: float, fill: Color) -> None:
    """A flight that climbs to the right from (x, y), solid down to the foot of the poster."""
    for i in range(steps):
        c.box(x + run * i, y - rise * (i + 1), WIDTH if run > 0 else x, HEIGHT, fill)


def blinds(c: Canvas, fill: Color, gap: float = 11, thick: float = 5.5, slope: float = 18) -> None:
    """Slanting bars, like light through a venetian blind."""
    y = -slope
    while y < HEIGHT + slope:
        c.polygon([(0, y + slope), (WIDTH, y), (WIDTH, y + thick), (0, y + slope + thick)], fill)
        y += gap


def road(c: Canvas, level: float, fill: Color, stripe: Color, half: float = 120) -> None:
    """A road that runs straight to the horizon."""
    x = c.focus[0]
    c.polygon([(x - 2, level), (x + 2, level), (x + half, HEIGHT), (x - half, HEIGHT)], fill)
    for near, far in ((1, 0.72), (0.55, 0.4), (0.3, 0.2), (0.15, 0.09)):
        deep = HEIGHT - level
        c.polygon([(x - 4 * near, level + deep * near), (x + 4 * near, level + deep * near),
                   (x + 4 * far, level + deep * far), (x - 4 * far, level + deep * far)], stripe)  # fmt: skip


def dots(c: Canvas, fill: Color, gap: float = 16, radius: float = 3.2) -> None:
    """Polka dots all over."""
    for row in range(int(HEIGHT / gap) + 2):
        for column in range(int(WIDTH / gap) + 2):
            c.disc((column + row % 2 / 2) * gap, row * gap, radius, fill)
