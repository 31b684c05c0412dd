"""Predictions of saved models for any posters, by onnxruntime: neither Keras nor TensorFlow is imported."""

from functools import partial

import numpy as np
from PIL import Image

from core.errors import WorkFailed
from core.parallel import cores, threads
from posters import inputs
from posters.decode import BadImage, fit

WORKERS = min(cores(), 16)  # threads, each decoding posters and then computing on one core
FEW, MORE = (max(1, min(number, 16 // WORKERS)) for number in (2, 8))  # posters that a thread holds, 12 MB each
WORDS, SIMILAR = 'words', 'similar'  # beside the targets: what is read on a poster, films whose posters look alike
HEAVY = 64_000_000  # bytes of weights, from which on a thread holds more


def batch_size(models):
    """How many posters a thread takes at once through SavedModels.

    What a network makes of few of them stays in the core's cache; but each call reads all weights.
    """
    return MORE if max((saved.size for saved in models), default=0) > HEAVY else FEW


class Predictor:
    """A Network as a function of images."""

    def __init__(self, network):
        """Raises WorkFailed for a model that reads words."""
        self.saved, self.network, self.size = network.saved, network, network.runner.size
        if self.saved.reads_words:
            raise WorkFailed(f'{self.saved.name} reads words, of which generated images have none; take another preset')

    @property
    def genres(self):
        return self.saved.target.genres

    @property
    def scheme(self):
        return self.saved.config.split

    def __call__(self, images):
        """The predictions for `images`, (n, height, width, 3) uint8 of any size, resized to a poster's."""
        return self.saved.target.decode(self._outputs(images))

    def shares(self, images, edges):
        """(n, k) for k + 1 ascending `edges`: the probability that a predicted number is between one and the next."""
        return self.saved.target.bins.shares(self._outputs(images), edges)

    def _outputs(self, images):
        outputs, size = [], batch_size([self.saved])
        for start in range(0, len(images), size):
            batch = (Image.fromarray(np.asarray(image)) for image in images[start : start + size])
            made = self.network.runner.run(np.stack([fit(image, self.size) for image in batch]))
            outputs.append(self.network.outputs(made))
        return np.concatenate(outputs)


def predict(networks, posters, reader=None, title=None, similar=None, size=None):
    """Yield (name, predictions, reason) for each of `posters`, which `inputs.find` returned, in that order.

    `networks` are {target: Network}, `predictions` {target: what its `decode` returns}, or None where the poster cannot
    be read, for `reason`. With a `reader` there are the Lines on it too, as `WORDS`. `title` is that of the film whose
    posters they are, for models that take one. With `similar`, (Index, number), there are so many films whose posters
    are most similar, as `SIMILAR`: [(movie, cosine similarity)]. `size` is how many posters a thread takes at once.
    """
    runners = {network.runner for network in networks.values()} | ({similar[0].runner} if similar else set())
    sizes = tuple({runner.size for runner in runners} | ({inputs.WHOLE} if reader else set()))
    run = partial(_run, networks, runners, reader, title, similar, sizes)
    addresses = [name for name, reason in posters if inputs.is_address(name) and not reason]
    fetched = inputs.fetch(addresses, sizes) if addresses else {}
    size = size or batch_size([network.saved for network in networks.values()])
    batches = [posters[i : i + size] for i in range(0, len(posters), size)]
    for predictions in threads(partial(_predict_batch, run, sizes, fetched), batches, min(cores(), WORKERS)):
        yield from predictions


def _predict_batch(run, sizes, fetched, batch):
    posters = [_read(name, reason, fetched, sizes) for name, reason in batch]
    whole = [poster for poster in posters if not isinstance(poster, str)]
    predictions = iter(run(whole) if whole else ())
    return [
        (name, None, poster) if isinstance(poster, str) else (name, next(predictions), '')
        for (name, _), poster in zip(batch, posters, strict=True)
    ]


def _run(networks, runners, reader, title, similar, sizes, posters):
    """{target: prediction} for each of `posters`, which come in all `sizes`; their WORDS and the SIMILAR too."""
    in_size = dict(zip(sizes, zip(*posters, strict=True), strict=True))
    columns = {WORDS: reader.read(in_size[inputs.WHOLE])} if reader else {}
    made = {runner: runner.run(np.stack(in_size[runner.size])) for runner in runners}
    for target, network in networks.items():
        outputs = network.outputs(made[network.runner], columns.get(WORDS), [title] * len(posters))
        columns[target] = network.saved.target.decode(outputs)
    if similar:
        index, number = similar
        columns[SIMILAR] = index.nearest(made[index.runner], number)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _read(name, reason, fetched, sizes):
    """The poster of that name in each of `sizes`, or the reason why there is none."""
    if reason or name in fetched:
        return reason or fetched[name]
    try:
        return tuple(inputs.read_file(name, size) for size in sizes)
    except BadImage as error:
        return str(error)
