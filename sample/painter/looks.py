"""Styles of the sample posters per genre and per decade: palettes, backdrops, color grading and wear."""

import io
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageColor

from sample.painter.canvas import HEIGHT, WIDTH, Canvas, Color, Palette, fade, light, mix

# Each palette: sky top, sky bottom, silhouettes, accent, second accent, paper.
PALETTES = {
    'Comedy': (
        '#f8c51c #fbdc5e #26222b #e8402c #1f9fbf #fff7dd',
        '#ffd23f #ffe27a #2b2d42 #ee4266 #0f8b8d #fffaf0',
        '#f9d648 #7ad7c6 #1d2a3a #ef5236 #149a8f #fff8e4',
        '#fdf1d2 #ffe08a #2a2230 #e4312b #f5a800 #ffffff',
        '#fbb02d #ffd97a #2b1d2a #f2541b #1c8f9e #fff7e6',
    ),
    'Drama': (
        '#c4b196 #e8dcc2 #39383e #a5492b #5b7280 #f4ecdd',
        '#7b8a94 #cfd3cc #2c343b #b5673a #8e9d97 #eff0ea',
        '#8f8a80 #d3c8b4 #2f2b29 #8a4636 #6d7f78 #f2ebdc',
        '#5d6b78 #b9b4a6 #22282f #d9a05b #8b6f5c #ece6da',
        '#d5cdbf #efe9dc #403b39 #87544a #7d8f8c #faf6ec',
    ),
    'Action': (
        '#1b1518 #d5451d #0d0b0d #ffb21a #f0f0ea #fff1d0',
        '#c3271b #f2761c #16100f #ffd23a #2b2d33 #fff3dc',
        '#232a31 #e8842a #0d1013 #f7b32b #d0342c #f5efe3',
        '#a81c14 #ef6a17 #17120f #ffc02e #31363f #fff4da',
    ),
    'Animation': (
        '#45bdf5 #b8e8ff #3a2a6c #ff5f8f #ffd93b #ffffff',
        '#9b6bea #e7a7f0 #2d1f5e #ffd84a #42d6a4 #fffdf2',
        '#5ed39a #c9f5b8 #24405c #ff7f50 #7a5cf0 #fffef0',
        '#ff8fb8 #ffd0a8 #4a2a78 #37c3ee #ffe14d #fffaf2',
        '#22c7c7 #a6f0d8 #35256b #ff6f91 #ffe066 #ffffff',
    ),
    'Romance': (
        '#f4b4bf #fce3dc #751c3c #df2f5b #f08d84 #fff6f1',
        '#d94f70 #f7b5a8 #4d1230 #ff3d6e #ffe1d0 #fff5ee',
        '#b8406a #f3a0b0 #3b0f28 #f7416f #ffd9c7 #fff0ea',
        '#cf8fb4 #fbd6c9 #53224d #e5446d #8f5aa8 #fff6f4',
        '#fbe9e2 #f8c8c4 #6a1b34 #d7263d #e79aa0 #fffaf7',
    ),
    'Adventure': (
        '#1d6b58 #e3bd63 #10362e #f09a2e #c8e0b4 #fbf3d8',
        '#0f7c9a #9fd8cb #0b2f40 #f4a52b #e4572e #fdf5dc',
        '#2c8c6c #f1dc8a #173d2a #f0a93b #c7502b #fff6da',
        '#2f8f5b #c6d96f #153824 #f6c445 #e36b2c #fbf7dc',
    ),
    'Horror': (
        '#0a0a0c #4a0d12 #050405 #c3131f #8a1018 #e6decf',
        '#12160f #44541f #060805 #a8c13a #6d1518 #e7e6cc',
        '#5a080d #b5141b #0b0506 #d81b22 #f3e3cf #f7ead8',
        '#0f1118 #333746 #060709 #d2152a #6d7385 #e4e2df',
        '#1a0d1e #4b1a3d #08040a #d81e3a #6f9a3c #e9dfd8',
    ),
    'Sci-Fi': (
        '#060a2c #2b1f78 #04051a #35e2e8 #ff3ea8 #def6ff',
        '#0a1f4a #1f7fb5 #050d24 #7df0ff #ffb347 #eafaff',
        '#140a35 #7a2bb8 #090418 #4ff0c8 #ff5fd0 #f3eaff',
        '#0b2b3f #29b3b8 #06161f #f4fbff #ff7b54 #e9ffff',
    ),
    'Crime': (
        '#14161a #4a463c #08090b #f2c22e #b3261e #f3ead2',
        '#f0c52c #f6d65c #121212 #b3261e #3a3a3a #fbf3d6',
        '#2c2a2d #7a6a55 #0e0d0f #d9a441 #a33327 #efe6d3',
        '#e9e0cc #d5c5a0 #141414 #b71f1f #8c7a57 #fbf6e8',
    ),
    'Mystery': (
        '#1c3038 #6b8f8c #0b1519 #dcb548 #8fb0a6 #eef0df',
        '#2d2447 #7a6a96 #120d20 #e3bf55 #b08fb8 #f0eaf2',
        '#2a3d34 #8fa07a #0f1a15 #e6c25a #c9d1b0 #f2f0dc',
    ),
    'Thriller': (
        '#11222e #6d8c9b #070e13 #dc2626 #b9c7cc #eef3f3',
        '#d62323 #e8503a #120c0c #f6efe2 #1f1b1c #fbf2e4',
        '#24303a #a5b3b5 #0c1115 #e0b020 #5b6d78 #f1f3ef',
        '#e6e3da #b9bdb8 #15191c #cf2020 #60707a #fbfaf4',
    ),
    'War': (
        '#4b4c33 #b9a471 #1d1e14 #b23a1d #7d7a4a #efe6c8',
        '#7d7350 #d9c48e #26231a #a8321e #54603c #f4ead0',
        '#59503f #c98d4c #1a1611 #d8442a #8c8460 #f2e4c4',
    ),
    'Family': (
        '#74c4e8 #fff0c4 #2b3d57 #f2583a #6ab04b #fffaf0',
        '#8fd3a8 #fdf3c2 #2e4a4a #ff7b4a #4a90c2 #fffdf0',
        '#fbd27a #fff3d0 #3a3a5c #e8504a #5aa9a0 #fffaf0',
    ),
    'Western': (
        '#d8692a #f4ca7c #3a190f #8f2516 #2f8a86 #fdf0d4',
        '#b8431f #f0a050 #2a110a #ffd98a #5c1a10 #fceccb',
        '#e5b878 #f6dfae #40200f #b23d1a #4a8f8c #fff3da',
    ),
}

GENRES = tuple(PALETTES)


def palette(genre: str, rng: random.Random) -> Palette:
    """One of the genre's palettes, each color shifted a little."""
    shift = [rng.uniform(-12, 12) for _ in range(3)]

    def shifted(code: str) -> Color:
        return tuple(
            round(min(255, max(0, v + s + rng.uniform(-6, 6))))
            for v, s in zip(ImageColor.getrgb(code), shift, strict=True)
        )

    return Palette(*map(shifted, rng.choice(PALETTES[genre]).split()))


def blend(main: Palette, other: Palette, strength: float) -> Palette:
    """The main palette with its accents taken from the other one, and its skies `strength` of the way there."""
    return Palette(
        mix(main.top, other.top, strength),
        mix(main.bottom, other.bottom, strength),
        main.ink,
        main.accent,
        other.accent,
        main.pale,
    )


# Backdrops, one function a decade


def seventies(c: Canvas) -> None:
    """Flat paper colors with a sunburst, a rainbow of arches or broad bands."""
    p, (x, y) = c.palette, c.focus
    c.gradient([p.bottom, p.bottom])
    stripes = [p.second, p.accent, mix(p.top, p.pale, 0.3), p.top]
    match c.rng.randrange(4):
        case 0:
            c.box(0, 0, WIDTH, HEIGHT, p.top)
            c.rays(x, y, c.one_of(14, 18, 24), mix(p.top, p.bottom, 0.75), c.rng.random())
        case 1:
            c.box(0, 0, WIDTH, HEIGHT, p.top)
            for i, color in enumerate([mix(p.top, p.bottom, 0.4), p.second, mix(p.bottom, p.pale, 0.3), p.bottom]):
                c.disc(x, y, 106 - 16 * i, color)
        case 2:
            for i, color in enumerate(stripes[::-1]):
                c.box(0, y - 120 + 26 * i, WIDTH, HEIGHT, color if i else p.top)
            c.box(0, y - 22, WIDTH, HEIGHT, p.bottom)
        case _:
            c.box(0, 0, WIDTH, HEIGHT, p.top)
            c.disc(x, y + 6, 72, p.bottom)


def eighties(c: Canvas) -> None:
    """A glowing gradient over a dark sky, with stars, a sliced sun or a grid that runs to the horizon."""
    p = c.palette
    night = mix(p.top, (22, 8, 52), 0.42)
    neon = mix(p.accent, (255, 60, 160), 0.22)
    c.gradient([night, mix(p.top, night, 0.3), p.bottom, mix(neon, p.bottom, 0.35)], 0, c.ground)
    c.gradient([mix(night, p.ink, 0.4), night], c.ground, HEIGHT)
    for _ in range(40):
        c.disc(c.between(0, WIDTH), c.between(0, c.ground * 0.6), c.between(0.3, 0.9), fade(p.pale, 0.8))
    if c.chance(0.55):
        sun = c.focus[0], c.ground - c.between(20, 45)
        c.glow(*sun, 110, neon, 0.6)
        c.disc(*sun, 50, mix(p.accent, (255, 210, 110), 0.4))
        for i in range(7):
            c.box(0, sun[1] - 2 + 8 * i, WIDTH, sun[1] - 0.5 + 9 * i, mix(p.bottom, neon, 0.4))
        c.gradient([mix(night, p.ink, 0.4), night], c.ground, HEIGHT)
    if c.chance(0.7):
        grid(c, fade(mix(neon, p.pale, 0.25), 0.75))


def grid(c: Canvas, color: Color) -> None:
    """Lines on the ground that meet at the horizon."""
    for i in range(-12, 13):
        c.line([(91 + i * 7, c.ground), (91 + i * 46, HEIGHT)], 0.7, color)
    y, step = c.ground, 3.0
    while y < HEIGHT:
        c.line([(0, y), (WIDTH, y)], 0.7, color)
        y, step = y + step, step * 1.45


def nineties(c: Canvas) -> None:
    """Darkness with one pool of light."""
    p, (x, y) = c.palette, c.focus
    dark = mix(p.top, (6, 6, 9), 0.5 if light(p.top) < 150 else 0.36)
    c.gradient([dark, mix(dark, p.top, 0.6), mix(dark, p.bottom, 0.25)])
    c.glow(x, y, 150, p.bottom, 0.95)
    c.glow(x, y + 10, 85, mix(p.bottom, p.pale, 0.45), 0.6)


def noughties(c: Canvas) -> None:
    """A metallic sky with shafts of light and haze on the horizon."""
    p, (x, _) = c.palette, c.focus
    dusk = mix(p.bottom, (255, 178, 102), 0.2)
    c.gradient([mix(p.top, (8, 40, 52), 0.3), mix(p.top, p.bottom, 0.45), dusk], 0, c.ground)
    c.gradient([mix(p.bottom, (14, 40, 48), 0.5), mix(p.ink, (4, 24, 32), 0.5)], c.ground, HEIGHT)
    if c.chance(0.6):
        c.rays(x + c.between(-50, 50), c.ground - 20, 22, fade(p.pale, 0.10), c.rng.random(), 0.4)
    c.glow(x, c.ground, 130, mix(p.pale, (255, 190, 120), 0.5), 0.6)


def tens(c: Canvas) -> None:
    """One flat color, perhaps with a disc or a second field."""
    p, (x, y) = c.palette, c.focus
    ground = c.one_of(p.top, p.bottom, p.top, mix(p.bottom, p.pale, 0.55))
    c.gradient([ground, ground])
    match c.rng.randrange(4):
        case 0:
            c.disc(x, y, 62, mix(p.bottom, p.pale, 0.35) if ground == p.top else p.top)
        case 1:
            c.box(0, c.ground, WIDTH, HEIGHT, mix(p.top, p.ink, 0.35))
        case 2:
            c.polygon([(0, HEIGHT), (0, 190), (WIDTH, 60), (WIDTH, HEIGHT)], mix(ground, p.second, 0.22))


# Color grading: functions of an image as floats in 0..1, of shape (268, 182, 3)


def _levels(image: np.ndarray, low, high) -> np.ndarray:
    """Black becomes `low` and white `high`, channel by channel."""
    return np.asarray(low, np.float32) + image * (np.asarray(high, np.float32) - np.asarray(low, np.float32))


def _saturate(image: np.ndarray, amount: float) -> np.ndarray:
    gray = image.mean(-1, keepdims=True)
    return gray + (image - gray) * amount


def _contrast(image: np.ndarray, amount: float) -> np.ndarray:
    return image + amount * (image * image * (3 - 2 * image) - image)


def _split(image: np.ndarray, shadows, lights, amount: float) -> np.ndarray:
    """Tint what is dark and what is bright in different colors."""
    gray = image.mean(-1, keepdims=True)
    return image + amount * ((1 - gray) * np.asarray(shadows, np.float32) + gray * np.asarray(lights, np.float32))


GRADES: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1970: lambda x: _levels(_saturate(x, 0.84), (0.11, 0.07, 0.05), (0.98, 0.92, 0.78)),
    1980: lambda x: _split(_saturate(x, 1.22), (0.06, -0.02, 0.14), (0.04, -0.02, 0.02), 0.8),
    1990: lambda x: _levels(_contrast(_saturate(x, 1.0), 0.8), (0.0, 0.0, 0.01), (0.97, 0.98, 0.95)),
    2000: lambda x: _split(_contrast(_saturate(x, 0.96), 0.5), (-0.07, 0.03, 0.07), (0.10, 0.01, -0.09), 1.0),
    2010: lambda x: _levels(x, (0.02, 0.02, 0.03), (1.0, 1.0, 1.0)),
}
BACKDROPS: dict[int, Callable[[Canvas], None]] = {
    1970: seventies,
    1980: eighties,
    1990: nineties,
    2000: noughties,
    2010: tens,
}
GRAIN = {1970: 0.042, 1980: 0.026, 1990: 0.032, 2000: 0.018, 2010: 0.01}
WEAR = {1970: 0.6, 1980: 0.35, 1990: 0.2, 2000: 0.08, 2010: 0.03}


def develop(image: Image.Image, decade: int, rng: random.Random) -> Image.Image:
    """Grade a finished drawing for its decade and print it: vignette, grain, folds, a cast, JPEG."""
    noise = np.random.Generator(np.random.PCG64(rng.getrandbits(64)))
    down, across = _places(*image.size)
    edge = ((across / WIDTH - 0.5) ** 2 + (down / HEIGHT - 0.5) ** 2)[..., None] * 2
    x = GRADES[decade](np.asarray(image, np.float32) / 255)
    x = x * (1 - {1990: 0.75, 2000: 0.4, 2010: 0.05}.get(decade, 0.25) * edge)
    x = x * np.float32([rng.gauss(1, 0.035) for _ in range(3)])
    grain = noise.standard_normal((*down.shape, 1), np.float32)
    x = x + GRAIN[decade] * rng.uniform(0.4, 1.2) * grain
    if rng.random() < WEAR[decade]:
        x = _folded(x, rng, noise)
    page = Image.fromarray((x.clip(0, 1) * 255).astype(np.uint8))
    jpeg = io.BytesIO()
    page.save(jpeg, 'JPEG', quality=rng.randint(72, 93))
    return Image.open(jpeg).convert('RGB')


def _folded(x: np.ndarray, rng: random.Random, noise: np.random.Generator) -> np.ndarray:
    """The creases of a poster that came folded, and specks where the ink has flaked off."""
    down, across = _places(x.shape[1], x.shape[0])
    fold, side_fold = (HEIGHT // 2 + rng.randint(-3, 3), WIDTH // 2 + rng.randint(-3, 3))
    crease = np.maximum(np.exp(-np.abs(down - fold)), np.exp(-np.abs(across - side_fold)))[..., None]
    rough = noise.random((*down.shape, 1), np.float32)
    x = x + (0.95 - x) * crease * rough * rng.uniform(0.2, 0.6)
    return np.where(rough > 0.9985, np.float32(0.85), x)


def _places(width: int, height: int) -> np.ndarray:
    """(2, height, width): how far down and across each pixel is, in poster coordinates."""
    return np.mgrid[0:height, 0:width].astype(np.float32) * np.float32(WIDTH / width)
