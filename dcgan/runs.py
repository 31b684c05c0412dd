"""A run's folder: options, log, samples, and the checkpoint that lets a stopped training go on.

`dcgan/runs/<name>/` holds options.json, log.csv, samples/, and a checkpoint, an .npz of all variables named for its
step; checkpoint.json, replaced last, names the one that counts.
"""

import csv
import json
from pathlib import Path

import numpy as np

from dcgan.options import FORMAT, FREE, Options
from errors import WorkFailed, WrongCall
from posters import files


class Run:
    """The run of that name. `options` are those of a training to begin or to go on with, None: those it has."""

    def __init__(self, name, folder, options=None, max_to_keep=1):
        self.name, self.folder, self.max_to_keep = name, Path(folder) / name, max_to_keep
        self.options = options or Options.from_json(self.read_options())

    @property
    def log_path(self):
        return self.folder / 'log.csv'

    @property
    def samples(self):
        return self.folder / 'samples'

    def begin(self, resume):
        """Make the folder and write the options, or check that what is there may be gone on with.

        A run without a checkpoint is begun anew. Raises WrongCall where a training with other options is there.
        """
        if self.steps():
            kept = self.read_options()
            mine = {name: value for name, value in self.options.as_json().items() if name not in FREE}
            differing = [f'{name} {kept.get(name)}, not {mine[name]}' for name in mine if kept.get(name) != mine[name]]
            if not resume:
                raise WrongCall(f'{self.folder} is there; give another -name, or -resume=on to go on with it')
            if differing:
                raise WrongCall(f'{self.folder} was begun with {"; ".join(differing)}; give another -name')
        self.samples.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, self.samples):
            files.sweep(folder)
        files.write(
            self.folder / 'options.json', json.dumps({'format': FORMAT, **self.options.as_json()}, indent=1) + '\n'
        )

    def keep_conditions(self, conditions):
        """Keep what each training image was asked for, (n, conditions), for requests that leave something open."""
        with files.replacing(self.folder / 'conditions.npy') as temporary:
            np.save(temporary, conditions.astype(np.uint8))

    def read_conditions(self):
        """(n, conditions) uint8. Raises WorkFailed where they are lost."""
        try:
            return np.load(self.folder / 'conditions.npy')
        except (OSError, ValueError, EOFError):
            raise WorkFailed(f'{self.folder}/conditions.npy: cannot be read; begin a new run') from None

    def read_options(self):
        """What options.json says. Raises WorkFailed where it is not there, cut, or of another format."""
        path = self.folder / 'options.json'
        try:
            found = json.loads(path.read_text())
        except FileNotFoundError:
            raise WorkFailed(f'{self.folder}: no run is in this folder') from None
        except (OSError, ValueError):
            raise WorkFailed(f'{path}: this is no list of options') from None
        if found.pop('format', None) != FORMAT:
            raise WorkFailed(f'{path}: made by another version of this toolkit; begin a new run')
        return found

    def save(self, variables, step):
        """Keep `variables` as they are after `step`, and remove the oldest checkpoints."""
        import states  # it imports Keras, which waits for the set-up

        states.save(variables, self.checkpoint(step))
        steps = [*(s for s in self.steps() if s < step), step][-self.max_to_keep :]
        files.write(self.folder / 'checkpoint.json', json.dumps({'format': FORMAT, 'steps': steps}))
        for path in self.folder.glob('step_*.npz'):
            if path not in map(self.checkpoint, steps):
                path.unlink(missing_ok=True)

    def steps(self):
        """The steps of which there are checkpoints, the latest last."""
        try:
            note = json.loads((self.folder / 'checkpoint.json').read_text())
        except (OSError, ValueError):
            return []
        if note.get('format') != FORMAT:
            raise WorkFailed(f'{self.folder}: its checkpoint was made by another version of this toolkit')
        return [step for step in note['steps'] if self.checkpoint(step).is_file()]

    def restore(self, variables):
        """Set variables to the latest checkpoint's; returns its step, 0 where there is none."""
        import states

        steps = self.steps()
        if not steps:
            return 0
        try:
            states.load(variables, self.checkpoint(steps[-1]))
        except (OSError, ValueError, KeyError):
            raise WorkFailed(f'{self.checkpoint(steps[-1])} is damaged; begin a new run') from None
        return steps[-1]

    def checkpoint(self, step):
        return self.folder / f'step_{step:08d}.npz'


class Log:
    """log.csv, a row a step; rows after `step`, which a killed training has left, are cut off.

    `seconds` is how long all its steps took.
    """

    def __init__(self, path, columns, step):
        self.path, self.columns = path, columns
        self.cut(step)

    def cut(self, step):
        """Drop what comes after `step`."""
        rows = [row for row in read_rows(self.path) if int(row['step']) <= step]
        self.seconds = sum(float(row['seconds']) for row in rows)
        with files.replacing(self.path) as temporary, open(temporary, 'w', encoding='utf-8', newline='') as file:
            table = csv.DictWriter(file, self.columns)
            table.writeheader()
            table.writerows(rows)

    def write(self, row):
        self.seconds += row['seconds']
        with open(self.path, 'a', encoding='utf-8', newline='') as file:
            csv.DictWriter(file, self.columns).writerow({name: shown(row[name]) for name in self.columns})


def read_rows(path):
    """The whole rows of a log; a last one that was cut is left out."""
    try:
        with open(path, encoding='utf-8', newline='') as file:
            return [row for row in csv.DictReader(file) if None not in row.values() and row['step'].isdecimal()]
    except FileNotFoundError:
        return []


def shown(value):
    return value if isinstance(value, int) else f'{value:.5g}'
