"""A poster and, beside it, which part of it speaks for which genre."""

import numpy as np
from PIL import Image, ImageDraw

from cnn.evaluate.plots import GRAY, GREEN, INK, RED
from cnn.explain import word_marks
from cnn.targets.genres import SHOWN_FROM
from core.fonts import font
from core.plotting import colormaps
from posters.decode import fit

PANEL = 300, 442  # pixels
GAP, HEAD, FOOT, LINE = 16, 66, 34, 18
MOST = 4  # genres in a picture
SMALLEST = 0.75  # of its size a text may become
HEAT = colormaps['inferno']
GRAIN = 46, 67  # width and height to which a map is smoothed, which costs no faithfulness
BRIGHTEST = 99.5  # the percentile of a map that is drawn as bright as can be, so that a speck outshines nothing
LEGEND = (
    'Bright: supports the genre, more than the poster on average; each panel has its own scale, the line is at half.'
)


def overlay(subject, poster, heading, lines=(), title='', movie=None, shown=None):
    """A picture of `poster`, an RGB image, and of what in it supports each genre that the model predicts.

    `lines` are the Lines on it where the model reads, `title` is the film's. With `movie` the picture says which genres
    are true. `shown` is
    the same poster at a higher resolution than the one that the model is given.
    """
    target, explainer = subject.saved.target, subject.explainer
    pixels = np.asarray(fit(poster, explainer.size[::-1]))[np.newaxis]
    probabilities = subject.probabilities(pixels, [lines], [title])[0]
    genres = predicted_genres(probabilities, target.cutoffs)
    maps = explainer.evidence(np.repeat(pixels, len(genres), axis=0), genres)
    added, told = subject.contributions(lines), subject.title_contributions(title)
    foot = FOOT + 2 * LINE if subject.reader else FOOT
    sheet = Image.new('RGB', (GAP + (PANEL[0] + GAP) * (1 + len(genres)), HEAD + PANEL[1] + foot), 'white')
    shown = fit(shown or poster, PANEL)
    paste(sheet, 0, shown, heading, INK, ', '.join(movie.genres) if movie else '')
    for column, (genre, evidence) in enumerate(zip(genres, maps, strict=True), start=1):
        name, threshold = target.genres[genre], target.cutoffs[genre]
        passed = probabilities[genre] >= threshold
        mark, color = verdict(movie, name, passed)
        note = f'{"above" if passed else "below"} its threshold of {threshold:.0%}'
        picture = heated(shown, evidence)
        if subject.reader:
            totals = np.array([shares[:, genre].sum() for _, shares in added])
            picture = word_marks.draw(picture, lines, totals)
        paste(sheet, column, picture, f'{name} {probabilities[genre]:.0%}{mark}', color, note)
        if subject.reader:
            place = GAP + column * (PANEL[0] + GAP), HEAD + PANEL[1] + 7
            caption = word_marks.caption(added + told, genre)
            write(ImageDraw.Draw(sheet), place, caption, 13, INK, width=PANEL[0])
    legends = (word_marks.LEGEND, LEGEND) if subject.reader else (LEGEND,)
    for place, legend in enumerate(reversed(legends)):
        top = sheet.height - FOOT + 9 - place * LINE
        write(ImageDraw.Draw(sheet), (GAP, top), legend, 13, GRAY, width=sheet.width - 2 * GAP)
    return sheet


def predicted_genres(probabilities, thresholds):
    """Indices of the genres that pass their thresholds, MOST at most; two, for comparison, where fewer do.

    The most probable come first; a genre that does not pass and is hardly probable is skipped where there is another.
    """
    passed = probabilities >= thresholds
    order = np.lexsort((-probabilities, ~passed))[: np.clip(passed.sum(), 2, MOST)]
    return order[(passed | (probabilities >= SHOWN_FROM))[order] | (order == order[0])]


def paste(sheet, column, picture, heading, color, note):
    left, draw = GAP + column * (PANEL[0] + GAP), ImageDraw.Draw(sheet)
    write(draw, (left, 14), heading, 19, color, bold=True, width=PANEL[0])
    write(draw, (left, 41), note, 14, GRAY, width=PANEL[0])
    sheet.paste(picture, (left, HEAD))


def verdict(movie, genre, passed):
    """The mark and the color of a genre: whether the film has it, whether the model predicts it."""
    if movie and movie.has_genre(genre):
        return ' ✓', GREEN
    if movie and passed:
        return ' ✗', RED
    return '', INK if passed else GRAY


def heated(poster, evidence):
    """`poster` in gray under the warmth of `evidence`, a map of any size, where that is above 0; a line at its half."""
    smooth = Image.fromarray(evidence).resize(GRAIN, Image.Resampling.BOX)
    heat = np.maximum(smooth.resize(poster.size, Image.Resampling.BICUBIC), 0)
    heat = np.minimum(heat / max(np.percentile(heat, BRIGHTEST), 1e-9), 1)
    gray = np.asarray(poster.convert('L').convert('RGB')) * 0.75
    strength = 0.7 * np.sqrt(heat)[..., np.newaxis]
    mixed = gray * (1 - strength) + HEAT(heat)[..., :3] * 255 * strength
    half = heat >= 0.5
    mixed[half & ~inside(half)] = 255
    return Image.fromarray(mixed.astype(np.uint8))


def inside(mask):
    """Where all four neighbours of a place are in the mask, or outside the picture."""
    padded = np.pad(mask, 1, constant_values=True)
    return padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]


def write(draw, place, text, size, color, bold=False, width=None):
    """Write `text` at its top left `place`; what is wider than `width` pixels gets smaller, then shortened."""
    name = 'DejaVuSans-Bold' if bold else 'DejaVuSans'
    faces = [font(name, pixels) for pixels in range(size, round(size * SMALLEST) - 1, -1)]
    face = next((face for face in faces if not width or face.getlength(text) <= width), faces[-1])
    while width and face.getlength(text) > width:
        text = text.rstrip('…')[:-1].rstrip() + '…'
    draw.text(place, text, color, face)
