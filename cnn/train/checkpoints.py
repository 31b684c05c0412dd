"""What lets an interrupted training go on: after each epoch, its state in a folder beside the model to be.

`state.json` is replaced last and names the files that count, so that a kill at any moment leaves a whole state.
"""

import json
import shutil
import sys

from cnn import saved_models
from core import files
from core.errors import WorkFailed, WrongCall


class Checkpoints:
    """The training that `settings` describe, whose model is to land at `path`.

    Kept a training are its settings, `history` (a dict an epoch) and the `best` epoch, counted from 1.
    """

    def __init__(self, path, settings):
        self.path, self.folder = path, path.with_suffix('.training')
        self.state = {'settings': settings, 'history': [], 'best': 0}

    @property
    def settings(self):
        return self.state['settings']

    @property
    def history(self):
        return self.state['history']

    @property
    def best(self):
        return self.state['best']

    @property
    def seconds(self):
        """How long the epochs so far took."""
        return sum(entry['seconds'] for entry in self.history)

    @property
    def last_path(self):
        return self.epoch_path(len(self.history))

    @property
    def best_path(self):
        return self.epoch_path(self.best)

    def epoch_path(self, epoch):
        return self.folder / f'epoch_{epoch:03d}.npz'

    def read(self):
        """The state of an interrupted training in the folder, or None. Raises WorkFailed where it cannot be used."""
        path = self.folder / 'state.json'
        try:
            state = json.loads(path.read_text(encoding='utf-8'))
            if state['settings'] and 0 < state['best'] <= len(state['history']):
                return state
        except FileNotFoundError:
            return None  # killed before the end of the first epoch
        except (OSError, ValueError, KeyError, TypeError):
            pass
        raise WorkFailed(f'{path} is damaged; -overwrite begins anew')

    def restore(self, load):
        """Call `load(path)` on the state after the last epoch, or else on that of the best, which then is the last.

        Raises WorkFailed where neither is whole.
        """
        last = len(self.history)
        for epoch in dict.fromkeys((last, self.best)):
            try:
                load(self.epoch_path(epoch))
            except (OSError, ValueError):
                continue
            if epoch < last:
                print(f'{self.epoch_path(last)} is damaged: {last - epoch} epochs are trained again', file=sys.stderr)
                del self.history[epoch:]
            return
        raise WorkFailed(f'{self.last_path} is damaged; -overwrite begins anew')

    def add(self, entry, save):
        """Keep the state after an epoch, which `save(path)` writes; tell whether the epoch is the best so far."""
        before = {self.last_path, self.best_path}
        self.history.append(entry)
        gained = not self.best or entry['quality'] > self.history[self.best - 1]['quality']
        if gained:
            self.state['best'] = len(self.history)
        save(self.last_path)
        files.write(self.folder / 'state.json', files.as_json(self.state))
        for path in before - {self.last_path, self.best_path}:
            path.unlink(missing_ok=True)
        return gained

    def begin(self):
        """Clear the folder of what is not gone on with."""
        if self.history:
            files.sweep(self.folder)
        else:
            self.remove()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def plan(path, settings, overwrite=False):
    """The Checkpoints of a training to begin or to go on with, or None where a model of these settings is finished.

    Raises WrongCall where what is there was made with other settings, WorkFailed where it is damaged; with `overwrite`
    all is begun anew.
    """
    checkpoints = Checkpoints(path, settings)
    if overwrite:
        return checkpoints
    if found := checkpoints.read():
        if differing := saved_models.differences(found['settings'], settings):
            raise WrongCall(f'{checkpoints.folder} is an interrupted training, {differing}; -overwrite begins anew')
        checkpoints.state = found
        return checkpoints
    if not (path.is_file() and saved_models.card_path(path).is_file()):  # a model without its card was not finished
        return checkpoints
    try:
        old = saved_models.open_model(path).settings
    except WorkFailed as error:
        raise WorkFailed(f'{error}; -overwrite trains it anew') from None
    if differing := saved_models.differences(old, settings):
        raise WrongCall(f'{path} is there, {differing}; -overwrite trains it anew')
    return None
