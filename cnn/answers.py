"""How predictions are written: as lines to read, as JSON, as CSV."""

import csv
import io
import json

LONGEST_NAME = 60  # of a poster, before the column of what is said of it


class Answers:
    """`predictions` of a SavedModel, pairs (name of a poster, calibrated probabilities (genres,)), as lines.

    Of each poster the `top` most probable genres are shown, None for all; with `passing` only those that reach their
    threshold.
    """

    def __init__(self, saved, predictions, top=None, passing=False):
        self.saved, self.predictions, self.top, self.passing = saved, predictions, top, passing

    def genres(self, probabilities):
        """(genre, probability, whether it reaches its threshold) of those to show, the most probable first."""
        said = zip(self.saved.genres, probabilities.tolist(), probabilities >= self.saved.thresholds, strict=True)
        shown = sorted(said, key=lambda entry: -entry[1])
        return [entry for entry in shown if entry[2] or not self.passing][: self.top]

    def text_lines(self, width):
        """A line a poster, its name in a column `width` wide: `poster.jpg  Drama 61%*, Comedy 34%*, Horror 20%`."""
        score = self.saved.card['scores']['map']
        yield f'{self.saved.name}, validation macro mAP {score:.3f}; * reaches the threshold of its genre'
        for name, probabilities in self.predictions:
            genres = [f'{genre} {p:.0%}{"*" if passes else ""}' for genre, p, passes in self.genres(probabilities)]
            yield f'{name:<{min(width, LONGEST_NAME)}}  {", ".join(genres) or "no genre reaches its threshold"}'

    def json_lines(self):
        """One object: `models` tells which one said what, `posters` holds an object a poster, a line each."""
        thresholds = dict(zip(self.saved.genres, self.saved.thresholds.tolist(), strict=True))
        model = {'name': self.saved.name, 'map': self.saved.card['scores']['map'], 'thresholds': thresholds}
        yield f'{{"models": {json.dumps({"genres": model})},'
        yield ' "posters": ['
        line = None
        for name, probabilities in self.predictions:
            if line:
                yield f'{line},'
            genres = [
                {'genre': genre, 'probability': round(p, 4), 'passes': bool(passes)}
                for genre, p, passes in self.genres(probabilities)
            ]
            line = f'  {json.dumps({"poster": name, "genres": genres})}'
        if line:
            yield line
        yield ' ]}'

    def csv_lines(self):
        """A row a poster: its name, its genres as in a catalogue (those that pass), then a probability a genre."""
        yield row(('poster', 'genres', *self.saved.genres))
        for name, probabilities in self.predictions:
            shown = self.genres(probabilities)
            passing = '|'.join(genre for genre, _, passes in shown if passes)
            values = {genre: f'{p:.4f}' for genre, p, _ in shown}
            yield row((name, passing, *(values.get(genre, '') for genre in self.saved.genres)))


def row(values):
    out = io.StringIO()
    csv.writer(out, lineterminator='').writerow(values)
    return out.getvalue()
