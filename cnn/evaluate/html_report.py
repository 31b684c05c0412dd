"""`tests.py -report`: models and their test films on one page of HTML that needs nothing else."""

import base64
import io
import json
import tempfile
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from cnn.evaluate import plots, tables
from cnn.evaluate.comparison import untold
from cnn.evaluate.evaluation import by_selection
from core import files
from core.tables import as_html
from posters.decode import fit, read_rgb

ERRORS = 8  # films in a row of errors
THUMB = 110, 162  # pixels
QUALITY = 80  # of JPEGs
STYLE = """
:root { color-scheme: light dark; --ink: #222; --soft: #777; --line: #ddd; --page: #fff; --shade: #f5f5f4 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e3; --soft: #a0a09a; --line: #3a3a38; --page: #191918; --shade: #242423 }
  img.plot { filter: invert(.88) hue-rotate(180deg) }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page) }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem }
h1, h2, h3 { line-height: 1.2 }
h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem }
div.wide { margin: 1rem 0; overflow-x: auto }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap }
thead th { vertical-align: bottom; color: var(--soft); font-weight: 600 }
tbody tr:hover, pre { background: var(--shade) }
img.plot, img.sheet { max-width: 100%; height: auto }
div.films { display: flex; flex-wrap: wrap; gap: 1rem }
figure { margin: 0; width: 110px; font-size: 12px }
figure img { width: 110px; height: 162px; display: block }
p.soft, figcaption span, summary { color: var(--soft) }
pre { padding: 1rem; overflow-x: auto; font-size: 12px }
details { margin: .5rem 0 }
"""


def write(evaluations, ranked, catalogue, path):
    """Write the page of evaluations, with the Rankings of those that can be compared.

    The posters of the films with the largest errors are in it.
    """
    parts = [
        f'<h1>Movie posters: {len(evaluations)} {"model" if len(evaluations) == 1 else "models"}</h1>',
        f'<p class="soft">{escape(str(catalogue).replace(str(catalogue.path), catalogue.path.name))}</p>',
    ]
    for ranking in ranked:
        parts += of_ranking(ranking, untold(ranking, ranked))
    for group in by_selection(evaluations):
        parts += of_group(group)
    parts.append('<h2>Model cards</h2>')
    parts += [of_card(evaluation) for evaluation in evaluations]
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Movie posters: a report</title>'
        f'<style>{STYLE}</style></head>\n<body>\n' + '\n'.join(parts) + '\n</body></html>\n'
    )
    files.write(path, page)


def of_ranking(ranking, posters):
    """Which of the models that predict the same genres leads, and whether by more than chance."""
    if len(ranking.entries) == 1 and not posters:
        return
    genres = f'{len(ranking.genres)} genres{tables.titles(ranking.evaluations[0])}'
    yield f'<h2>Comparison: {genres}</h2>'
    yield f'<p class="soft">{ranking.films:,} test films</p>'
    yield wide(tables.ranking(ranking))
    if posters:
        yield f'<p>{escape(tables.title_gain(ranking, posters))}.</p>'
    if len(ranking.entries) > 1:
        yield f'<p>{escape(tables.verdict(ranking))}.</p>'
        yield wide(tables.gaps(ranking))


def of_group(group):
    """Tables, curves, a contact sheet and errors of models that predict the same of the same films."""
    first = group[0]
    target = first.saved.target
    best = max(group, key=lambda evaluation: evaluation.saved.selection_metric)
    yield f'<h2>{escape(str(target).capitalize())}{tables.titles(first)}</h2>'
    yield f'<p class="soft">{escape(tables.films_line(first))}</p>'
    if not target.explainable:
        yield wide(tables.numbers(group))
        yield wide(tables.coverage(group))
        yield f'<h3>Largest errors of {escape(best.saved.name)}</h3>'
        true = target.values(best.test.movies)
        order = np.argsort(-np.abs(best.predictions[:, 1] - true))[:ERRORS]
        yield row_of_films(best, order, [f'{target.rounded(best.predictions[i])}; {true[i]:g}' for i in order])
        return
    yield wide(tables.scores(group))
    yield wide(tables.precisions(group))
    yield '<h3>Precision and recall</h3>'
    yield plot(lambda path: plots.precision_recall(group, path))
    yield '<h3>Reliability</h3><p class="soft">How many films have a genre, over the probability that they get</p>'
    yield plot(lambda path: plots.reliability(group, path))
    yield f'<h3>Predicted beside true genres, by {escape(best.saved.name)}</h3>'
    yield '<p class="soft">Of the test films with a genre (row), the share for which a genre (column) is predicted</p>'
    yield co_occurrence(best)
    yield f'<h3>Test films, by {escape(best.saved.name)}</h3>'
    yield plot(lambda path: plots.contact_sheet(best, path), 'jpeg')
    yield from errors(best)


def co_occurrence(evaluation):
    """A table: a row per true genre, a column per predicted one, the darker the more of its films get it."""
    target, labels = evaluation.saved.target, evaluation.test.labels.astype(bool)
    predicted = evaluation.predictions >= target.cutoffs
    names = [escape(genre) for genre in target.genres]
    rows = [f'<tr><th></th><th>films</th>{"".join(f"<th>{name}</th>" for name in names)}</tr>']
    for column, name in enumerate(names):
        films = predicted[labels[:, column]]
        shares = films.mean(axis=0) if len(films) else []
        cells = (f'<td style="background:rgba(47,111,196,{0.75 * share:.2f})">{share:.0%}</td>' for share in shares)
        rows.append(f'<tr><th style="text-align:left">{name}</th><td>{len(films):,}</td>{"".join(cells)}</tr>')
    return f'<div class="wide"><table>{"".join(rows)}</table></div>'


def errors(evaluation):
    """The films of which a model is surest, and wrong: genres that they lack, and genres that they have."""
    genres = evaluation.saved.target.genres
    for labels, heading in ((0, 'Predicted, and the catalogue disagrees'), (1, 'Missed')):
        wrong = evaluation.predictions if labels == 0 else 1 - evaluation.predictions
        wrong = np.where(evaluation.test.labels == labels, wrong, -1)
        order = np.argsort(-wrong, axis=None, kind='stable')[:ERRORS]
        rows, columns = np.unravel_index(order, wrong.shape)
        notes = [f'{genres[g]} {evaluation.predictions[i, g]:.0%}' for i, g in zip(rows, columns, strict=True)]
        yield f'<h3>{heading}: the largest errors of {escape(evaluation.saved.name)}</h3>'
        yield row_of_films(evaluation, rows, notes)


def row_of_films(evaluation, rows, notes):
    figures = []
    for row, note in zip(rows, notes, strict=True):
        movie = evaluation.test.movies[row]
        caption = f'{escape(str(movie))}<br><b>{escape(note)}</b><br><span>{escape(", ".join(movie.genres))}</span>'
        figures.append(f'<figure>{thumb(evaluation, row)}<figcaption>{caption}</figcaption></figure>')
    return f'<div class="films">{"".join(figures)}</div>'


def thumb(evaluation, row):
    """The poster of a test film, small."""
    try:
        image = read_rgb(evaluation.test.movies[row].poster_path())
    except (OSError, ValueError):
        image = Image.fromarray(np.asarray(evaluation.test.posters[row]))
    return image_of(fit(image, THUMB), escape(str(evaluation.test.movies[row])))


def plot(draw, form='png'):
    """What `draw(path)` draws, in the page."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'plot.png')
        draw(path)
        with Image.open(path) as image:
            return image_of(image.convert('RGB'), '', form, 'plot' if form == 'png' else 'sheet')


def image_of(image, text, form='jpeg', kind=''):
    out = io.BytesIO()
    if form == 'png':
        image.quantize(64).save(out, 'png', optimize=True)
    else:
        image.save(out, 'jpeg', quality=QUALITY)
    data = base64.b64encode(out.getvalue()).decode()
    return f'<img class="{kind}" alt="{text}" src="data:image/{form};base64,{data}">'


def wide(rows):
    return f'<div class="wide">{as_html(rows)}</div>'


def of_card(evaluation):
    card = json.dumps(files.finite(evaluation.saved.card.to_json()), indent=1, ensure_ascii=False)
    return f'<details><summary>{escape(evaluation.saved.name)}</summary><pre>{escape(card)}</pre></details>'
