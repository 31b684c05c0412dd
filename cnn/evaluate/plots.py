"""Plots of trainings and of predictions."""

import numpy as np

from core import files
from core.plotting import plt
from posters.decode import read_rgb

INK, BLUE, RED, GREEN, GRAY = '#222222', '#1f5fa8', '#c8402f', '#2c7a3f', '#9a9a9a'
BASELINE = '#ececec'
COLORS = (
    BLUE, RED, GREEN, '#d98a1f', '#7b4ea3', '#20999d', '#b3477d', '#6b5a45', '#1d1d1d', '#5a86c4', '#e0559a', '#7fa32b',
)  # fmt: skip
STYLES = '-', '--', ':', '-.'
BINS = 10  # of a reliability diagram


def training_curve(history, target, path):
    """A PNG of losses and the target's validation score over the epochs, the best epoch marked."""
    epochs = range(1, len(history) + 1)
    best = max(epochs, key=lambda epoch: history[epoch - 1]['selection_metric'])
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout='constrained')
    figure.suptitle(path.stem, fontsize=11, color=INK)
    left.plot(epochs, [e['loss'] for e in history], color=GRAY, label='training')
    left.plot(epochs, [e['validation_loss'] for e in history], color=RED, label='validation')
    left.set_ylabel('loss')
    left.legend(frameon=False)
    right.plot(epochs, [e[target.metric] for e in history], color=BLUE)
    right.plot([best], [history[best - 1][target.metric]], 'o', color=BLUE)
    best_line = f'best: {history[best - 1][target.metric]:.3f} in epoch {best}'
    right.set_title(best_line, loc='right', fontsize=10, color=BLUE)
    right.set_ylabel(f'validation {target.metric_label}')
    for axes in (left, right):
        axes.set_xlabel('epoch')
        axes.spines[['top', 'right']].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
    plt.close(figure)


def contact_sheet(evaluation, path, columns=8, rows=3):
    """A picture of test posters: the predictions of the model, in green those that are true, then other true genres.

    The films are spread evenly over the test split.
    """
    movies = evaluation.test.movies
    chosen = np.linspace(0, len(movies) - 1, min(columns * rows, len(movies))).astype(int)
    rows = -(-len(chosen) // columns)
    margins = {'left': 0.01, 'right': 0.99, 'top': 1 - 0.1 / rows, 'bottom': 0.25 / rows}
    figure, grid = plt.subplots(
        rows, columns, figsize=(1.75 * columns, 3.35 * rows), squeeze=False, gridspec_kw=margins
    )
    figure.subplots_adjust(wspace=0.1, hspace=0.42)
    for axes in grid.flat:
        axes.axis('off')
    for axes, i in zip(grid.flat, chosen, strict=False):
        draw_film(axes, evaluation, i)
    legend = (
        'green: true; bold: predicted, above the threshold of its genre; red: predicted, and the catalogue disagrees'
    )
    figure.text(0.5, 0.006, legend, ha='center', fontsize=7.5, color=GRAY)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, facecolor='white')
    plt.close(figure)


def draw_film(axes, evaluation, i):
    movie, probabilities = evaluation.test.movies[i], evaluation.predictions[i]
    genres, thresholds = evaluation.saved.target.genres, evaluation.saved.target.cutoffs
    poster = movie.poster_path(100 if movie.has_poster(100) else evaluation.saved.config.ratio)
    try:
        picture = read_rgb(poster)
    except (OSError, ValueError):
        picture = evaluation.test.posters[i]
    axes.imshow(picture, aspect='equal')
    axes.set_title(movie.short_title(26), fontsize=7.5, color=INK, pad=3, parse_math=False)
    order = np.argsort(-probabilities)[:3]
    for line, g in enumerate(order):
        true = movie.has_genre(genres[g])
        axes.text(
            0,
            1 - 1.035 - 0.062 * line,
            f'{"✓" if true else "✗"} {genres[g]} {probabilities[g]:.0%}',
            transform=axes.transAxes,
            parse_math=False,
            fontsize=7.5,
            va='top',
            color=GREEN if true else RED if probabilities[g] >= thresholds[g] else GRAY,
            fontweight='bold' if probabilities[g] >= thresholds[g] else 'normal',
        )
    missed = [g for g in movie.genres if g in genres and g not in [genres[k] for k in order]]
    if missed:
        axes.text(
            0,
            1 - 1.035 - 0.186,
            f'also true: {", ".join(missed)}',
            transform=axes.transAxes,
            parse_math=False,
            fontsize=6.5,
            va='top',
            color=INK,
        )


def precision_recall(evaluations, path):
    """A PNG of precision over recall on the test films: a panel per genre, a line per model, the baseline in gray.

    A preset has its color, its models differ in how their lines are drawn; a dot is where the tuned threshold lies.
    The first hundredth of the films in each ranking, where a single one makes precision jump, is left out.
    """
    genres = evaluations[0].saved.target.genres
    columns = 4 if len(genres) < 8 else 5
    rows = -(-(len(genres) + 1) // columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(2.8 * columns, 2.6 * rows), squeeze=False, sharey=True, layout='constrained'
    )
    figure.get_layout_engine().set(w_pad=0.07, h_pad=0.07)
    figure.supxlabel('recall', fontsize=10, color=INK)
    figure.supylabel('precision', fontsize=10, color=INK)
    pens = list(pens_for(evaluations))
    for i, axes in enumerate(grid.flat):
        if i < len(genres):
            draw_genre(axes, i, evaluations, pens)
        else:
            axes.axis('off')
    draw_legend(grid.flat[len(genres)], evaluations, pens)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, facecolor='white')
    plt.close(figure)


def pens_for(evaluations):
    """Color and style of each model's line."""
    presets = [evaluation.saved.config.preset for evaluation in evaluations]
    for i, preset in enumerate(presets):
        style = STYLES[presets[:i].count(preset) % len(STYLES)]
        yield {'color': COLORS[(preset - 1) % len(COLORS)], 'linestyle': style}


def draw_genre(axes, i, evaluations, pens):
    labels = evaluations[0].test.labels[:, i]
    axes.axhspan(0, labels.mean(), color=BASELINE, linewidth=0)
    axes.set_title(evaluations[0].saved.target.genres[i], loc='left', fontsize=10, fontweight='bold', parse_math=False)
    axes.set_title(f'{labels.sum():,} films', loc='right', fontsize=8, color=GRAY)
    for evaluation, pen in reversed([*zip(evaluations, pens, strict=True)]):  # the first on top
        labels, probabilities = evaluation.test.labels[:, i], evaluation.predictions[:, i]
        if not labels.any():
            continue
        hits = np.flatnonzero(
            labels[np.argsort(-probabilities, kind='stable')]
        )  # ranks, from 0, of the films with the genre
        true_positives = np.arange(1, len(hits) + 1)
        drawn = hits >= len(labels) // 100
        axes.plot(true_positives[drawn] / len(hits), true_positives[drawn] / (hits[drawn] + 1), linewidth=1.3, **pen)
        over = probabilities >= evaluation.saved.target.cutoffs[i]
        if true := labels[over].sum():
            axes.plot([true / len(hits)], [true / over.sum()], 'o', markersize=4, color=pen['color'])
    axes.set(xlim=(0, 1.02), ylim=(0, 1.04), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    axes.set_xticklabels(('0', '½', '1'))
    axes.set_yticklabels(('0', '½', '1'))
    axes.tick_params(labelsize=8, colors=INK, length=2)
    axes.spines[['top', 'right']].set_visible(False)


def draw_legend(axes, evaluations, pens):
    handles = [
        plt.Line2D([], [], label=f'{evaluation.saved.label}: {evaluation.metrics["map"]:.3f}', **pen)
        for evaluation, pen in zip(evaluations, pens, strict=True)
    ]
    handles += [
        plt.Rectangle((0, 0), 1, 1, color=BASELINE, label=f'baseline: {evaluations[0].baseline["map"]:.3f}'),
        plt.Line2D([], [], color=GRAY, marker='o', markersize=4, linewidth=0, label='at the tuned threshold'),
    ]
    style = {'loc': 'center left', 'frameon': False, 'fontsize': 8.5, 'title_fontsize': 8.5, 'alignment': 'left'}
    axes.legend(handles=handles, title='macro mAP', **style)


def reliability(evaluations, path):
    """A PNG of how often films have a genre, over the probability that they get: a panel per genre, a line per model.

    Films are in BINS groups of the same number by their probability; on the gray diagonal a model is calibrated.
    """
    genres = evaluations[0].saved.target.genres
    columns = 4 if len(genres) < 8 else 5
    rows = -(-len(genres) // columns)
    size = 2.8 * columns, 2.7 * rows
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, layout='constrained')
    figure.supxlabel('probability', fontsize=10, color=INK)
    figure.supylabel('share of films', fontsize=10, color=INK)
    pens = list(pens_for(evaluations))
    for i, axes in enumerate(grid.flat):
        if i >= len(genres):
            axes.axis('off')
            continue
        axes.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8)
        for evaluation, pen in zip(evaluations, pens, strict=True):
            order = np.argsort(evaluation.predictions[:, i], kind='stable')
            groups = [group for group in np.array_split(order, BINS) if len(group)]
            said = [evaluation.predictions[group, i].mean() for group in groups]
            axes.plot(
                said, [evaluation.test.labels[group, i].mean() for group in groups], marker='.', linewidth=1, **pen
            )
        axes.set_title(genres[i], loc='left', fontsize=10, fontweight='bold', parse_math=False)
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
        axes.tick_params(labelsize=8, colors=INK, length=2)
        axes.spines[['top', 'right']].set_visible(False)
    names = [evaluation.saved.label for evaluation in evaluations]
    handles = [plt.Line2D([], [], label=name, **pen) for name, pen in zip(names, pens, strict=True)]
    figure.legend(handles=handles, loc='outside upper right', frameon=False, fontsize=8.5, ncols=len(handles))
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, facecolor='white')
    plt.close(figure)
