"""The posters that a config asks for."""

from dataclasses import replace

from cnn.config import TrainConfig
from movies_dataset import Catalogue, PosterSet


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
