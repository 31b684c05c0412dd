"""Saved models: a `.keras` file, with a card, a `.json` of the same name, that tells all there is to know of it."""

import json
import tempfile
import textwrap
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalogues.splits import STANDARD
from cnn.evaluate import calibration
from cnn.targets import conformal
from cnn.targets.binned import Bins
from core import files
from core.cli import nearest
from core.errors import WorkFailed, WrongCall
from posters.layout import poster_size

PACKAGES = 'keras', 'tensorflow', 'torch', 'jax', 'numpy', 'scikit-learn', 'pillow'


def model_name(settings):
    """The name that a training's settings give its model."""
    s = settings
    target, genres = s.get('target', 'genres'), f'_{s["genres"]}' if 'genres' in s else ''
    backbone = f'-{s["backbone"]}-{Path(s["weights"]).stem}'.lower() if 'backbone' in s else ''
    films = f'{s["min_year"]}_{s["max_year"]}{genres}'
    split = f'_{s["split"]}' if 'split' in s else ''
    return f'{target}_{films}_r{s["ratio"]}_e{s["epochs"]}_v{s["version"]}{backbone}{split}'


def differences(old, new):
    """'batch_size 16, not 32; seed 2, not 1': where the settings of an earlier training are others than `new`."""
    old, new = flat(old), flat(new)
    return '; '.join(f'{name} {old.get(name)}, not {new[name]}' for name in new if old.get(name) != new[name])


def flat(settings):
    """Settings with those of the recipe, which the version brings, among them."""
    return {**{name: value for name, value in settings.items() if name != 'recipe'}, **settings.get('recipe', {})}


@dataclass(frozen=True)
class SavedModel:
    """A model on disk. `card` is its .json as a dict; `load()` gives the Keras model."""

    path: Path
    card: dict

    @property
    def name(self):
        return self.path.stem

    @property
    def settings(self):
        return self.card['settings']

    @property
    def target(self):
        """'genres', 'year' or 'score'."""
        return self.settings.get('target', 'genres')

    @property
    def scheme(self):
        """How the films were split, for `movies_dataset.split_of`."""
        return self.settings.get('split', STANDARD)

    @property
    def genres(self):
        return tuple(self.card['genres'])

    @property
    def selection(self):
        """What models must have in common to be compared: target, genres and years of their films."""
        return self.target, self.genres if self.target == 'genres' else (), *self.years

    @property
    def years(self):
        return self.settings['min_year'], self.settings['max_year']

    @property
    def bins(self):
        """What the outputs stand for where the target is a number."""
        return Bins(**self.card['bins'])

    @property
    def outputs(self):
        return len(self.genres) if self.target == 'genres' else self.bins.number

    @property
    def thresholds(self):
        """(genres,), from 0 to 1: from which calibrated probability on a genre is said."""
        return np.array([self.card['thresholds'][genre] for genre in self.genres])

    def calibrate(self, probabilities):
        """What the network says, (n, genres) or (genres,), as probabilities to show; films keep their order."""
        if 'calibration' not in self.card:
            return probabilities
        return calibration.apply(self.card['calibration'], self.genres, probabilities)

    def read(self, outputs):
        """What the network's outputs, (n, outputs), say.

        That is calibrated probabilities, (n, genres), or low, middle and high answers of a year or a score, (n, 3).
        """
        if self.target == 'genres':
            return self.calibrate(outputs)
        return conformal.apply(self.target, self.card.get('ranges'), self.bins.answers(outputs))

    @property
    def quality(self):
        """How well it validates, the more the better: macro mAP, or the mean absolute error with a minus."""
        scores = self.card['scores']
        return scores['map'] if self.target == 'genres' else -scores['mae']

    @property
    def extent(self):
        """' (8 of 50 epochs: no gain for 8 epochs)': how far it was trained; nothing where it has no epochs."""
        done, wanted = len(self.card.get('history', ())), self.settings['epochs']
        return f' ({done} of {wanted} epochs: {self.card["ended"]})' if 'ended' in self.card else ''

    @property
    def label(self):
        """What tells it from its like in a table."""
        backbone = f' {self.settings["backbone"]}' if 'backbone' in self.settings else ''
        split = f' {self.scheme}' if 'split' in self.settings else ''
        return f'v{self.settings["version"]}{backbone} r{self.settings["ratio"]} e{self.settings["epochs"]}{split}'

    @property
    def onnx_path(self):
        """Where the network lies for predict.py, once it is exported."""
        return onnx_path(self.path)

    @property
    def size(self):
        """Bytes of the .keras file."""
        return self.path.stat().st_size

    def load(self):
        """The Keras model, uint8 posters in, (n, outputs) out. Raises WorkFailed for a corrupt file."""
        import keras  # slow

        if not zipfile.is_zipfile(self.path):
            raise WorkFailed(f'{self.path}: this is no .keras file, or only a part of one')
        try:
            model = keras.saving.load_model(self.path, compile=False)
        except Exception as error:  # zip, HDF5 and Keras each have their own
            raise WorkFailed(f'{self.path}: no model can be loaded from it ({first_line(error)})') from None
        if model.output_shape[-1] != self.outputs:
            raise WorkFailed(f'{self.path}: its card tells of {self.outputs} outputs, the model has another number')
        if model.input_shape[2:0:-1] != poster_size(self.settings['ratio']):
            raise WorkFailed(f'{self.path}: its card says ratio {self.settings["ratio"]}, the model has another size')
        return model


def card_path(path):
    return Path(path).with_suffix('.json')


def onnx_path(path):
    return Path(path).with_suffix('.onnx')


def open_model(path):
    """The SavedModel at `path`. Raises WorkFailed where its card is missing or unusable."""
    card = card_path(path)
    try:
        found = SavedModel(Path(path), json.loads(card.read_text()))
        numbers = [found.settings[name] for name in ('min_year', 'max_year', 'ratio', 'version', 'epochs')]
        if found.target == 'genres':
            numbers += [found.card['scores']['map'], *(found.card['thresholds'][genre] for genre in found.genres)]
            if lines := found.card.get('calibration'):
                numbers += [lines[genre][name] for genre in found.genres for name in calibration.AS_IT_IS]
        else:
            numbers += [found.card['scores']['mae'], found.bins.low, found.bins.width]
            if ranges := found.card.get('ranges'):
                numbers += [ranges['all'], *ranges['groups'].values()]
        if found.outputs and all(isinstance(number, int | float) for number in numbers):
            return found
    except FileNotFoundError:
        raise WorkFailed(f'{path}: its {card.name} is missing') from None
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        pass
    raise WorkFailed(f'{card}: this is no card of a saved model')


def list_models(folder):
    """Paths of the `.keras` files in `folder`, by name."""
    return sorted(path for path in Path(folder).glob('*.keras') if not path.name.startswith('.'))


def find_models(folder, name=None):
    """Paths of all models in `folder`, or of the one called `name`.

    Raises WorkFailed where there is none at all, WrongCall for an unknown name, with the nearest.
    """
    paths = list_models(folder)
    if not paths:
        there = '' if Path(folder) == Path('saved_models') else f' -models={folder}'
        raise WorkFailed(f'no saved model is in {folder} yet; train one with: python3 __main__.py{there}')
    if name is None:
        return paths
    wanted = Path(name).name.removesuffix('.keras')
    if wanted not in (names := [path.stem for path in paths]):
        hint = nearest(wanted, names) or f'; there are {", ".join(names)}'
        raise WrongCall(f"no model '{wanted}' is in {folder}{hint}")
    return [path for path in paths if path.stem == wanted]


def save(model, card, path):
    """Write the model, then its card; each is whole or not there."""
    import keras  # slow

    onnx_path(path).unlink(missing_ok=True)  # of the model that this one replaces
    with files.replacing(path) as temporary, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        keras.saving.save_model(model, folder, zipped=False)  # the zipped form is put together in memory
        with zipfile.ZipFile(temporary, 'w') as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)
    files.write(card_path(path), files.as_json(card, indent=1) + '\n')


def package_versions():
    from importlib import metadata  # slow, and predictions need none of it

    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def first_line(error):
    return textwrap.shorten(str(error).strip().split('\n')[0], 120, placeholder='…') or type(error).__name__
