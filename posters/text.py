"""The words on posters: lines of text with their boxes, read by the networks of PP-OCRv6 that rapidocr brings along.

A line is found by differentiable binarization (Liao et al., "Real-time Scene Text Detection with Differentiable
Binarization", 2020) and its letters are recognized by connectionist temporal classification (Graves et al., 2006), in
Latin, Chinese and Japanese scripts, by onnxruntime. rapidocr itself, which reads one image at a time, is not imported.
"""

import functools
import math
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

import numpy as np

from core.parallel import is_worker, threads
from posters import text_networks

VERSION = 1  # of what is read: another one reads all posters anew
HEIGHT = 480  # pixels that a poster is resized to for the detector, in its own shape,
PIXELS = 500_000  # if it has no more than these then
CELL = 32  # the sides of what the detector takes are multiples of it
LETTERS = 48  # pixels: the height of a line for the recognizer
PIXEL, BOX, CONFIDENCE = 0.3, 0.5, 0.5  # least probabilities: of a pixel, of a box on average, of a line's letters
UNCLIP = 1.6  # the detector is trained on boxes shrunk by so much: Liao et al., section 3.4
LEAST = 6  # pixels of the detector's image: lower lines are not legible
UPRIGHT = 1.5  # a box so many times as high as wide has its text turned by 90 degrees
MOST = 200  # lines of a poster, the highest ones: credits have no more, textures may
WIDEST = 1600  # pixels of a line for the recognizer
CHUNK = 8  # posters whose lines are recognized together
STEP = 32  # pixels: lines are padded to a multiple of them, each as if it were alone
BATCH = 8, 3200  # lines that are recognized together, and pixels of their widths, at most


@dataclass(frozen=True)
class Line:
    """A line of text.

    `box` has its four corners as (x, y), clockwise from the upper left of the text, in shares of the poster's width
    and height; `confidence` is the mean probability of its letters.
    """

    text: str
    confidence: float
    box: tuple[tuple[float, float], ...]


def joined(lines):
    """The text of Lines as one: 'PIERCE BROSNAN / BEWARE'."""
    return ' / '.join(line.text for line in lines)


class Reader:
    """Reads posters. Raises WorkFailed where rapidocr is not installed."""

    def __init__(self, detector=None, recognizer=None):
        self.detector = detector or text_networks.detector()
        self.recognizer = recognizer or text_networks.recognizer()
        letters = self.recognizer.session.get_modelmeta().custom_metadata_map['character'].splitlines()
        self.letters = np.array(['', *letters, ' '])  # the first is no letter

    def read(self, posters):
        """[the Lines of a poster, from its top to its bottom, for each of `posters`], (height, width, 3) uint8 each."""
        boxes = [self.find(poster) for poster in posters]
        crops = [turns(poster, box) for poster, some in zip(posters, boxes, strict=True) for box in some]
        texts = iter(self.recognize([crop for some in crops for crop in some]))
        best = iter([max(islice(texts, len(some)), key=itemgetter(1)) for some in crops])
        return [
            [
                Line(text, confidence, shares(box, poster.shape))
                for box, (text, confidence) in zip(some, islice(best, len(some)), strict=True)
                if text and confidence >= CONFIDENCE
            ]
            for poster, some in zip(posters, boxes, strict=True)
        ]

    def find(self, poster):
        """The boxes of lines in pixels of the poster, each (4, 2) float32, in the order of reading."""
        probabilities = self.detector.run(to_detect(poster))[0, 0]
        scale = np.array(poster.shape[1::-1], np.float32) / probabilities.shape[::-1]
        boxes = sorted(boxes_of(probabilities), key=lambda box: -sides(box)[1])[:MOST]
        return in_order([box * scale for box in boxes])

    def recognize(self, crops):
        """[(text, confidence)] of lines (LETTERS, width, 3) uint8, those of the same padded width in batches."""
        found = [('', 0.0)] * len(crops)
        widths = [-(-line.shape[1] // STEP) * STEP for line in crops]
        for width in sorted(set(widths)):
            same = [i for i, one in enumerate(widths) if one == width]
            size = max(1, min(BATCH[0], BATCH[1] // width))
            for start in range(0, len(same), size):
                batch = same[start : start + size]
                padded = np.full((len(batch), LETTERS, width, 3), 127.5, np.float32)
                for row, i in zip(padded, batch, strict=True):
                    row[:, : crops[i].shape[1]] = crops[i]
                for i, probabilities in zip(batch, self.recognizer.run(inputs(padded)), strict=True):
                    found[i] = self.decode(probabilities)
        return found

    def decode(self, probabilities):
        """(text, confidence) of the probabilities of letters, (places, letters)."""
        best = probabilities.argmax(axis=1)
        kept = (best > 0) & np.diff(best, prepend=0).astype(bool)
        if not kept.any():
            return '', 0.0
        confidence = probabilities[kept, best[kept]].mean()
        return ' '.join(''.join(self.letters[best[kept]]).split()), round(float(confidence), 3)


@functools.cache
def _reader():
    """The Reader of a worker, which is given posters again and again."""
    return Reader()


def read_all(posters):
    """Yield the Lines of each of `posters`, a sequence of images, in order, on every core."""
    reader = _reader() if is_worker() else Reader()
    for lines in threads(lambda start: reader.read(posters[start : start + CHUNK]), range(0, len(posters), CHUNK)):
        yield from lines


def to_detect(poster):
    """What the detector takes of a poster (height, width, 3) uint8."""
    import cv2  # slow

    height, width = poster.shape[:2]
    scale = min(HEIGHT / height, math.sqrt(PIXELS / (width * height)))
    size = [max(1, round(side * scale / CELL)) * CELL for side in (width, height)]
    return inputs(cv2.resize(poster, size, interpolation=cv2.INTER_CUBIC)[np.newaxis])


def inputs(images):
    """What the networks take, (n, 3, height, width) float32 in -1..1, blue first, of (n, height, width, 3) 0..255."""
    return np.ascontiguousarray((images[..., ::-1].astype(np.float32) / 127.5 - 1).transpose(0, 3, 1, 2))


def boxes_of(probabilities):
    """Boxes of lines, (4, 2) float32 each, in a map (height, width) of the probability of text."""
    import cv2  # slow

    mask = cv2.dilate((probabilities > PIXEL).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for contour in contours:
        middle, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < 3 or mean_inside(probabilities, cv2.boxPoints((middle, (width, height), angle))) < BOX:
            continue
        grown = 2 * UNCLIP * width * height / (2 * (width + height))
        box = clockwise(cv2.boxPoints((middle, (width + grown, height + grown), angle)))
        if min(sides(box)) >= LEAST:
            boxes.append(box)
    return boxes


def mean_inside(values, corners):
    """The mean of `values` (height, width) inside a polygon."""
    import cv2  # slow

    low = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, np.array(values.shape[::-1]) - 1)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, np.array(values.shape[::-1]) - 1)
    mask = np.zeros(high[::-1] - low[::-1] + 1, np.uint8)
    cv2.fillPoly(mask, [(corners - low).astype(np.int32)], 1)
    return cv2.mean(values[low[1] : high[1] + 1, low[0] : high[0] + 1], mask)[0]


def clockwise(corners):
    """The corners (4, 2) of a rectangle from its upper left on; of text that runs upwards or downwards too."""
    by_x = corners[np.argsort(corners[:, 0], kind='stable')]
    left, right = (side[np.argsort(side[:, 1], kind='stable')] for side in (by_x[:2], by_x[2:]))
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def sides(box):
    """(width, height) of a box."""
    return float(np.linalg.norm(box[1] - box[0])), float(np.linalg.norm(box[3] - box[0]))


def shares(box, shape):
    """The corners of a box as shares of the width and height of an image of that shape, within it."""
    return tuple(map(tuple, np.clip(box / shape[1::-1], 0, 1).round(4).tolist()))


def in_order(boxes):
    """Boxes from top to bottom; those of one row from left to right."""
    rows = []
    for box in sorted(boxes, key=lambda box: box[:, 1].mean()):
        if rows and all(are_beside(box, other) for other in rows[-1]):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box[:, 0].min())]


def are_beside(box, other):
    """Whether two boxes are of one row: half of the lower is level with the other, and hardly any of it above."""
    overlap = np.minimum(box.max(axis=0), other.max(axis=0)) - np.maximum(box.min(axis=0), other.min(axis=0))
    x, y = overlap / np.minimum(np.ptp(box, axis=0), np.ptp(other, axis=0))
    return x < 0.5 < y


def turns(poster, box):
    """The line in a box, (LETTERS, width, 3) uint8 each way that it may be read: one that stands upright in three."""
    width, height = sides(box)
    ways = (0,) if height < UPRIGHT * width else (0, -1, 1)
    return [crop(poster, np.roll(box, way, axis=0)) for way in ways]


def crop(poster, box):
    """What is in a box, upper left corner first, (LETTERS, width, 3) uint8."""
    import cv2  # slow

    width, height = sides(box)
    wide = min(WIDEST, max(8, math.ceil(LETTERS * width / height)))
    corners = np.array([[0, 0], [wide, 0], [wide, LETTERS], [0, LETTERS]], np.float32)
    matrix = cv2.getPerspectiveTransform(box.astype(np.float32), corners)
    return cv2.warpPerspective(poster, matrix, (wide, LETTERS), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
