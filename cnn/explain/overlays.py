"""A poster and, beside it, which part of it speaks for which genre."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Panel:
    """What supports a genre: the poster under the warmth of the evidence, and in `words` what these add to the logit.

    `words` is '' where the model reads none.
    """

    genre: str
    probability: float
    threshold: float
    picture: Image.Image
    words: str = ''

    @property
    def passed(self):
        return self.probability >= self.threshold


def panels(subject, poster, lines=(), title='', shown=None):
    """A Panel for each genre that the model predicts of `poster`, an RGB image, the most probable first.

    `lines` are the Lines on it where the model reads, `title` is the film's. `shown` is the same poster at a higher
    resolution than the one that the model is given.
    """
    target, explainer = subject.saved.target, subject.explainer
    pixels = np.asarray(fit(poster, explainer.size[::-1]))[np.newaxis]
    probabilities = subject.probabilities(pixels, [lines], [title])[0]
    genres = predicted_genres(probabilities, target.cutoffs)
    maps = explainer.evidence(np.repeat(pixels, len(genres), axis=0), genres)
    added, told = subject.contributions(lines), subject.title_contributions(title)
    shown = fit(shown or poster, PANEL)
    for genre, evidence in zip(genres, maps, strict=True):
        picture, words = heated(shown, evidence), ''
        if subject.reader:
            picture = word_marks.draw(picture, lines, np.array([shares[:, genre].sum() for _, shares in added]))
            words = word_marks.caption(added + told, genre)
        yield Panel(target.genres[genre], float(probabilities[genre]), float(target.cutoffs[genre]), picture, words)


def overlay(subject, poster, heading, lines=(), title='', movie=None, shown=None):
    """A picture of `poster` and, beside it, of its `panels`. With `movie` it says which genres are true."""
    made = [*panels(subject, poster, lines, title, shown)]
    foot = FOOT + 2 * LINE if subject.reader else FOOT
    sheet = Image.new('RGB', (GAP + (PANEL[0] + GAP) * (1 + len(made)), HEAD + PANEL[1] + foot), 'white')
    paste(sheet, 0, fit(shown or poster, PANEL), heading, INK, ', '.join(movie.genres) if movie else '')
    for column, panel in enumerate(made, start=1):
        mark, color = verdict(movie, panel.genre, panel.passed)
        note = f'{"above" if panel.passed else "below"} its threshold of {panel.threshold:.0%}'
        paste(sheet, column, panel.picture, f'{panel.genre} {panel.probability:.0%}{mark}', color, note)
        if subject.reader:
            place = GAP + column * (PANEL[0] + GAP), HEAD + PANEL[1] + 7
            write(ImageDraw.Draw(sheet), place, panel.words, 13, INK, width=PANEL[0])
    for place, legend in enumerate(reversed(legends(subject))):
        top = sheet.height - FOOT + 9 - place * LINE
        write(ImageDraw.Draw(sheet), (GAP, top), legend, 13, GRAY, width=sheet.width - 2 * GAP)
    return sheet


def legends(subject):
    return (word_marks.LEGEND, LEGEND) if subject.reader else (LEGEND,)


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
