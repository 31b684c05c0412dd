"""Predictions as lines to read, as JSON, as CSV."""

import itertools
from dataclasses import asdict

from cnn.predict.predictor import SIMILAR, WORDS
from core import files
from core.errors import plain
from core.tables import csv_row
from posters.text import joined

LONGEST_NAME = 60  # of a poster, in the column before its predictions


class Formatter:
    """`predictions` by `models`, {target: SavedModel}, as lines; a prediction is (poster's name, {target: prediction}).

    Per poster the `top` most probable genres are shown, None for all; with `passing` only those that reach their
    threshold. `more` names what each prediction has beside those of the models: WORDS, SIMILAR.
    """

    def __init__(self, models, predictions, top=None, passing=False, more=()):
        self.models, self.predictions, self.options, self.more = models, predictions, (top, passing), more
        self.targets = {name: saved.target for name, saved in models.items()}

    def text(self, width):
        """A line per poster: `poster.jpg  Drama 61%*, Comedy 34%*, Horror 20%; year 1994 (1987 to 2003)`."""
        for name, saved in self.models.items():
            score = saved.card.scores[saved.target.metric]
            yield f'{name}: {saved.name}, validation {saved.target.metric_label} {score:.3g}'
        for poster, predicted in self.predictions:
            parts = [target.format_text(predicted[name], *self.options) for name, target in self.targets.items()]
            yield f'{plain(poster):<{min(width, LONGEST_NAME)}}  {"; ".join(parts)}'
            for name in self.more:
                yield f'  {name}: {plain(AS_TEXT[name](predicted[name])) or "none"}'

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
            values |= {name: AS_JSON[name](predicted[name]) for name in self.more}
            line = f'  {files.as_json({"poster": poster, **values})}'
        if line:
            yield line
        yield ' ]}'

    def csv(self):
        """A row per poster: its name, the genres that pass, as in a catalogue, year and score, a column per genre."""
        header = _join(target.csv_header for target in self.targets.values())
        yield csv_row(('poster', *header, *self.more))
        for poster, predicted in self.predictions:
            cells = [target.csv_cells(predicted[name], *self.options) for name, target in self.targets.items()]
            yield csv_row((poster, *_join(cells), *(AS_TEXT[name](predicted[name]) for name in self.more)))


def _join(pairs):
    """(columns of each target that come first, columns that come last), joined."""
    first, last = zip(*pairs, strict=True)
    return (*itertools.chain(*first), *itertools.chain(*last))


def _describe(saved):
    metric = saved.target.metric
    return {'name': saved.name, metric: saved.card.scores[metric], **saved.target.describe()}


def _list_films(similar):
    """'The Matrix Reloaded (2003) / Blade (1998)'"""
    return ' / '.join(str(movie) for movie, _ in similar)


def _film(movie, likeness):
    return {
        'imdbId': movie.id,
        'title': movie.title,
        'year': movie.year,
        'genres': movie.genres,
        'similarity': round(likeness, 3),
    }


AS_TEXT = {WORDS: joined, SIMILAR: _list_films}
AS_JSON = {
    WORDS: lambda lines: [asdict(line) for line in lines],
    SIMILAR: lambda similar: [_film(*found) for found in similar],
}
