"""What explain.py writes of a model: overlays, pictures and lists of neurons, and the faithfulness of the overlays."""

import re
from collections import Counter
from pathlib import Path

import numpy as np

from cnn.evaluate.plots import BLUE, GRAY, INK, RED
from cnn.evaluate.showcase import GROUPS, find
from cnn.explain import faithfulness, neuron_pictures, neurons, overlays
from cnn.explain.subject import Subject
from core import files
from core.errors import WorkFailed
from core.plotting import plt
from posters import inputs
from posters.decode import BadImage, read_rgb
from posters.layout import poster_size

OVERLAYS = 12  # of test films, where none is given
COLORS = {faithfulness.MAPS: RED, faithfulness.RANDOM: BLUE, faithfulness.PIXELS: INK, faithfulness.CENTER: GRAY}


def explain_posters(saved, hardware, names, folder, film=None):
    """Write the overlays of posters, files or http addresses, into `folder`; `film` is the title of theirs.

    Yields (name, path, reason) of each, the path None where the poster cannot be read any more, for `reason`.
    """
    subject, taken = Subject.open(saved, hardware), Counter()
    for name in names:
        try:
            poster = inputs.in_sizes(name, poster_size(saved.config.ratio))
        except BadImage as error:
            yield name, None, str(error)
            continue
        title = Path(name).stem
        taken[file_name(title)] += 1
        number = taken[file_name(title)]
        path = overlay_path(folder, title, f'_{number}' if number > 1 else '')
        yield name, poster_overlay(subject, path, title, film, *poster), ''


def overlay_path(folder, title, suffix=''):
    return folder / f'why_{file_name(title)}{suffix}.png'


def write_overlay(path, *args, **options):
    """Write the picture that `overlays.overlay` makes to `path` and return that."""
    picture = overlays.overlay(*args, **options)
    with files.replacing(path) as temporary:
        picture.save(temporary)
    return path


def poster_overlay(subject, path, heading, film, poster, shown, whole):
    """Write the overlay of a poster that `inputs.in_sizes` has opened; `film` is the title of its film."""
    (lines,) = subject.read([whole])
    return write_overlay(path, subject, poster, heading, lines, film, shown=shown)


def film_overlay(subject, folder, movie):
    """Write the overlay of a film, at the model's ratio as in an evaluation. Raises WorkFailed."""
    sizes = []
    for ratio in (subject.saved.config.ratio, 100):
        try:
            sizes.append(read_rgb(movie.poster_path(ratio)))
        except (OSError, ValueError):
            continue
    if not sizes:
        raise WorkFailed(f'{movie}: no poster of it can be read in {movie.data}/images')
    path = overlay_path(folder, str(movie), f'_{movie.id}')
    (lines,) = subject.read(sizes[:1])
    return write_overlay(path, subject, sizes[0], str(movie), lines, movie.title, movie, sizes[-1])


def file_name(text):
    """`text` as a file may be called on any system."""
    return re.sub(r'\W+', '_', text).strip('_').lower()[:60] or 'poster'


def dozen(catalogue, movies):
    """A dozen of the test films `movies`: those of `showcase.GROUPS`, then others at even distances."""
    test = set(movies)
    known = [movie for group in find(catalogue, GROUPS).values() for _, movie in group if movie in test][:OVERLAYS]
    spread = [movies[i] for i in np.linspace(0, len(movies) - 1, OVERLAYS - len(known)).astype(int)]
    return list(dict.fromkeys([*known, *spread]))


def explain_neurons(subject, validation, folder):
    """Write neurons.json, the heat map and a contact sheet a genre; returns their paths and lines to print."""
    saved, responses = subject.saved, neurons.watch(subject.explainer.model, validation)
    paths = [folder / 'neurons.json', folder / 'neurons.png']
    report = {'model': saved.name, 'catalogue': saved.config.catalogue, **responses.as_json()}
    files.write(paths[0], files.as_json(report, indent=1, ensure_ascii=False) + '\n')
    title = f'{saved.name}: its last hidden layer, {len(validation.movies):,} validation films'
    neuron_pictures.heat_map(responses, paths[1], title)
    for g, genre in enumerate(responses.genres):
        paths.append(folder / f'neurons_{file_name(genre)}.png')
        neuron_pictures.contact_sheet(responses, g, paths[-1])
    return paths, neuron_lines(responses)


def neuron_lines(responses):
    silent = responses.silent().sum()
    yield (
        f'{len(responses.ties):,} neurons in the last hidden layer, {silent or "none"} of them constant; the most '
        f'correlated on {len(responses.data.movies):,} validation films'
    )
    for g, genre in enumerate(responses.genres):
        tied = responses.most_tied(g)[:5]
        yield f'  {genre:<12}' + ', '.join(f'{neuron} (r {responses.ties[neuron, g]:.2f})' for neuron in tied)


def explain_faithfulness(subject, test, folder):
    """Write faithfulness.json and its picture for test posters; returns their paths and lines to print.

    The words on a poster stay as they are, whatever is painted over.
    """
    saved, (posters, titles) = subject.saved, faithfulness.some_of(test)
    lines = subject.read(posters)
    curves = faithfulness.measure(
        subject.explainer, posters, lambda outputs, rows: subject.finish(outputs, lines[rows], titles[rows])
    )
    paths = [folder / 'faithfulness.json', folder / 'faithfulness.png']
    report = {'model': saved.name, 'posters': len(posters), 'steps': faithfulness.STEPS, 'orders': {}}
    for order, curve in curves.items():
        deletion, insertion = curve.scores()
        report['orders'][order] = {
            'deletion': float(deletion.mean()),
            'insertion': float(insertion.mean()),
            'deletion_curve': curve.deletion.mean(axis=0).round(4).tolist(),
            'insertion_curve': curve.insertion.mean(axis=0).round(4).tolist(),
        }
    mean, margin, share = faithfulness.advantage(curves)
    report['overlay_over_random_patches'] = {'mean': mean, 'margin_95': margin, 'share_better': share}
    files.write(paths[0], files.as_json(report, indent=1) + '\n')
    draw_faithfulness(curves, paths[1], f'{saved.name}: faithfulness of its overlays, {len(posters)} test posters')
    return paths, faithfulness_lines(report)


def faithfulness_lines(report):
    yield f'{report["posters"]} test posters, painted over and uncovered in {report["steps"]} steps:'
    yield f'  {"":<16}{"deletion":>10}{"insertion":>11}{"difference":>12}'
    for order, scores in report['orders'].items():
        gap = scores['insertion'] - scores['deletion']
        yield f'  {order:<16}{scores["deletion"]:>10.3f}{scores["insertion"]:>11.3f}{gap:>+12.3f}'
    advantage = report['overlay_over_random_patches']
    yield (
        f'  overlay over random patches: {advantage["mean"]:+.3f} ± {advantage["margin_95"]:.3f} (95%), '
        f'better on {advantage["share_better"]:.0%} of the posters'
    )
    yield "  mean probability of a poster's top genre; deletion is better low, insertion and the difference high"


def draw_faithfulness(curves, path, title):
    """A PNG of the top genre's mean probability while posters are painted over, and while they are uncovered."""
    figure, panels = plt.subplots(1, 2, figsize=(10, 4.6), layout='constrained', sharey=True)
    figure.suptitle(title, fontsize=11, color=INK)
    for axes, kind, done in zip(panels, ('deletion', 'insertion'), ('painted over', 'uncovered'), strict=True):
        for order, measured in curves.items():
            curve = getattr(measured, kind).mean(axis=0)
            label = f'{order}: {np.trapezoid(curve) / faithfulness.STEPS:.3f}'
            wide = 2.5 if order == faithfulness.MAPS else 1.2
            axes.plot(np.linspace(0, 100, len(curve)), curve, color=COLORS[order], linewidth=wide, label=label)
        axes.set_title(f'{kind}: the {"lower" if kind == "deletion" else "higher"} the better', fontsize=10, color=INK)
        axes.set_xlabel(f'% of the poster {done}')
        axes.spines[['top', 'right']].set_visible(False)
        look = {'fontsize': 8, 'title': 'area under the curve', 'title_fontsize': 8, 'frameon': False}
        axes.legend(loc='upper center', bbox_to_anchor=(0.5, -0.16), ncols=2, **look)
    panels[0].set_ylabel('probability of the top genre')
    with files.replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
    plt.close(figure)
