"""Why a model predicts what it predicts: overlays on posters, its neurons, and the faithfulness of the overlays."""

from pathlib import Path

from catalogues.flags import FLAGS as CATALOGUE_FLAGS
from catalogues.flags import how_to_read
from core import hardware
from core.cli import Flag, Parser, text, titles
from core.errors import WorkFailed, WrongCall, run, say

ABOUT = """
Show why a model predicts what it predicts. For given posters: which part of them supports which genre. Without any: the
same for a dozen test films, what the model's neurons respond to, and the faithfulness of the overlays; of a model that
reads words also what these say for each genre, and what happens when they are painted over.

  python3 explain.py MODEL
  python3 explain.py MODEL -movie="The Matrix;Spirited Away"
  python3 explain.py MODEL -poster=my_poster.jpg
"""

MODEL = 'the name of a saved model, the path of its file, a published folder, or hf:user/name'
FLAGS = {
    'Which posters': [
        Flag('movie', 'only these films', None, titles, '"A;B"'),
        Flag('poster', 'only the poster in this file, or behind this http address', None, text, 'FILE'),
        Flag('title', "with -poster and a model that takes titles: the film's", None, text, '"The Matrix"'),
        *CATALOGUE_FLAGS,
    ],
    'Where from and where to': [
        Flag('models', 'the folder of saved models', 'saved_models', text),
        Flag('out', 'the folder for what is made; without it explained/MODEL', None, text, 'FOLDER'),
    ],
    'Hardware': hardware.FLAGS,
}


def main():
    flags = Parser(ABOUT, FLAGS, ('MODEL', MODEL)).parse()
    saved = find_model(flags.MODEL, flags.models)
    if flags.poster and saved.takes_title and not flags.title:
        raise WrongCall(f'{saved.name} takes the title of the film, too: -title="The Matrix"')
    poster = flags.poster and read_poster(flags.poster, saved)
    catalogue = None
    if flags.movie or not poster:
        from movies_dataset import open_catalogue

        catalogue = open_catalogue(flags.catalogue, flags.data, how_to_read(flags))
        print(catalogue)
    films = [find_film(catalogue, title) for title in flags.movie or ()]
    folder = Path(flags.out or Path('explained', saved.name))
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    print(machine)
    from cnn.explain import report  # after the set-up: these import Keras
    from cnn.explain.subject import Subject

    subject = Subject.open(saved, machine)
    status = 0
    if poster:
        title = Path(flags.poster).stem
        print(report.poster_overlay(subject, report.overlay_path(folder, title), title, flags.title, *poster))
    if films:
        status = show_films(subject, films, folder)
    if not poster and not films:
        explain_model(subject, catalogue, folder)
    return status


def find_model(words, folder):
    from cnn.locate import locate  # slow: NumPy
    from cnn.saved_models import find_models, open_model

    if len(words) != 1:
        known = ', '.join(path.stem for path in find_models(folder))
        raise WrongCall(f'give one model: python3 explain.py MODEL; {folder} has {known}')
    saved = open_model(find_models(*locate(words[0], folder))[0])
    if not saved.target.explainable:
        raise WrongCall(f'{saved.name} predicts the {saved.target.name}; only models of genres can be explained')
    return saved


def read_poster(name, saved):
    from posters.decode import BadImage  # slow: Pillow
    from posters.inputs import in_sizes
    from posters.layout import poster_size

    try:
        return in_sizes(name, poster_size(saved.config.ratio))
    except BadImage as error:
        raise WorkFailed(f'-poster={name}: {error}') from None


def find_film(catalogue, title):
    movie = catalogue.search_movie(title=title)
    if not movie:
        raise WrongCall(f'-movie={title}: {catalogue.no_such_film(title)}')
    return movie


def show_films(subject, films, folder):
    """Write the overlays of films; returns 1 if any has no poster, which is named, else 0."""
    from cnn.explain.report import film_overlay

    saved, status = subject.saved, 0
    for movie in films:
        if not saved.target.has_label(movie):
            print(f'{movie} is {", ".join(movie.genres)}: none of the genres that {saved.name} was trained on')
        try:
            print(film_overlay(subject, folder, movie))
        except WorkFailed as error:
            status = say(error, 1)
    return status


def explain_model(subject, catalogue, folder):
    """Neurons, faithfulness, the words where it reads any, and the overlays of a dozen test films."""
    from cnn.data import load_posters
    from cnn.explain import report, word_report

    saved = subject.saved
    data = load_posters(catalogue, saved.target, saved.config)
    parts = [(report.explain_neurons, 'validation'), (report.explain_faithfulness, 'test')]
    if subject.reader:
        parts += [(word_report.explain_words, 'validation'), (word_report.explain_deletion, 'test')]
    for explain, split in parts:
        part = data.split(split)
        if not len(part.movies):
            raise WorkFailed(f'no film with a poster is in the {split} split; more films are needed')
        paths, lines = explain(subject, part, folder)
        print('', *lines, *paths, sep='\n')
    print()
    show_films(subject, report.dozen(catalogue, data.split('test').movies), folder)


if __name__ == '__main__':
    run(main)
