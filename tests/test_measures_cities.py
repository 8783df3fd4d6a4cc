"""Measures of city systems and of moving labour between two sectors."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

import recount as rc

SIZES = st.lists(st.floats(1, 1e7), min_size=3, max_size=60).filter(lambda s: max(s) / min(s) > 1.01)
SHARE = st.floats(0.01, 0.99)


def test_zipf_exponent_of_three_cities_by_hand():
    # log sizes ln 4, ln 2, ln 1 are evenly spaced, so the slope is the difference of the outer log ranks
    # over the difference of the outer log sizes: (ln 2.5 - ln 0.5) / (ln 1 - ln 4) = -ln 5 / ln 4.
    fit = rc.zipf_exponent([2, 4, 1])
    assert fit.exponent == pytest.approx(math.log(5) / math.log(4))
    assert fit.error == pytest.approx(fit.exponent * math.sqrt(2 / 3))
    assert fit.cities == 3


def test_zipf_exponent_is_one_where_size_falls_with_rank_less_a_half():
    assert rc.zipf_exponent(1000 / (np.arange(1, 41) - 0.5)).exponent == pytest.approx(1)


def test_zipf_exponent_equals_least_squares_of_statsmodels():
    sizes = np.sort(np.random.default_rng(7).pareto(1.3, 80) + 1)[::-1]
    fit = sm.OLS(np.log(np.arange(1, 81) - 0.5), sm.add_constant(np.log(sizes))).fit()
    assert rc.zipf_exponent(sizes).exponent == pytest.approx(-fit.params[1])


def test_zipf_error_is_wider_than_that_of_least_squares():
    sizes = np.random.default_rng(7).pareto(1.3, 80) + 1
    ordered = np.sort(sizes)[::-1]
    naive = sm.OLS(np.log(np.arange(1, 81) - 0.5), sm.add_constant(np.log(ordered))).fit().bse[1]
    assert rc.zipf_exponent(sizes).error > 2 * naive


def test_zipf_exponent_of_the_top_ignores_the_rest():
    assert rc.zipf_exponent([9, 5, 3, 2, 1], top=3) == rc.zipf_exponent([9, 5, 3])


@given(SIZES, st.floats(0.01, 100))
def test_zipf_exponent_does_not_depend_on_unit_or_order(sizes, unit):
    first, second = rc.zipf_exponent(sizes), rc.zipf_exponent([unit * s for s in reversed(sizes)])
    assert second.exponent == pytest.approx(first.exponent, rel=1e-6)
    assert first.exponent > 0


@pytest.mark.parametrize(
    ("sizes", "top"), [([], None), ([3, 2], None), ([2, 2, 2], None), ([3, 2, 0], None), ([3, 2, -1], None),
                   ([3, 2, math.nan], None), ([4, 3, 2], 2), ([4, 3, 2], 4)]
)  # fmt: skip
def test_zipf_exponent_refuses_what_has_no_slope(sizes, top):
    with pytest.raises(rc.RecountError, match="size|top"):
        rc.zipf_exponent(sizes, top)


def test_primacy_by_hand():
    assert rc.primacy([1, 2, 4, 1, 100], among=2) == pytest.approx(100 / 104)
    assert rc.primacy([5, 5, 5, 5]) == pytest.approx(1 / 4)


@given(SIZES, st.integers(2, 3))
def test_primacy_lies_between_an_equal_share_and_one_and_falls_with_more_cities(sizes, among):
    assert 1 / among - 1e-12 <= rc.primacy(sizes, among) <= 1
    if among < len(sizes):
        assert rc.primacy(sizes, among + 1) <= rc.primacy(sizes, among)


@pytest.mark.parametrize(("sizes", "among"), [([3, 2], 1), ([3, 2], 3), ([3], 2), ([], 2), ([1, -1], 2)])
def test_primacy_refuses_too_few_cities(sizes, among):
    with pytest.raises(rc.RecountError, match="cities|sizes"):
        rc.primacy(sizes, among)


def test_reallocation_gain_by_hand():
    # Half the workers make a tenth of the product: 0.9/0.5 - 0.1/0.5.
    assert rc.reallocation_gain(0.1, 0.5) == pytest.approx(1.6)


@given(SHARE, SHARE)
def test_reallocation_gain_is_what_moving_a_worker_adds_and_has_the_sign_of_the_gap(product, labour):
    inside, outside = product / labour, (1 - product) / (1 - labour)
    moved = (labour - 0.001) * inside + (1 - labour + 0.001) * outside
    assert rc.reallocation_gain(product, labour) / 1000 == pytest.approx(moved - 1, abs=1e-9)
    assert (rc.reallocation_gain(product, labour) > 1e-9) <= (labour > product)


@pytest.mark.parametrize(("product", "labour"), [(0, 0.5), (1, 0.5), (0.1, 0), (0.1, 1), (-0.1, 0.5), (0.1, math.nan)])
def test_reallocation_gain_refuses_what_is_no_share(product, labour):
    with pytest.raises(rc.RecountError, match="share between 0 and 1"):
        rc.reallocation_gain(product, labour)
