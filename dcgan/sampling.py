"""Images out of a generator: of fixed noise, any number of them, walks through the noise, sweeps of one number."""

import numpy as np

from dcgan.noise import draw

FIXED = 1_000_003  # what the seed of a grid's noise is moved by, away from training's


def fixed_inputs(options, images, number):
    """Noise, and conditions where there are any, of the grids that show how a training goes."""
    rng = np.random.default_rng(options.seed + FIXED)
    noise = draw(options, rng, number)
    if images.conditions is None:
        return noise, None
    return noise, images.conditions[rng.choice(images.training, number)]


def make(generator, noise, asked=None, batch_size=64):
    """Images (n, height, width, 3) uint8."""
    made = []
    for start in range(0, len(noise), batch_size):
        part = slice(start, start + batch_size)
        inputs = noise[part] if asked is None else [noise[part], asked[part]]
        made.append(pixels(generator.predict_on_batch(inputs)))
    return np.concatenate(made)


def pixels(images):
    """-1..1 as uint8."""
    return np.clip((np.asarray(images) + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)


def walk(stations, steps):
    """Noise on the way from station to station and back to the first, (len(stations) * steps, z_dim).

    Along a great circle, so that the length of the noise, which the generator expects, hardly changes on the way
    (White, "Sampling Generative Networks", 2016).
    """
    parts = []
    for here, there in zip(stations, np.roll(stations, -1, axis=0), strict=True):
        parts.append(arc(here, there, np.arange(steps, dtype=np.float32) / steps))
    return np.concatenate(parts)


def arc(here, there, shares):
    shares = shares[:, np.newaxis]
    cosine = np.dot(here, there) / max(np.linalg.norm(here) * np.linalg.norm(there), 1e-9)
    angle = np.arccos(np.clip(cosine, -1, 1))
    if np.sin(angle) < 1e-4:
        return (1 - shares) * here + shares * there
    return (np.sin((1 - shares) * angle) * here + np.sin(shares * angle) * there) / np.sin(angle)


def sweep(noise, dimension, values):
    """`noise`, (z_dim,), with one of its numbers set to each of `values` in turn, (len(values), z_dim)."""
    swept = np.repeat(noise[np.newaxis], len(values), axis=0)
    swept[:, dimension] = values
    return swept
