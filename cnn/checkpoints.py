"""What lets an interrupted training go on: after each epoch, its state in a folder beside the model to be.

`state.json` is replaced last and names the files that count, so that a kill at any moment leaves a whole state.
"""

import json
import shutil
from pathlib import Path

from posters import files


class Checkpoints:
    """State: `settings` of the training, `history` (a dict an epoch), `best` epoch, counted from 1."""

    def __init__(self, folder, settings):
        self.folder = Path(folder)
        self.state = {'settings': settings, 'history': [], 'best': 0}
        self.found = self.read()

    def read(self):
        """The settings of the interrupted training in the folder, or None; `resume` goes on with it."""
        try:
            return json.loads((self.folder / 'state.json').read_text())
        except (OSError, ValueError):
            return None

    def resume(self):
        self.state = self.found
        return self

    @property
    def history(self):
        return self.state['history']

    @property
    def best(self):
        return self.state['best']

    @property
    def last_path(self):
        return self.path(len(self.history))

    @property
    def best_path(self):
        return self.path(self.best)

    def path(self, epoch):
        return self.folder / f'epoch_{epoch:03d}.keras'

    def add(self, model, entry):
        """Keep the model, with its optimiser, as it is after an epoch; tell whether it is the best so far."""
        before = {self.last_path, self.best_path}
        self.history.append(entry)
        gained = not self.best or entry['map'] > self.history[self.best - 1]['map']
        if gained:
            self.state['best'] = len(self.history)
        with files.replacing(self.last_path) as temporary:
            model.save(temporary)
        files.write(self.folder / 'state.json', json.dumps(self.state))
        for path in before - {self.last_path, self.best_path}:
            path.unlink(missing_ok=True)
        return gained

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
