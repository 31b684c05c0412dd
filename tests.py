"""Evaluate every saved model on the films it has never seen."""

from pathlib import Path

import movies_dataset
from cnn.saved_models import find_models
from core import hardware
from core.cli import Flag, Parser, text, titles
from core.errors import WorkFailed, run, say

ABOUT = """
Evaluate every saved model on the films it has never seen, and show what it says of some films.

  python3 tests.py -sheet=sheet.png
  python3 tests.py -compare
  python3 tests.py -movies="The Matrix;Spirited Away"
"""


def read_file_name(*suffixes):
    """A reader of the name of a file to write, with one of `suffixes` where any are given."""

    def read(value):
        if not Path(value).name or Path(value).is_dir():
            raise ValueError('give the name of a file')
        if suffixes and Path(value).suffix.lower() not in suffixes:
            raise ValueError(f'give a file that ends in {" or ".join(suffixes)}')
        return value

    return read


PICTURE = read_file_name('.png', '.jpg', '.webp', '.pdf', '.svg')
FLAGS = {
    'Which models': [
        Flag('models', 'the folder of saved models', 'saved_models', text),
        Flag('model', 'only this one, by its name', None, text, 'NAME'),
        *movies_dataset.FLAGS,
    ],
    'What to show': [
        Flag('compare', 'rank the models instead: scores, costs, what is more than chance, what differs'),
        Flag('movies', 'ask for these films instead of the usual ones', None, titles, '"A;B"'),
        Flag('json', 'write all scores to this file', None, read_file_name(), 'FILE'),
        Flag('sheet', 'draw test posters with predicted and true genres, by the best model', None, PICTURE, 'FILE.png'),
    ],
    'Hardware': hardware.FLAGS,
}


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    catalogue = movies_dataset.open_catalogue(flags.catalogue, flags.data)
    print(catalogue)
    unknown = [title for title in flags.movies or () if not movies_dataset.search_movie(title=title)]
    for title in unknown:
        say(f'-movies={title}: {movies_dataset.no_such_film(title)}', 1)
    paths = find_models(flags.models, flags.model)
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    print(machine)
    from cnn.evaluate.evaluation import evaluate_all  # after the set-up: Keras comes with it

    evaluations, status = evaluate_all(paths, machine)
    if not evaluations:
        raise WorkFailed(f'none of the models in {flags.models} can be evaluated')
    if flags.compare:
        show_comparison(evaluations)
    else:
        show_scores(evaluations)
    if flags.movies or not flags.compare:
        show_films(evaluations, flags.movies, catalogue)
    if flags.json:
        write_json(evaluations, flags.json)
    if flags.sheet:
        draw_sheet(evaluations, flags.sheet)
    return 1 if unknown else status


def show_scores(evaluations):
    from cnn.evaluate.evaluation import by_selection
    from cnn.evaluate.tables import evaluation_lines, number_lines

    for group in by_selection(evaluations):
        lines = evaluation_lines if group[0].saved.target == 'genres' else number_lines
        print('', *lines(group), sep='\n')


def show_comparison(evaluations):
    from cnn.evaluate.comparison import rankings
    from cnn.evaluate.tables import comparison_lines

    for ranking in rankings(evaluations):
        print('', *comparison_lines(ranking), sep='\n')


def show_films(evaluations, titles, catalogue):
    for evaluation in evaluations:
        print(f'\n{evaluation.saved.name}')
        if evaluation.saved.settings['catalogue'] != catalogue.short_digest:
            print('(trained on another catalogue than this one)')
        print(*film_lines(evaluation, titles), sep='\n')


def film_lines(evaluation, titles):
    """The lines on single films, and how many of them the model was trained on."""
    from cnn.evaluate.evaluation import ask
    from cnn.evaluate.showcase import films_to_show, prediction

    groups = films_to_show(titles, evaluation.test.movies)
    said = ask(evaluation, [movie for group in groups.values() for _, movie in group if movie])
    for group, films in groups.items():
        yield f'{group}:'
        for title, movie in films:
            if not movie:
                yield f'{title:<33}not in the catalogue'
            elif movie not in said:
                yield f'{movie.short_title():<33}no poster'
            else:
                yield prediction(movie, evaluation.saved, said[movie])
    if trained_on := len(evaluation.trained_on & said.keys()):
        yield f'({trained_on} of these {len(said)} were among the films it was trained on)'


def write_json(evaluations, path):
    from core import files

    report = {'models': [evaluation.as_json() for evaluation in evaluations]}
    files.write(path, files.as_json(report, indent=1) + '\n')
    print(f'\nscores: {path}')


def draw_sheet(evaluations, path):
    from cnn.evaluate.plots import contact_sheet

    tell_genres = [evaluation for evaluation in evaluations if evaluation.saved.target == 'genres']
    if not tell_genres:
        raise WorkFailed('-sheet: none of the models tells genres')
    best = max(tell_genres, key=lambda evaluation: evaluation.saved.card['scores']['map'])
    contact_sheet(best, path)
    print(f'contact sheet, by {best.saved.name}: {path}')


if __name__ == '__main__':
    run(main)
