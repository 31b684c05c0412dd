"""The tab New posters: posters of a GAN on request, their neighbors, the nearest real ones, and videos."""

import zipfile

import gradio as gr
from PIL import Image

from core.errors import WorkFailed, WrongCall
from page import look
from page.events import answering
from page.generators import SHIPPED, Request, conditions_of
from page.predicting import new_file, similar_of

MOST = 40  # posters at once
HIGH = 268  # pixels of a poster on the page, at least
OPEN = 'any'


def build(service, generators):
    handlers = Handlers(service, generators)
    names = generators.names()
    genres, decades = handlers.conditions(names[0])
    state, chosen = gr.State(None), gr.State(())
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            run = gr.Dropdown(names, label='Generator', elem_id='run')
            genre = gr.CheckboxGroup(genres, label='Genres', visible=bool(genres), elem_id='genres')
            decade = gr.Dropdown([OPEN, *decades], value=OPEN, label='Decade', visible=bool(decades), elem_id='decade')
            number = gr.Slider(1, MOST, 12, step=1, label='Posters', elem_id='number')
            seed = gr.Number(1, label='Seed', info='The same seed makes the same poster.', precision=0, minimum=0)
            with gr.Accordion('More', open=False):
                truncation = gr.Slider(
                    0.3, 1.2, 1, step=0.05, label='Truncation', info='Below 1: less variety, fewer failures.'
                )
                guidance = gr.Slider(
                    1, 5, 2, step=0.25, label='Guidance', info='How strongly genres and decade show.',
                    visible=bool(genres),
                )  # fmt: skip
                title = gr.Textbox(
                    label='Title', info='Set in type, in place of the illegible one.', max_length=80, max_lines=1
                )
            make = gr.Button('Make posters', variant='primary', elem_id='make')
        with gr.Column(scale=3, min_width=300):
            gallery = gr.Gallery(
                show_label=False, columns=4, height='auto', object_fit='contain', format='png',
                buttons=['download'], allow_preview=False, elem_id='gallery',
            )  # fmt: skip
            zipped = gr.DownloadButton('Download all', visible=False, elem_id='zip')
            selected = gr.HTML(elem_id='selected')
            with gr.Row(visible=False) as between:
                first = gr.Number(label='From seed', precision=0, min_width=90)
                second = gr.Number(label='to seed', precision=0, min_width=90)
                walk = gr.Button('Video from one to the other', elem_id='walk')
            film = gr.Video(label='Latent interpolation', visible=False, loop=True, autoplay=True, height=420)

    run.change(handlers.choose, run, [genre, decade, guidance], concurrency_id='generate')
    wanted = [run, genre, decade, number, seed, truncation, guidance, title]
    made = [gallery, zipped, state, selected, film, between, first, second]
    make.click(handlers.make, wanted, made, concurrency_id='generate')
    gallery.select(handlers.select, [state, chosen], [selected, chosen, first, second], concurrency_id='generate')
    walk.click(handlers.interpolate, [state, first, second], film, concurrency_id='generate')


class Handlers:
    def __init__(self, service, generators):
        self.service, self.generators = service, generators

    def conditions(self, name):
        """(genres, decades as texts) that the generator of that name can be asked for."""
        try:
            genres, decades = conditions_of(self.generators.open(name))
        except (WorkFailed, WrongCall):
            return (), ()
        return genres, tuple(f'{decade}s' for decade in decades)

    @answering
    def choose(self, name):
        self.generators.open(name)
        genres, decades = self.conditions(name)
        return (
            gr.CheckboxGroup(genres, value=[], visible=bool(genres)),
            gr.Dropdown([OPEN, *decades], value=OPEN, visible=bool(decades)),
            gr.Slider(visible=bool(genres)),
        )

    @answering
    def make(self, name, genres, decade, number, seed, truncation, guidance, title):
        if not 1 <= number <= MOST:
            raise WrongCall(f'between 1 and {MOST} posters can be made at once')
        seed = seed_of(seed)
        if not 0 < truncation <= 2:
            raise WrongCall('truncation is a number above 0 and up to 2')
        wanted = None if decade in (OPEN, None) else int(decade.removesuffix('s'))
        conditional = bool(genres) or wanted is not None
        request = Request(name, genres, wanted, truncation, guidance if conditional else None, (title or '').strip())
        seeds = range(seed, seed + int(number))
        images = [self.generators.finish(image, request) for image in self.generators.posters(request, seeds)]
        captioned = [(enlarged(image), f'seed {one}') for image, one in zip(images, seeds, strict=True)]
        return (
            gr.Gallery(captioned, selected_index=None),
            gr.DownloadButton(value=zip_of(images, seeds), visible=True),
            (request, seeds),
            look.soft('Select a poster to see its neighbors, the real poster nearest to it, and its predicted genres.'),
            gr.Video(visible=False),
            gr.Row(visible=len(seeds) > 1),
            seeds[0],
            seeds[-1],
        )

    @answering
    def select(self, state, chosen, event: gr.SelectData):
        request, seeds = state
        seed = seeds[event.index]
        before = next((one for one in reversed(chosen) if one in seeds and one != seed), None)
        return self.describe(request, seed), (*chosen, seed)[-2:], seeds[0] if before is None else before, seed

    def describe(self, request, seed):
        """A generated poster with its predicted genres, its latent neighbors and the real poster nearest to it."""
        (image,) = self.generators.posters(request, [seed])
        path = new_file('generated', '.png')
        poster = self.generators.finish(image, request)
        poster.save(path)
        (prediction,) = self.service.predict([path], next(iter(self.service.choices)))
        bars = look.bars(prediction.targets, prediction.predicted)
        neighbors = ''.join(
            f'<figure>{look.picture(enlarged(Image.fromarray(one)), "a latent neighbor")}</figure>'
            for one in self.generators.neighbors(request, seed)
        )
        return look.part(
            f'<h2>Seed {seed}</h2><div class="film">{look.picture(enlarged(poster), f"seed {seed}")}'
            f'<div><h3>What the models predict of it</h3>{bars}</div></div>',
            f'<h3>Latent neighbors</h3><div class="films">{neighbors}</div>',
            self.nearest(request, image, path),
        )

    def nearest(self, request, image, path):
        found = self.generators.nearest(request.run, image)
        if found:
            real, ratio = found
            note = f'distance {ratio:.2f} of that to the tenth nearest: a copy has 0, a poster of its own nearly 1'
            figure = f'<figure>{look.picture(enlarged(real), "the nearest training poster")}</figure>'
            return f'<h3>The nearest training poster</h3><div class="films">{figure}</div>{look.soft(note)}'
        try:
            similar = self.service.similar(path)
        except WorkFailed:
            return ''
        note = f'Generator: {SHIPPED}, which comes without the posters that it was trained on.'
        return similar_of(similar) + look.soft(note)

    @answering
    def interpolate(self, state, first, second):
        first, second = seed_of(first), seed_of(second)
        if first == second:
            raise WrongCall('give the seeds of two different posters')
        request, _ = state
        path = new_file('interpolation', '.mp4')
        self.generators.interpolate(request, [first, second], path)
        return gr.Video(str(path), visible=True)


def seed_of(value):
    """A seed that a visitor gives. Raises WrongCall for what is none."""
    if value is None or not 0 <= value < 2**31:
        raise WrongCall(f'a seed is a whole number from 0 to {2**31 - 1:,}')
    return int(value)


def enlarged(image):
    """`image` as high as the page shows it."""
    if image.height >= HIGH:
        return image
    factor = -(-HIGH // image.height)
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.BICUBIC)


def zip_of(images, seeds):
    path = new_file('posters', '.zip')
    with zipfile.ZipFile(path, 'w') as archive:
        for image, seed in zip(images, seeds, strict=True):
            with archive.open(f'{seed:06d}.png', 'w') as file:
                image.save(file, 'png')
    return str(path)
