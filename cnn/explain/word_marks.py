"""The lines of text on a poster, in frames colored by what they add to the logit of a genre."""

import numpy as np
from PIL import Image, ImageDraw

from cnn.evaluate.plots import GRAY
from core.fonts import font

FOR, AGAINST = '#2fb45a', '#4a86e8'  # neither is a color of the heat below
STRONG = 0.6  # logits, from which on a frame is drawn in full color
NAMED = 0.1  # logits, from which on a frame has its number written beside it
FINE = 3  # pixels that a pixel is drawn as
MOST = 3  # words that a caption names
LEGEND = 'Frames: lines that were read; what they add to the logit: green supports the genre, blue speaks against it.'


def draw(picture, lines, added):
    """`picture` with a frame around each of the Lines; `added` (lines,) is what each adds to the logit.

    Green supports the genre, blue speaks against it, gray hardly matters.
    """
    frames = Image.new('RGBA', (picture.width * FINE, picture.height * FINE))
    pen = ImageDraw.Draw(frames)
    for index in np.argsort(np.abs(added)):
        corners = [(x * frames.width, y * frames.height) for x, y in lines[index].box]
        for color, width in (((0, 0, 0), 4 * FINE), (shade(added[index]), 2 * FINE)):
            pen.line([*corners, *corners[:2]], color, width, joint='curve')
    frames = frames.resize(picture.size, Image.Resampling.LANCZOS)
    marked = Image.alpha_composite(picture.convert('RGBA'), frames).convert('RGB')
    pen, face = ImageDraw.Draw(marked), font('DejaVuSans-Bold', 12)
    for index, value in enumerate(added):
        if abs(value) >= NAMED:
            tag(pen, marked.size, lines[index].box, f'{value:+.1f}', shade(value), face)
    return marked


def shade(value):
    """The color of what a line adds: between gray and green or blue."""
    share = min(1, abs(value) / STRONG)
    strong = FOR if value > 0 else AGAINST
    return tuple(round(a + share * (b - a)) for a, b in zip(rgb(GRAY), rgb(strong), strict=True))


def rgb(color):
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


def tag(pen, size, box, text, color, face):
    """Write `text` at the upper right of a box, within the picture."""
    width, height = face.getlength(text) + 6, 15
    left = np.clip(max(x for x, _ in box) * size[0] - width, 0, size[0] - width)
    top = np.clip(min(y for _, y in box) * size[1] - height, 0, size[1] - height)
    pen.rectangle((left, top, left + width, top + height), color)
    pen.text((left + 3, top), text, 'white', face)


def caption(contributions, genre):
    """'words +0.84: dead +0.52, night +0.31' of what `contributions` add to the genre of that index."""
    added = {}
    for words, shares in contributions:
        for word, share in zip(words, shares[:, genre], strict=True):
            added[word] = added.get(word, 0) + share
    strongest = sorted(added, key=lambda word: -abs(added[word]))[:MOST]
    named = ', '.join(f'{word} {added[word]:+.1f}' for word in strongest if abs(added[word]) >= NAMED)
    return f'words {sum(added.values()):+.1f}' + (f': {named}' if named else '')
