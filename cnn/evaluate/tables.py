"""Tables of metrics, as rows for `core.tables`."""

from itertools import pairwise

import numpy as np

from cnn.evaluate import bootstrap
from cnn.evaluate.comparison import BATCH, difference, varying
from cnn.evaluate.metrics import LEAST_FILMS, counted
from cnn.presets import BY_NUMBER
from core.durations import duration
from core.tables import aligned

SCORES = {
    'macro\nmAP': '{map:.3f}',
    '95%\ninterval': '{map_low:.3f}..{map_high:.3f}',
    'micro\nAP': '{micro_ap:.3f}',
    'macro\nAUC': '{auc:.3f}',
    'F1 at 0.5\nmicro/macro': '{f1_micro:.3f}/{f1_macro:.3f}',
    'F1 tuned\nmicro/macro': '{f1_micro_tuned:.3f}/{f1_macro_tuned:.3f}',
    'cover-\nage': '{coverage:.3f}',
    'Hamming\nloss': '{hamming:.3f}',
    'exact\nmatch': '{exact_match:.3f}',
    'top-1\nhit': '{top1_hit:.3f}',
    '"accu-\nracy"': '{original_accuracy:.3f}',
    'ECE all/\nper genre': '{ece_calibrated:.3f}/{ece_genres_calibrated:.3f}',
}


def scores(evaluations):
    """A row per model, the baseline's above them."""
    yield ['', *SCORES, 'million\nweights', 'file\nMB']
    yield ['baseline', *score_cells(evaluations[0].baseline), '', '']
    for evaluation in evaluations:
        yield [evaluation.saved.label, *score_cells(evaluation.metrics), *size_cells(evaluation)]


def score_cells(values):
    return [text.format_map(values) for text in SCORES.values()]


def size_cells(evaluation):
    return [f'{evaluation.model.count_params() / 1e6:.1f}', f'{evaluation.saved.size / 1e6:.1f}']


def precisions(evaluations):
    """Average precision: a row per genre, a column per model."""
    first = evaluations[0]
    counts = first.test.labels.sum(axis=0)
    yield ['average precision', 'films', 'baseline', *(evaluation.saved.label for evaluation in evaluations)]
    columns = [first.details['baseline_precisions'], *(evaluation.details['precisions'] for evaluation in evaluations)]
    for i, genre in enumerate(first.saved.target.genres):
        values = [column[i] for column in columns]
        yield [genre, f'{counts[i]:,}', *('-' if np.isnan(value) else f'{value:.3f}' for value in values)]


def ranking(ranked):
    """The models of a Ranking, the best first, and what each costs."""
    yield ['', 'macro\nmAP', '95%\ninterval', 'time to\ntrain', 'ms per\nposter', 'million\nweights', 'file\nMB']
    for number, entry in enumerate(ranked.entries, 1):
        low, high = entry.interval
        seconds = entry.saved.card.seconds
        yield [
            f'{number} {entry.saved.name}',
            f'{entry.map:.3f}',
            f'{low:.3f}..{high:.3f}',
            '-' if seconds is None else duration(seconds),
            f'{entry.milliseconds:.1f}',
            *size_cells(entry.evaluation),
        ]
    yield ['baseline', f'{ranked.baseline:.3f}', '', '', '', '', '']


def gaps(ranked):
    """How far each model but the best is behind the best and, with three models or more, behind the one above it."""
    heads = ['95%\ninterval', 'order\nreverses in', 'more than\nchance']
    above = ['behind the\none above by', *heads] if len(ranked.entries) > 2 else []
    yield ['', 'behind the\nbest by', *heads, *above]
    for number, (ahead, entry) in enumerate(pairwise(ranked.entries), 2):
        cells = gap_cells(difference(ranked.entries[0], entry, critical(ranked)))
        cells += gap_cells(difference(ahead, entry, critical(ranked))) if above else []
        yield [f'{number} {entry.saved.name}', *cells]


def critical(ranked):
    """What makes intervals of a Ranking hold for all pairs at once; None for two models, a pair named beforehand."""
    return ranked.critical if len(ranked.entries) > 2 else None


def gap_cells(gap):
    verdict = 'yes' if gap.beyond_chance else 'no'
    return [f'{gap.value:.3f}', f'{gap.low:.3f}..{gap.high:.3f}', f'{gap.reversals:.1%}', verdict]


def settings(ranked):
    """The settings that are not the same in all models of a Ranking."""
    differing = varying(ranked.entries)
    yield ['', 'macro\nmAP', *(name.replace('_', '\n') for name in differing)]
    for i, entry in enumerate(ranked.entries):
        yield [f'{i + 1} {entry.saved.name}', f'{entry.map:.3f}', *(shown(values[i]) for values in differing.values())]


def shown(value):
    if isinstance(value, tuple | list):
        return '+'.join(map(str, value)) or '-'
    return '-' if value is None else f'{value:g}' if isinstance(value, float) else str(value)


def preset_lines(ranked):
    """A line for each preset among the models of a Ranking, as long as they are not all of one."""
    numbers = sorted({entry.saved.config.preset for entry in ranked.entries})
    if len(numbers) > 1:
        yield from (f'preset {number}: {BY_NUMBER[number].about}' for number in numbers if number in BY_NUMBER)


def verdict(ranked):
    """Whether the best of a Ranking is ahead of the second by more than chance, as a sentence."""
    best, second = ranked.entries[:2]
    gap = difference(best, second, critical(ranked))
    return f'{best.saved.name} is ahead of {second.saved.name} by {spread(gap)}'


def title_gain(ranked, posters):
    """How far the best of a Ranking that is told titles is ahead of that of `posters`, which is not."""
    best, other = ranked.entries[0], posters.entries[0]
    return (
        f'told the titles, {best.saved.name} is ahead of {other.saved.name}, which sees the posters alone, by '
        f'{spread(difference(best, other))}'
    )


def spread(gap):
    """'0.030 (0.017..0.043): more than chance' of a Difference."""
    chance = 'more than chance' if gap.beyond_chance else 'may be chance'
    return f'{gap.value:.3f} ({gap.low:.3f}..{gap.high:.3f}): {chance}'


def together(ranked):
    """What the probabilities of the best two of a Ranking reach when they are averaged, as a sentence."""
    gap, (low, high) = difference(ranked.averaged, ranked.entries[0], critical(ranked)), ranked.averaged.interval
    return (
        f'the two averaged: {ranked.averaged.map:.3f} ({low:.3f}..{high:.3f}), {gap.value:+.3f} to the better one '
        f'({gap.low:+.3f}..{gap.high:+.3f}): {"more than chance" if gap.beyond_chance else "may be chance"}'
    )


def hardware(ranked):
    """Lines that say what the models of a Ranking were trained on."""
    machines = {}
    for number, entry in enumerate(ranked.entries, 1):
        machines.setdefault(entry.saved.card.hardware, []).append(str(number))
    for machine, numbers in machines.items():
        yield f'trained with {machine}' + (f': {", ".join(numbers)}' if len(machines) > 1 else '')


def films_line(evaluation):
    (first, last), films = evaluation.saved.years, len(evaluation.test.movies)
    return f'films of {first}..{last}, {films:,} of them for testing'


def titles(evaluation):
    return ', their titles told' if evaluation.saved.takes_title else ''


def genre_lines(evaluations):
    """What tests.py prints of models that share their films and genres."""
    genres = evaluations[0].saved.target.genres
    yield f'{len(genres)} genres, {films_line(evaluations[0])}{titles(evaluations[0])}'
    yield from aligned(scores(evaluations))
    yield 'baseline: a constant predictor of how frequent each genre is in training; interval: bootstrap over films;'
    yield 'coverage: films with a genre at the tuned thresholds; ECE: expected calibration error, all genres pooled'
    yield f"and the mean of the genres' own; before calibration: {uncalibrated(evaluations)}"
    yield ''
    yield from aligned(precisions(evaluations))
    if left_out := rare(evaluations[0]):
        yield f'fewer than {LEAST_FILMS} test films, left out of macro averages: {left_out}'


def uncalibrated(evaluations):
    """'v4 r100 e1 0.010/0.025': the calibration errors before calibration, pooled and of genres."""
    errors = [(one.saved.label, one.metrics['ece'], one.metrics['ece_genres']) for one in evaluations]
    return ', '.join(f'{label} {pooled:.3f}/{genres:.3f}' for label, pooled, genres in errors)


def rare(evaluation):
    """'Western (12), War (3)': genres of too few test films for macro averages to count them; '' without any."""
    labels = evaluation.test.labels
    among, films = counted(labels), labels.sum(axis=0)
    return ', '.join(f'{g} ({films[i]})' for i, g in enumerate(evaluation.saved.target.genres) if not among[i])


def number_lines(evaluations):
    """What tests.py prints of models that predict the same number of the same films."""
    yield f'{evaluations[0].saved.target.name}, {films_line(evaluations[0])}{titles(evaluations[0])}'
    yield from aligned(numbers(evaluations))
    yield 'baseline: the median of the training films; below the baseline: by how much the error is smaller;'
    yield 'in interval: films whose value the 80% prediction interval holds; calibrated on validation films'
    yield ''
    yield from aligned(coverage(evaluations))


def coverage(evaluations):
    """The share of films in range by decade or whole score: by what they are, and by what was answered."""
    first, *_ = evaluations
    labels = [evaluation.saved.label for evaluation in evaluations]
    yield ['in interval', 'films', *(f'{label}\nby {what}' for what in ('truth', 'prediction') for label in labels)]
    groups = sorted({group for one in evaluations for rows in one.details['coverage'].values() for group in rows})
    for group in groups:
        cells = [one.details['coverage'][by].get(group) for by in ('true', 'predicted') for one in evaluations]
        films = first.details['coverage']['true'].get(group, (0, 0))[0]
        name = first.saved.target.group_name(group)
        yield [name, f'{films:,}', *('-' if cell is None else f'{cell[1]:.1%}' for cell in cells)]


def numbers(evaluations):
    """A row per model, the baseline's above them."""
    yield ['', 'mean absolute\nerror', '95%\ninterval', 'below the\nbaseline', 'R2', 'Spearman', 'in\ninterval']
    baseline = evaluations[0].baseline
    yield ['baseline', f'{baseline["mae"]:.3f}', '', '', f'{baseline["r2"]:.3f}', f'{baseline["spearman"]:.3f}', '']
    for evaluation in evaluations:
        values = evaluation.metrics
        yield [
            evaluation.saved.label,
            f'{values["mae"]:.3f}',
            f'{values["mae_low"]:.3f}..{values["mae_high"]:.3f}',
            f'{1 - values["mae"] / baseline["mae"]:.1%}' if baseline['mae'] else '-',
            f'{values["r2"]:.3f}',
            f'{values["spearman"]:.3f}',
            f'{values["coverage"]:.1%}',
        ]


def comparison_lines(ranked, posters=None):
    """What `tests.py -compare` prints of a Ranking; where it is told titles, with that of `posters` alone."""
    yield f'{len(ranked.genres)} genres, {ranked.films:,} test films{shared(ranked)}{titles(ranked.evaluations[0])}'
    yield ', '.join(ranked.genres)
    yield ''
    yield from aligned(ranking(ranked))
    yield f'ms per poster: in batches of {BATCH}, warm, on this machine'
    yield from hardware(ranked)
    if posters:
        yield title_gain(ranked, posters)
    if len(ranked.entries) == 1:
        yield 'there is no other model of these genres to compare it with'
        return
    yield ''
    yield verdict(ranked)
    yield together(ranked)
    yield ''
    yield from aligned(gaps(ranked))
    yield f'order reverses in: the share of {bootstrap.RESAMPLES:,} bootstrap resamples in which the other leads;'
    yield 'more than chance: the 95% interval of the difference excludes 0 (chance of films, not of seeds)'
    if critical(ranked):
        yield f'as the best was picked, intervals hold for all pairs at once: {ranked.critical:.2f} standard deviations'
    yield ''
    yield from aligned(settings(ranked))
    yield from preset_lines(ranked)


def shared(ranked):
    """' that all of these models have, of up to 1,788' where some have more test films than all share."""
    most = max(len(evaluation.test.movies) for evaluation in ranked.evaluations)
    return f' that all of these models have, of up to {most:,}' if most > ranked.films else ''
