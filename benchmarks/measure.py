"""What every row is made of: results, rounds that alternate, medians, and Python in processes of its own."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import WorkFailed
from core.hardware import Hardware
from posters.layout import poster_folder

ROOT = Path(__file__).resolve().parent.parent
DIRECT = {'no_proxy': '127.0.0.1', 'NO_PROXY': '127.0.0.1'}  # no proxy before the server of the row `download`


class Skipped(Exception):
    """A row cannot be measured on this machine; the message says what it lacks."""


@dataclass(frozen=True)
class Result:
    """What a row measured: `ours` and `peer` in `unit`. A ratio of `target` or more is good; `at_most`: or less."""

    name: str
    ours: float
    peer: float
    peer_name: str
    unit: str
    target: float | None
    at_most: bool = False

    @property
    def ratio(self):
        return self.ours / self.peer

    @property
    def reached(self):
        """Whether the ratio meets the target; None where this machine has none."""
        if self.target is None:
            return None
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    def as_json(self):
        fields = ('name', 'ours', 'peer', 'peer_name', 'unit', 'ratio', 'target')
        return {field: getattr(self, field) for field in fields}


@dataclass(frozen=True)
class Bench:
    """What a row gets: the data folder, a folder to work in, the machine (None without Keras) and the sizes."""

    data: Path
    work: Path
    hardware: Hardware | None
    rounds: int
    posters: int
    downloads: int
    steps: int
    films: int
    rows: int

    def files(self, ratio, number):
        """Paths of `number` posters at `ratio`, spread over those that are there, again and again if they are few.

        Raises WorkFailed where there is none.
        """
        found = sorted(poster_folder(self.data, ratio).glob('*.jpg'))
        if not found:
            raise WorkFailed(f'no poster is in {poster_folder(self.data, ratio)}')
        step = max(1, len(found) // number)
        return [found[i * step % len(found)] for i in range(number)]

    def fresh(self, name):
        """An empty folder of that name to work in; what the round before left in it is gone."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def need_keras(self):
        """Raise Skipped where Keras cannot be used."""
        if self.hardware is None:
            raise Skipped('Keras is not installed')


def alternate(name, unit, rounds, ours: Callable[[], float], peer: Callable[[], float]):
    """Call both, which return rates in `unit`, once a round, and return the medians (ours, peer).

    Every other round begins with the peer, so that a machine that slows down or speeds up favours neither.
    """
    rates = {ours: [], peer: []}
    for number in range(rounds):
        for measured in (ours, peer) if number % 2 == 0 else (peer, ours):
            rates[measured].append(measured())
        latest = f'{shown(rates[ours][-1])} against {shown(rates[peer][-1])} {unit}'
        print(f'{name:<17}round {number + 1} of {rounds}: {latest}', flush=True)
    return statistics.median(rates[ours]), statistics.median(rates[peer])


def rate(count, work):
    """Call `work` and return `count` divided by the seconds it took."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def shown(value):
    """`value` with three digits or all those before the point, whichever are more."""
    return f'{value:,.0f}' if value >= 100 else f'{value:.3g}'


def run_command(*command, folder=ROOT):
    """Run a program in `folder` and return its standard output. Raises WorkFailed with its last line where it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, env=os.environ | DIRECT)
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or f'exit status {done.returncode}').splitlines()[-1]
        raise WorkFailed(f'{Path(words[0]).name} failed: {reason}')
    return done.stdout


def run_module(module, *arguments):
    """Run a module of the benchmarks in a Python of its own and return what it prints, which is JSON."""
    return json.loads(run_command(sys.executable, '-m', f'benchmarks.{module}', *arguments))
