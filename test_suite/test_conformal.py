"""Ranges of years and scores: they hold what they promise, in every decade, and nothing impossible."""

import numpy as np
import pytest

from catalogues.movie_genre import LAST_YEAR
from cnn.evaluate import number_evaluation
from cnn.saved_models import SavedModel
from cnn.targets import conformal
from cnn.targets.binned import Bins


def answered(random, number):
    """Years, and answers whose ranges are far too narrow for old films and too wide for new ones."""
    decades = random.choice(range(1920, 2010, 10), number)
    middle = decades + random.integers(0, 10, number)
    true = middle + random.normal(0, np.where(decades < 1960, 15, 3))
    return true, np.stack([middle - 6, middle, middle + 6], axis=1).astype(float)


def inside(true, answers):
    return (answers[:, 0] <= true) & (true <= answers[:, 2])


def test_ranges_hold_four_films_in_five_in_every_decade():
    random = np.random.default_rng(1)
    ranges = conformal.fit('year', *answered(random, 9000))
    true, answers = answered(random, 20_000)
    before, after = inside(true, answers), inside(true, conformal.apply('year', ranges, answers))
    for decade in range(1920, 2010, 10):
        films = conformal.group_of('year', answers) == decade
        assert abs(before[films].mean() - 0.8) > 0.1
        assert after[films].mean() == pytest.approx(0.8, abs=0.05)


def test_few_films_are_widened_like_all_others():
    random = np.random.default_rng(1)
    true, answers = answered(random, 500)
    ranges = conformal.fit('year', true, answers)
    assert ranges['groups'] == {}
    assert inside(true, conformal.apply('year', ranges, answers)).mean() == pytest.approx(0.8, abs=0.01)


def test_nothing_is_later_than_next_year():
    answers = np.array([[1899.0, 1905.0, 1910.0], [2015.0, LAST_YEAR + 3.0, LAST_YEAR + 9.0]])
    ranges = {'share': 0.8, 'all': 20.0, 'groups': {}}
    shown = conformal.apply('year', ranges, answers)
    assert shown.min() >= 1900 and shown.max() == LAST_YEAR
    assert conformal.apply('score', ranges, np.array([[1.0, 5.0, 9.0]])).tolist() == [[0, 5, 10]]


def test_a_card_without_ranges_is_read_as_before(tmp_path):
    bins = Bins(1980.0, 4.0, 5)
    card = {'settings': {'target': 'year'}, 'bins': {'low': 1980.0, 'width': 4.0, 'number': 5}}
    outputs = bins.spread([1988.0])
    old = SavedModel(tmp_path / 'a.keras', card)
    np.testing.assert_array_equal(old.read(outputs), bins.answers(outputs))
    new = SavedModel(tmp_path / 'a.keras', card | {'ranges': {'share': 0.8, 'all': 2.0, 'groups': {'1980': 5.0}}})
    wider = new.read(outputs) - bins.answers(outputs)
    np.testing.assert_allclose(wider, [[-5, 0, 5]])


def test_coverage_counts_films_between_both_ends():
    groups, held = np.array([1980, 1980, 1990]), np.array([True, False, True])
    assert number_evaluation.coverage_by(groups, held) == {1980: (2, 0.5), 1990: (1, 1.0)}
    true, answers = np.array([3.0, 5.0, 7.0, 4.0]), np.array([[4.0, 5, 6]] * 4)
    assert number_evaluation.in_range(true, answers).tolist() == [False, True, False, True]
