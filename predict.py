"""Ask saved models what posters say."""

import sys
from pathlib import Path

from catalogues.genres import list_genres, read_genres
from core.cli import Flag, Parser, integer, text
from core.errors import WrongCall, run, say

ABOUT = """
Ask saved models what posters say: a film's genres and, where such models are trained, its year and score. A poster is
an image file of any format, a folder with images in it or in its folders, or an http address.

  python3 predict.py poster.jpg
  python3 predict.py my_posters -csv > answers.csv

A genre has a threshold, tuned on validation; * marks the genres that reach theirs. A year and a score come with the
range that is meant to hold four films in five. What is no image is named and left out; the exit status is then 1.
"""
TOP = 3
FLAGS = {
    'Which model': [
        Flag('models', 'the folder of saved models', 'saved_models', text),
        Flag('genres', 'models of these: 3, 7 or 14, or names with commas; without it of 7 where there are such',
             None, read_genres, '7'),
        Flag('model', 'only this one, by its name; without it, for genres, year and score each, the one that '
             'validates best', None, text, 'NAME'),
    ],
    'What to print': [
        Flag('top', 'how many genres a poster, the most probable first; with -json, -csv or -threshold all', None,
             integer(1), str(TOP)),
        Flag('threshold', 'only genres that reach their threshold, which may be none'),
        Flag('json', 'an object with "models", {"genres": {"name", "map", "thresholds"}}, and "posters", a list of '
             '{"poster": its name, "genres": [{"genre", "probability" from 0 to 1, "passes" its threshold}], '
             '"year": {"low", "answer", "high"}, "score": the same}'),
        Flag('csv', 'a row a poster: its name, the genres that reach their threshold, as Drama|War, year and score '
             'where they are told, then a column a genre with its probability from 0 to 1'),
        Flag('explain', 'also draw which part of each poster speaks for its genres, into the folder explained/MODEL; '
             'this starts Keras, and takes seconds a poster'),
    ],
}  # fmt: skip


def main():
    flags = Parser(ABOUT, FLAGS, ('posters', 'image files, folders, http addresses')).parse()
    if not flags.posters:
        raise WrongCall('name posters: image files, folders or http addresses; -h tells more')
    if flags.json and flags.csv:
        raise WrongCall('-json or -csv, not both')
    from cnn.predict.formats import Answers  # with these come NumPy, Pillow and onnxruntime
    from cnn.predict.predictor import choose_models, open_networks, passed_over, predict
    from posters.inputs import find

    genres = list_genres(flags.genres) if isinstance(flags.genres, int) else flags.genres
    chosen = choose_models(flags.models, flags.model, genres=genres)
    if not flags.model and flags.genres is None and (line := passed_over(flags.models, chosen)):
        print(line, file=sys.stderr)
    models, complaints = open_networks(chosen)
    for complaint in complaints:
        say(complaint, 1)
    if flags.explain and 'genres' not in models:
        raise WrongCall('-explain needs a model that tells genres')
    (posters, others), read = find(flags.posters), []
    if others:
        print(f'files that are no images, left out: {others:,}', file=sys.stderr)

    def answered():
        for name, said, reason in with_bar(predict(models, posters), len(posters)):
            if reason:
                complaints.append(reason)
                say(f'{name}: {reason}', 1)
            else:
                read.append(name)
                yield name, said

    top = flags.top or (None if flags.json or flags.csv or flags.threshold else TOP)
    answers = Answers({target: saved for target, (saved, _) in models.items()}, answered(), top, flags.threshold)
    width = max(len(name) for name, _ in posters)
    for line in answers.json() if flags.json else answers.csv() if flags.csv else answers.text(width):
        print(line)
    if flags.explain:
        complaints += explain(models['genres'][0], read)
    return 1 if complaints else 0


def explain(saved, posters):
    """Draw the overlays of posters; returns the reasons why some could not be drawn."""
    from core import hardware

    machine = hardware.set_up('float32')
    from cnn.explain.report import explain_posters  # after the set-up: it imports Keras

    complaints = []
    for name, path, reason in explain_posters(saved, machine, posters, Path('explained', saved.name)):
        if reason:
            complaints.append(reason)
            say(f'{name}: {reason}', 1)
        else:
            print(path, file=sys.stderr)
    return complaints


def with_bar(answers, number):
    """`answers`, with a progress bar where they are written to a file and somebody looks on."""
    if sys.stdout.isatty() or not sys.stderr.isatty():
        return answers
    from tqdm import tqdm  # one poster can do without

    return tqdm(answers, total=number, unit=' posters', leave=False)


if __name__ == '__main__':
    run(main)
