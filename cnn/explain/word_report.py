"""What explain.py writes of a model that reads: the words that speak for each genre, and posters without them."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from tqdm import tqdm

from cnn.evaluate.plots import GRAY, INK
from cnn.explain import faithfulness
from cnn.explain.word_marks import AGAINST, FOR
from core import files
from core.plotting import plt
from posters import reading
from posters.text import CHUNK

LEAST = 5  # posters that a word is on
SHOWN = 8  # words for each genre and against it
RIM = 3  # pixels around a box, whose mean color it is painted with
STRONGEST, RANDOM, ELSEWHERE = 'strongest line', 'another line', 'no text'


@dataclass(frozen=True)
class Word:
    """A word on `posters` of some films: the mean of what it `adds` (genres,), and its films' `shares` of genres."""

    text: str
    posters: int
    adds: np.ndarray
    shares: np.ndarray


def list_words(subject, data):
    """The Words on LEAST posters of a PosterSet or more."""
    added, rows = {}, {}
    for row, lines in enumerate(reading.load(data)):
        for words, shares in subject.contributions(lines):
            for word, share in zip(words, shares, strict=True):
                added[word] = added.get(word, 0) + share
                rows.setdefault(word, set()).add(row)
    return [
        Word(word, len(rows[word]), added[word] / len(rows[word]), data.labels[sorted(rows[word])].mean(axis=0))
        for word in added
        if len(rows[word]) >= LEAST
    ]


def ranked_words(subject, data):
    """{genre: the Words on a PosterSet, those first that add most to it}."""
    words = list_words(subject, data)
    return {
        name: sorted(words, key=lambda word: -word.adds[genre])
        for genre, name in enumerate(subject.saved.target.genres)
    }


def explain_words(subject, validation, folder):
    """Write words.json and its picture; returns their paths and lines to print."""
    ranked = ranked_words(subject, validation)
    paths = [folder / 'words.json', folder / 'words.png']
    report = {
        'model': subject.saved.name,
        'films': len(validation.movies),
        'least_posters': LEAST,
        'words': {
            name: [
                {'word': word.text, 'posters': word.posters, 'logit': round(float(word.adds[genre]), 3),
                 'share': round(float(word.shares[genre]), 3)}
                for word in ranked[name]
            ]
            for genre, name in enumerate(ranked)
        },
    }  # fmt: skip
    files.write(paths[0], files.as_json(report, ensure_ascii=False) + '\n')
    draw_words(ranked, validation, paths[1])
    return paths, word_lines(ranked, len(validation.movies))


def word_lines(ranked, films):
    yield f'words on {LEAST} of {films:,} validation posters or more, with the mean of what they add to the logit:'
    for genre, (name, words) in enumerate(ranked.items()):
        yield f'  {name:<12}' + (', '.join(f'{word.text} {word.adds[genre]:+.2f}' for word in words[:SHOWN]) or 'none')


def draw_words(ranked, data, path):
    """A PNG with a panel per genre: the words of a PosterSet that add most to it, and those that take most."""
    shares = data.labels.mean(axis=0)
    columns = min(4, len(ranked))
    rows = -(-len(ranked) // columns)
    figure, panels = plt.subplots(
        rows, columns, figsize=(3.4 * columns, 3.9 * rows), layout='constrained', squeeze=False
    )
    figure.suptitle(f'The words that matter most on {len(data.movies):,} validation posters', fontsize=11, color=INK)
    for axes in panels.flat[len(ranked) :]:
        axes.set_visible(False)
    for genre, (axes, (name, words)) in enumerate(zip(panels.flat, ranked.items(), strict=False)):
        few = min(SHOWN, len(words) // 2)
        shown = [*words[:few], *words[len(words) - few :]]
        values = [word.adds[genre] for word in shown]
        axes.barh(range(len(shown)), values, color=[FOR if value > 0 else AGAINST for value in values])
        labels = [f'{word.text}  {word.shares[genre]:.0%}' for word in shown]
        axes.set_yticks(range(len(shown)), labels, fontsize=8)
        axes.invert_yaxis()
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_title(f'{name} ({shares[genre]:.0%})', fontsize=10, color=INK)
        axes.tick_params(axis='x', labelsize=7)
        axes.tick_params(axis='y', length=0)
        axes.spines[['top', 'right', 'left']].set_visible(False)
    about = 'mean added to the logit where the word is read; in percent: how many of those films are of the genre'
    figure.supxlabel(about, fontsize=8, color=GRAY)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
    plt.close(figure)


def explain_deletion(subject, test, folder):
    """Write word_deletion.json for test posters; returns its path and lines to print."""
    drops = deletion(subject, *faithfulness.some_of(test))
    report = {'model': subject.saved.name, 'posters': len(drops[RANDOM]), 'drops': {}}
    for what, values in drops.items():
        margin = 1.96 * values.std() / max(1, len(values)) ** 0.5
        report['drops'][what] = {'mean': float(values.mean()), 'margin_95': float(margin)}
    path = folder / 'word_deletion.json'
    files.write(path, files.as_json(report, indent=1) + '\n')
    return [path], deletion_lines(report)


def deletion_lines(report):
    yield f'{report["posters"]} test posters, a line of text painted over and the poster read again:'
    for what, drop in report['drops'].items():
        yield f'  {what:<16}{-drop["mean"]:>+8.3f} ± {drop["margin_95"]:.3f} (95%)'
    yield (
        "  mean change of the probability of a poster's top genre; strongest: the line that adds most to it; no text: "
        'a place of its size without any'
    )


def deletion(subject, posters, titles, seed=1):
    """{what is painted over: by how much the probability of the top genre drops (n,)} of those with two lines or more.

    The poster is read and looked at anew each time.
    """
    rng = np.random.default_rng(seed)
    drops = {what: [] for what in (STRONGEST, RANDOM, ELSEWHERE)}
    with tqdm(total=len(posters), desc='words painted over', unit=' posters', disable=None, leave=False) as bar:
        for start in range(0, len(posters), CHUNK):
            some, told = np.asarray(posters[start : start + CHUNK]), titles[start : start + CHUNK]
            lines = subject.read(some)
            before = subject.probabilities(some, lines, told)
            painted, genres, again = [], [], []
            for poster, title, read, probabilities in zip(some, told, lines, before, strict=True):
                if len(read) > 1:
                    genres.append((probabilities.argmax(), probabilities.max()))
                    again += [title] * len(drops)
                    painted += variants(subject, poster, read, genres[-1][0], rng)
            if painted:
                after = subject.probabilities(np.stack(painted), subject.read(painted), again)
                for row, (genre, whole) in enumerate(genres):
                    for place, what in enumerate(drops):
                        drops[what].append(whole - after[row * len(drops) + place, genre])
            bar.update(len(some))
    return {what: np.array(values) for what, values in drops.items()}


def variants(subject, poster, lines, genre, rng):
    """The poster without the line that adds most to the genre, without another, without a place that has no text."""
    added = [shares[:, genre].sum() for _, shares in subject.contributions(lines)]
    strongest = int(np.argmax(added))
    other = int(rng.choice([line for line in range(len(lines)) if line != strongest]))
    boxes = [np.array(line.box) * poster.shape[1::-1] for line in lines]
    return [
        paint(poster, boxes[strongest]),
        paint(poster, boxes[other]),
        paint(poster, free(boxes, strongest, poster, rng)),
    ]


def free(boxes, which, poster, rng, tries=50):
    """That box where it covers as little of any of the `boxes` as can be had in some tries."""
    box, size = boxes[which], np.array(poster.shape[1::-1])
    low, high = -box.min(axis=0), size - box.max(axis=0)
    moved = [box + rng.uniform(np.minimum(low, high), np.maximum(low, high)) for _ in range(tries)]
    return min(moved, key=lambda place: sum(overlap(place, other) for other in boxes))


def overlap(box, other):
    """The pixels that the upright rectangles around two boxes share."""
    sides = np.minimum(box.max(axis=0), other.max(axis=0)) - np.maximum(box.min(axis=0), other.min(axis=0))
    return float(np.prod(np.maximum(sides, 0)))


def paint(poster, box):
    """The poster with a box painted over in the mean color of its rim."""
    image = Image.new('L', poster.shape[1::-1])
    ImageDraw.Draw(image).polygon([tuple(corner) for corner in box.tolist()], fill=1)
    inner, outer = (np.asarray(mask, bool) for mask in (image, image.filter(ImageFilter.MaxFilter(2 * RIM + 1))))
    painted = poster.copy()
    painted[inner] = poster[outer & ~inner].mean(axis=0) if (outer & ~inner).any() else poster.mean(axis=(0, 1))
    return painted
