"""What a saved model says of any posters, by onnxruntime: neither Keras nor TensorFlow is imported."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from catalogues.genres import list_genres
from catalogues.splits import STANDARD
from cnn.onnx.runner import Runner
from cnn.presets import TARGETS
from cnn.saved_models import find_models, open_model
from core.errors import WorkFailed, WrongCall
from core.parallel import cores
from posters import inputs
from posters.decode import BadImage, fit
from posters.layout import poster_size

WORKERS = min(cores(), 16)  # threads, each decoding posters and then computing on one core
FEW, MORE = (max(1, min(number, 16 // WORKERS)) for number in (2, 8))  # posters that a thread holds, 12 MB each
HEAVY = 64_000_000  # bytes of weights, from which on a thread holds more


def choose_models(folder, name=None, scheme=STANDARD, genres=None):
    """{target: SavedModel}: of each target the model in `folder` that validates best, or the one of that name alone.

    Without a name only models with this split `scheme` are considered, and only those that can be compared: of `genres`
    (None: the toolkit's seven where there are such, else the most), and of the years with the most training films.

    Raises WrongCall for an unknown name or genres that no model has, WorkFailed where there is no usable model.
    """
    found, reason = [], None
    for path in find_models(folder, name):
        try:
            saved = open_model(path)
        except WorkFailed as error:
            reason = error
            continue
        if name is None and saved.scheme != scheme:
            train = f'python3 __main__.py -split={scheme} -models={folder}'
            reason = reason or WorkFailed(f'{folder}: none of its models has -split={scheme}; train one with: {train}')
            continue
        found.append(saved)
    if not found:
        raise reason
    by_target = {target: [saved for saved in found if saved.target == target] for target in TARGETS}
    if not name and by_target['genres']:
        by_target['genres'] = of_genres(by_target['genres'], genres)
    return {target: max(of_most_films(some), key=quality) for target, some in by_target.items() if some}


def of_genres(models, genres):
    """Those of the models that predict `genres`; None: the first seven of the toolkit, else as many as possible."""
    sets = list(dict.fromkeys(saved.genres for saved in models))
    if genres is not None and tuple(genres) not in sets:
        known = '; '.join(f'{len(one)}: {", ".join(one)}' for one in sets)
        raise WrongCall(f'no model predicts the genres {", ".join(genres)}; there are models of {known}')
    wanted = tuple(genres or (list_genres(7) if list_genres(7) in sets else max(sets, key=len)))
    return [saved for saved in models if saved.genres == wanted]


def of_most_films(models):
    """Those of the models that have the years of the one with the most training films."""
    films = max(models, key=lambda saved: saved.card.get('films', {}).get('train', 0))
    return [saved for saved in models if saved.years == films.years]


def quality(saved):
    return saved.quality if np.isfinite(saved.quality) else -np.inf


def passed_over(folder, chosen):
    """A line on the genre models in `folder` that cannot be compared with the one chosen, '' without any."""
    if 'genres' not in chosen:
        return ''
    mine, others = chosen['genres'], set()
    for path in find_models(folder):
        try:
            saved = open_model(path)
        except WorkFailed:
            continue
        if saved.target == 'genres' and saved.scheme == mine.scheme and saved.genres != mine.genres:
            others.add(len(saved.genres))
    counts = ' and '.join(map(str, sorted(others)))
    return counts and f'a model of {len(mine.genres)} genres is used; there are models of {counts} too (-genres=)'


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
    """The Runner of a SavedModel. Raises WorkFailed where its ONNX file is missing, broken or another model's."""
    if not saved.onnx_path.is_file():
        folder = '' if saved.path.parent == Path('saved_models') else f' -models={saved.path.parent}'
        raise WorkFailed(
            f'{saved.name} has no ONNX file yet; make it with: python3 __main__.py -export={saved.name}{folder}'
        )
    runner = Runner(saved.onnx_path)
    if runner.size != poster_size(saved.settings['ratio']) or runner.outputs != saved.outputs:
        raise WorkFailed(f'{saved.onnx_path}: this is not the network that {saved.name}.json tells of')
    return runner


def batch_size(models):
    """How many posters a thread takes at once through SavedModels.

    What a network makes of few of them stays in the core's cache; but each call reads all weights.
    """
    return MORE if max(saved.size for saved in models) > HEAVY else FEW


class Teller:
    """A model, its SavedModel and its Runner, as a function of images."""

    def __init__(self, saved, runner):
        self.saved, self.runner = saved, runner

    @property
    def genres(self):
        return self.saved.genres

    @property
    def scheme(self):
        return self.saved.scheme

    def __call__(self, images):
        """What SavedModel.read says of `images`, (n, height, width, 3) uint8 of any size, resized to a poster's."""
        said, size = [], batch_size([self.saved])
        for start in range(0, len(images), size):
            batch = (Image.fromarray(np.asarray(image)) for image in images[start : start + size])
            said.append(self.runner.run(np.stack([fit(image, self.runner.size) for image in batch])))
        return self.saved.read(np.concatenate(said))


def predict(models, found):
    """Yield (name, answers, reason) for each poster of `found`, which `given.find` has made, in that order.

    `models` are {target: (SavedModel, Runner)}, `answers` {target: what SavedModel.read says}, or None where the poster
    cannot be read, for `reason`.
    """
    sizes = tuple({runner.size for _, runner in models.values()})
    addresses = [name for name, reason in found if inputs.is_address(name) and not reason]
    fetched = inputs.fetch(addresses, sizes) if addresses else {}
    size = batch_size([saved for saved, _ in models.values()])
    batches = [found[i : i + size] for i in range(0, len(found), size)]
    pool = ThreadPoolExecutor(WORKERS)
    try:
        for answers in pool.map(partial(answer, models, sizes, fetched), batches):
            yield from answers
    finally:
        pool.shutdown(cancel_futures=True)


def answer(models, sizes, fetched, batch):
    posters = [read(name, reason, fetched, sizes) for name, reason in batch]
    whole = [poster for poster in posters if not isinstance(poster, str)]
    said = iter(ask(models, sizes, whole) if whole else ())
    return [
        (name, None, poster) if isinstance(poster, str) else (name, next(said), '')
        for (name, _), poster in zip(batch, posters, strict=True)
    ]


def ask(models, sizes, posters):
    """{target: answer} for each of `posters`, which come in all `sizes`."""
    stacks = {size: np.stack(same) for size, same in zip(sizes, zip(*posters, strict=True), strict=True)}
    columns = [saved.read(runner.run(stacks[runner.size])) for saved, runner in models.values()]
    return [dict(zip(models, row, strict=True)) for row in zip(*columns, strict=True)]


def read(name, reason, fetched, sizes):
    """The poster of that name in each of `sizes`, or the reason why there is none."""
    if reason or name in fetched:
        return reason or fetched[name]
    try:
        return tuple(inputs.read_file(name, size) for size in sizes)
    except BadImage as error:
        return str(error)
