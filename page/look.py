"""How the page looks: theme and style, and the pieces of HTML that tabs are made of. All text in them is escaped."""

import base64
import io
from html import escape

import gradio as gr

from posters.decode import BadImage, fit, read_rgb

THUMB = 110, 162  # pixels
QUALITY = 82  # of JPEGs
SANS = ['system-ui', 'Segoe UI', 'Roboto', 'DejaVu Sans', 'sans-serif']  # of the visitor's system: none is fetched
MONO = ['ui-monospace', 'DejaVu Sans Mono', 'monospace']
THEME = gr.themes.Base(primary_hue='blue', neutral_hue='stone', radius_size='sm', font=SANS, font_mono=MONO)
CSS = """
.gradio-container { max-width: min(1240px, 100vw) !important; margin: 0 auto !important }
.gradio-container :is(.main, .wrap, .contain, .column, .row, .tabs, .tabitem, .block, .html-container, .prose) {
  max-width: 100% }
.gradio-container :is(.main, .contain, .tabs, .tabitem, .column:not(.row > .column)) { min-width: 0 !important }
@media (max-width: 600px) {
  .gradio-container .main { padding: 1rem .6rem !important }
  .tab-container button { padding: 0 .55rem !important; font-size: .85rem !important }
}
.part details { border-top: 1px solid var(--border-color-primary); padding: .6rem 0 }
.part details > h2 { display: none }
.part summary { cursor: pointer; font-size: 1.15rem; font-weight: 650 }
#head h1 { font-size: 1.6rem; margin: .2rem 0 0 }
#head p, .part .soft { color: var(--body-text-color) !important; opacity: .68; margin: .1rem 0 .6rem }
.part h3 { margin: 1.1rem 0 .5rem; font-size: 1.05rem }
.part h2 { margin: 1.4rem 0 .4rem; font-size: 1.2rem }
.part p { margin: .3rem 0 }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: .45rem .8rem; align-items: center }
.bars.numbers { margin-top: .8rem }
.bars .track { position: relative; height: 14px; border-radius: 4px; background: var(--border-color-primary) }
.bars .track i { position: absolute; inset: 0 auto 0 0; border-radius: 4px; background: var(--body-text-color-subdued);
  opacity: .55 }
.bars .passes i { background: #2f6fc4; opacity: 1 }
.bars .track b { position: absolute; top: -4px; bottom: -4px; width: 2px; background: var(--body-text-color) }
.bars .track em { position: absolute; top: 0; bottom: 0; border-radius: 4px; background: #2f6fc4; opacity: .45 }
.bars .passes.name, .bars .passes.share { font-weight: 650 }
.bars .name, .bars .share { font-variant-numeric: tabular-nums; color: var(--body-text-color) }
.true { color: #2c8a47 } .false { color: #c8402f }
.dark .true { color: #5cc27c } .dark .false { color: #f0806f }
.films { display: flex; flex-wrap: wrap; gap: 1rem }
.films figure { margin: 0; width: 110px; font-size: .78rem; line-height: 1.35 }
.films img { width: 110px; height: 162px; display: block; border-radius: 3px; margin: 0 0 .25rem }
.films .none { width: 110px; height: 162px; border: 1px dashed var(--border-color-primary); border-radius: 3px }
.films span { opacity: .68 }
.why { display: flex; flex-wrap: wrap; gap: 1rem }
.why figure { margin: 0; width: 220px; font-size: .82rem; line-height: 1.4 }
.why img { width: 220px; border-radius: 3px; display: block; margin: 0 0 .3rem }
.wide { overflow-x: auto; margin: .6rem 0; max-width: 100% }
.wide table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums; width: auto }
.wide :is(table, tr) { border: 0 !important }
.wide :is(th, td) { padding: .25rem .6rem !important; border: 0 !important; white-space: nowrap;
  border-bottom: 1px solid var(--border-color-primary) !important }
.wide thead th { vertical-align: bottom; font-weight: 600 }
.part img.plot, .part img.sheet { max-width: 100%; height: auto; border-radius: 3px }
.dark img.plot { filter: invert(.88) hue-rotate(180deg) }
.curve { width: 100%; max-width: 460px; height: auto }
.film { display: flex; flex-wrap: wrap; gap: 1.4rem; align-items: flex-start }
.film > img { width: 182px; height: 268px; border-radius: 4px }
.film > div { flex: 1 1 240px; min-width: 0 }
.problem { border-left: 4px solid #c8402f; padding: .5rem .8rem; background: var(--background-fill-secondary) }
:is(#grid, #gallery) .grid-wrap { height: auto !important; max-height: none !important; overflow: visible !important }
:is(#grid, #gallery) .grid-container { grid-template-columns: repeat(auto-fill, minmax(110px, 1fr)) !important }
:is(#grid, #gallery) .thumbnail-lg { aspect-ratio: auto !important; height: auto !important; display: block !important;
  overflow: visible !important }
:is(#grid, #gallery) .thumbnail-lg img { height: auto !important; width: 100% !important; border-radius: 3px }
:is(#grid, #gallery) .caption-label { position: static !important; max-width: 100% !important;
  background: none !important; border: 0 !important; padding: .2rem .3rem !important; white-space: normal !important;
  font-size: .75rem !important; text-align: left; line-height: 1.3; display: block !important }
footer { display: none !important }
"""


def part(*pieces):
    """Pieces of HTML as one part of a tab."""
    return f'<div class="part">{"".join(pieces)}</div>'


def soft(text):
    return f'<p class="soft">{escape(text)}</p>'


def problem(text):
    """What could not be done, as a sentence."""
    return f'<p class="problem">{escape(sentence(text))}</p>'


def sentence(text):
    """A message of the toolkit as a sentence of the page."""
    text = ' '.join(str(text).split())
    return text[:1].upper() + text[1:] + ('' if text.endswith(('.', '!', '?')) else '.')


def picture(image, text=''):
    out = io.BytesIO()
    image.save(out, 'jpeg', quality=QUALITY)
    return f'<img alt="{escape(text)}" src="data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}">'


def poster_of(movie, size=THUMB):
    """The poster of a film as HTML, an empty frame where there is none."""
    try:
        return picture(fit(read_rgb(movie.poster_path()), size), str(movie))
    except (OSError, BadImage):
        return '<div class="none"></div>'


def films(entries):
    """(movie, note) of each of some films: poster, title, note, and genres of each."""
    figures = [
        f'<figure>{poster_of(movie)}<figcaption>{escape(str(movie))}<br><b>{escape(note)}</b><br>'
        f'<span>{escape(", ".join(movie.genres))}</span></figcaption></figure>'
        for movie, note in entries
    ]
    return f'<div class="films">{"".join(figures)}</div>'


def bars(targets, predicted, movie=None):
    """Bars of what models predict of a poster, by {name: target} and {name: prediction}.

    A genre has its threshold, a number its interval; with `movie` the catalogue's are beside them.
    """
    genres = ''.join(_genres(one, predicted[name], movie) for name, one in targets.items() if one.explainable)
    numbers = ''.join(_interval(one, predicted[name], movie) for name, one in targets.items() if not one.explainable)
    pieces = []
    if genres:
        pieces.append(f'<div class="bars genres">{genres}</div>')
        pieces.append(soft('Calibrated probabilities. The line is the threshold of a genre, tuned on validation.'))
    if numbers:
        pieces.append(f'<div class="bars numbers">{numbers}</div>')
        pieces.append(soft('The band is the 80% prediction interval.'))
    return ''.join(pieces)


def _genres(target, prediction, movie):
    rows = []
    cutoffs = dict(zip(target.genres, target.cutoffs, strict=True))
    for genre, probability, passes in target.ranked_genres(prediction):
        kind = ' passes' if passes else ''
        rows.append(
            f'<span class="name{kind}">{escape(genre)}{_mark(movie, genre, passes)}</span>'
            f'<div class="track{kind}" title="threshold {cutoffs[genre]:.0%}"><i style="width:{probability:.1%}"></i>'
            f'<b style="left:{cutoffs[genre]:.1%}"></b></div>'
            f'<span class="share{kind}">{probability:.0%}</span>'
        )
    return ''.join(rows)


def _mark(movie, genre, passes):
    if movie and movie.has_genre(genre):
        return ' <span class="true" title="of the film in the catalogue">✓</span>'
    return ' <span class="false" title="not of the film in the catalogue">✗</span>' if movie and passes else ''


def _interval(target, prediction, movie):
    first, last = target.bins.edges[[0, -1]]
    left, middle, right = (min(1, max(0, (float(value) - first) / (last - first))) for value in prediction)
    true = target.value(movie) if movie else None
    known = '' if true is None else f' <span class="true" title="of the film in the catalogue">{true:g}</span>'
    return (
        f'<span class="name">{escape(target.name.capitalize())}{known}</span>'
        f'<div class="track" title="80% prediction interval, {first:g} to {last:g}">'
        f'<em style="left:{left:.1%};width:{right - left:.1%}"></em><b style="left:{middle:.1%}"></b></div>'
        f'<span class="share">{escape(target.rounded(prediction))}</span>'
    )
