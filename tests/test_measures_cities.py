"""The exponent of a rank-size rule."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

import recount as rc

SIZES = st.lists(st.floats(1, 1e7), min_size=3, max_size=60).filter(lambda s: max(s) / min(s) > 1.01)


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
