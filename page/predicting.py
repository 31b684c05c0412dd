"""The tab Predict: what the models predict of a poster, why, and which films have similar ones."""

import contextlib
import tempfile
from html import escape
from pathlib import Path

import gradio as gr

from cnn.predict.formats import Formatter
from cnn.predict.predictor import WORDS
from core.errors import WrongCall
from core.tables import as_html
from page import look
from page.events import answering
from page.service import complaint
from posters.decode import BadImage
from posters.inputs import download

NO_POSTER = 'this cannot be used as a poster'
SECONDS = 10  # to fetch a poster in
MOST = 100  # posters at once


class Poster(gr.Image):
    """An image that the toolkit decodes, within its limits, and not Gradio; handlers get its path, or None."""

    is_template = True  # the browser has no component of this name, but that of gr.Image

    def preprocess(self, payload):
        return payload and payload.path


def build(service, allow_private=False):
    """The tab; returns its parts that others use: the image, and the id of the film whose poster it is."""
    handlers, titled = Handlers(service, allow_private), titled_models(service)
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            image = Poster(
                label='Poster: drop, paste, or take a photograph', sources=['upload', 'clipboard', 'webcam'],
                height=420, elem_id='poster', buttons=[],
            )  # fmt: skip
            model = gr.Dropdown([*service.choices], label='Model', elem_id='model')
            address = gr.Textbox(label='Or an http address', placeholder='https://…', elem_id='address', max_lines=1)
            film = gr.Textbox(
                label='Or a film of the catalogue', placeholder=example(service.catalogue), elem_id='film', max_lines=1
            )
            title = gr.Textbox(
                label='Title of the film, if it is known',
                info=f'With it {" or ".join(titled)} predicts, instead of the model of the same genres.',
                visible=bool(titled),
                elem_id='title',
                max_lines=1,
            )
        with gr.Column(scale=3, min_width=300):
            predicted = gr.HTML(look.soft('Predictions appear here.'), elem_id='predicted')
            why = gr.HTML(elem_id='why')
            similar = gr.HTML(elem_id='similar')
    with gr.Accordion('Several posters at once', open=False):
        several = gr.File(label=f'Up to {MOST} posters', file_count='multiple', file_types=['image'], elem_id='several')
        table = gr.HTML(elem_id='table')
        csv = gr.DownloadButton('Download as CSV', visible=False, elem_id='csv')

    film_id = gr.State(None)
    started = gr.on([image.change, model.change, title.submit], handlers.predict, [image, model, title, film_id],
                    predicted, concurrency_id='predict', show_progress='minimal')  # fmt: skip
    explained = started.success(
        handlers.explain, [image, model, title], why, concurrency_id='explain', show_progress='minimal'
    )
    explained.then(handlers.similar, [image, film_id], similar, concurrency_id='similar', show_progress='minimal')
    address.submit(handlers.fetch, address, [image, predicted], concurrency_id='fetch', concurrency_limit=4)
    film.submit(handlers.find, film, [image, film_id, predicted], concurrency_id='find')
    several.upload(handlers.predict_several, [several, model], [table, csv], concurrency_id='predict')
    return image, film_id


def titled_models(service):
    """The names of the models that take the title of a film."""
    models = [one for choice in service.choices.values() for one in (choice.titled or {}).values() if one.takes_title]
    return [*dict.fromkeys(one.name for one in models)]


def example(catalogue):
    """A title of the catalogue, of a film with a poster where there is one."""
    return max(catalogue.movies, key=lambda movie: (movie.has_poster(), movie.score or 0)).title


class Handlers:
    def __init__(self, service, allow_private):
        self.service, self.allow_private = service, allow_private

    def fetch(self, address):
        """(image, predictions): the poster behind an address, as a file, or why there is none."""
        try:
            content = download((address or '').strip(), SECONDS, public_only=not self.allow_private)
            path = new_file('poster')
            path.write_bytes(content)
            if reason := complaint(path):
                path.unlink()
                raise BadImage(f'{NO_POSTER}: {reason}')
        except BadImage as error:
            return gr.skip(), look.part(look.problem(error))
        return str(path), gr.skip()

    def find(self, title):
        """(image, id, predictions) of a film of the catalogue, or why there is no poster of it."""
        try:
            movie = self.service.catalogue.search_movie(title=(title or '').strip())
            if not movie:
                raise WrongCall(self.service.catalogue.no_such_film(title or ''))
            return copy_of(movie), movie.id, gr.skip()
        except WrongCall as error:
            return gr.skip(), gr.skip(), look.part(look.problem(error))

    def film(self, path, film_id):
        """The film of that id as long as the poster in the file is its own, else None."""
        movie = self.service.catalogue.by_id.get(film_id)
        same = movie and movie.has_poster() and movie.poster_path().read_bytes() == Path(path).read_bytes()
        return movie if same else None

    @answering
    def predict(self, path, label, title, film_id):
        if not path:
            return look.soft('Predictions appear here.')
        (prediction,) = self.service.predict([path], label, (title or '').strip())
        if prediction.reason:
            return look.part(look.problem(f'{NO_POSTER}: {prediction.reason}'))
        return predictions_of(prediction, self.film(path, film_id))

    @answering
    def explain(self, path, label, title):
        if not path or complaint(path):
            yield ''
            return
        if not self.service.has_explained:
            yield look.part(look.soft('Starting the networks that say why: some seconds, once…'))
        with contextlib.suppress(BadImage):  # the predictions have said so
            panels, legends = self.service.panels(path, label, (title or '').strip())
            yield why_of(panels, legends)
            return
        yield ''

    @answering
    def similar(self, path, film_id):
        if not path or complaint(path):
            yield ''
            return
        if not self.service.is_indexed:
            yield look.part(look.soft('Computing features of all posters of the catalogue, once…'))
        with contextlib.suppress(BadImage):
            yield similar_of(self.service.similar(path, besides=self.film(path, film_id)))
            return
        yield ''

    @answering
    def predict_several(self, paths, label):
        if len(paths) > MOST:
            raise WrongCall(f'{len(paths):,} posters are more than {MOST} at once; predict.py takes any number')
        found = self.service.predict(paths, label)
        models = self.service.choice(label).models
        named = [(Path(path).name, prediction) for path, prediction in zip(paths, found, strict=True)]
        read = [(name, prediction.predicted) for name, prediction in named if prediction.predicted]
        if not read:
            raise BadImage(f'none of these can be used as a poster; {named[0][0]}: {named[0][1].reason}')
        words = [WORDS] if WORDS in read[0][1] else []
        lines = [*Formatter(models, iter(read), more=words).csv()]
        path = new_file('predictions', '.csv')
        path.write_text('\n'.join(lines) + '\n', encoding='utf-8', newline='')
        skipped = [(name, prediction.reason) for name, prediction in named if prediction.reason]
        return table_of(models, read, skipped), gr.DownloadButton(value=str(path), visible=True)


def copy_of(movie):
    """A copy of a film's poster in a file that the page may show. Raises WrongCall where it has none."""
    if not movie.has_poster():
        raise WrongCall(f'there is no poster of {movie} here')
    path = new_file('film', '.jpg')
    path.write_bytes(movie.poster_path().read_bytes())
    return str(path)


def new_file(stem, suffix=''):
    """A path in a new temporary folder of the page, which is emptied by and by."""
    return Path(tempfile.mkdtemp(), f'{stem}{suffix}')


def predictions_of(prediction, movie=None, heading=True):
    """What models predict of a poster; with `movie`, what the catalogue says of its film beside it."""
    parts = []
    if movie and heading:
        parts.append(f'<h2>{escape(str(movie))}</h2>{look.soft(split_line(movie))}')
    parts.append(look.bars(prediction.targets, prediction.predicted, movie))
    if lines := prediction.predicted.get(WORDS):
        parts.append(f'<h3>Words on it</h3><p>{escape(" / ".join(line.text for line in lines))}</p>')
    return look.part(*parts)


def split_line(movie):
    """What the split of a film means for a prediction."""
    if movie.split == 'test':
        return 'A test film: a model that has learned from this catalogue has not seen it.'
    kind = 'training' if movie.split == 'train' else movie.split
    return f'A {kind} film: of a model that has learned from this catalogue, this says little about other films.'


def why_of(panels, legends):
    if not panels:
        return ''
    figures = []
    for panel in panels:
        note = f'{"above" if panel.passed else "below"} its threshold of {panel.threshold:.0%}'
        words = f'<br>{escape(panel.words)}' if panel.words else ''
        figures.append(
            f'<figure>{look.picture(panel.picture, f"what supports {panel.genre}")}<figcaption>'
            f'<b>{escape(panel.genre)} {panel.probability:.0%}</b>, {note}{words}</figcaption></figure>'
        )
    legend = ' '.join(legends)
    return look.part('<h3>Why</h3>', f'<div class="why">{"".join(figures)}</div>', look.soft(legend))


def similar_of(similar):
    entries = [(movie, f'similarity {likeness:.2f}') for movie, likeness in similar]
    return look.part('<h3>Films of the catalogue with similar posters</h3>', look.films(entries))


def table_of(models, read, skipped):
    header = ['Poster', *(saved.target.name.capitalize() for saved in models.values())]
    rows = [
        [name, *(saved.target.format_text(predicted[target], 3) for target, saved in models.items())]
        for name, predicted in read
    ]
    problems = [look.problem(f'{name}: {reason}') for name, reason in skipped]
    return look.part(f'<div class="wide">{as_html([header, *rows])}</div>', *problems)
