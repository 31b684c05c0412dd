"""What lets an interrupted training go on: after each epoch, its state in a folder beside the model to be.

`state.json` is replaced last and names the files that count, so that a kill at any moment leaves a whole state.
"""

import json
import shutil

from cnn import saved_models
from errors import WorkFailed, WrongCall
from posters import files


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
        """The state of an interrupted training in the folder, or None."""
        try:
            state = json.loads((self.folder / 'state.json').read_text())
            kept = len(state['history']), state['best']
            whole = state['settings'] and all(self.epoch_path(epoch).is_file() for epoch in kept)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return state if whole else None

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

    Raises WrongCall where what is there was made with other settings and `overwrite` is not given.
    """
    checkpoints = Checkpoints(path, settings)
    if found := checkpoints.read():
        differing = saved_models.differences(found['settings'], settings)
        if not differing:
            checkpoints.state = found
            return checkpoints
        if not overwrite:
            raise WrongCall(f'{checkpoints.folder} is an interrupted training, {differing}; -overwrite begins anew')
    if overwrite or not path.is_file():
        return checkpoints
    try:
        old = saved_models.open_model(path).settings
    except WorkFailed:
        return checkpoints
    if differing := saved_models.differences(old, settings):
        raise WrongCall(f'{path} is there, {differing}; -overwrite trains it anew')
    return None
