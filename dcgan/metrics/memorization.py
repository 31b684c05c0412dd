"""Whether a generator repeats its training images, and how well that is seen: planted copies of them stand beside it.

A near copy is much nearer to one training image than to others. Images are compared as thumbnails, each less its mean
color and at one contrast, with the training images sharp and blurred, since a generator blurs what it repeats. The
measure is the distance to the nearest training image over that to the tenth nearest; images that are as good as equal
to the nearest are not counted, so that one image may be in the training set several times. After the ratio test of
Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", 2004.
"""

import numpy as np
from PIL import Image, ImageFilter

from dcgan.metrics import kid

CELLS = 216  # of a thumbnail, 12x18 of a poster
BLURS = 0, 1, 2  # pixels, at which training images are compared
NEIGHBOR = 10  # whose distance that of the nearest is a share of
SAME = 0.02  # a distance that distinguishes no two images; two posters have 0.5 to 1.2
ALARMS, MARGIN = 0.01, 0.75  # the threshold: this quantile of held-out images, times the margin
PLANTED = 300
MOVED, CROPPED, BRIGHTENED = 2, 0.04, 1.2  # pixels, share of each side, factor


def check(samples, training, held_out, seed=1):
    """Compare samples with training images, all (n, height, width, 3) uint8.

    One half of the held-out images sets the threshold, the other measures false alarms. Returns a record to be kept and
    `ratios` and `nearest`, (samples,) each: the measure, and the index of the nearest training image.
    """
    rng = np.random.default_rng(seed)
    known = [thumbnails(blurred(training, blur)) for blur in BLURS]
    order = rng.permutation(len(held_out))
    first, second = (held_out[np.sort(order[part::2])] for part in (0, 1))
    limits = [np.quantile(compare(blurred(first, blur), known)[0], ALARMS, method='higher') for blur in BLURS]
    threshold = MARGIN * float(min(limits))

    def share_detected(images):
        return float(np.mean(compare(images, known)[0] < threshold))

    chosen = training[np.sort(rng.permutation(len(training))[:PLANTED])]
    ratios, nearest = compare(samples, known)
    record = {
        'copies': float(np.mean(ratios < threshold)),
        'threshold': threshold,
        'planted': len(chosen),
        'planted_found': {name: share_detected(images) for name, images in planted(chosen)},
        'false_alarms': share_detected(second),
        'held_out': len(second),
    }
    return record, ratios, nearest


def planted(images):
    """(name, altered images) of each kind of copy that the check is tried on."""
    height, width = images.shape[1:3]
    yield 'sharp', images
    for blur in BLURS[1:]:
        yield f'blurred {blur} px', blurred(images, blur)
    yield f'moved {MOVED} px', np.roll(images, (MOVED, MOVED), (1, 2))
    box = tuple(side * share for share in (CROPPED, 1 - CROPPED) for side in (width, height))
    yield 'cropped', each(images, lambda image: image.resize(image.size, Image.Resampling.BILINEAR, box))
    yield 'brighter', np.clip(images * BRIGHTENED, 0, 255).astype(np.uint8)


def each(images, alter):
    """Images altered one by one, as Pillow's."""
    return np.stack([np.asarray(alter(Image.fromarray(np.asarray(image)))) for image in images])


def blurred(images, radius):
    """`images` under a Gaussian of so many pixels."""
    return each(images, lambda image: image.filter(ImageFilter.GaussianBlur(radius))) if radius else images


def thumbnails(images):
    """(n, about 3 * CELLS) float32 of length 1 at most: no channel has a mean, all images one contrast."""
    height, width = images.shape[1:3]
    size = tuple(max(1, round((CELLS * ratio) ** 0.5)) for ratio in (width / height, height / width))
    small = each(images, lambda image: image.resize(size, Image.Resampling.BOX)).astype(np.float32)
    flat = (small - small.mean(axis=(1, 2), keepdims=True)).reshape(len(small), -1)
    noise = flat.shape[1] ** 0.5  # a grey level: images of one color stay near each other
    return flat / (np.linalg.norm(flat, axis=1, keepdims=True) + noise)


def compare(images, known):
    """(measure, index of the nearest training image) of each image; `known` are the thumbnails at each of BLURS."""
    queries = thumbnails(images)
    nearest_by_blur = [share_of_tenth(queries, thumbs) for thumbs in known]
    ratios, nearest = (np.stack(part) for part in zip(*nearest_by_blur, strict=True))
    best = ratios.argmin(axis=0), np.arange(len(images))
    return ratios[best], nearest[best]


def share_of_tenth(queries, known):
    """(distance to the nearest over that to the tenth nearest, index of the nearest), (n,) each."""
    ratios, places = [], []
    for distances in kid.distances(queries, known):
        nearest = distances.min(axis=1, keepdims=True)
        others = np.where(distances <= nearest + SAME, distances.max(axis=1, keepdims=True), distances)
        tenth = min(NEIGHBOR, len(known) - 1) - 1
        reach = np.partition(others, tenth, axis=1)[:, tenth]
        ratios.append(nearest[:, 0] / np.maximum(reach, SAME))
        places.append(distances.argmin(axis=1))
    return np.concatenate(ratios), np.concatenate(places)


def lines(record, number):
    """Lines to print about a record on `number` samples."""
    tried = ', '.join(f'{name} {share:.0%}' for name, share in record['planted_found'].items())
    copies = record['copies']
    if copies:
        first = f'near copies of training images: {copies:.1%} of {number:,} generated'
    else:
        first = f'no near copy of a training image found among {number:,} generated'
    return [
        first,
        f'planted copies found: {tried}; false alarms on held-out {record["false_alarms"]:.1%} '
        f'({record["planted"]:,} copies a kind, {record["held_out"]:,} held-out images)',
    ]
