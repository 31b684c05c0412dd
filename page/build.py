"""The page: its tabs, put together."""

import gradio as gr

from page import browsing, comparing, generating, predicting

TITLE = 'Movie posters'


def build(service, evaluations, generators, data, allow_private=False):
    """The page as Gradio's Blocks."""
    catalogue = service.catalogue
    with gr.Blocks(title=TITLE, analytics_enabled=False) as blocks:
        with_posters = sum(movie.has_poster() for movie in catalogue.movies)
        gr.HTML(
            f'<h1>{TITLE}</h1><p>Genres, year and score from a poster, and new posters on request. '
            f'Catalogue: {len(catalogue.movies):,} films, {with_posters:,} with a poster.</p>',
            elem_id='head',
        )
        with gr.Tabs() as tabs:
            with gr.Tab('Predict', id='predict'):
                image, film_id = predicting.build(service, allow_private)
            with gr.Tab('New posters', id='new'):
                generating.build(service, generators)
            with gr.Tab('Models', id='models'):
                comparing.build(service, evaluations)
            with gr.Tab('Catalogue', id='catalogue') as films:
                handlers, wanted, shown, missing = browsing.build(service, data, image, film_id, tabs)
        films.select(handlers.search, wanted, shown, concurrency_id='browse')
        films.select(handlers.missing, None, missing, concurrency_id='browse')
    return blocks
