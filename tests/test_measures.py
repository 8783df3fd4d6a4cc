"""Bounds by linear programming and proportional fitting: by hand, and beside other measures."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recount as rc

margins = st.lists(st.floats(0.5, 50), min_size=2, max_size=5)


def test_linear_bounds_by_hand() -> None:
    # x + y == 1, x <= 0.3: 2x + y runs from 1 (x = 0) to 1.3 (x = 0.3).
    assert rc.linear_bounds([2, 1], at_most=([[1, 0]], [0.3]), equal=([[1, 1]], [1])) == pytest.approx((1, 1.3))


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


def test_linear_bounds_refuses_what_has_none() -> None:
    with pytest.raises(rc.RecountError, match="^linear bounds: no x meets the constraints$"):
        rc.linear_bounds([1], at_most=([[1]], [1]), equal=([[1]], [2]))
    with pytest.raises(rc.RecountError, match="linear bounds: (?!no x).*unbounded"):
        rc.linear_bounds([1, 0], equal=([[0, 1]], [2]))


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


def test_fitting_allows_an_empty_row_and_large_sums() -> None:
    assert rc.proportional_fitting([[0, 0], [1, 1]], [0, 2], [1, 1]).tolist() == [[0, 0], [1, 1]]
    seed, rows, columns = np.array([[0.3, 0.2], [0.9, 0.7]]), [3e7, 7e7], [6e7, 4e7]
    assert rc.proportional_fitting(seed, rows, columns).sum(axis=1) == pytest.approx(rows, rel=1e-9)


def test_fitting_leaves_its_seed_alone() -> None:
    seed = np.ones((2, 2))
    rc.proportional_fitting(seed, [1, 3], [2, 2])
    assert (seed == 1).all()


@pytest.mark.parametrize(
    ("seed", "rows", "columns", "told"),
    [
        ([[1, 1], [1, 1]], [1, 2], [1, 1], "rows add up to 3.0, columns to 2.0"),
        ([[1, 1]], [1, 1], [1, 1], r"a seed of \(1, 2\) for margins of 2, 2"),
        ([[1, -1], [1, 1]], [1, 1], [1, 1], r"a seed of \(2, 2\)"),
        ([[1, 1], [1, 1]], [1, 1], [-1, 3], r"a seed of \(2, 2\)"),
        ([[1, 0], [1, 0]], [1, 1], [1, 1], "not met after 10000 rounds"),
    ],
)
def test_fitting_refuses_what_cannot_be_met(seed: list, rows: list, columns: list, told: str) -> None:
    with pytest.raises(rc.RecountError, match=f"proportional fitting: {told}"):
        rc.proportional_fitting(seed, rows, columns)
