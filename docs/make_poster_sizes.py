"""Print what larger posters bring, as a table for docs/posters.md: features and words of the same films.

The posters must be there in each size: get_data.py -download, -resize or -download -poster_width=N makes them.

  python3 -m docs.make_poster_sizes -data=data -sizes=50,70,100
  python3 -m docs.make_poster_sizes -data=demo -sizes=100,w255,w342
"""

from dataclasses import dataclass
from typing import Any

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from core import hardware
from core.cli import Flag, Parser, listed
from core.errors import WorkFailed, run
from core.tables import markdown
from docs.make_words import recall
from posters.layout import is_size

PRESET = 4
LEAST, SURE = 3, 0.8  # of a word that counts: its letters, and the confidence that its line is read with
HEADERS = ['size of the posters', 'features', 'ahead of the first by', 'title words', 'words per poster']


def read_size(text):
    size = int(text) if text.isdecimal() else text
    if not size or not is_size(size):
        raise ValueError('give ratios, or widths as w342')
    return size


FLAGS = {
    'What to compare': [
        Flag('sizes', 'ratios, and widths as w342, the smallest first', (50, 70, 100), listed(read_size), '50,70,100'),
        *CATALOGUE_FLAGS,
    ],
    'Hardware': hardware.FLAGS,
}


def main():
    flags = Parser(__doc__, FLAGS).parse()
    from movies_dataset import open_catalogue  # slow: NumPy

    catalogue = open_catalogue(flags.catalogue, flags.data)
    print(catalogue)
    machine = hardware.set_up('auto', flags.xla, flags.threads)
    results = [measure(catalogue, size, machine) for size in flags.sizes]
    films = [result.validation.movies for result in results]
    if any(some != films[0] for some in films):
        raise WorkFailed(f'not every validation film has a poster in each of the sizes ({[*map(len, films)]} films)')
    print(f'{len(films[0]):,} validation films')
    print(markdown([HEADERS, *(row(result, results[0]) for result in results)]))
    return 0


@dataclass(frozen=True)
class Result:
    """What is made of the validation posters in one size: `outputs` (films, genres) of the probe, and lines of text."""

    validation: Any
    outputs: Any
    lines: list

    def score(self):
        from cnn.evaluate.bootstrap import macro_maps  # slow
        from cnn.evaluate.comparison import Score
        from cnn.evaluate.metrics import macro_map

        labels = self.validation.labels
        return Score(macro_map(labels, self.outputs), macro_maps(labels, self.outputs))


def measure(catalogue, size, machine):
    from cnn.config import TrainConfig  # slow: Keras
    from cnn.data import load_posters
    from cnn.train.linear_probe import fit_probe
    from posters import reading

    config = TrainConfig(preset=PRESET, ratio=size).resolved()
    target = config.find_target()
    data = load_posters(catalogue, target, config)
    _, outputs, _ = fit_probe(config.find_preset(), data, target, config.weights, machine)
    validation = data.split('validation')
    return Result(validation, outputs, reading.load(validation))


def row(result, smallest):
    from cnn.evaluate.comparison import difference  # slow
    from cnn.words import words_of

    width, height = result.validation.size
    score = result.score()
    gap = difference(score, smallest.score())
    ahead = f'{gap.value:+.3f} ({gap.low:+.3f}..{gap.high:+.3f})' if result is not smallest else ''
    title_words = recall(result.validation.movies, result.lines)
    sure = [line.text for lines in result.lines for line in lines if line.confidence >= SURE]
    words = [word for text in sure for word in words_of(text) if len(word) >= LEAST]
    per_poster = len(words) / len(result.lines)
    return [f'{width}x{height}', f'{score.map:.3f}', ahead, f'{title_words:.3f}', f'{per_poster:.1f}']


if __name__ == '__main__':
    run(main)
