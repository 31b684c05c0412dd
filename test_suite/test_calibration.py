"""Calibration: probabilities that come true as often as they say."""

import json

import numpy as np
import pytest

from cnn import saved_models
from cnn.evaluate import calibration
from cnn.evaluate.metrics import calibration_error, macro_map
from core.errors import WorkFailed

GENRES = 'Comedy', 'Drama', 'War'


def films(count, slope, intercept, seed):
    """Labels, and probabilities of a model whose truth is sigmoid(slope logit(p) + intercept)."""
    random = np.random.default_rng(seed)
    outputs = calibration.sigmoid(random.normal(-1, 2, (count, len(GENRES))))
    true = calibration.sigmoid(slope * calibration.logits(outputs) + intercept)
    return (random.random(outputs.shape) < true).astype(np.uint8), outputs


def test_calibration_finds_what_is_wrong():
    """Fitted on films that are not the ones it is judged on; the order within a genre, and so macro mAP, stays."""
    found = calibration.fit(GENRES, *films(5000, 0.5, -1, seed=1))
    assert all(line['slope'] == pytest.approx(0.5, abs=0.06) for line in found.values())
    assert all(line['intercept'] == pytest.approx(-1, abs=0.15) for line in found.values())
    labels, outputs = films(2000, 0.5, -1, seed=2)
    calibrated = calibration.apply(found, GENRES, outputs)
    assert calibration_error(labels, outputs) > 0.08
    assert calibration_error(labels, calibrated) < 0.02
    assert (calibrated.argsort(axis=0) == outputs.argsort(axis=0)).all()
    assert macro_map(labels, calibrated) == macro_map(labels, outputs)
    assert calibration.apply(found, GENRES, outputs[0]) == pytest.approx(calibrated[0])


def test_genres_that_cannot_be_calibrated():
    """One that no film has stays as it is; one told the wrong way round says little, and keeps its order."""
    labels, outputs = films(500, 1, 0, seed=3)
    labels[:, 1], labels[:, 2] = 0, outputs[:, 2] < 0.2
    found = calibration.fit(GENRES, labels, outputs)
    assert found['Drama'] == calibration.IDENTITY
    assert found['War']['slope'] == calibration.LEAST_SLOPE
    calibrated = calibration.apply(found, GENRES, outputs)
    assert calibrated[:, 1] == pytest.approx(outputs[:, 1])
    assert (calibrated.argsort(axis=0) == outputs.argsort(axis=0)).all()
    assert abs(calibrated[:, 2].mean() - labels[:, 2].mean()) < 0.02


def test_the_certain_and_the_faultless():
    """0 and 1 stay, and a genre that is told without an error gets no infinite slope."""
    labels = np.repeat([[0, 0, 1], [1, 1, 0]], 20, axis=0)
    outputs = np.where(labels, 0.6, 0.4)
    found = calibration.fit(GENRES, labels, outputs)
    assert all(1 < line['slope'] < 100 for line in found.values())
    assert (calibration.apply(found, GENRES, np.array([0.0, 1.0, 0.0], np.float32)) == [0, 1, 0]).all()


def test_a_saved_model_calibrates(tmp_path):
    """By its card; a card of old has no calibration, and one with half a calibration is no card."""
    settings = {'min_year': 1977, 'max_year': 2017, 'ratio': 30, 'version': 1, 'epochs': 1}
    card = {'settings': settings, 'genres': GENRES, 'scores': {'map': 0.5}, 'thresholds': dict.fromkeys(GENRES, 0.5)}
    outputs = np.array([[0.1, 0.5, 0.9]], np.float32)
    path = tmp_path / 'model.keras'

    def opened(**more):
        saved_models.card_path(path).write_text(json.dumps(card | more))
        return saved_models.open_model(path)

    assert (opened().target.calibrate(outputs) == outputs).all()
    lines = {genre: {'slope': 2, 'intercept': 0} for genre in GENRES}
    assert opened(calibration=lines).target.calibrate(outputs) == pytest.approx(np.array([[1 / 82, 0.5, 81 / 82]]))
    with pytest.raises(WorkFailed, match='this is no model card'):
        opened(calibration={'Comedy': {'slope': 2, 'intercept': 0}})
