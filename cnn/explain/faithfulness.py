"""Faithfulness of attribution maps: deletion and insertion scores, compared with orders that ignore the poster.

Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models", 2018. Deletion paints
over the poster, from the most important place on; the sooner the genre's probability falls, the better. Insertion
uncovers a blurred poster in the same order; the sooner it rises, the better. A score is the area under that curve.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image, ImageFilter
from tqdm import tqdm

from cnn.networks import predict

FILMS = 200
STEPS = 6
BATCH = 32
BLUR = 1 / 12  # of the poster's width
PATCHES = 9, 6  # rows and columns of the random numbers that random patches are smoothed from
MAPS, RANDOM, PIXELS, CENTER = 'overlay', 'random patches', 'random pixels', 'center first'


@dataclass(frozen=True)
class Curves:
    """The top genre's probability, (films, STEPS + 1), as 0 to 100% of each poster are painted over, or uncovered."""

    deletion: np.ndarray
    insertion: np.ndarray

    def scores(self):
        """(deletion, insertion), (films,) each, in 0..1."""
        return tuple(np.trapezoid(curve, axis=1) / STEPS for curve in (self.deletion, self.insertion))

    def gap(self):
        """Insertion less deletion, (films,): one figure for both, the higher the better."""
        deletion, insertion = self.scores()
        return insertion - deletion


def some_of(test):
    """(posters, titles) of FILMS films of a PosterSet, at even distances."""
    rows = np.linspace(0, len(test.movies) - 1, min(FILMS, len(test.movies))).astype(int)
    return test.posters[rows], [test.movies[row].title for row in rows]


def advantage(curves):
    """How much better the maps do than random patches, by insertion less deletion.

    Returns the mean over the posters, its 95% margin, and the share of posters on which they do better.
    """
    gain = curves[MAPS].gap() - curves[RANDOM].gap()
    return float(gain.mean()), float(1.96 * gain.std() / len(gain) ** 0.5), float((gain > 0).mean())


def measure(explainer, posters, finish=lambda outputs, rows: outputs, seed=1):
    """{order: Curves} for the top genre of each of `posters`, (n, height, width, 3) uint8, by calibrated probability.

    `finish(outputs, rows)` makes probabilities of a network's outputs for those rows of the posters.

    The orders are that of the explainer's maps, of smooth random patches, of single random pixels, and from the center
    outwards. At each step all of them have reached the same share of the poster.
    """
    rng = np.random.default_rng(seed)
    by_order = {}
    passes = len(posters) * (3 + 4 * 2 * (STEPS - 1))
    with tqdm(total=passes, desc='deletion and insertion', unit=' posters', disable=None, leave=False) as bar:
        for start in range(0, len(posters), BATCH):
            rows = slice(start, start + BATCH)
            batch, finish_batch = np.asarray(posters[rows]), partial(finish, rows=rows)
            for order, curves in measure_batch(explainer, batch, finish_batch, rng, bar.update).items():
                by_order.setdefault(order, []).append(curves)
    return {
        order: Curves(*(np.concatenate([getattr(part, kind) for part in parts]) for kind in ('deletion', 'insertion')))
        for order, parts in by_order.items()
    }


def measure_batch(explainer, posters, finish, rng, advance):
    def predict_changed(changed):
        advance(len(changed))
        return finish(predict(explainer.model, changed, BATCH))

    def top(changed):
        return predict_changed(changed)[np.arange(len(posters)), genres]

    probabilities = predict_changed(posters)
    genres = probabilities.argmax(axis=1)
    whole, painted, blurred = probabilities.max(axis=1), paint(posters), blur(posters)
    nothing_left, nothing_shown = top(painted), top(blurred)
    curves = {}
    for order, maps in {MAPS: explainer.evidence(posters, genres), **blind_orders(posters.shape[:3], rng)}.items():
        ranks = maps.reshape(len(posters), -1).argsort(axis=1).argsort(axis=1).reshape(maps.shape)
        deletion, insertion = [whole], [nothing_shown]
        for step in range(1, STEPS):
            first = (ranks >= maps[0].size * (1 - step / STEPS))[..., np.newaxis]
            deletion.append(top(np.where(first, painted, posters)))
            insertion.append(top(np.where(first, posters, blurred)))
        deletion.append(nothing_left)
        insertion.append(whole)
        curves[order] = Curves(np.stack(deletion, axis=1), np.stack(insertion, axis=1))
    return curves


def paint(posters):
    """Each poster's mean color all over it."""
    mean = posters.mean(axis=(1, 2), keepdims=True).round().astype(np.uint8)
    return np.broadcast_to(mean, posters.shape)


def blur(posters):
    radius = posters.shape[2] * BLUR
    return np.stack([np.asarray(Image.fromarray(p).filter(ImageFilter.GaussianBlur(radius))) for p in posters])


def blind_orders(shape, rng):
    """Maps (n, height, width) to compare with, none of which depends on the poster."""
    n, height, width = shape
    coarse = rng.normal(size=(n, *PATCHES)).astype(np.float32)
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return {
        RANDOM: np.stack([Image.fromarray(c).resize((width, height), Image.Resampling.BICUBIC) for c in coarse]),
        PIXELS: rng.random(shape),
        CENTER: np.broadcast_to(-np.hypot(y, x), shape),
    }
