"""A run's folder: options, log, samples, and the checkpoint from which a stopped training resumes.

`dcgan/runs/<name>/` holds options.json, log.csv, samples/, and checkpoints, each an .npz of all variables named for its
step; checkpoint.json, replaced last, names those that count. Where it or a checkpoint is damaged, the newest whole one
counts. The EMA generator of the step with the lowest KID is kept beside them. Starting over, which removes a training,
takes `overwrite`.
"""

import contextlib
import csv
import json
import math
import os
import zipfile
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from core import files
from core.errors import WorkFailed, WrongCall
from core.log import log
from dcgan.config import FORMAT, GANConfig
from dcgan.metrics.kid import MEASURES

AGAIN = 'with -overwrite -train it starts over'
OF_A_TRAINING = (
    'checkpoint.json', 'step_*.npz', 'best_*.npz', 'generator_*.onnx', 'log.csv', 'curves.png', 'real_features.npz',
    'options.json', 'conditions.npy', 'samples/step_*.png', 'video/frames/*.jpg', 'video/part_*.mp4',
    'video/training*.mp4', 'evaluation.json', 'nearest.png', 'conditional_accuracy.json', 'obeying.json',
)  # fmt: skip


def named(name, datasets):
    """The name of a run: `name`, or that of the folders `datasets`. Raises WrongCall where no folder can have it."""
    run_name = name or '_'.join(Path(os.path.abspath(folder)).name for folder in datasets)
    parts = Path(run_name).parts
    if not parts or '..' in parts or Path(run_name).is_absolute():
        raise WrongCall(f"'{run_name}' cannot be the name of a run; give another with -name=")
    return run_name


class Run:
    """The run of that name. `config` is that of a training to begin or to resume, None: the one it has."""

    def __init__(self, name, folder, config=None, max_to_keep=1):
        self.name, self.folder, self.max_to_keep = name, Path(folder) / name, max_to_keep
        self.config = config or self.read_config()

    @property
    def log_path(self):
        return self.folder / 'log.csv'

    @property
    def samples(self):
        return self.folder / 'samples'

    def begin(self, resume, overwrite=False):
        """Make the folder and write the options, or check that what is there may be resumed.

        A run without a checkpoint or a step is begun, with `overwrite` any, whatever is damaged. Raises WrongCall where
        a training with other options or images is there, WorkFailed where what is there is damaged.
        """
        if overwrite:
            self.clear()
        elif self.steps():
            self.check(resume)
        elif read_rows(self.log_path):
            raise WorkFailed(f'{self.log_path}: has steps, of which no checkpoint is left; {AGAIN}')
        self.samples.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, self.samples):
            files.sweep(folder)
        self.config.write(self.folder / 'options.json')

    def check(self, resume):
        """Raise WrongCall unless the training that is there may be resumed."""
        if not resume:
            raise WrongCall(f'{self.folder} is there; give another -name, or -resume=on to resume it; {AGAIN}')
        kept = self.read_config()
        differing = [
            f'{name} {_shown(there)}, not {_shown(wanted)}' for name, (there, wanted) in kept.diff(self.config).items()
        ]
        if differing:
            raise WrongCall(f'{self.folder} was begun with {"; ".join(differing)}; give another -name; {AGAIN}')
        then, now = kept.images, self.config.images
        if then and then != now:
            change = f'{then["number"]:,} then, {now["number"]:,} now' if then['number'] != now['number'] else 'others'
            raise WrongCall(
                f'{self.folder} began with other images ({change}); bring those back or give another -name; {AGAIN}'
            )

    def clear(self):
        """Remove all of the training that is there; what was made with it stays. Raises WorkFailed while it runs."""
        with self.locked():
            for path in [path for pattern in OF_A_TRAINING for path in self.folder.glob(pattern)]:
                path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self):
        """Keep other processes from training the run. Raises WorkFailed where one does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.folder / '.lock', timeout=0):
                yield
        except Timeout:
            raise WorkFailed(f'another process is training {self.name}') from None

    def keep_conditions(self, conditions):
        """Keep the conditions of the training images, (n, conditions), for sampling that leaves something open."""
        with files.replacing(self.folder / 'conditions.npy') as temporary:
            np.save(temporary, conditions.astype(np.uint8))

    def read_conditions(self):
        """(n, conditions) uint8. Raises WorkFailed where they are lost."""
        path = self.folder / 'conditions.npy'
        try:
            conditions = np.load(path)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            conditions = None
        if np.ndim(conditions) != 2 or conditions.shape[1] != self.config.conditions or not len(conditions):
            raise WorkFailed(f'{path} is missing or damaged; the command that trained {self.name} writes it again')
        return conditions

    def read_config(self):
        """The GANConfig of options.json. Raises WorkFailed where it is not there, cut, or of another format."""
        path = self.folder / 'options.json'
        try:
            values = json.loads(path.read_text(encoding='utf-8'))
        except FileNotFoundError:
            if any(self.folder.glob('step_*.npz')):
                raise WorkFailed(f'{path} is missing; {AGAIN}') from None
            raise WorkFailed(f'{self.folder}: no run is in this folder') from None
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise WorkFailed(f'{path} is damaged; {AGAIN}')
        if values.get('format') != FORMAT:
            raise WorkFailed(f'{path}: made by another version of this toolkit; begin a new run')
        try:
            return GANConfig.from_json(values)
        except KeyError as missing:
            raise WorkFailed(f'{path} is damaged, {missing.args[0]} is not in it; {AGAIN}') from None

    def save(self, variables, step):
        """Keep `variables` as they are after `step`, and remove the oldest checkpoints."""
        from core import variables_io  # it imports Keras, which waits for the set-up

        variables_io.save(variables, self.checkpoint(step))
        self._note(steps=[*(s for s in self.steps() if s < step), step][-self.max_to_keep :])

    def save_best(self, variables, step, kid):
        """Keep the variables of the EMA generator after `step` as the best ones, those with the lowest KID."""
        from core import variables_io  # it imports Keras, which waits for the set-up

        variables_io.save(variables, self._best_path(step))
        self._note(best={'step': step, 'kid': kid})

    def _note(self, **changes):
        """Write checkpoint.json with these changes, and remove the checkpoints that it does not name."""
        note = {'format': FORMAT, 'steps': self.steps(), 'best': self.best()} | changes
        files.write(self.folder / 'checkpoint.json', json.dumps(note))
        named = {self.checkpoint(step) for step in note['steps']}
        named |= {self._best_path(note['best']['step'])} if note['best'] else set()
        for pattern in ('step_*.npz', 'best_*.npz'):
            for path in set(self.folder.glob(pattern)) - named:
                path.unlink(missing_ok=True)

    def best(self):
        """{'step': its number, 'kid': its KID} of the best generator, None where there is none yet.

        Where checkpoint.json is missing or damaged, log.csv has the KID.
        """
        best = self._read_note().get('best')
        if best and self._best_path(best['step']).is_file():
            return best
        there = [
            {'step': int(row['step']), 'kid': float(row['kid'])}
            for row in read_rows(self.log_path)
            if row.get('kid') and self._best_path(int(row['step'])).is_file()
        ]
        return min(there, key=lambda best: best['kid'], default=None)

    def steps(self):
        """The steps of which there are checkpoints that count, the latest last.

        Where checkpoint.json is missing or damaged, all that are there count.
        """
        there = sorted(int(path.stem[5:]) for path in self.folder.glob('step_*.npz') if path.stem[5:].isdecimal())
        noted = set(self._read_note().get('steps', ()))
        return [step for step in there if step in (noted or there)] or there

    def _read_note(self):
        """The content of checkpoint.json, {} where it is missing or damaged."""
        try:
            note = json.loads((self.folder / 'checkpoint.json').read_text(encoding='utf-8'))
            made_by, _ = note['format'], set(note['steps'])
            if best := note.get('best'):
                _ = int(best['step']), float(best['kid'])
        except (OSError, ValueError, TypeError, KeyError):
            return {}
        if made_by != FORMAT:
            raise WorkFailed(f'{self.folder}: its checkpoint was made by another version of this toolkit')
        return note

    def restore_best(self, variables):
        """Set the variables of a generator to the best ones; returns their step, None where there are none.

        Raises WorkFailed where they are damaged.
        """
        from core import variables_io  # it imports Keras, which waits for the set-up

        best = self.best()
        if not best:
            return None
        try:
            variables_io.load(variables, self._best_path(best['step']))
        except variables_io.Damaged as error:
            raise WorkFailed(f'{error}; -checkpoint=last takes the last one') from None
        return best['step']

    def restore(self, variables):
        """Set variables to the latest whole checkpoint's; returns its step, 0 where there is none.

        What is damaged is named on standard error. Raises WorkFailed where no checkpoint is whole.
        """
        from core import variables_io  # it imports Keras, which waits for the set-up

        steps, damaged = self.steps(), []
        if steps and not self._read_note():
            log.warning(f'{self.folder}/checkpoint.json is missing or damaged: the newest whole checkpoint counts')
        for step in reversed(steps):
            try:
                variables_io.load(variables, self.checkpoint(step))
            except variables_io.Damaged as error:
                damaged.append(str(error))
                continue
            if damaged:
                log.warning(f'{"; ".join(damaged)}: back to step {step:,}, {steps[-1] - step:,} steps before')
            return step
        if damaged:
            raise WorkFailed(f'{"; ".join(damaged)}; no other checkpoint is there; {AGAIN}')
        return 0

    def checkpoint(self, step):
        return self.folder / f'step_{step:08d}.npz'

    def _best_path(self, step):
        return self.folder / f'best_{step:08d}.npz'


class Log:
    """log.csv, a row per step; rows after `step`, which a killed training has left, are cut off.

    `seconds` is how long all its steps took. Beside `columns` it has those of MEASURES, which are empty in most rows.
    """

    def __init__(self, path, columns, step):
        self.path, self.columns = path, (*columns, *MEASURES)
        self.cut(step)

    def cut(self, step):
        """Drop what comes after `step`; steps before it that are missing are named on standard error."""
        rows = {int(row['step']): row for row in read_rows(self.path) if int(row['step']) <= step}.values()
        if lost := step - len(rows):
            log.warning(f'{self.path} is missing or damaged: {lost:,} of its {step:,} steps are lost')
        self.seconds = sum(float(row['seconds']) for row in rows)
        with files.replacing(self.path) as temporary, open(temporary, 'w', encoding='utf-8', newline='') as file:
            table = csv.DictWriter(file, self.columns)
            table.writeheader()
            table.writerows(rows)

    def write(self, row):
        self.seconds += row['seconds']
        with open(self.path, 'a', encoding='utf-8', newline='') as file:
            csv.DictWriter(file, self.columns).writerow({name: _number(value) for name, value in row.items()})


def read_rows(path):
    """The whole rows of a log, {column: text}; damaged ones, such as a last one that was cut, are skipped."""
    try:
        with open(path, newline='', encoding='utf-8', errors='replace') as file:
            lines = [line.replace('\0', ' ') for line in file if line.endswith('\n')]
    except FileNotFoundError:
        return []
    return [row for row in csv.DictReader(lines) if is_whole(row)]


def is_whole(row):
    """Whether a row has a step and a number in each column; only MEASURES may be empty."""
    needed = [value for name, value in row.items() if value or name not in MEASURES]
    try:
        return int(row['step']) > 0 and all(math.isfinite(float(value)) for value in needed)
    except (KeyError, ValueError, TypeError):
        return False


def _number(value):
    return value if isinstance(value, int) else f'{value:.5g}'


def _shown(value):
    return list(value) if isinstance(value, tuple) else value
