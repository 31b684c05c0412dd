"""The rows of reading the words on posters, and of predicting with them."""

import numpy as np
from PIL import Image

from benchmarks.folders import link_posters
from benchmarks.measure import ROOT, Result, alternate, rate
from benchmarks.predictions import predict_with
from posters.layout import poster_folder

ROUNDS = 3
SHIPPED = ROOT / 'saved_models'
UNIT = 'posters/s'


def read_text(bench):
    """The words on posters, read together on all cores, against rapidocr's defaults, one poster at a time."""
    from posters.text import read_all

    number = max(8, bench.posters // 20)
    posters = [np.asarray(Image.open(path).convert('RGB')) for path in bench.files(100, number)]
    peer = Peer(posters[: max(4, number // 8)])  # it takes its time
    medians = alternate(
        'read_text',
        UNIT,
        min(ROUNDS, bench.rounds),
        lambda: rate(len(posters), lambda: list(read_all(posters))),
        peer.rate,
    )
    return Result('read_text', *medians, Peer.name, UNIT, 15)


def predict_words(bench):
    """A folder of posters by predict.py with the shipped models, which read, its start and all, against rapidocr alone.

    The peer makes no prediction: it only reads, has been loaded before, and has its posters decoded in memory.
    """
    number = max(8, bench.posters // 20)
    files = bench.files(100, number)
    data = bench.fresh('predict_posters')
    link_posters(files, data)
    folder = poster_folder(data, 100)
    predict_with(SHIPPED, files[0])  # assembles its networks the first time
    peer = Peer([np.asarray(Image.open(path).convert('RGB')) for path in files[: max(4, number // 8)]])
    medians = alternate(
        'predict_words',
        UNIT,
        min(ROUNDS, bench.rounds),
        lambda: rate(number, lambda: predict_with(SHIPPED, folder)),
        peer.rate,
    )
    return Result('predict_words', *medians, Peer.name, UNIT, None)


class Peer:
    """rapidocr with its defaults, for some posters."""

    name = 'rapidocr, its defaults, one poster at a time'

    def __init__(self, posters):
        from rapidocr import RapidOCR

        self.read, self.posters = RapidOCR(params={'Global.log_level': 'critical'}), posters

    def rate(self):
        """Posters per second."""
        return rate(len(self.posters), lambda: [self.read(poster[..., ::-1]) for poster in self.posters])
