"""The tab Catalogue: its films, a page for each, and the posters that could not be downloaded."""

from collections import Counter
from html import escape

import gradio as gr
from PIL import Image

from catalogues.records import FIRST_YEAR, LAST_YEAR
from cnn.predict.predictor import WORDS
from core.errors import WrongCall
from core.tables import as_html
from movies_dataset import Movie
from page import look
from page.events import answering
from page.predicting import copy_of, predictions_of, similar_of, split_line
from posters.decode import BadImage, fit, read_rgb
from posters.fetch import journal

EACH = 24  # films on a page of the grid
TILE = 182, 268  # pixels
EVERY = 'every genre'
NAMED = 100  # posters that are named among those that could not be downloaded


def build(service, data, image, film_id, tabs):
    """The tab; a film's button puts its poster into `image` of the tab Predict."""
    handlers = Handlers(service, data)
    films, movie, page = gr.State(()), gr.State(None), gr.State(0)
    with gr.Row():
        title = gr.Textbox(label='Title', placeholder='part of a title', elem_id='search', max_lines=1, scale=2)
        genre = gr.Dropdown([EVERY, *service.catalogue.genres], value=EVERY, label='Genre', elem_id='search-genre')
        first = gr.Number(handlers.years[0], label='From year', precision=0, min_width=90, elem_id='from-year')
        last = gr.Number(handlers.years[1], label='to year', precision=0, min_width=90, elem_id='to-year')
    found = gr.HTML(elem_id='found')
    grid = gr.Gallery(
        show_label=False, columns=8, height='auto', object_fit='contain', allow_preview=False, format='jpeg',
        buttons=[], elem_id='grid',
    )  # fmt: skip
    with gr.Row():
        back = gr.Button('Back', size='sm', elem_id='back')
        further = gr.Button('Further', size='sm', elem_id='further')
    sheet = gr.HTML(elem_id='sheet')
    send = gr.Button('Predict this poster', visible=False, elem_id='send')
    with gr.Accordion('Posters that could not be downloaded', open=False):
        missing = gr.HTML(elem_id='missing')

    shown = [films, page, found, grid]
    wanted = [title, genre, first, last]
    shared = {'concurrency_id': 'browse', 'show_progress': 'minimal'}
    gr.on([title.submit, title.blur, genre.input, first.submit, first.blur, last.submit, last.blur],
          handlers.search, wanted, shown, **shared)  # fmt: skip
    back.click(handlers.back, [films, page], shown, **shared)
    further.click(handlers.further, [films, page], shown, **shared)
    grid.select(handlers.open, [films, page], [sheet, send, movie], **shared)
    send.click(handlers.send, movie, [image, film_id, tabs], **shared)
    return handlers, wanted, shown, missing


class Handlers:
    def __init__(self, service, data):
        self.service, self.catalogue, self.data = service, service.catalogue, data
        known = [movie.year for movie in self.catalogue.movies if movie.year] or [FIRST_YEAR, LAST_YEAR]
        self.years = min(known), max(known)

    @answering
    def search(self, title, genre, first, last):
        words = (title or '').casefold().split()
        every = (first or 0) <= self.years[0] and (last or LAST_YEAR) >= self.years[1]  # also films without a year
        bounds = {} if every else {'min_year': first or None, 'max_year': last or None}
        found = [
            movie
            for movie in self.catalogue.list_movies(genres=None if genre in (EVERY, None) else (genre,), **bounds)
            if all(word in movie.title.casefold() for word in words)
        ]
        found.sort(key=lambda movie: (not movie.has_poster(), movie.title.casefold(), movie.year or 0))
        return self.show(tuple(movie.id for movie in found), 0)

    @answering
    def back(self, films, page):
        return self.show(films, max(0, page - 1))

    @answering
    def further(self, films, page):
        return self.show(films, min(page + 1, max(0, (len(films) - 1) // EACH)))

    def show(self, films, page):
        tiles = [(tile(movie), movie.short_title(40)) for movie in self.on_page(films, page)]
        pages = -(-len(films) // EACH)
        where = f', page {page + 1:,} of {pages:,}' if pages > 1 else ''
        return films, page, look.soft(f'{len(films):,} films{where}'), gr.Gallery(tiles, selected_index=None)

    def on_page(self, films, page) -> list[Movie]:
        return [self.catalogue.by_id[film] for film in films[page * EACH : (page + 1) * EACH]]

    @answering
    def open(self, films, page, event: gr.SelectData):
        movie = self.on_page(films, page)[event.index]
        return self.page_of(movie), gr.Button(visible=movie.has_poster()), movie.id

    def page_of(self, movie):
        """The page of a film: what the catalogue says, what all models predict, and films with similar posters."""
        score = '' if movie.score is None else f', score {movie.score:g}'
        head = f'<h2>{escape(str(movie))}</h2><p>{escape(", ".join(movie.genres))}{score}</p>'
        if not movie.has_poster():
            return look.part(head, look.problem(f'no poster: {self.why_not(movie)}'))
        path = str(movie.poster_path())
        parts = []
        shown = set()
        for label in self.service.choices:
            (prediction,) = self.service.predict([path], label, movie.title)
            if prediction.reason:
                raise BadImage(f'its poster is {prediction.reason}')
            parts.append(f'<h3>{escape(label)}</h3>{predictions_of(prediction.without(shown), movie, heading=False)}')
            shown |= {name for name, target in prediction.targets.items() if not target.explainable} | {WORDS}
        poster = look.picture(fit(read_rgb(movie.poster_path()), TILE), str(movie))
        sheet = f'<div class="film">{poster}<div>{head}{look.soft(split_line(movie))}{"".join(parts)}</div></div>'
        return look.part(sheet, similar_of(self.service.similar(path, besides=movie)))

    def why_not(self, movie):
        row = self.report().get(movie.id)
        return row.error if row and row.error else 'it has not been downloaded yet'

    def report(self):
        return journal.read(self.data / journal.NAME)

    def missing(self):
        """What could not be downloaded, and why."""
        failed = [row for row in self.report().values() if row.error]
        if not failed:
            return look.part(look.soft('None is on record.'))
        reasons = [['Reason', 'posters'], *([reason, f'{n:,}'] for reason, n in reasons_of(failed))]
        named = [['Film', 'reason']]
        for row in failed[:NAMED]:
            movie = self.catalogue.by_id.get(row.imdbId)
            named.append([str(movie) if movie else str(row.imdbId), row.error])
        more = len(failed) - len(named) + 1
        return look.part(
            f'<div class="wide">{as_html(reasons)}</div>',
            f'<div class="wide">{as_html(named)}</div>',
            look.soft(f'and {more:,} more, in {journal.NAME}') if more > 0 else '',
        )

    @answering
    def send(self, film):
        """A film's poster to the tab Predict."""
        movie = self.catalogue.by_id.get(film)
        if not movie:
            raise WrongCall('select a film first')
        return copy_of(movie), movie.id, gr.Tabs(selected='predict')


def reasons_of(rows):
    return Counter(row.error for row in rows).most_common()


def tile(movie):
    """The poster of a film, or an empty one."""
    try:
        return fit(read_rgb(movie.poster_path()), TILE)
    except (OSError, BadImage):
        return Image.new('RGB', TILE, '#8a8a86')
