"""The tab Models: how good they are, at which threshold, and where they are wrong."""

from html import escape

import gradio as gr

from cnn.saved_models import SavedModel
from core.tables import as_html
from page import look
from page.evaluations import at_threshold, curve
from page.events import answering

WIDE, HIGH, EDGE = 440, 260, 34  # of a curve, in its own units


def build(service, evaluations):
    handlers = Handlers(service, evaluations)
    gr.HTML(look.part('<h2>Saved models</h2>', handlers.table()), elem_id='models')
    start = gr.Button('Evaluate them on the test films', variant='primary', elem_id='evaluate')
    ranking = gr.HTML(elem_id='ranking')
    with gr.Column(visible=False) as explorer:
        gr.HTML(look.part('<h2>Thresholds</h2>', look.soft('What a threshold of a genre does on validation films.')))
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                model = gr.Dropdown([], label='Model', elem_id='threshold-model')
                genre = gr.Dropdown([], label='Genre', elem_id='threshold-genre')
                threshold = gr.Slider(0, 1, 0.5, step=0.001, label='Threshold', elem_id='threshold')
            with gr.Column(scale=3, min_width=300):
                effect = gr.HTML(elem_id='effect')
    details = gr.HTML(elem_id='details')

    started = start.click(
        handlers.evaluate, None, [ranking, details, explorer, model, genre, threshold, start], concurrency_id='evaluate'
    )
    shown = {'concurrency_id': 'threshold', 'show_progress': 'hidden'}
    started.success(handlers.effect, [model, genre, threshold], effect, **shown)
    model.input(handlers.choose_model, model, [genre, threshold], **shown).success(
        handlers.effect, [model, genre, threshold], effect, **shown
    )
    genre.input(handlers.choose_genre, [model, genre], threshold, **shown).success(
        handlers.effect, [model, genre, threshold], effect, **shown
    )
    gr.on([threshold.input, threshold.release], handlers.effect, [model, genre, threshold], effect,
          trigger_mode='always_last', **shown)  # fmt: skip


class Handlers:
    def __init__(self, service, evaluations):
        self.service, self.evaluations = service, evaluations

    def table(self):
        """What the model cards say."""
        saved = {one.path: one for choice in self.service.choices.values() for one in choice.models.values()}
        saved |= {one.path: one for c in self.service.choices.values() for one in (c.titled or {}).values()}
        digest = self.service.catalogue.short_digest
        rows = [['Model', 'predicts', 'validation', 'films', 'years', 'preset', 'catalogue']]
        rows += [card_row(one, digest) for one in saved.values()]
        return f'<div class="wide">{as_html(rows)}</div>'

    @answering
    def evaluate(self, progress=gr.Progress()):  # noqa: B008  Gradio finds it by this default
        found = self.evaluations.all(lambda share, what: progress(share, desc=what))
        from cnn.evaluate import html_report, tables  # slow: matplotlib
        from cnn.evaluate.comparison import rankings, untold
        from cnn.evaluate.evaluation import by_selection

        progress(0.95, desc='drawing')
        _, own = self.evaluations.paths()
        note = '' if own else look.problem('these models have learned from another catalogue than this one')
        ranked = rankings(found)
        ranking = [note, *(piece for one in ranked for piece in html_report.of_ranking(one, untold(one, ranked)))]
        details = [
            f'<details {"" if number else "open"}><summary>{escape(str(group[0].saved.target).capitalize())}'
            f'{tables.titles(group[0])}</summary>{"".join(html_report.of_group(group))}</details>'
            for number, group in enumerate(by_selection(found))
        ]
        models = [*self.evaluations.of_genres()]
        genres, first = ([], None) if not models else self.genres_of(models[0])
        return (
            look.part(*ranking),
            look.part(*details),
            gr.Column(visible=bool(models)),
            gr.Dropdown(models, value=models[0] if models else None),
            gr.Dropdown(genres, value=genres[0] if genres else None),
            0.5 if first is None else first,
            gr.Button(visible=False),
        )

    def genres_of(self, name):
        """(genres, threshold of the first) of an evaluated model."""
        target = self.evaluations.of_genres()[name].saved.target
        return [*target.genres], round(float(target.cutoffs[0]), 3)

    @answering
    def choose_model(self, name):
        genres, first = self.genres_of(name)
        return gr.Dropdown(genres, value=genres[0]), first

    @answering
    def choose_genre(self, name, genre):
        target = self.evaluations.of_genres()[name].saved.target
        return round(float(target.cutoffs[target.genres.index(genre)]), 3)

    @answering
    def effect(self, name, genre, threshold):
        if not name:
            return ''
        target = self.evaluations.of_genres()[name].saved.target
        column = target.genres.index(genre)
        labels, probabilities = (part[:, column] for part in self.evaluations.validation(name))
        tuned = float(target.cutoffs[column])
        now, best = (at_threshold(labels, probabilities, value) for value in (threshold, tuned))
        rows = [['', 'threshold', 'predicted', 'right', 'precision', 'recall', 'F1']]
        rows += [effect_row('here', threshold, now), effect_row('tuned', tuned, best)]
        return look.part(
            svg_curve(curve(labels, probabilities), now, best),
            f'<div class="wide">{as_html(rows)}</div>',
            look.soft(f'{now.films:,} validation films, {now.positives:,} of them {genre}. The ring is the tuned one.'),
        )


def card_row(saved: SavedModel, digest):
    target, films = saved.target, saved.card.films
    score = saved.card.scores[target.metric]
    first, last = saved.years
    return [
        saved.name,
        str(target),
        f'{target.metric_label} {score:.3g}' + (', title told' if saved.takes_title else ''),
        f'{films.get("train", 0):,} + {films.get("validation", 0):,}',
        f'{first} to {last}',
        str(saved.config.preset),
        'this one' if saved.config.catalogue == digest else 'another one',
    ]


def effect_row(name, threshold, point):
    shares = (f'{value:.1%}' for value in (point.precision, point.recall, point.f1))
    return [name, f'{threshold:.3f}', f'{point.predicted:,}', f'{point.right:,}', *shares]


def svg_curve(points, now, best):
    """Precision over recall as SVG in the colors of the page, a dot at one threshold, a ring at the tuned one."""

    def place(recall, precision):
        x, y = EDGE + recall * (WIDE - 2 * EDGE), HIGH - EDGE - precision * (HIGH - 2 * EDGE)
        return f'{x:.1f},{y:.1f}'

    def spot(point, look_of):
        if not (point.predicted and point.positives):
            return ''
        x, y = place(point.recall, point.precision).split(',')
        return f'<circle cx="{x}" cy="{y}" {look_of}/>'

    line = ' '.join(place(*point) for point in points)
    axes = ' '.join((place(0, 1), place(0, 0), place(1, 0)))
    labels = [
        (WIDE / 2, HIGH - 6, 'middle', 'recall'),
        (4, 14, 'start', 'precision'),
        (EDGE - 6, HIGH - EDGE + 4, 'end', '0'),
        (EDGE - 6, EDGE + 4, 'end', '1'),
        (WIDE - EDGE, HIGH - EDGE + 16, 'middle', '1'),
    ]
    texts = ''.join(
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="12" fill="currentColor">{escape(text)}</text>'
        for x, y, anchor, text in labels
    )
    return (
        f'<svg class="curve" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="precision over recall">'
        f'<polyline points="{axes}" fill="none" stroke="currentColor" opacity=".5"/>'
        f'<polyline points="{line}" fill="none" stroke="#2f6fc4" stroke-width="2.5"/>'
        + spot(best, 'r="7" fill="none" stroke="currentColor" stroke-width="1.5"')
        + spot(now, 'r="5" fill="#c8402f"')
        + f'{texts}</svg>'
    )
