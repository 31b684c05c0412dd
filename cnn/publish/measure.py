"""Test scores for the model card of a model that is published."""

from dataclasses import replace

from cnn.saved_models import SavedModel
from core import hardware
from core.errors import WorkFailed
from core.log import log
from movies_dataset import Catalogue


def measured(saved: SavedModel, catalogue: Catalogue, named: bool, xla='auto', threads=0) -> SavedModel:
    """The model with test scores in its card: of the test films of `catalogue`, where it was trained on that.

    So it is on any catalogue that the user has `named`; WorkFailed is raised where that cannot be. Else the card keeps
    the scores that it has.
    """
    if not named and catalogue.short_digest != saved.config.catalogue:
        return saved
    machine = hardware.set_up('float32', xla, threads)
    from cnn.evaluate.evaluation import evaluate  # after the set-up: it imports Keras

    try:
        scores = evaluate(saved, catalogue, machine).scores
    except WorkFailed as error:
        if named:
            raise
        log.warning(f'no test scores: {error}')
        return saved
    return replace(saved, card=replace(saved.card, test_scores=scores | {'catalogue': catalogue.short_digest}))
