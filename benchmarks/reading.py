"""The row of reading the words on posters."""

import numpy as np
from PIL import Image

from benchmarks.measure import Result, alternate, rate

ROUNDS = 3
UNIT = 'posters/s'


def read_text(bench):
    """The words on posters, read together on all cores, against rapidocr's defaults, one poster at a time."""
    from rapidocr import RapidOCR

    from posters.text import read_all

    number = max(8, bench.posters // 20)
    posters = [np.asarray(Image.open(path).convert('RGB')) for path in bench.files(100, number)]
    peer = RapidOCR(params={'Global.log_level': 'critical'})
    some = posters[: max(4, number // 8)]  # it takes its time
    medians = alternate(
        'read_text',
        UNIT,
        min(ROUNDS, bench.rounds),
        lambda: rate(len(posters), lambda: list(read_all(posters))),
        lambda: rate(len(some), lambda: [peer(poster[..., ::-1]) for poster in some]),
    )
    return Result('read_text', *medians, 'rapidocr, its defaults, one poster at a time', UNIT, 15)
