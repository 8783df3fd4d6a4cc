"""Measures against hand-computed cases, brute force and the libraries that have one; and their properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recount as rc

amounts = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=12)


def test_herfindahl_by_hand() -> None:
    assert rc.herfindahl([1, 1, 1, 1]) == pytest.approx(0.25)
    assert rc.herfindahl([3, 1]) == pytest.approx(0.625)


@given(amounts, st.floats(0.001, 1000))
def test_herfindahl_lies_in_its_bounds_and_knows_no_unit(values: list[float], factor: float) -> None:
    found = rc.herfindahl(values)
    assert 1 / len(values) - 1e-9 <= found <= 1 + 1e-9
    assert rc.herfindahl([factor * value for value in values]) == pytest.approx(found)


@pytest.mark.parametrize("values", [[], [1, -1], [0, 0], [1, float("nan")]])
def test_impossible_amounts_are_refused(values: list[float]) -> None:
    with pytest.raises(rc.RecountError, match="values: expected finite amounts"):
        rc.herfindahl(values)
