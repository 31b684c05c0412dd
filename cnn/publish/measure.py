"""Test scores for the model card of a model that is published."""

from dataclasses import replace

from cnn.saved_models import SavedModel
from core import hardware
from core.log import log
from movies_dataset import Catalogue


def measured(saved: SavedModel, catalogue: Catalogue, named: bool, xla='auto', threads=0) -> SavedModel:
    """The model with test scores in its card: of the test films of `catalogue`, where it was trained on that.

    On one that the user has `named` it is tested in any case. Where no test film is at hand the card keeps the scores
    that it has. Raises WorkFailed where the model cannot be evaluated.
    """
    if not named and not _is_at_hand(catalogue, saved):
        if not saved.card.test_scores:
            log.warning('no test films are at hand: README.md has scores of validation films, without intervals')
        return saved
    machine = hardware.set_up('float32', xla, threads)
    from cnn.evaluate.evaluation import evaluate  # after the set-up: it imports Keras

    scores = evaluate(saved, catalogue, machine).scores | {'catalogue': catalogue.short_digest}
    return replace(saved, card=replace(saved.card, test_scores=scores))


def _is_at_hand(catalogue, saved):
    """Whether the model was trained on this catalogue, and posters of its test films are there."""
    films = (movie for movie in catalogue.movies if movie.split == 'test')
    return catalogue.short_digest == saved.config.catalogue and any(
        movie.has_poster(saved.config.ratio) for movie in films
    )
