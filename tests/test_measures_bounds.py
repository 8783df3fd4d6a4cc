"""Bounds by linear programming, the concentration index, proportional fitting: by hand, and beside other measures."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recount as rc

rates = st.lists(st.floats(0.1, 99), min_size=2, max_size=8)
margins = st.lists(st.floats(0.5, 50), min_size=2, max_size=5)


def test_linear_bounds_by_hand() -> None:
    # x + y == 1, x <= 0.3: 2x + y runs from 1 (x = 0) to 1.3 (x = 0.3).
    assert rc.linear_bounds([2, 1], at_most=([[1, 0]], [0.3]), equal=([[1, 1]], [1])) == pytest.approx((1, 1.3))


def test_ratio_bounds_by_hand() -> None:
    # Members 3 of a staff from 4 to 6: coverage from one half to three quarters.
    staff = ([[1.0], [-1.0]], [6.0, -4.0])
    low, high = rc.linear_bounds([0.0, 1.0], at_most=([[1, 0], [-1, 0]], [6, -4]), equal=([[0, 1]], [3]),
                                 denominator=[1.0, 0.0])  # fmt: skip
    assert (low, high) == pytest.approx((0.5, 0.75))
    assert rc.linear_bounds([3.0], at_most=staff, denominator=[2.0]) == pytest.approx((1.5, 1.5))


@settings(deadline=None, max_examples=60)  # the first call loads the solver
@given(margins, margins)
def test_bounds_of_a_cell_are_those_of_frechet(rows: list[float], columns: list[float]) -> None:
    r, c = np.array(rows) / sum(rows), np.array(columns) / sum(columns)
    cells = np.zeros((r.size, c.size))
    cells[0, 0] = 1
    across = np.kron(np.eye(r.size), np.ones(c.size))
    down = np.kron(np.ones(r.size), np.eye(c.size))[:-1]
    low, high = rc.linear_bounds(cells.ravel(), equal=(np.vstack([across, down]), np.append(r, c[:-1])))
    assert (low, high) == pytest.approx((max(0, r[0] + c[0] - 1), min(r[0], c[0])), abs=1e-7)


@settings(deadline=None, max_examples=60)
@given(st.floats(0.1, 5), st.floats(5.1, 9))
def test_index_over_monotone_fillings_is_bounded_by_steps(low: float, high: float) -> None:
    """The least and greatest index over nondecreasing middles lie where the middle jumps once."""
    rank = (np.arange(5) + 0.5) / 5
    chain = np.diff(np.eye(5), axis=0) * -1
    ends = ([[1, 0, 0, 0, 0], [0, 0, 0, 0, 1]], [low, high])
    found = rc.linear_bounds(2 * rank - 1, at_most=(chain, np.zeros(4)), equal=ends, denominator=np.ones(5))
    steps = [rc.concentration_index([low] * k + [high] * (5 - k)) for k in range(1, 5)]
    assert found == pytest.approx((min(steps), max(steps)), rel=1e-6)


def test_linear_bounds_refuses_what_has_none() -> None:
    with pytest.raises(rc.RecountError, match="no x meets"):
        rc.linear_bounds([1], at_most=([[1]], [1]), equal=([[1]], [2]))
    with pytest.raises(rc.RecountError, match="linear bounds"):
        rc.linear_bounds([1, 0], equal=([[0, 1]], [2]))


def test_concentration_index_by_hand() -> None:
    assert rc.concentration_index([1, 1, 1]) == pytest.approx(0)
    assert rc.concentration_index([0, 1]) == pytest.approx(0.5)
    assert rc.concentration_index([0, 100], bound=100, corrected="wagstaff") == pytest.approx(1)
    assert rc.concentration_index([0, 100], bound=100, corrected="erreygers") == pytest.approx(1)
    assert rc.concentration_index([1, 3], [3, 1]) == pytest.approx(2 * (0.75 * 0.375 + 0.75 * 0.875) / 1.5 - 1)


@settings(deadline=None, max_examples=60)
@given(rates)
def test_sorted_groups_have_the_gini_as_index(values: list[float]) -> None:
    gini = np.abs(np.subtract.outer(values, values)).mean() / (2 * np.mean(values))
    assert rc.concentration_index(sorted(values)) == pytest.approx(gini, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(rates)
def test_corrected_indices_mirror_and_keep_the_sign(values: list[float]) -> None:
    """Erreygers's index of the uncovered is minus that of the covered; so is Wagstaff's. The standard one is not."""
    missing = [100 - v for v in values]
    for kind in ("wagstaff", "erreygers"):
        index = rc.concentration_index(values, bound=100, corrected=kind)
        assert index == pytest.approx(-rc.concentration_index(missing, bound=100, corrected=kind), abs=1e-9)
        assert abs(index) <= 1 + 1e-9
        assert index * rc.concentration_index(values) >= -1e-12


@pytest.mark.parametrize(
    "given_",
    [
        {"values": [1, 2], "weights": [1]},
        {"values": [1, 101], "bound": 100},
        {"values": [1, 2], "corrected": "wagstaff"},
        {"values": [1, 2], "bound": 100, "corrected": "other"},
        {"values": [100, 100], "bound": 100, "corrected": "wagstaff"},
        {"values": [0, 0]},
        {"values": [1, math.nan]},
    ],
)
def test_concentration_index_refuses(given_: dict) -> None:
    with pytest.raises(rc.RecountError):
        rc.concentration_index(**given_)


@settings(deadline=None, max_examples=60)
@given(margins, margins)
def test_fitting_ones_gives_independence(rows: list[float], columns: list[float]) -> None:
    down = np.array(columns) * sum(rows) / sum(columns)
    fitted = rc.proportional_fitting(np.ones((len(rows), len(down))), rows, down)
    assert fitted == pytest.approx(np.outer(rows, down) / sum(rows))


@settings(deadline=None, max_examples=60)
@given(margins, margins, st.data())
def test_fitting_meets_the_margins_and_keeps_odds_ratios(
    rows: list[float], columns: list[float], data: st.DataObject
) -> None:
    shape = (len(rows), len(columns))
    cells = st.lists(st.floats(0.2, 5), min_size=math.prod(shape), max_size=math.prod(shape))
    seed = np.array(data.draw(cells)).reshape(shape)
    down = np.array(columns) * sum(rows) / sum(columns)
    fitted = rc.proportional_fitting(seed, rows, down)
    assert fitted.sum(axis=0) == pytest.approx(down)
    assert fitted.sum(axis=1) == pytest.approx(rows)
    for i, j in itertools.product(range(1, shape[0]), range(1, shape[1])):
        odds = [t[0, 0] * t[i, j] / (t[0, j] * t[i, 0]) for t in (seed, fitted)]
        assert odds[0] == pytest.approx(odds[1], rel=1e-6)


def test_fitting_leaves_its_seed_alone() -> None:
    seed = np.ones((2, 2))
    rc.proportional_fitting(seed, [1, 3], [2, 2])
    assert (seed == 1).all()


@pytest.mark.parametrize(
    ("seed", "rows", "columns"),
    [
        ([[1, 1], [1, 1]], [1, 2], [1, 1]),
        ([[1, 1]], [1, 1], [1, 1]),
        ([[1, -1], [1, 1]], [1, 1], [1, 1]),
        ([[1, 0], [1, 0]], [1, 1], [1, 1]),
    ],
)
def test_fitting_refuses_what_cannot_be_met(seed: list, rows: list, columns: list) -> None:
    with pytest.raises(rc.RecountError, match="proportional fitting"):
        rc.proportional_fitting(seed, rows, columns)
