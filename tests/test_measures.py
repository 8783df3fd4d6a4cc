"""Measures against hand-computed cases, brute force and the libraries that have one; and their properties."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import recount as rc

amounts = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=12)
factors = st.floats(0.001, 1000)


def test_by_hand() -> None:
    assert rc.top_share([1, 2, 3, 4], 2) == pytest.approx(0.7)
    assert rc.herfindahl([1, 1, 1, 1]) == pytest.approx(0.25)
    assert rc.herfindahl([3, 1]) == pytest.approx(0.625)
    assert rc.gini([1, 1, 1, 1]) == pytest.approx(0)
    assert rc.gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert rc.gini([1, 3], [1, 3]) == pytest.approx(0)
    assert rc.theil([1, 3]).total == pytest.approx(0.25 * math.log(0.5) + 0.75 * math.log(1.5))
    assert list(rc.location_quotient([2, 2], [1, 3])) == pytest.approx([2, 2 / 3])
    assert sorted(rc.subset_shares([1, 2, 7], 2)) == pytest.approx([0.3, 0.8, 0.9])
    assert rc.rank_stability(pd.Series([1, 2, 3, 4]), pd.Series([1, 2, 4, 3])).kendall == pytest.approx(4 / 6)


@given(amounts)
def test_gini_is_half_the_relative_mean_difference(values: list[float]) -> None:
    x = np.array(values)
    assert rc.gini(x) == pytest.approx(np.abs(x[:, None] - x).mean() / (2 * x.mean()), abs=1e-9)


@given(amounts)
def test_theil_of_equal_weights_is_the_gap_to_the_greatest_entropy(values: list[float]) -> None:
    assert rc.theil(values).total == pytest.approx(math.log(len(values)) - stats.entropy(values), abs=1e-9)


@given(amounts, st.data())
def test_theil_parts_add_up_and_are_not_negative(values: list[float], data: st.DataObject) -> None:
    groups = data.draw(st.lists(st.sampled_from("ab"), min_size=len(values), max_size=len(values)))
    weights = data.draw(st.lists(st.floats(0.01, 100), min_size=len(values), max_size=len(values)))
    parts = rc.theil(values, weights, groups)
    within = 0.0
    for group in set(groups):
        own = [i for i, g in enumerate(groups) if g == group]
        share = sum(values[i] for i in own) / sum(values)
        within += share * rc.theil([values[i] for i in own], [weights[i] for i in own]).total
    assert parts.total == pytest.approx(parts.between + within, abs=1e-9)
    assert parts.within == pytest.approx(within, abs=1e-9)


@given(amounts, factors)
def test_measures_do_not_change_with_the_unit(values: list[float], factor: float) -> None:
    scaled = [factor * v for v in values]
    for measure in (rc.gini, rc.herfindahl, lambda v: rc.theil(v).total, lambda v: rc.top_share(v, 1)):
        assert measure(scaled) == pytest.approx(measure(values), abs=1e-9)


@given(amounts)
def test_lorenz_rises_below_the_diagonal(values: list[float]) -> None:
    weight, value = rc.lorenz(values)
    assert weight[0] == value[0] == 0
    assert weight[-1] == pytest.approx(1) and value[-1] == pytest.approx(1)
    assert (np.diff(value) >= 0).all()
    assert (value <= weight + 1e-9).all()
    assert 1 / len(values) - 1e-9 <= rc.herfindahl(values) <= 1 + 1e-9


@given(st.lists(st.floats(0.01, 100), min_size=4, max_size=8), st.integers(1, 4))
def test_subset_shares_against_brute_force(values: list[float], size: int) -> None:
    brute = [sum(c) / sum(values) for c in itertools.combinations(values, size)]
    assert np.allclose(rc.subset_shares(values, size), brute)
    assert rc.subset_shares(values, size).max() == pytest.approx(rc.top_share(values, size))


def test_location_quotients_average_to_one_with_the_weights_of_the_whole() -> None:
    part, whole = np.array([5, 1, 4]), np.array([1, 1, 2])
    assert (rc.location_quotient(part, whole) * rc.shares(whole)).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: rc.gini([]),
        lambda: rc.gini([1, -1]),
        lambda: rc.gini([0, 0]),
        lambda: rc.herfindahl([1, float("nan")]),
        lambda: rc.top_share([1, 2], 3),
        lambda: rc.top_share([1, 2], 0),
        lambda: rc.lorenz([1, 2], [1, 0]),
        lambda: rc.lorenz([1, 2], [1]),
        lambda: rc.theil([1, 2], [1, 2, 3]),
        lambda: rc.location_quotient([1, 2], [1, 0]),
        lambda: rc.subset_shares(range(1, 60), 30),
        lambda: rc.rank_stability(pd.Series([1, 2]), pd.Series([1, 2])),
        lambda: rc.rank_stability(pd.Series([1, 2, 3], [0, 0, 1]), pd.Series([1, 2, 3])),
    ],
)
def test_impossible_inputs_are_refused(call) -> None:
    with pytest.raises(rc.RecountError):
        call()
