"""The canvas that a sample poster is drawn on: smooth shapes, gradients and glows in poster coordinates."""

import math
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 182, 268
FINE = 2  # everything is drawn so many times finer, and scaled down at the end

Color = tuple[int, ...]
Point = tuple[float, float]


class Palette(NamedTuple):
    """The six colors of a poster: sky from top to bottom, silhouettes, two accents and the paper."""

    top: Color
    bottom: Color
    ink: Color
    accent: Color
    second: Color
    pale: Color


def mix(one: Color, other: Color, share: float) -> Color:
    """The color `share` (0 to 1) of the way from `one` to `other`."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one[:3], other[:3], strict=True))


def fade(color: Color, opacity: float) -> Color:
    """`color` made translucent: opacity 0 (unseen) to 1 (solid)."""
    return (*color[:3], round(255 * opacity))


def light(color: Color) -> float:
    """How bright a color looks, 0 to 255."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]


def curve(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """A closed smooth curve (Catmull-Rom) through the points; a point given twice is a sharp corner."""
    found = []
    for i, here in enumerate(points):
        before, after, beyond = points[i - 1], points[(i + 1) % len(points)], points[(i + 2) % len(points)]
        if here == after:
            continue
        for step in range(steps):
            t = step / steps
            weights = ((-t + 2 * t**2 - t**3) / 2, (2 - 5 * t**2 + 3 * t**3) / 2,
                       (t + 4 * t**2 - 3 * t**3) / 2, (t**3 - t**2) / 2)  # fmt: skip
            quad = (before, here, after, beyond)
            found.append(tuple(sum(w * p[axis] for w, p in zip(weights, quad, strict=True)) for axis in (0, 1)))
    return found


class Canvas:
    """A poster in the making. Coordinates are poster pixels, 0..182 across and 0..268 down.

    `focus` is the point that a scene is arranged around and `ground` the height of its horizon: the layout
    sets both, so that the title keeps its room. `rng` is the poster's own source of chance.
    """

    def __init__(self, rng: random.Random, palette: Palette, focus: Point, ground: float):
        self.rng, self.palette, self.focus, self.ground = rng, palette, focus, ground
        self.image = Image.new('RGB', (WIDTH * FINE, HEIGHT * FINE), palette.top)
        self.pen = ImageDraw.Draw(self.image, 'RGBA')

    def between(self, low: float, high: float) -> float:
        """Any number from low to high, by the poster's own chance."""
        return self.rng.uniform(low, high)

    def one_of(self, *choices):
        """Any of the choices."""
        return self.rng.choice(choices)

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.rng.random() < share

    def polygon(self, points: Sequence[Point], fill: Color) -> None:
        """A shape with straight sides."""
        self.pen.polygon([(x * FINE, y * FINE) for x, y in points], fill)

    def blob(self, points: Sequence[Point], fill: Color) -> None:
        """A smooth shape through the points (see `curve`)."""
        self.polygon(curve(points), fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Color, radius: float = 0) -> None:
        """A rectangle, its corners rounded if wanted; nothing if it has no area."""
        if bottom > top and right > left:
            self.pen.rounded_rectangle([v * FINE for v in (left, top, right, bottom)], radius * FINE, fill)

    def disc(self, x: float, y: float, radius: float, fill: Color, tall: float = 1.0) -> None:
        """A filled circle, or an ellipse `tall` times as high as wide."""
        rise = radius * tall
        self.pen.ellipse([v * FINE for v in (x - radius, y - rise, x + radius, y + rise)], fill)

    def ring(self, x: float, y: float, radius: float, width: float, fill: Color, tall: float = 1.0) -> None:
        """The edge of a circle, or of an ellipse `tall` times as high as wide."""
        rise = radius * tall
        edges = [v * FINE for v in (x - radius, y - rise, x + radius, y + rise)]
        self.pen.ellipse(edges, outline=fill, width=max(1, round(width * FINE)))

    def line(self, points: Sequence[Point], width: float, fill: Color) -> None:
        """A stroke of the same width all along."""
        self.pen.line([(x * FINE, y * FINE) for x, y in points], fill, max(1, round(width * FINE)), 'curve')

    def arc(self, x: float, y: float, radius: float, start: float, end: float, width: float, fill: Color) -> None:
        """Part of a ring; angles in degrees, clockwise from three o'clock."""
        edges = [v * FINE for v in (x - radius, y - radius, x + radius, y + radius)]
        self.pen.arc(edges, start, end, fill, max(1, round(width * FINE)))

    def pie(self, x: float, y: float, radius: float, start: float, end: float, fill: Color) -> None:
        """A sector of a disc; angles as in `arc`."""
        self.pen.pieslice([v * FINE for v in (x - radius, y - radius, x + radius, y + radius)], start, end, fill)

    def limb(self, joints: Sequence[tuple[float, float, float]], fill: Color) -> None:
        """A tapering round-ended stroke through joints of (x, y, half its width there)."""
        for (x0, y0, r0), (x1, y1, r1) in pairwise(joints):
            length = math.hypot(x1 - x0, y1 - y0) or 1
            across, down = (y1 - y0) / length, (x0 - x1) / length
            self.polygon([(x0 + across * r0, y0 + down * r0), (x1 + across * r1, y1 + down * r1),
                          (x1 - across * r1, y1 - down * r1), (x0 - across * r0, y0 - down * r0)], fill)  # fmt: skip
        for x, y, radius in joints:
            self.disc(x, y, radius, fill)

    def rays(self, x: float, y: float, count: int, fill: Color, turn: float = 0.0, share: float = 0.5) -> None:
        """A sunburst of `count` beams from a point, each filling `share` of its sector."""
        reach, sector = 360, 2 * math.pi / count
        for i in range(count):
            start = turn + i * sector
            end = start + sector * share
            self.polygon([(x, y), (x + reach * math.cos(start), y + reach * math.sin(start)),
                          (x + reach * math.cos(end), y + reach * math.sin(end))], fill)  # fmt: skip

    def gradient(self, stops: Sequence[Color], top: float = 0, bottom: float = HEIGHT) -> None:
        """Colors from `top` to `bottom`, evenly spaced, across the whole width."""
        rows = round((bottom - top) * FINE)
        if rows <= 0:
            return
        at = np.linspace(0, len(stops) - 1, rows)
        column = np.stack([np.interp(at, range(len(stops)), [s[i] for s in stops]) for i in range(3)], -1)
        strip = Image.fromarray(column.astype(np.uint8)[:, None, :])
        self.image.paste(strip.resize((WIDTH * FINE, rows), Image.Resampling.NEAREST), (0, round(top * FINE)))

    def glow(self, x: float, y: float, radius: float, color: Color, strength: float = 0.7) -> None:
        """Soft light around a point, fading to nothing at `radius`."""
        side = max(2, round(2 * radius * FINE))
        mask = GLOW.point(lambda v: round(v * strength)).resize((side, side), Image.Resampling.BILINEAR)
        self.image.paste(color[:3], (round((x - radius) * FINE), round((y - radius) * FINE)), mask)

    def haze(self, top: float, bottom: float, color: Color, strength: float = 0.8) -> None:
        """A veil that is nothing at `top` and `strength` (0 to 1) at `bottom`; it may run upwards."""
        upper, lower = sorted((top, bottom))
        rows = max(1, round((lower - upper) * FINE))
        veil = np.linspace(0, 255 * strength, rows)[:: 1 if bottom > top else -1]
        mask = Image.fromarray(veil.astype(np.uint8)[:, None]).resize((WIDTH * FINE, rows))
        self.image.paste(color[:3], (0, round(upper * FINE)), mask)


GLOW = Image.radial_gradient('L').point(lambda v: round(255 * max(0.0, 1 - v / 180) ** 1.6))
