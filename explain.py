"""Why a model says what it says: overlays on posters, its neurons, and how far the overlays can be trusted."""

from pathlib import Path

import movies_dataset
from cnn.saved_models import find_models, open_model
from core import hardware
from core.cli import Flag, Parser, text, titles
from core.errors import WorkFailed, WrongCall, run, say
from posters.layout import poster_size

ABOUT = """
Show why a model says what it says. Of posters that are asked for: which part of them speaks for which genre. Without
any: the same of a dozen test films, what the model's neurons respond to, and how honest the overlays are.

  python3 explain.py MODEL
  python3 explain.py MODEL -movie="The Matrix;Spirited Away"
  python3 explain.py MODEL -poster=my_poster.jpg
"""

FLAGS = {
    'Which posters': [
        Flag('movie', 'only these films', None, titles, '"A;B"'),
        Flag('poster', 'only the poster in this file, or behind this http address', None, text, 'FILE'),
        *movies_dataset.FLAGS,
    ],
    'Where from and where to': [
        Flag('models', 'the folder of saved models', 'saved_models', text),
        Flag('out', 'the folder for what is made; without it explained/MODEL', None, text, 'FOLDER'),
    ],
    'Hardware': hardware.FLAGS,
}


def main():
    flags = Parser(ABOUT, FLAGS, ('MODEL', 'the name of a saved model, or the path of its .keras file')).parse()
    saved = find_model(flags.MODEL, flags.models)
    poster = flags.poster and read_poster(flags.poster, saved)
    if flags.movie or not poster:
        print(movies_dataset.open_catalogue(flags.catalogue, flags.data))
    films = [find_film(title) for title in flags.movie or ()]
    folder = Path(flags.out or Path('explained', saved.name))
    machine = hardware.set_up('float32', flags.xla, flags.threads)
    print(machine)
    from cnn.explain.report import open_explainer, overlay_path, write_overlay

    explainer = open_explainer(saved, machine)
    status = 0
    if poster:
        asked, shown = poster
        title = Path(flags.poster).stem
        print(write_overlay(saved, explainer, overlay_path(folder, title), title, asked, shown=shown))
    if films:
        status = show_films(saved, explainer, films, folder)
    if not poster and not films:
        explain_model(saved, explainer, folder)
    return status


def find_model(words, folder):
    if len(words) != 1:
        known = ', '.join(path.stem for path in find_models(folder))
        raise WrongCall(f'say which model: python3 explain.py MODEL; in {folder} are {known}')
    given = Path(words[0])
    is_path = given.suffix == '.keras' and given.is_file()
    saved = open_model(given if is_path else find_models(folder, given.name)[0])
    if saved.target != 'genres':
        raise WrongCall(f'{saved.name} tells the {saved.target}; only models of genres can be explained')
    return saved


def read_poster(name, saved):
    from posters.decode import BadImage
    from posters.inputs import in_sizes

    try:
        return in_sizes(name, poster_size(saved.settings['ratio']))
    except BadImage as error:
        raise WorkFailed(f'-poster={name}: {error}') from None


def find_film(title):
    movie = movies_dataset.search_movie(title=title)
    if not movie:
        raise WrongCall(f'-movie={title}: {movies_dataset.no_such_film(title)}')
    return movie


def show_films(saved, explainer, films, folder):
    """Write the overlays of films; returns 1 if any has no poster, which is named, else 0."""
    from cnn.explain.report import film_overlay

    status = 0
    for movie in films:
        if not set(movie.genres) & set(saved.genres):
            print(f'{movie} is {", ".join(movie.genres)}: none of the genres that {saved.name} was trained on')
        try:
            print(film_overlay(saved, explainer, folder, movie))
        except WorkFailed as error:
            status = say(error, 1)
    return status


def explain_model(saved, explainer, folder):
    """Neurons, honesty, and the overlays of a dozen test films."""
    from cnn.explain import report

    settings = saved.settings
    years = settings['min_year'], settings['max_year']
    data = movies_dataset.load_posters(*years, saved.genres, settings['ratio'], scheme=saved.scheme)
    for explain, split in ((report.explain_neurons, 'validation'), (report.explain_honesty, 'test')):
        part = data.split(split)
        if not len(part.movies):
            raise WorkFailed(f'no film with a poster falls into the {split} split; more films are needed')
        paths, lines = explain(saved, explainer, part, folder)
        print('', *lines, *paths, sep='\n')
    print()
    show_films(saved, explainer, report.dozen(data.split('test').movies), folder)


if __name__ == '__main__':
    run(main)
