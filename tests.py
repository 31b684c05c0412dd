"""Evaluate saved models on the films of their test split."""

from pathlib import Path

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import how_to_read
from core import hardware
from core.cli import Flag, Parser, text, titles
from core.errors import WorkFailed, run, say

ABOUT = """
Evaluate every saved model on the films of its test split, and show its predictions for some films.

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
        Flag('model', 'only this one: its name, its file, a published folder, or hf:user/name', None, text, 'NAME'),
        *CATALOGUE_FLAGS,
    ],
    'What to show': [
        Flag(
            'compare',
            'rank the models instead: metrics, costs, differences beyond chance, settings that differ',
        ),
        Flag('movies', 'predict these films instead of the usual ones', None, titles, '"A;B"'),
        Flag('json', 'write all metrics to this file', None, read_file_name(), 'FILE'),
        Flag(
            'report',
            'write tables, curves, errors and model cards to this file, a page that needs no other',
            None,
            read_file_name('.html'),
            'FILE.html',
        ),
        Flag('sheet', 'draw test posters with predicted and true genres, by the best model', None, PICTURE, 'FILE.png'),
    ],
    'Hardware': hardware.FLAGS,
}


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    from cnn.locate import locate  # slow: NumPy
    from cnn.saved_models import find_models
    from movies_dataset import open_catalogue

    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    print(catalogue)
    unknown = [title for title in flags.movies or () if not catalogue.search_movie(title=title)]
    for title in unknown:
        say(f'-movies={title}: {catalogue.no_such_film(title)}', 1)
    paths = find_models(*locate(flags.model, flags.models))
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    print(machine)
    from cnn.evaluate.evaluation import evaluate_all  # after the set-up: it imports Keras

    evaluations, failures = evaluate_all(paths, catalogue, machine)
    for failure in failures:
        say(f'{failure}; skipped', 1)
    if not evaluations:
        raise WorkFailed(f'none of the models in {flags.models} can be evaluated')
    from cnn.evaluate.comparison import rankings  # with Keras, as above

    ranked = rankings(evaluations) if flags.compare or flags.report else []
    if flags.compare:
        show_comparison(ranked)
    else:
        show_metrics(evaluations)
    if flags.movies or not flags.compare:
        show_films(evaluations, flags.movies, catalogue)
    if flags.json:
        write_json(evaluations, flags.json)
    if flags.sheet:
        draw_sheet(evaluations, flags.sheet)
    if flags.report:
        write_report(evaluations, ranked, catalogue, flags.report)
    return 1 if unknown or failures else 0


def show_metrics(evaluations):
    from cnn.evaluate.evaluation import by_selection

    for group in by_selection(evaluations):
        print('', *group[0].saved.target.table(group), sep='\n')


def show_comparison(ranked):
    from cnn.evaluate.comparison import untold
    from cnn.evaluate.tables import comparison_lines

    for ranking in ranked:
        print('', *comparison_lines(ranking, untold(ranking, ranked)), sep='\n')


def show_films(evaluations, titles, catalogue):
    from cnn.evaluate import showcase

    for evaluation in evaluations:
        print(f'\n{evaluation.saved.name}')
        if evaluation.saved.config.catalogue != catalogue.short_digest:
            print('(trained on another catalogue than this one)')
        print(*showcase.lines(evaluation, catalogue, titles), sep='\n')


def write_json(evaluations, path):
    from core import files

    report = {'models': [evaluation.as_json() for evaluation in evaluations]}
    files.write(path, files.as_json(report, indent=1) + '\n')
    print(f'\nmetrics: {path}')


def write_report(evaluations, ranked, catalogue, path):
    from cnn.evaluate import html_report

    html_report.write(evaluations, ranked, catalogue, path)
    print(f'report: {path}')


def draw_sheet(evaluations, path):
    from cnn.evaluate.plots import contact_sheet

    candidates = [evaluation for evaluation in evaluations if evaluation.saved.target.explainable]
    if not candidates:
        raise WorkFailed('-sheet: none of the models predicts genres')
    best = max(candidates, key=lambda evaluation: evaluation.saved.selection_metric)
    contact_sheet(best, path)
    print(f'contact sheet, by {best.saved.name}: {path}')


if __name__ == '__main__':
    run(main)
