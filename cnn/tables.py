"""Tables of scores for the terminal."""

import numpy as np

COLUMNS = {
    'map': ('macro', 'mAP'),
    'micro_ap': ('micro', 'AP'),
    'auc': ('macro', 'AUC'),
    'f1_micro': ('F1@.5', 'micro'),
    'f1_macro': ('F1@.5', 'macro'),
    'f1_micro_tuned': ('F1tuned', 'micro'),
    'f1_macro_tuned': ('F1tuned', 'macro'),
    'hamming': ('Hamming', 'loss'),
    'exact_match': ('exact', 'match'),
    'top1_hit': ('top-1', 'hit'),
    'original_accuracy': ('original', 'accuracy'),
}


def comparison(evaluations):
    """Lines of a table of models that share their films and genres, the floor's row above them."""
    first = evaluations[0]
    low, high, genres, _ = first.selection
    yield f'{len(genres)} genres, films of {low}..{high}, {len(first.test.movies):,} of them for testing'
    heads = [('test', 'films'), *COLUMNS.values(), ('million', 'weights'), ('file', 'MB')]
    for i in (0, 1):
        yield f'{"":<14}' + ''.join(f'{head[i]:>9}' for head in heads)
    yield row('floor', first.test, first.floor)
    for evaluation in evaluations:
        parameters, size = evaluation.model.count_params() / 1e6, evaluation.saved.size / 1e6
        yield row(evaluation.label, evaluation.test, evaluation.scores) + f'{parameters:>9.1f}{size:>9.1f}'
    yield 'floor: always saying how frequent each genre is in training'


def row(label, test, scores):
    return f'{label:<14}{len(test.movies):>9,}' + ''.join(f'{scores[name]:>9.3f}' for name in COLUMNS)


def per_genre(evaluations):
    """Lines of a table of average precision: a row a genre, a column a model."""
    first = evaluations[0]
    counts = first.test.labels.sum(axis=0)
    labels = ['floor', *(evaluation.label for evaluation in evaluations)]
    yield f'{"average precision":<20}{"films":>7}' + ''.join(f'{label:>14}' for label in labels)
    columns = [first.floor_precisions, *(evaluation.precisions for evaluation in evaluations)]
    for i, genre in enumerate(first.saved.genres):
        yield f'{genre:<20}{counts[i]:>7,}' + ''.join(cell(column[i]) for column in columns)
    if missing := [genre for genre, count in zip(first.saved.genres, counts, strict=True) if not count]:
        yield f'no test film is {" or ".join(missing)}: left out of the means'


def cell(value):
    return f'{"-":>14}' if np.isnan(value) else f'{value:>14.3f}'
