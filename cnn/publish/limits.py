"""What is known of the limits and biases of a model: what docs/results.md and docs/words.md have found, in short."""

from catalogues import kaggle
from cnn.saved_models import SavedModel
from posters.layout import HEIGHT, WIDTH, poster_size

SAMPLE = 'the sample catalogue of the toolkit'


def lines(saved: SavedModel, origin: str) -> list[str]:
    """Sentences, one limit each; `origin` is the name of the catalogue that the model was trained on."""
    config = saved.config
    width, height = poster_size(config.ratio)
    dates = f'films of {config.min_year} to {config.max_year}, ' if saved.card.dated else ''
    found = []
    if origin == SAMPLE:
        found.append('The films are invented and a program has drawn their posters: it is of no use for real posters.')
    found.append(
        f'It knows posters of {dates}{width}x{height} pixels. Other images '
        'are resized to that: small print is lost, and what is no poster gets a prediction too.'
    )
    found += _of_genres(saved) if saved.target.takes_genres else _of_numbers(saved)
    if kaggle.TITLE in origin:
        found += _of_kaggle(saved)
    if saved.reads_words:
        found += _of_words(saved, kaggle.TITLE in origin)
    found.append(
        'A film has its split by its id; films of a series are not kept together, so that test films are slightly '
        'easier than films that nobody has seen.'
    )
    return found


def _of_genres(saved):
    yield (
        'It predicts what posters of a genre look like, not what a film is. Genres have a layout, colors and a medium: '
        'a film whose poster hides its genre is missed.'
    )
    yield (
        'The labels are those of the catalogue, which names few genres per film and leaves out some that it has; a '
        'prediction that only the catalogue lacks counts as an error here.'
    )
    yield 'Thresholds were tuned for F1: move them where a wrong genre costs more than a missing one.'
    from cnn.evaluate.metrics import LEAST_FILMS  # slow: scikit-learn

    films = saved.card.test_scores.get('groups', {}).get('films', {})
    rare = [genre for genre, number in films.items() if number < LEAST_FILMS]
    if rare and len(rare) < len(films):
        yield f'So few test films are {" or ".join(rare)} that macro averages leave them out; they are uncertain.'


def _of_numbers(saved):
    yield (
        f'The {saved.target.name} is guessed from style. The interval is to hold 80% of all films; where the '
        f'{saved.target.name} is rare, it holds fewer.'
    )


def _of_kaggle(saved):
    sizes = '' if isinstance(saved.config.ratio, str) else f', thumbnails of {WIDTH}x{HEIGHT} pixels'
    yield (
        "Genres, titles and scores are IMDb's, of films up to 2017. Only films whose poster could still be downloaded "
        f'were used{sizes}.'
    )
    if saved.target.takes_genres:
        yield (
            "Of the eight test predictions of the toolkit's model of seven genres that were surest and wrong by the "
            'catalogue, six were genres that the catalogue had left out.'
        )


def _of_words(saved, on_kaggle):
    yield (
        'Latin, Chinese and Japanese scripts are read. Cyrillic and Greek come out as Latin letters that look alike, '
        'other scripts are left out or misread.'
    )
    yield (
        'The words are believed: a single known word on a poster may decide everything, and a poster with the words of '
        'another film is worse off than one without any. It has learned names of people, series and labels.'
    )
    if on_kaggle and saved.target.takes_genres:
        yield (
            "What words add was measured for the toolkit's seven genres: macro mAP +0.039 (+0.028 to +0.051); on "
            'posters with other scripts beside Latin +0.020 (-0.014 to +0.055), which may be chance.'
        )
