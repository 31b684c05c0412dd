"""Predictions as lines to read, as JSON, as CSV."""

import csv
import io
import itertools

from core import files
from core.errors import plain

FORMULAS = '=', '+', '-', '@', '\t', '\r'
LONGEST_NAME = 60  # of a poster, in the column before its predictions


class Formatter:
    """`predictions` by `models`, {target: SavedModel}, as lines; a prediction is (poster's name, {target: prediction}).

    Per poster the `top` most probable genres are shown, None for all; with `passing` only those that reach their
    threshold.
    """

    def __init__(self, models, predictions, top=None, passing=False):
        self.models, self.predictions, self.options = models, predictions, (top, passing)
        self.targets = {name: saved.target for name, saved in models.items()}

    def text(self, width):
        """A line per poster: `poster.jpg  Drama 61%*, Comedy 34%*, Horror 20%; year 1994 (1987 to 2003)`."""
        for name, saved in self.models.items():
            score = saved.card.scores[saved.target.metric]
            yield f'{name}: {saved.name}, validation {saved.target.metric_label} {score:.3g}'
        for poster, predicted in self.predictions:
            parts = [self.targets[name].format_text(value, *self.options) for name, value in predicted.items()]
            yield f'{plain(poster):<{min(width, LONGEST_NAME)}}  {"; ".join(parts)}'

    def json(self):
        """One object: `models` names the model per target, `posters` has an object per poster, a line each."""
        described = {name: _describe(saved) for name, saved in self.models.items()}
        yield f'{{"models": {files.as_json(described)},'
        yield ' "posters": ['
        line = None
        for poster, predicted in self.predictions:
            if line:
                yield f'{line},'
            values = {name: self.targets[name].to_json(value, *self.options) for name, value in predicted.items()}
            line = f'  {files.as_json({"poster": poster, **values})}'
        if line:
            yield line
        yield ' ]}'

    def csv(self):
        """A row per poster: its name, the genres that pass, as in a catalogue, year and score, a column per genre."""
        yield _row(('poster', *_join(target.csv_header for target in self.targets.values())))
        for poster, predicted in self.predictions:
            cells = [self.targets[name].csv_cells(value, *self.options) for name, value in predicted.items()]
            yield _row((poster, *_join(cells)))


def _join(pairs):
    """(columns of each target that come first, columns that come last), joined."""
    first, last = zip(*pairs, strict=True)
    return (*itertools.chain(*first), *itertools.chain(*last))


def _describe(saved):
    metric = saved.target.metric
    return {'name': saved.name, metric: saved.card.scores[metric], **saved.target.describe()}


def _row(values):
    """A line of CSV. What a spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    texts = [f"'{value}" if str(value).startswith(FORMULAS) else value for value in values]
    csv.writer(out, lineterminator='\r\n').writerow(texts)
    return out.getvalue().removesuffix('\r\n')
