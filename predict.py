"""Predict genres, year and score from posters with saved models."""

import sys
from pathlib import Path

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import how_to_read
from catalogues.genres import ALL, list_genres, read_genres
from core import cluster
from core.cli import Flag, Parser, integer, text
from core.errors import WrongCall, run, say

ABOUT = """
Predict a film's genres from its poster with saved models and, where there are such models, its year and score. A poster
is an image file of any format, a folder with images in it or in its folders, or an http address.

  python3 predict.py poster.jpg
  python3 predict.py my_posters -csv > predictions.csv

A genre has a threshold, tuned on validation; * marks the genres that reach theirs. A year and a score come with an 80%
prediction interval. What is no image is named and skipped; the exit status is then 1.
"""
TOP = 3
FLAGS = {
    'Which model': [
        Flag('models', 'the folder of saved models', 'saved_models', text),
        Flag('genres', 'models of these: 3, 7 or 14, or names with commas; without it of 7 where there are such',
             None, read_genres, '7'),
        Flag('model', 'only this one: its name, its file, the folder of a published one, or hf:user/name from Hugging '
             'Face, also at a revision, hf:user/name@revision; without it, for genres, year and score each, the one '
             'that validates best', None, text, 'NAME'),
    ],
    'What to print': [
        Flag('top', 'how many genres per poster, the most probable first; with -json, -csv or -threshold all', None,
             integer(1), str(TOP)),
        Flag('threshold', 'only genres that reach their threshold, which may be none'),
        Flag('json', 'an object with "models", {"genres": {"name", "map", "thresholds"}}, and "posters", a list of '
             '{"poster": its name, "genres": [{"genre", "probability" from 0 to 1, "passes" its threshold}], '
             '"year": {"low", "median", "high"}, "score": the same}'),
        Flag('csv', 'a row per poster: its name, the genres that reach their threshold, as Drama|War, year and score '
             'where they are predicted, then a column per genre with its probability from 0 to 1'),
        Flag('words', 'also the lines of text on each poster: under its predictions, as a column of -csv, in -json as '
             '"words", a list of {"text", "confidence" from 0 to 1, "box": (x, y) of four corners, as shares of the '
             'width and height}'),
        Flag('similar', 'also so many films of the catalogue whose posters are most similar, by cosine similarity of '
             'features; with -json {"imdbId", "title", "year", "genres", "similarity"} of each', None, integer(1), '6'),
        Flag('title', "the title of the film, where it is known: for models trained with it, which read the poster and "
             'the title', None, text, '"The Matrix"'),
        Flag('explain', 'also draw which part of each poster supports its genres, into the folder explained/MODEL; '
             'this starts Keras, and takes seconds per poster'),
    ],
    'Which films, for -similar': CATALOGUE_FLAGS,
    'More machines': [cluster.FLAG],
}  # fmt: skip


def main():
    flags = Parser(ABOUT, FLAGS, ('posters', 'image files, folders, http addresses')).parse()
    if not flags.posters:
        raise WrongCall('name posters: image files, folders or http addresses; see -h')
    if flags.json and flags.csv:
        raise WrongCall('-json or -csv, not both')
    if flags.cluster and flags.similar:
        raise WrongCall('-similar is computed on this machine: leave out -cluster')
    from cnn.locate import locate  # slow: NumPy, Pillow and onnxruntime
    from cnn.predict.choice import choose_models, passed_over
    from cnn.predict.formats import Formatter
    from cnn.predict.networks import open_all
    from cnn.predict.predictor import SIMILAR, WORDS, predict
    from posters.inputs import find

    if flags.title and len(flags.posters) > 1:
        raise WrongCall('-title is of one film: name one poster, or a folder with posters of it')
    if flags.genres == ALL:
        raise WrongCall('-genres=all is for a training; name the model of all genres with -model=')
    genres = list_genres(flags.genres) if isinstance(flags.genres, int) else flags.genres
    chosen = choose_models(*locate(flags.model, flags.models), genres=genres, titled=bool(flags.title))
    if not flags.model and flags.genres is None and (line := passed_over(flags.models, chosen)):
        print(line, file=sys.stderr)
    similar = flags.similar and (open_index(flags), flags.similar)
    networks, reader, complaints = open_all(chosen, flags.words)
    for complaint in complaints:
        say(complaint, 1)
    models = {target: network.saved for target, network in networks.items()}
    explained = next((saved for saved in models.values() if saved.target.explainable), None)
    if flags.explain and not explained:
        raise WrongCall('-explain needs a model that predicts genres')
    (posters, others), read = find(flags.posters), []
    if others:
        print(f'skipped {others:,} files that are no images', file=sys.stderr)

    if flags.cluster:
        from cnn.predict.on_cluster import predict_on_cluster  # slow: joblib

        results = predict_on_cluster(models, posters, flags.data, bool(reader), flags.title)
    else:
        results = predict(networks, posters, reader, flags.title, similar)

    def predictions():
        for name, predicted, reason in with_bar(results, len(posters)):
            if reason:
                complaints.append(reason)
                say(f'{name}: {reason}', 1)
            else:
                read.append(name)
                yield name, predicted

    top = flags.top or (None if flags.json or flags.csv or flags.threshold else TOP)
    more = [name for name, wanted in ((WORDS, reader), (SIMILAR, similar)) if wanted]
    formatter = Formatter(models, predictions(), top, flags.threshold, more)
    width = max(len(name) for name, _ in posters)
    with cluster.join(flags.cluster):
        for line in formatter.json() if flags.json else formatter.csv() if flags.csv else formatter.text(width):
            print(line)
    if flags.explain:
        complaints += explain(explained, read, flags.title)
    return 1 if complaints else 0


def open_index(flags):
    from cnn.similar import Index  # slow, and without -similar nothing asks for a catalogue
    from movies_dataset import open_catalogue

    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    print(catalogue, file=sys.stderr)
    return Index.open(catalogue, flags.models)


def explain(saved, posters, title):
    """Draw the overlays of posters; returns the reasons why some could not be drawn."""
    from core import hardware

    machine = hardware.set_up('float32')
    from cnn.explain.report import explain_posters  # after the set-up: it imports Keras

    complaints = []
    for name, path, reason in explain_posters(saved, machine, posters, Path('explained', saved.name), title):
        if reason:
            complaints.append(reason)
            say(f'{name}: {reason}', 1)
        else:
            print(path, file=sys.stderr)
    return complaints


def with_bar(predictions, number):
    """`predictions`, with a progress bar where they are written to a file and standard error is a terminal."""
    if sys.stdout.isatty() or not sys.stderr.isatty():
        return predictions
    from tqdm import tqdm  # one poster can do without

    return tqdm(predictions, total=number, unit=' posters', leave=False)


if __name__ == '__main__':
    run(main)
