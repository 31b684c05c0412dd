"""Prediction intervals of years and scores: they hold 80% of the films in every decade, and nothing impossible."""

import numpy as np
import pytest

from catalogues.records import LAST_YEAR
from cnn.targets import conformal, numbers
from cnn.targets.binned import Bins

LIMITS = 1900, LAST_YEAR


def predicted(random, number):
    """Years, and quantiles whose intervals are far too narrow for old films and too wide for new ones."""
    decades = random.choice(range(1920, 2010, 10), number)
    middle = decades + random.integers(0, 10, number)
    true = middle + random.normal(0, np.where(decades < 1960, 15, 3))
    return true, np.stack([middle - 6, middle, middle + 6], axis=1).astype(float)


def inside(true, quantiles):
    return (quantiles[:, 0] <= true) & (true <= quantiles[:, 2])


def test_intervals_hold_four_films_in_five_in_every_decade():
    random = np.random.default_rng(1)
    intervals = conformal.fit(10, *predicted(random, 9000))
    true, quantiles = predicted(random, 20_000)
    before, after = inside(true, quantiles), inside(true, conformal.apply(10, LIMITS, intervals, quantiles))
    for decade in range(1920, 2010, 10):
        films = conformal.group_of(10, quantiles[:, 1]) == decade
        assert abs(before[films].mean() - 0.8) > 0.1
        assert after[films].mean() == pytest.approx(0.8, abs=0.05)


def test_few_films_are_widened_like_all_others():
    random = np.random.default_rng(1)
    true, quantiles = predicted(random, 500)
    intervals = conformal.fit(10, true, quantiles)
    assert intervals['groups'] == {}
    assert inside(true, conformal.apply(10, LIMITS, intervals, quantiles)).mean() == pytest.approx(0.8, abs=0.01)


def test_nothing_is_later_than_next_year():
    quantiles = np.array([[1899.0, 1905.0, 1910.0], [2015.0, LAST_YEAR + 3.0, LAST_YEAR + 9.0]])
    intervals = {'share': 0.8, 'all': 20.0, 'groups': {}}
    shown = conformal.apply(10, LIMITS, intervals, quantiles)
    assert shown.min() >= 1900 and shown.max() == LAST_YEAR
    assert conformal.apply(1, (0, 10), intervals, np.array([[1.0, 5.0, 9.0]])).tolist() == [[0, 5, 10]]


def test_a_card_without_intervals_is_read_as_before():
    bins = Bins(1980.0, 4.0, 5)
    fields = {'bins': {'low': 1980.0, 'width': 4.0, 'number': 5}}
    outputs = bins.spread([1988.0])
    np.testing.assert_array_equal(numbers.Year.from_card(fields).decode(outputs), bins.quantiles(outputs))
    intervals = {'share': 0.8, 'all': 2.0, 'groups': {'1980': 5.0}}
    wider = numbers.Year.from_card(fields | {'ranges': intervals}).decode(outputs) - bins.quantiles(outputs)
    np.testing.assert_allclose(wider, [[-5, 0, 5]])


def test_coverage_counts_films_between_both_ends():
    groups, held = np.array([1980, 1980, 1990]), np.array([True, False, True])
    assert numbers.coverage_by(groups, held) == {1980: (2, 0.5), 1990: (1, 1.0)}
    true, quantiles = np.array([3.0, 5.0, 7.0, 4.0]), np.array([[4.0, 5, 6]] * 4)
    assert numbers.in_interval(true, quantiles).tolist() == [False, True, False, True]


def test_a_year_is_written_with_its_interval():
    year, prediction = numbers.Year(Bins(1980.0, 4.0, 5)), np.array([1981.2, 1987.6, 1993.4])
    assert year.format_text(prediction) == 'year 1988 (1981 to 1993)'
    assert (year.csv_header, year.csv_cells(prediction)) == ((('year',), ()), (('1988',), ()))
    assert year.to_json(prediction) == {'low': 1981.2, 'median': 1987.6, 'high': 1993.4}
