"""Make docs/words.md: what reading posters costs and brings, measured on the posters of a catalogue.

It needs presets 4, 10 and 11 trained for 7 genres (python3 __main__.py -version=4,10,11). Settings are compared on
validation films; test films report what the words bring, and where. It takes about half an hour.

  python3 -m docs.make_words -models=saved_models -data=data
"""

import sys
import textwrap
import time
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import how_to_read
from core import files, hardware
from core.cli import Flag, Parser, text
from core.errors import WorkFailed, run
from core.tables import markdown

FLAGS = {
    'What to read': [Flag('models', 'the folder of saved models', 'saved_models', text), *CATALOGUE_FLAGS],
    'What to write': [Flag('out', 'the file', 'docs/words.md', text)],
    'Hardware': hardware.FLAGS,
}
HEIGHTS = 288, 352, 416, 480, 544
SIZES = 100, 85, 70, 55, 40  # percent
FILMS = 400  # validation posters that are read at every height and size
FACTORS = 0.4, 0.6, 0.8, 1.0, 1.2, 1.4
LOGOS = {
    'discs': ('dvd', 'blu', 'bluray', 'ray', 'disc', 'edition', 'collector', 'widescreen', 'unrated'),
    'studios': (
        'disney', 'pixar', 'dreamworks', 'paramount', 'warner', 'bros', 'universal', 'columbia', 'tristar', 'lionsgate',
        'miramax', 'dimension', 'touchstone', 'mgm', 'fox', 'netflix', 'hbo', 'studio', 'studios', 'pictures',
        'entertainment', 'productions', 'home', 'video',
    ),
}  # fmt: skip
BEGINNING = 8  # letters that two titles share where they are taken for a series
PAGE = """# The words on a poster

Made by `python3 -m docs.make_words` with {machine}.
The posters are 182x268 pixels, of films of {years}; there are {train:,} training, {validation:,} validation and
{test:,} test films. Scores are macro mAP for 7 genres, of those with at least 30 films among the ones named.

## Reading

The detector sees a poster at some height, the recognizer the lines that it finds, at the poster's own resolution.
{films} validation posters; *title words*: the share of the words of the catalogue's titles that are read; *words
alone*: macro mAP of the word model of preset 11, which has learned from posters read at {height}. Posters per second
on all {cores} cores.

{heights}

Smaller posters, enlarged to the same height:

{sizes}

What turning lines brings (the same posters, at {height}):

{turns}

## What the terms bring

Validation films; each row is fitted anew on the training films, and its logits are added to those of the image by the
factor that validates best.

{terms}

## What the words bring, and where

![For each genre the words that add most to its logit, and those that take most](pictures/words.png)

Test films. *Ahead by*: preset 11 less preset 10, with its 95% interval (paired bootstrap).

{gains}

- *no series*: without the films whose titles share their first {beginning} letters, articles aside, with those of a
  training film.
- *without ...*: these words are taken out of what was read:
{masked}
- *titles wrong way*: every test film has the words of another one.

What the kinds of terms have of all that words add or take: {kinds}.
"""


def main():
    flags = Parser(__doc__, FLAGS).parse()
    from movies_dataset import open_catalogue  # slow: NumPy

    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    print(catalogue)
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    study = Study(Path(flags.models), catalogue, machine)
    page = PAGE.format(
        machine=machine,
        years='{} to {}'.format(*study.saved[11].years),
        **{name: len(split.movies) for name, split in study.splits.items()},
        **study.reading(),
        terms=markdown(study.terms()),
        **study.gains(),
    )
    files.write(flags.out, page)
    study.draw(Path(flags.out).with_name('pictures') / 'words.png')
    print(f'words: {flags.out}')
    return 0


class Study:
    """The posters of the models' films, their words, and what the networks of presets 4, 10 and 11 make of them."""

    def __init__(self, folder, catalogue, machine):
        from cnn import networks  # slow: Keras
        from cnn.data import load_posters, training_films
        from cnn.saved_models import list_models, open_model
        from posters import reading

        opened = [open_model(path) for path in list_models(folder)]
        self.saved = {
            saved.config.preset: saved for saved in opened if saved.target.takes_genres and saved.target.outputs == 7
        }
        if missing := {4, 10, 11} - self.saved.keys():
            raise WorkFailed(f'{folder} has no model of preset {", ".join(map(str, sorted(missing)))} for 7 genres')
        config, self.target = self.saved[11].config, self.saved[11].target
        data = load_posters(catalogue, self.target, config)
        self.splits = {name: data.split(name) for name in ('train', 'validation', 'test')}
        self.lines = {name: reading.load(split) for name, split in self.splits.items()}
        self.titles = training_films(catalogue, self.target, config)
        self.outputs = {}
        for preset in (4, 10):
            model = self.saved[preset].load()
            networks.compile_for_prediction(model, machine)
            for name in ('validation', 'test'):
                self.outputs[preset, name] = networks.predict(model, self.splits[name].posters)

    def score(self, outputs, split='validation', rows=slice(None)):
        from cnn.evaluate.metrics import macro_map

        return macro_map(self.splits[split].labels[rows], outputs[rows])

    def draw(self, path):
        from cnn.explain import word_report  # slow: Keras
        from cnn.explain.subject import Subject

        validation = self.splits['validation']
        ranked = word_report.ranked_words(Subject(self.saved[11], None), validation)
        word_report.draw_words(ranked, validation, path)

    # -- reading

    def reading(self):
        """The fields of the page's first part."""
        from core.parallel import cores
        from posters import text

        validation = self.splits['validation']
        rows = np.linspace(0, len(validation.movies) - 1, FILMS).astype(int)
        posters = [np.asarray(validation.posters[row]) for row in rows]
        measure = partial(self._read, rows)
        heights = [['height', 'posters per second', 'title words', 'words alone']]
        for height in HEIGHTS:
            heights.append([f'{height}', *measure(posters, HEIGHT=height)])
        sizes = [['size of the poster', 'posters per second', 'title words', 'words alone']]
        for percent in SIZES:
            width, tall = (round(side * percent / 100) for side in posters[0].shape[1::-1])
            small = [np.asarray(Image.fromarray(poster).resize((width, tall), Image.LANCZOS)) for poster in posters]
            sizes.append([f'{width}x{tall}', *measure(small)])
        turns = [['lines that are read', 'posters per second', 'title words', 'words alone']]
        turns.append(['as they stand', *measure(posters, turns=lambda poster, box: [text.crop(poster, box)])])
        turns.append(['upright ones both ways too', *measure(posters)])
        turns.append(['and all of them upside down', *measure(posters, turns=partial(with_upside_down, text.turns))])
        return {
            'films': FILMS,
            'height': text.HEIGHT,
            'cores': cores(),
            'heights': markdown(heights),
            'sizes': markdown(sizes),
            'turns': markdown(turns),
        }

    def _read(self, rows, posters, **settings):
        """Cells of a table of reading: speed, title words, words alone; with those settings of posters.text."""
        from posters import text

        before = {name: getattr(text, name) for name in settings}
        for name, value in settings.items():
            setattr(text, name, value)
        try:
            started = time.perf_counter()
            lines = list(text.read_all(posters))
            seconds = time.perf_counter() - started
        finally:
            for name, value in before.items():
                setattr(text, name, value)
        movies = [self.splits['validation'].movies[row] for row in rows]
        logits = self.saved[11].words.logits_of(lines)
        alone = np.zeros((len(self.splits['validation'].movies), logits.shape[1]))
        alone[rows] = logits
        score = self.score(alone, rows=rows)
        return [f'{len(posters) / seconds:.1f}', f'{recall(movies, lines):.3f}', f'{score:.3f}']

    # -- terms

    def terms(self):
        """The rows of the table of what each kind of term brings."""
        from cnn.train import word_probe
        from cnn.words import terms_of, title_terms
        from posters.text import Line

        def words_of(lines, keep):
            return [Counter({term: n for term, n in terms_of(some).items() if keep(term)}) for some in lines]

        def is_ngram(term):
            return term.startswith('~')

        def only(condition):
            return {
                name: [[line for line in some if condition(line)] for some in self.lines[name]] for name in self.lines
            }

        titles = [[Line(film.title, 1.0, ())] for film in self.titles]
        labels, more = self.splits['train'].labels, self.target.labels(self.titles)
        anything, rows = lambda term: True, [['', 'terms', 'words alone', 'with preset 4', 'with preset 10']]
        for name, lines, keep, extra in (
            ('words and pairs', self.lines, lambda term: not is_ngram(term), False),
            ('letters inside words', self.lines, is_ngram, False),
            ('both', self.lines, anything, False),
            ('both, of lines at least 3% high', only(lambda line: tall(line) >= 0.03), anything, False),
            ('both, of lines at least 5% high', only(lambda line: tall(line) >= 0.05), anything, False),
            (
                'both, of lines read with a confidence of 0.8',
                only(lambda line: line.confidence >= 0.8),
                anything,
                False,
            ),
            ('both, and the titles of training films: preset 11', self.lines, anything, True),
        ):
            learned = words_of(lines['train'], keep) + (words_of(titles, keep) if extra else [])
            model = word_probe.fit(learned, np.concatenate([labels, more]) if extra else labels, 'sigmoid')
            logits = logits_of(model, words_of(lines['validation'], keep))
            rows.append([name, f'{len(model.terms):,}', *self._beside(logits)])
        model = word_probe.fit([title_terms(film.title) for film in self.titles], more, 'sigmoid')
        told = logits_of(model, [title_terms(film.title) for film in self.splits['validation'].movies])
        rows.append(["the catalogue's title alone", f'{len(model.terms):,}', *self._beside(told)])
        rows.append(['the title and the words: preset 12', '', *self._beside(told, logits)])
        return rows

    def _beside(self, *logits):
        """Validation macro mAP of logits of words and titles, alone and added to those of two networks."""
        from cnn.words import fuse

        scores = [self.score(sum(logits))]
        for preset in (4, 10):
            outputs = self.outputs[preset, 'validation']
            grid = np.stack(np.meshgrid(*[FACTORS] * len(logits)), axis=-1).reshape(-1, len(logits))
            fused = [fuse(outputs, sum(map(np.multiply, factors, logits)), 'sigmoid') for factors in grid]
            scores.append(max(map(self.score, fused)))
        return [f'{score:.3f}' for score in scores]

    # -- what the words bring

    def gains(self):
        """The fields of the page's last part."""
        test, lines = self.splits['test'], self.lines['test']
        whole = np.ones(len(test.movies), bool)
        known = {beginning(film.title) for film in self.splits['train'].movies + tuple(self.titles)}
        series = np.array([beginning(film.title) in known for film in test.movies])
        read = np.array([bool(some) for some in lines])
        latin = np.array([all(ord(letter) < 0x250 for line in some for letter in line.text) for some in lines])
        older = np.array([film.year < 1995 for film in test.movies])
        rows = [['films', 'number', 'preset 10', 'preset 11', 'ahead by']]
        for name, among, words in (
            ('all', whole, lines),
            ('no series', ~series, lines),
            ('series', series, lines),
            ('Latin letters alone', read & latin, lines),
            ('other scripts too', read & ~latin, lines),
            ('before 1995', older, lines),
            ('from 1995 on', ~older, lines),
            ('nothing read', ~read, lines),
            *((f'without {name}', whole, [without(some, words) for some in lines]) for name, words in LOGOS.items()),
            ('titles wrong way', whole, [*lines[1:], lines[0]]),
        ):
            rows.append([name, f'{among.sum():,}', *self._gain(among, words)])
        return {
            'gains': markdown(rows),
            'beginning': BEGINNING,
            'masked': '\n'.join(
                textwrap.fill(f'{name}: {", ".join(words)}', 115, initial_indent='  - ', subsequent_indent='    ')
                for name, words in LOGOS.items()
            ),
            'kinds': self._kinds(),
        }

    def _gain(self, among, lines):
        from cnn.evaluate import bootstrap
        from cnn.evaluate.comparison import Score, difference

        outputs = self.outputs[10, 'test']
        fused = self.saved[11].with_words(outputs, lines, None)
        labels = self.splits['test'].labels[among]
        scores = [
            Score(self.score(each, 'test', among), bootstrap.macro_maps(labels, each[among]))
            for each in (fused, outputs)
        ]
        gap = difference(*scores)
        return [f'{scores[1].map:.3f}', f'{scores[0].map:.3f}', f'{gap.value:+.3f} ({gap.low:+.3f}..{gap.high:+.3f})']

    def _kinds(self):
        """How much of the absolute contributions on test posters each kind of term has."""
        from cnn.words import terms_of

        model, shares = self.saved[11].words, Counter()
        for lines in self.lines['test']:
            terms = {term: n for term, n in terms_of(lines).items() if term in model.rows}
            rows, values = model.values_of(terms)
            for term, added in zip(terms, np.abs(values[:, np.newaxis] * model.weights[rows]).sum(axis=1), strict=True):
                shares['letters' if term[0] == '~' else 'pairs' if ' ' in term else 'words'] += added
        return ', '.join(f'{kind} {share / shares.total():.0%}' for kind, share in shares.most_common())


def logits_of(model, documents):
    """(n, outputs) for documents {term: how often}."""
    found = [model.values_of(terms) for terms in documents]
    return np.stack([model.biases + values @ model.weights[rows] for rows, values in found])


def with_upside_down(turns, poster, box):
    from posters import text

    return [*turns(poster, box), text.crop(poster, np.roll(box, 2, axis=0))]


def recall(movies, lines):
    """The share of the words of titles, of three letters or more, that are read on the posters."""
    from cnn.words import plain, words_of

    found = total = 0
    for movie, some in zip(movies, lines, strict=True):
        read = plain(''.join(line.text for line in some)).replace(' ', '')
        for word in words_of(movie.title):
            if len(word) >= 3:
                total += 1
                found += word in read
    return found / total


def tall(line):
    """The height of a line as a share of the poster's."""
    return max(y for _, y in line.box) - min(y for _, y in line.box)


def beginning(title):
    """What the titles of a series share: their first letters, without articles."""
    from cnn.words import words_of

    words = words_of(title)
    if words and words[0] in ('the', 'a', 'an', 'le', 'la', 'les', 'der', 'die', 'das', 'el', 'los', 'il'):
        words = words[1:]
    return ''.join(words)[:BEGINNING]


def without(lines, words):
    """Lines without some words."""
    from dataclasses import replace

    from cnn.words import words_of

    return [replace(line, text=' '.join(word for word in words_of(line.text) if word not in words)) for line in lines]


if __name__ == '__main__':
    sys.exit(run(main))
