"""How predictions are written: as lines to read, as JSON, as CSV."""

import csv
import io

from core import files
from core.errors import plain

FORMULAS = '=', '+', '-', '@', '\t', '\r'
LONGEST_NAME = 60  # of a poster, before the column of what is said of it
RANGE = 'low', 'answer', 'high'
DIGITS = {'year': 0, 'score': 1}


class Answers:
    """`predictions` of `models`, {target: SavedModel}, as lines; a prediction is (name of a poster, {target: answer}).

    Of each poster the `top` most probable genres are shown, None for all; with `passing` only those that reach their
    threshold.
    """

    def __init__(self, models, predictions, top=None, passing=False):
        self.models, self.predictions, self.top, self.passing = models, predictions, top, passing
        self.numbers = [target for target in models if target != 'genres']

    def genres(self, said):
        """(genre, probability, whether it reaches its threshold) of those to show, the most probable first."""
        if 'genres' not in said:
            return []
        saved, probabilities = self.models['genres'], said['genres']
        found = zip(saved.genres, probabilities.tolist(), probabilities >= saved.thresholds, strict=True)
        found = sorted(found, key=lambda entry: -entry[1])
        return [entry for entry in found if entry[2] or not self.passing][: self.top]

    def text(self, width):
        """A line a poster: `poster.jpg  Drama 61%*, Comedy 34%*, Horror 20%; year 1994 (1987 to 2003)`."""
        for target, saved in self.models.items():
            score = f'macro mAP {saved.quality:.3f}' if target == 'genres' else f'mean error {-saved.quality:.2g}'
            yield f'{target}: {saved.name}, validation {score}'
        for name, said in self.predictions:
            parts = [self.number(target, said[target]) for target in self.numbers]
            if 'genres' in said:
                genres = [f'{genre} {p:.0%}{"*" if passes else ""}' for genre, p, passes in self.genres(said)]
                parts.insert(0, ', '.join(genres) or 'no genre reaches its threshold')
            yield f'{plain(name):<{min(width, LONGEST_NAME)}}  {"; ".join(parts)}'

    @staticmethod
    def number(target, answers):
        low, middle, high = (f'{answer:.{DIGITS[target]}f}' for answer in answers)
        return f'{target} {middle} ({low} to {high})'

    def json(self):
        """One object: `models` tells which one said what, `posters` holds an object a poster, a line each."""
        yield f'{{"models": {files.as_json({target: describe(saved) for target, saved in self.models.items()})},'
        yield ' "posters": ['
        line = None
        for name, said in self.predictions:
            if line:
                yield f'{line},'
            told = {'poster': name}
            if 'genres' in said:
                told['genres'] = [
                    {'genre': genre, 'probability': round(p, 4), 'passes': bool(passes)}
                    for genre, p, passes in self.genres(said)
                ]
            for target in self.numbers:
                told[target] = dict(zip(RANGE, said[target].round(2).tolist(), strict=True))
            line = f'  {files.as_json(told)}'
        if line:
            yield line
        yield ' ]}'

    def csv(self):
        """A row a poster: name, genres that pass, as in a catalogue, year and score, then a probability a genre."""
        genres = self.models['genres'].genres if 'genres' in self.models else ()
        yield row(('poster', *self.models, *genres))
        for name, said in self.predictions:
            shown = self.genres(said)
            values = {genre: f'{p:.4f}' for genre, p, _ in shown}
            passing = ['|'.join(genre for genre, _, passes in shown if passes)] if genres else []
            numbers = [f'{said[target][1]:.{DIGITS[target]}f}' for target in self.numbers]
            yield row((name, *passing, *numbers, *(values.get(genre, '') for genre in genres)))


def describe(saved):
    if saved.target != 'genres':
        return {'name': saved.name, 'mae': saved.card['scores']['mae']}
    thresholds = dict(zip(saved.genres, saved.thresholds.tolist(), strict=True))
    return {'name': saved.name, 'map': saved.card['scores']['map'], 'thresholds': thresholds}


def row(values):
    """A line of CSV. What a spreadsheet would take for a formula has an apostrophe before it."""
    out = io.StringIO()
    texts = [f"'{value}" if str(value).startswith(FORMULAS) else value for value in values]
    csv.writer(out, lineterminator='\r\n').writerow(texts)
    return out.getvalue().removesuffix('\r\n')
