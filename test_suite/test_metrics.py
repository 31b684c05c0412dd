"""Scores against figures worked out by hand."""

import numpy as np
import pytest
from sklearn import metrics as skm
from sklearn.metrics import average_precision_score

from cnn.evaluate import bootstrap, metrics
from cnn.targets.genres import rounded_down

LABELS = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [1, 0, 0]], np.uint8)
SAID = np.array([[0.9, 0.2, 0.3], [0.8, 0.6, 0.1], [0.4, 0.7, 0.6], [0.6, 0.1, 0.2]])


def test_average_precision():
    # genre 0: hits at ranks 1, 3, 4 -> (1/1 + 2/3 + 3/4) / 3; genre 1: ranks 1, 2; genre 2: rank 2
    expected = [(1 + 2 / 3 + 3 / 4) / 3, 1.0, 0.5]
    assert metrics.average_precisions(LABELS, SAID) == pytest.approx(expected)
    assert metrics.macro_map(LABELS, SAID) == pytest.approx(np.mean(expected))


def test_a_genre_without_films_is_left_out():
    labels = LABELS.copy()
    labels[:, 2] = 0
    assert np.isnan(metrics.average_precisions(labels, SAID)[2])
    assert metrics.macro_map(labels, SAID) == pytest.approx(np.mean([(1 + 2 / 3 + 3 / 4) / 3, 1.0]))
    assert metrics.tune_thresholds(labels, SAID)[2] == 0.5
    assert np.isfinite(list(metrics.scores(labels, SAID, np.full(3, 0.5)).values())).all()


def test_rare_genres_are_left_out_of_macro_averages():
    """29 films are too few to count, 30 are not; where all are rare all count."""
    labels = np.zeros((200, 3), np.uint8)
    labels[:100, 0], labels[100:130, 1], labels[150:179, 2] = 1, 1, 1
    probabilities = np.random.default_rng(1).random(labels.shape)
    assert metrics.counted(labels).tolist() == [True, True, False]
    assert metrics.counted(labels[150:]).tolist() == [False, False, True]
    precisions = metrics.average_precisions(labels, probabilities)
    assert not np.isnan(precisions).any()
    assert metrics.macro_map(labels, probabilities) == pytest.approx(precisions[:2].mean())
    areas = [skm.roc_auc_score(labels[:, i], probabilities[:, i]) for i in range(2)]
    assert metrics.macro_auc(labels, probabilities) == pytest.approx(np.mean(areas))
    said = probabilities >= 0.5
    both = [skm.f1_score(labels[:, i], said[:, i]) for i in (0, 1)]
    assert metrics.f1(labels, said, 'macro') == pytest.approx(np.mean(both))
    assert metrics.f1(labels, said, 'micro') == pytest.approx(skm.f1_score(labels, said, average='micro'))
    weights = bootstrap.draws(200, 20)
    resampled = metrics.weighted_precisions(labels, probabilities, weights)[:, :2].mean(axis=1)
    np.testing.assert_allclose(bootstrap.macro_maps(labels, probabilities, 20), resampled)


def test_calibration_errors_of_genres_do_not_cancel():
    labels = np.repeat([[1, 0]], 10, axis=0)
    probabilities = np.full((10, 2), 0.5)
    assert metrics.calibration_error(labels, probabilities) == 0
    assert metrics.calibration_errors(labels, probabilities).tolist() == [0.5, 0.5]


def test_the_film_that_sets_a_threshold_reaches_it():
    exact = np.array([0.1234567, 0.9999999, 0.5])
    kept = rounded_down(exact)
    assert (kept <= exact).all() and (exact - kept < 1e-6).all()


def test_thresholds_give_the_best_f1():
    thresholds = metrics.tune_thresholds(LABELS, SAID)
    for i in range(3):
        best = max(metrics.f1(LABELS[:, [i]], SAID[:, [i]] >= cut, 'macro') for cut in np.unique(SAID[:, i]))
        assert metrics.f1(LABELS[:, [i]], SAID[:, [i]] >= thresholds[i], 'macro') == pytest.approx(best)


def test_scores():
    scores = metrics.scores(LABELS, SAID, np.array([0.4, 0.5, 0.25]))
    # at 0.5: rows say 100, 110, 011, 100; wrong are (0,2), (1,0), (2,0), (2,2)
    assert scores['hamming'] == pytest.approx(4 / 12)
    assert scores['exact_match'] == pytest.approx(1 / 4)
    assert scores['f1_micro'] == pytest.approx(2 * 4 / (2 * 4 + 2 + 2))
    assert scores['f1_macro'] == pytest.approx(np.mean([2 / 3, 1.0, 0.0]))
    assert scores['f1_micro_tuned'] == pytest.approx(2 * 6 / (2 * 6 + 2))
    assert scores['coverage'] == pytest.approx(4 / 4)
    assert metrics.scores(LABELS, SAID, np.array([0.9, 0.65, 0.9]))['coverage'] == pytest.approx(2 / 4)
    assert scores['top1_hit'] == pytest.approx(3 / 4)
    # argmax of the labels: 0, 1, 0, 0; of what is said: 0, 0, 1, 0
    assert scores['original_accuracy'] == pytest.approx(2 / 4)


def test_baseline_is_what_a_constant_gets():
    baseline = metrics.baseline(LABELS, LABELS)
    assert baseline['map'] == pytest.approx(LABELS.mean())
    assert baseline['auc'] == pytest.approx(0.5)
    assert baseline['top1_hit'] == pytest.approx(3 / 4)
    assert baseline['f1_macro_tuned'] == pytest.approx(np.mean([2 * p / (1 + p) for p in LABELS.mean(axis=0)]))


def test_cross_entropy():
    expected = -np.mean(np.where(LABELS, np.log(SAID), np.log(1 - SAID)))
    assert metrics.cross_entropy(LABELS, SAID) == pytest.approx(expected)


def test_precisions_of_many_weightings_are_scikit_learns():
    """Ties and films of no weight included, so that resampled scores are scores."""
    random = np.random.default_rng(1)
    labels = (random.random((200, 3)) < (0.5, 0.2, 0.02)).astype(np.uint8)
    said = np.clip(random.random((200, 3)) + 0.2 * labels, 0, 1)
    said[:, 1] = said[:, 1].round(1)
    weights = random.integers(0, 4, (5, 200)).astype(float)
    expected = [[average_precision_score(labels[:, i], said[:, i], sample_weight=w) for i in range(3)] for w in weights]
    assert metrics.weighted_precisions(labels, said, weights) == pytest.approx(np.array(expected), abs=1e-12)
    weights[0, labels[:, 2] == 1] = 0
    assert np.isnan(metrics.weighted_precisions(labels, said, weights)[0, 2])


def test_calibration_error():
    labels = np.array([[1, 0], [0, 0], [1, 1], [1, 1]], np.uint8)
    said = np.array([[0.45, 0.05], [0.41, 0.02], [0.44, 1.0], [0.90, 0.95]])
    # of 15 bins: 0.40..0.47 holds three, mean 0.4333, 2/3 true; 0..0.07 two, mean 0.035, none true; 0.87..0.93 one;
    # 0.93..1 two, mean 0.975, both true
    expected = (3 * (2 / 3 - 1.3 / 3) + 2 * 0.035 + 1 * 0.1 + 2 * 0.025) / 8
    assert metrics.calibration_error(labels, said) == pytest.approx(expected)
