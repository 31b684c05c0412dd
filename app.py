"""A web page for predictions, new posters, comparisons and the films of the catalogue."""

from pathlib import Path

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import how_to_read
from core.cli import Flag, Parser, integer, listed, text
from core.errors import WorkFailed, run

ABOUT = """
Serve a web page that predicts genres, year and score of posters and says why, makes new posters, compares the saved
models and shows the films of the catalogue. It is for this machine alone, unless -host names an address of the network.

  python3 app.py
  python3 app.py -models=saved_models,my_models -port=8080
"""
FLAGS = {
    'What to show': [
        Flag('models', 'folders of saved models, with commas', ('saved_models',), listed(text), 'saved_models'),
        *CATALOGUE_FLAGS,
        Flag('runs', 'the folder of all runs of GANs', 'dcgan/runs', text),
    ],
    'Where to serve it': [
        Flag('host', 'the address to listen on; 0.0.0.0 for all of this machine: anyone who reaches it can use the '
             'page', '127.0.0.1', text),
        Flag('port', 'the port to listen on', 7860, integer(0, 65_535)),
        Flag('allow_private', 'let visitors name posters on this machine and in private networks'),
    ],
}  # fmt: skip


def main():
    flags = Parser(ABOUT, FLAGS).parse()
    from page import server

    listener = server.bind(flags.host, flags.port)
    folder = server.private_folder()
    from movies_dataset import open_catalogue  # slow, as are those below: NumPy, onnxruntime
    from page.service import Service

    catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
    print(catalogue)
    service = Service(catalogue, flags.models)
    try:
        with server.without_stubs():
            from page import look  # Gradio, which takes seconds
            from page.build import build
    except ModuleNotFoundError as error:
        raise WorkFailed(
            f'the package {error.name} is not installed; run: pip install -r requirements-app.txt'
        ) from None
    from page.evaluations import Evaluations
    from page.generators import Generators

    service.warm_up()
    blocks = build(service, Evaluations(service), Generators(flags.runs), Path(flags.data), flags.allow_private)
    host, port = listener.getsockname()[:2]
    print(f'the page: http://{"localhost" if host == "0.0.0.0" else host}:{port}  (Ctrl-C ends it)', flush=True)
    server.serve(blocks, listener, folder, look.THEME, look.CSS)


if __name__ == '__main__':
    run(main)
