"""A poster and, beside it, which part of it speaks for which genre."""

import numpy as np
from PIL import Image, ImageDraw

from cnn.evaluate.plots import GREEN, GREY, INK, RED
from cnn.evaluate.showcase import SHOWN_FROM
from cnn.networks import predict
from core.plotting import colormaps
from posters.decode import fit
from sample.painter.lettering import font

PANEL = 300, 442  # pixels
GAP, HEAD, FOOT = 16, 66, 34
MOST = 4  # genres in a picture
SMALLEST = 0.75  # of its size a text may become
HEAT = colormaps['inferno']
GRAIN = 46, 67  # width and height to which a map is smoothed, which costs no honesty
BRIGHTEST = 99.5  # the percentile of a map that is drawn as bright as can be, so that a speck outshines nothing
LEGEND = (
    'Bright: speaks for the genre, more than the poster on average; each panel has its own scale, the line is at half.'
)


def overlay(saved, explainer, poster, title, movie=None, shown=None):
    """A picture of `poster`, an RGB image, and of what in it speaks for each genre that the model says.

    `saved` is the SavedModel of `explainer`. With `movie` the picture tells which genres are true. `shown` is the same
    poster in a better resolution than the one that the model is to be asked about.
    """
    pixels = np.asarray(fit(poster, explainer.size[::-1]))[np.newaxis]
    said = saved.calibrate(predict(explainer.model, pixels))[0]
    genres = said_genres(said, saved.thresholds)
    maps = explainer.evidence(np.repeat(pixels, len(genres), axis=0), genres)
    sheet = Image.new('RGB', (GAP + (PANEL[0] + GAP) * (1 + len(genres)), HEAD + PANEL[1] + FOOT), 'white')
    shown = fit(shown or poster, PANEL)
    paste(sheet, 0, shown, title, INK, ', '.join(movie.genres) if movie else '')
    for column, (genre, evidence) in enumerate(zip(genres, maps, strict=True), start=1):
        name, threshold = saved.genres[genre], saved.thresholds[genre]
        passed = said[genre] >= threshold
        mark, colour = verdict(movie, name, passed)
        note = f'{"above" if passed else "below"} its threshold of {threshold:.0%}'
        paste(sheet, column, heated(shown, evidence), f'{name} {said[genre]:.0%}{mark}', colour, note)
    write(ImageDraw.Draw(sheet), (GAP, HEAD + PANEL[1] + 9), LEGEND, 13, GREY, width=sheet.width - 2 * GAP)
    return sheet


def said_genres(probabilities, thresholds):
    """Indices of the genres that pass their thresholds, MOST at most; two, for comparison, where fewer do.

    The most probable come first; a genre that does not pass and is hardly probable is left out where there is another.
    """
    passed = probabilities >= thresholds
    order = np.lexsort((-probabilities, ~passed))[: np.clip(passed.sum(), 2, MOST)]
    return order[(passed | (probabilities >= SHOWN_FROM))[order] | (order == order[0])]


def paste(sheet, column, picture, heading, colour, note):
    left, draw = GAP + column * (PANEL[0] + GAP), ImageDraw.Draw(sheet)
    write(draw, (left, 14), heading, 19, colour, bold=True, width=PANEL[0])
    write(draw, (left, 41), note, 14, GREY, width=PANEL[0])
    sheet.paste(picture, (left, HEAD))


def verdict(movie, genre, passed):
    """The mark and the colour of a genre: whether the film has it, whether the model says it."""
    if movie and movie.has_genre(genre):
        return ' ✓', GREEN
    if movie and passed:
        return ' ✗', RED
    return '', INK if passed else GREY


def heated(poster, evidence):
    """`poster` in grey under the warmth of `evidence`, a map of any size, where that is above 0; a line at its half."""
    smooth = Image.fromarray(evidence).resize(GRAIN, Image.Resampling.BOX)
    heat = np.maximum(smooth.resize(poster.size, Image.Resampling.BICUBIC), 0)
    heat = np.minimum(heat / max(np.percentile(heat, BRIGHTEST), 1e-9), 1)
    grey = np.asarray(poster.convert('L').convert('RGB')) * 0.75
    strength = 0.7 * np.sqrt(heat)[..., np.newaxis]
    mixed = grey * (1 - strength) + HEAT(heat)[..., :3] * 255 * strength
    half = heat >= 0.5
    mixed[half & ~inside(half)] = 255
    return Image.fromarray(mixed.astype(np.uint8))


def inside(mask):
    """Where all four neighbours of a place are in the mask, or outside the picture."""
    padded = np.pad(mask, 1, constant_values=True)
    return padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]


def write(draw, place, text, size, colour, bold=False, width=None):
    """Write `text` at its top left `place`; what is wider than `width` pixels gets smaller, then shortened."""
    name = 'DejaVuSans-Bold' if bold else 'DejaVuSans'
    faces = [font(name, pixels) for pixels in range(size, round(size * SMALLEST) - 1, -1)]
    face = next((face for face in faces if not width or face.getlength(text) <= width), faces[-1])
    while width and face.getlength(text) > width:
        text = text.rstrip('…')[:-1].rstrip() + '…'
    draw.text(place, text, colour, face)
