"""Predictions as lines to read, as JSON, as CSV."""

import itertools
from dataclasses import asdict

from cnn.predict.predictor import WORDS
from core import files
from core.errors import plain
from core.tables import csv_row
from posters.text import joined

LONGEST_NAME = 60  # of a poster, in the column before its predictions


class Formatter:
    """`predictions` by `models`, {target: SavedModel}, as lines; a prediction is (poster's name, {target: prediction}).

    Per poster the `top` most probable genres are shown, None for all; with `passing` only those that reach their
    threshold. With `words` each prediction has WORDS too, the Lines on the poster.
    """

    def __init__(self, models, predictions, top=None, passing=False, words=False):
        self.models, self.predictions, self.options, self.words = models, predictions, (top, passing), words
        self.targets = {name: saved.target for name, saved in models.items()}

    def text(self, width):
        """A line per poster: `poster.jpg  Drama 61%*, Comedy 34%*, Horror 20%; year 1994 (1987 to 2003)`."""
        for name, saved in self.models.items():
            score = saved.card.scores[saved.target.metric]
            yield f'{name}: {saved.name}, validation {saved.target.metric_label} {score:.3g}'
        for poster, predicted in self.predictions:
            parts = [target.format_text(predicted[name], *self.options) for name, target in self.targets.items()]
            yield f'{plain(poster):<{min(width, LONGEST_NAME)}}  {"; ".join(parts)}'
            if self.words:
                yield f'  words: {plain(joined(predicted[WORDS])) or "none"}'

    def json(self):
        """One object: `models` names the model per target, `posters` has an object per poster, a line each."""
        described = {name: _describe(saved) for name, saved in self.models.items()}
        yield f'{{"models": {files.as_json(described)},'
        yield ' "posters": ['
        line = None
        for poster, predicted in self.predictions:
            if line:
                yield f'{line},'
            values = {name: target.to_json(predicted[name], *self.options) for name, target in self.targets.items()}
            if self.words:
                values[WORDS] = [asdict(line) for line in predicted[WORDS]]
            line = f'  {files.as_json({"poster": poster, **values})}'
        if line:
            yield line
        yield ' ]}'

    def csv(self):
        """A row per poster: its name, the genres that pass, as in a catalogue, year and score, a column per genre."""
        header = _join(target.csv_header for target in self.targets.values())
        yield csv_row(('poster', *header, *([WORDS] if self.words else [])))
        for poster, predicted in self.predictions:
            cells = [target.csv_cells(predicted[name], *self.options) for name, target in self.targets.items()]
            yield csv_row((poster, *_join(cells), *([joined(predicted[WORDS])] if self.words else [])))


def _join(pairs):
    """(columns of each target that come first, columns that come last), joined."""
    first, last = zip(*pairs, strict=True)
    return (*itertools.chain(*first), *itertools.chain(*last))


def _describe(saved):
    metric = saved.target.metric
    return {'name': saved.name, metric: saved.card.scores[metric], **saved.target.describe()}
