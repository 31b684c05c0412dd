"""What lets an interrupted training resume: after each epoch, its state in a folder beside the model to be.

`state.json` is replaced last and names the files that count, so that a kill at any moment leaves a whole state.
"""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnn import saved_models
from cnn.config import TrainConfig, describe_differences
from core import files
from core.errors import WorkFailed, WrongCall
from core.log import log


@dataclass(frozen=True)
class TrainingRun:
    """The state of a training: its config, the metrics of each epoch, the best epoch (counted from 1; 0: none yet).

    `films` is the digest of the films that it learns from.
    """

    config: TrainConfig
    history: tuple[dict[str, float], ...] = ()
    best: int = 0
    films: str = ''

    @property
    def seconds(self) -> float:
        """How long the epochs so far took."""
        return sum(entry['seconds'] for entry in self.history)

    def add(self, entry: dict[str, float]) -> 'TrainingRun':
        """The run with one more epoch."""
        history = (*self.history, entry)
        gained = not self.best or entry['selection_metric'] > self.history[self.best - 1]['selection_metric']
        return replace(self, history=history, best=len(history) if gained else self.best)

    @classmethod
    def read(cls, path: Path) -> 'TrainingRun':
        """Raises FileNotFoundError, or WorkFailed where the file cannot be used."""
        try:
            values = json.loads(path.read_text(encoding='utf-8'))
            config = TrainConfig.from_json(values['config'])
            run = cls(config, tuple(values['history']), values['best'], values['films'])
            if 0 < run.best <= len(run.history):
                return run
        except FileNotFoundError:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        raise WorkFailed(f'{path} is damaged; -overwrite starts over')

    def write(self, path: Path) -> None:
        values = {'config': self.config.to_json(), 'history': self.history, 'best': self.best, 'films': self.films}
        files.write(path, files.as_json(values))

    def diff(self, other: 'TrainingRun') -> dict[str, tuple[Any, Any]]:
        """{setting: (value here, value there)} of the settings that differ."""
        return self.config.diff(other.config)


class Checkpoints:
    """The files of a training whose model is to be at `path`; `run` is its TrainingRun."""

    def __init__(self, path: Path, config: TrainConfig):
        self.path, self.folder = path, path.with_suffix('.training')
        self.run = TrainingRun(config)

    @property
    def last_path(self) -> Path:
        return self.epoch_path(len(self.run.history))

    @property
    def best_path(self) -> Path:
        return self.epoch_path(self.run.best)

    def epoch_path(self, epoch: int) -> Path:
        return self.folder / f'epoch_{epoch:03d}.npz'

    def read(self) -> TrainingRun | None:
        """The interrupted training in the folder, or None. Raises WorkFailed where it cannot be used."""
        try:
            return TrainingRun.read(self.folder / 'state.json')
        except FileNotFoundError:
            return None  # killed before the end of the first epoch

    def restore(self, load) -> None:
        """Call `load(path)` on the state after the last epoch, or else on that of the best, which then is the last.

        Raises WorkFailed where neither is whole.
        """
        last = len(self.run.history)
        for epoch in dict.fromkeys((last, self.run.best)):
            try:
                load(self.epoch_path(epoch))
            except (OSError, ValueError):
                continue
            if epoch < last:
                log.warning(f'{self.epoch_path(last)} is damaged: {last - epoch} epochs are trained again')
                self.run = replace(self.run, history=self.run.history[:epoch])
            return
        raise WorkFailed(f'{self.last_path} is damaged; -overwrite starts over')

    def add(self, entry: dict[str, float], save) -> bool:
        """Keep the state after an epoch, which `save(path)` writes; returns whether the epoch is the best so far."""
        before = {self.last_path, self.best_path}
        self.run = self.run.add(entry)
        save(self.last_path)
        self.run.write(self.folder / 'state.json')
        for path in before - {self.last_path, self.best_path}:
            path.unlink(missing_ok=True)
        return self.run.best == len(self.run.history)

    def begin(self) -> None:
        """Clear the folder of what is not resumed from."""
        if self.run.history:
            files.sweep(self.folder)
        else:
            self.remove()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def plan(path: Path, config: TrainConfig, overwrite: bool = False) -> Checkpoints | None:
    """The Checkpoints of a training to begin or to resume, or None where a model of this config is finished.

    Raises WrongCall where what is there has another config, WorkFailed where it is damaged; with `overwrite` the
    training starts over.
    """
    checkpoints = Checkpoints(path, config)
    if overwrite:
        return checkpoints
    if run := checkpoints.read():
        if differing := run.config.diff(config):
            raise WrongCall(
                f'{checkpoints.folder} is an interrupted training with {describe_differences(differing)}; '
                '-overwrite starts over'
            )
        checkpoints.run = run
        return checkpoints
    if not (path.is_file() and saved_models.card_path(path).is_file()):  # a model without its card was not finished
        return checkpoints
    try:
        existing = saved_models.open_model(path).config
    except WorkFailed as error:
        raise WorkFailed(f'{error}; -overwrite trains it again') from None
    if differing := existing.diff(config):
        raise WrongCall(f'{path} exists with {describe_differences(differing)}; -overwrite trains it again')
    return None
