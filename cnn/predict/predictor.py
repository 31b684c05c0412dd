"""Predictions of saved models for any posters, by onnxruntime: neither Keras nor TensorFlow is imported."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from catalogues.splits import STANDARD
from cnn.saved_models import SavedModel, find_models, open_model
from cnn.targets import TARGETS
from core import hardware
from core.errors import WorkFailed, WrongCall
from core.log import log
from core.onnx.runner import Runner
from core.parallel import cores
from posters import inputs
from posters.decode import BadImage, fit
from posters.layout import poster_size

WORKERS = min(cores(), 16)  # threads, each decoding posters and then computing on one core
FEW, MORE = (max(1, min(number, 16 // WORKERS)) for number in (2, 8))  # posters that a thread holds, 12 MB each
WORDS = 'words'  # beside the targets, what is read on a poster
HEAVY = 64_000_000  # bytes of weights, from which on a thread holds more


def choose_models(folder, name=None, split=STANDARD, genres=None) -> dict[str, SavedModel]:
    """{target: SavedModel}: per target the model in `folder` that validates best, or the one of that name alone.

    Without a name only models with this `split` are considered, and only those that can be compared: of `genres` (None:
    the toolkit's seven where there are such, else the most), and of the years with the most training films.

    Raises WrongCall for an unknown name or genres that no model has, WorkFailed where there is no usable model.
    """
    models: list[SavedModel] = []
    reason: WorkFailed | None = None
    for path in find_models(folder, name):
        try:
            saved = open_model(path)
        except WorkFailed as error:
            reason = error
            continue
        if name is None and saved.config.split != split:
            train = f'python3 __main__.py -split={split} -models={folder}'
            reason = reason or WorkFailed(f'{folder}: none of its models has -split={split}; train one with: {train}')
            continue
        models.append(saved)
    if not models:
        raise reason or WorkFailed(f'{folder}: no model can be used')
    chosen = {}
    for target, kind in TARGETS.items():
        candidates = [saved for saved in models if saved.config.target == target]
        if candidates and not name:
            candidates = _with_most_films(_comparable(kind, candidates, genres))
        if candidates:
            chosen[target] = max(candidates, key=lambda saved: saved.selection_metric)
    return chosen


def _comparable(kind, models, genres):
    """Models that can be compared; those that come with the toolkit only where the user has trained none."""
    own = [saved for saved in models if not saved.is_probe_file]
    if own:
        try:
            return kind.comparable(own, genres)
        except WrongCall:
            if len(own) == len(models):
                raise
    return kind.comparable(models, genres)


def _with_most_films(models):
    """Those of the models that have the years of the one with the most training films."""
    largest = max(models, key=lambda saved: saved.card.films.get('train', 0))
    return [saved for saved in models if saved.years == largest.years]


def passed_over(folder, chosen) -> str:
    """A line on the models in `folder` that predict other sets of genres than the one chosen; '' without any."""
    mine = next((saved for saved in chosen.values() if saved.target.identity), None)
    if not mine:
        return ''
    others = set()
    for path in find_models(folder):
        try:
            saved = open_model(path)
        except WorkFailed:
            continue
        alike = saved.config.target == mine.config.target and saved.config.split == mine.config.split
        if alike and saved.target.identity != mine.target.identity:
            others.add(saved.target.outputs)
    counts = ' and '.join(map(str, sorted(others)))
    return counts and f'a model of {mine.target} is used; there are models of {counts} too (-genres=)'


def open_networks(chosen):
    """{target: (SavedModel, Runner)} of the models `chosen`, and a complaint for each that lacks its network.

    Raises WorkFailed where all do.
    """
    opened, complaints = {}, []
    for target, saved in chosen.items():
        try:
            opened[target] = saved, open_network(saved)
        except WorkFailed as error:
            complaints.append(error)
    if not opened:
        raise complaints[0]
    return opened, complaints


def open_network(saved):
    """The Runner of a SavedModel; the network of a probe file is assembled the first time.

    Raises WorkFailed where its ONNX file is missing, broken or another model's.
    """
    if saved.is_probe_file and not saved.onnx_path.is_file():
        _assemble(saved)
    if not saved.onnx_path.is_file():
        folder = '' if saved.path.parent == Path('saved_models') else f' -models={saved.path.parent}'
        raise WorkFailed(
            f'{saved.name} has no ONNX file yet; make it with: python3 __main__.py -export={saved.name}{folder}'
        )
    runner = Runner(saved.onnx_path)
    if runner.size != poster_size(saved.config.ratio) or runner.outputs != saved.target.outputs:
        raise WorkFailed(f'{saved.onnx_path}: this is not the network that {saved.name}.json describes')
    return runner


def _assemble(saved):
    """Write the ONNX file of a probe file, which takes seconds, once."""
    log.warning(f'assembling the network of {saved.name}, once')
    hardware.set_up('float32')
    from core.onnx.export import export  # after the set-up: it imports Keras

    export(saved.load(), saved.onnx_path)


def open_reader(models, wanted=False):
    """What reads the words on posters, where `wanted` or where one of the `models` {target: (SavedModel, Runner)} does.

    None where none does. Raises WorkFailed where rapidocr is not installed.
    """
    if not wanted and not any(saved.reads_words for saved, _ in models.values()):
        return None
    from posters.text import Reader  # slow: OpenCV

    return Reader()


def batch_size(models):
    """How many posters a thread takes at once through SavedModels.

    What a network makes of few of them stays in the core's cache; but each call reads all weights.
    """
    return MORE if max(saved.size for saved in models) > HEAVY else FEW


class Predictor:
    """A model, its SavedModel and its Runner, as a function of images."""

    def __init__(self, saved, runner):
        """Raises WorkFailed for a model that reads words."""
        if saved.reads_words:
            raise WorkFailed(f'{saved.name} reads words, of which generated images have none; take another preset')
        self.saved, self.runner = saved, runner

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
            outputs.append(self.runner.run(np.stack([fit(image, self.runner.size) for image in batch])))
        return np.concatenate(outputs)


def predict(models, posters, reader=None):
    """Yield (name, predictions, reason) for each of `posters`, which `inputs.find` returned, in that order.

    `models` are {target: (SavedModel, Runner)}, `predictions` {target: what its `decode` returns}, or None where the
    poster cannot be read, for `reason`. With a `reader` of `open_reader` there are the Lines on it too, as `WORDS`.
    """
    sizes = tuple({runner.size for _, runner in models.values()} | ({inputs.WHOLE} if reader else set()))
    addresses = [name for name, reason in posters if inputs.is_address(name) and not reason]
    fetched = inputs.fetch(addresses, sizes) if addresses else {}
    size = batch_size([saved for saved, _ in models.values()])
    batches = [posters[i : i + size] for i in range(0, len(posters), size)]
    pool = ThreadPoolExecutor(WORKERS)
    try:
        for predictions in pool.map(partial(_predict_batch, models, reader, sizes, fetched), batches):
            yield from predictions
    finally:
        pool.shutdown(cancel_futures=True)


def _predict_batch(models, reader, sizes, fetched, batch):
    posters = [_read(name, reason, fetched, sizes) for name, reason in batch]
    whole = [poster for poster in posters if not isinstance(poster, str)]
    predictions = iter(_run(models, reader, sizes, whole) if whole else ())
    return [
        (name, None, poster) if isinstance(poster, str) else (name, next(predictions), '')
        for (name, _), poster in zip(batch, posters, strict=True)
    ]


def _run(models, reader, sizes, posters):
    """{target: prediction} for each of `posters`, which come in all `sizes`; with a reader their WORDS too."""
    in_size = dict(zip(sizes, zip(*posters, strict=True), strict=True))
    columns = {WORDS: reader.read(in_size[inputs.WHOLE])} if reader else {}
    for target, (saved, runner) in models.items():
        outputs = runner.run(np.stack(in_size[runner.size]))
        if saved.reads_words:
            outputs = saved.with_words(outputs, columns[WORDS])
        columns[target] = saved.target.decode(outputs)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _read(name, reason, fetched, sizes):
    """The poster of that name in each of `sizes`, or the reason why there is none."""
    if reason or name in fetched:
        return reason or fetched[name]
    try:
        return tuple(inputs.read_file(name, size) for size in sizes)
    except BadImage as error:
        return str(error)
