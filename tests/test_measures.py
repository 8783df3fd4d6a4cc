"""Bounds by linear programming and proportional fitting: by hand, and beside other measures."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recount as rc

margins = st.lists(st.floats(0.5, 50), min_size=2, max_size=5)
few = settings(deadline=None, max_examples=40)  # the first call loads the solver


@few
@given(margins, margins)
def test_linear_bounds_of_a_cell_are_those_of_frechet(rows: list[float], columns: list[float]) -> None:
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


@few
@given(margins, margins, st.integers(0, 100))
def test_fitting_meets_the_margins_and_keeps_odds_ratios(rows: list[float], columns: list[float], draw: int) -> None:
    seed = np.random.default_rng(draw).uniform(0.2, 5, (len(rows), len(columns)))
    down = np.array(columns) * sum(rows) / sum(columns)
    fitted = rc.proportional_fitting(seed, rows, down)
    assert fitted.sum(axis=0) == pytest.approx(down)
    assert fitted.sum(axis=1) == pytest.approx(rows)
    for i, j in itertools.product(range(1, len(rows)), range(1, len(columns))):
        odds = [table[0, 0] * table[i, j] / (table[0, j] * table[i, 0]) for table in (seed, fitted)]
        assert odds[0] == pytest.approx(odds[1], rel=1e-6)


def test_fitting_by_hand_leaves_its_seed_alone() -> None:
    seed = np.ones((2, 2))
    assert rc.proportional_fitting(seed, [1, 3], [2, 2]).tolist() == [[0.5, 0.5], [1.5, 1.5]], "independence"
    assert (seed == 1).all()
    assert rc.proportional_fitting([[0, 0], [1, 1]], [0, 2], [1, 1]).tolist() == [[0, 0], [1, 1]], "an empty row"
    large = rc.proportional_fitting([[0.3, 0.2], [0.9, 0.7]], [3e7, 7e7], [6e7, 4e7])
    assert large.sum(axis=1) == pytest.approx([3e7, 7e7], rel=1e-9)


@pytest.mark.parametrize(
    ("seed", "rows", "columns", "message"),
    [
        ([[1, 1], [1, 1]], [1, 2], [1, 1], "rows add up to 3.0, columns to 2.0"),
        ([[1, 1]], [1, 1], [1, 1], r"a seed of \(1, 2\) for margins of 2, 2"),
        ([[1, -1], [1, 1]], [1, 1], [1, 1], r"a seed of \(2, 2\)"),
        ([[1, 1], [1, 1]], [1, 1], [-1, 3], r"a seed of \(2, 2\)"),
        ([[1, 0], [1, 0]], [1, 1], [1, 1], "not met after 10000 rounds"),
    ],
)
def test_fitting_refuses_what_cannot_be_met(seed: list, rows: list, columns: list, message: str) -> None:
    with pytest.raises(rc.RecountError, match=f"proportional fitting: {message}"):
        rc.proportional_fitting(seed, rows, columns)
