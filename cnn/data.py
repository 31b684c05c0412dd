"""The posters and films that a config asks for."""

from dataclasses import replace

from catalogues.splits import split_of
from cnn.config import TrainConfig
from movies_dataset import Catalogue, Movie, PosterSet


def load_posters(catalogue: Catalogue, target, config: TrainConfig) -> PosterSet:
    """The posters of the films that have what `target` predicts, with its labels, (films, outputs).

    Raises WorkFailed where there is none.
    """
    assert config.min_year and config.ratio, 'the config is not resolved'
    data = catalogue.load_posters(
        config.min_year,
        config.max_year,
        config.ratio,
        config.genres,
        config.split,
        target.has_label,
        target.missing,
        target.films,
    )
    return replace(data, labels=target.labels(data.movies))


def training_films(catalogue: Catalogue, target, config: TrainConfig) -> list[Movie]:
    """All training films that have what `target` predicts, those without a poster too."""
    films = catalogue.list_movies(genres=config.genres or None, min_year=config.min_year, max_year=config.max_year)
    return [film for film in films if split_of(film.id, config.split) == 'train' and target.has_label(film)]
