"""Linear probes, and numbers predicted as distributions."""

import numpy as np
import pytest
from scipy.special import softmax

from cnn.evaluate import calibration
from cnn.targets.binned import Bins
from cnn.targets.genres import Genres
from cnn.train import logistic
from movies_dataset import Movie


def test_bins_decode_the_value_they_encode():
    values = np.array([1903.0, 1950.0, 1999.5, 2017.0])
    bins = Bins.between(1903, 2017, 4.0)
    assert bins.edges[0] <= 1899 and bins.edges[-1] >= 2021
    low, middle, high = bins.quantiles(bins.spread(values)).T
    assert middle == pytest.approx(values, abs=0.5)
    assert (low < middle).all() and (middle < high).all()


def test_the_prediction_is_the_median():
    bins = Bins(0.0, 1.0, 4)
    quantiles = bins.quantiles(np.array([[0.5, 0.0, 0.0, 0.5], [0.0, 0.8, 0.2, 0.0]]))
    assert quantiles[1] == pytest.approx([1.125, 1.625, 2.5])
    assert quantiles[0, 0] == pytest.approx(0.2) and quantiles[0, 2] == pytest.approx(3.8)


@pytest.mark.parametrize('activation', ['sigmoid', 'softmax'])
@pytest.mark.parametrize('width', [12, logistic.AXES + 100])
def test_a_fitted_head_has_the_least_cost(activation, width):
    rng = np.random.default_rng(0)
    features = rng.standard_normal((400, width)).astype(np.float32)
    features *= np.geomspace(3, 0.1, width, dtype=np.float32)
    true = features @ rng.standard_normal((width, 3))
    labels = (true > 0).astype(np.float32) if activation == 'sigmoid' else softmax(true, axis=1)
    strength = 0.1
    weights, biases = logistic.solve(features, logistic.principal_axes(features), labels, strength, activation)
    error = logistic.apply(features, (weights, biases), activation) - labels
    assert np.abs(features.T @ error / 400 + strength * weights).max() < 1e-3
    assert np.abs(error.mean(axis=0)).max() < 1e-3


def test_thresholds_are_of_calibrated_probabilities():
    """Outputs that are far too low: the thresholds are on the scale that is shown, and their films reach them."""
    random = np.random.default_rng(1)
    movies = [Movie(i, 'A', 1999, None, ('Drama',) if i % 2 else ('Comedy',), 'u') for i in range(200)]
    target = Genres(('Comedy', 'Drama'))
    labels = target.labels(movies)
    outputs = 1 / (1 + np.exp(-random.normal(2.0 * labels - 6.0)))
    card = target.fit(movies, outputs)
    calibrated = calibration.apply(card['calibration'], target.genres, outputs)
    assert calibrated.mean() > 10 * outputs.mean()
    for i, genre in enumerate(target.genres):
        above = calibrated[:, i] - card['thresholds'][genre]
        assert 0 <= above[above >= 0].min() < 2e-6
    assert card['scores']['f1_macro_tuned'] > 0.7
