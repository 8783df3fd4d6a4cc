"""Measures of concentration and change: pure functions on arrays."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from recount.files import RecountError

Array = NDArray[np.float64]


def _amounts(values: ArrayLike, what: str = "values") -> Array:
    """Return non-negative finite amounts with a positive sum as a flat array, or say what is wrong."""
    amounts = np.asarray(values, dtype=float).ravel()
    if amounts.size == 0 or not np.isfinite(amounts).all() or (amounts < 0).any() or amounts.sum() <= 0:
        raise RecountError(f"{what}: expected finite amounts, none negative and not all zero, found {amounts.tolist()}")
    return amounts


def herfindahl(values: ArrayLike) -> float:
    """Return the Herfindahl-Hirschman index: the sum of squared shares, from 1/n (equal) to 1 (all in one).

    References
    ----------
    Hirschman (1964), The paternity of an index, American Economic Review 54.
    """
    amounts = _amounts(values)
    return float(((amounts / amounts.sum()) ** 2).sum())


def logit_speed(before: ArrayLike, after: ArrayLike, months: ArrayLike) -> Array:
    """Return how fast an adoption share climbs: the change of its logit, log(share / (1 - share)), for each month.

    A logistic curve climbs at one speed throughout, so that early and late stages of adoption can be compared.

    Parameters
    ----------
    before, after
        Shares strictly between 0 and 1, broadcast against each other.
    months
        Time between them, above 0.

    Returns
    -------
    array of the common shape, in logits a month; negative where the share falls.

    Raises
    ------
    RecountError
        A share is 0 or 1, which has no logit (take the end of its rounding interval), or no time passed.

    References
    ----------
    Griliches (1957), Hybrid corn: an exploration in the economics of technological change, Econometrica 25.
    """
    first, last, time = (np.asarray(given, dtype=float) for given in (before, after, months))
    for share in (first, last):
        if not ((share > 0) & (share < 1)).all():
            raise RecountError(f"logit speed: expected shares strictly between 0 and 1, found {share.tolist()}")
    if not (np.isfinite(time) & (time > 0)).all():
        raise RecountError(f"logit speed: expected months above 0, found {time.tolist()}")
    return np.asarray((special.logit(last) - special.logit(first)) / time)


class Zipf(NamedTuple):
    """Exponent of a rank-size rule, its standard error, and the number of cities it rests on."""

    exponent: float
    error: float
    cities: int


def zipf_exponent(sizes: ArrayLike, top: int | None = None) -> Zipf:
    """Return the exponent of the rank-size rule: 1 is Zipf's law, more means more even city sizes.

    Least squares of log(rank - 1/2) on log size; the half removes most of the bias in small samples, and the
    standard error is exponent x sqrt(2 / n), since ranks are not independent.

    Parameters
    ----------
    sizes
        Positive city sizes, in any order and unit.
    top
        How many of the largest to use; all by default.

    Raises
    ------
    RecountError
        A size is not positive; fewer than three cities, or all of one size.

    References
    ----------
    Gabaix and Ibragimov (2011), Rank - 1/2: a simple way to improve the OLS estimation of tail exponents, Journal of
    Business and Economic Statistics 29.
    """
    ordered = np.sort(_amounts(sizes, "city sizes"))[::-1]
    if top is not None and not 3 <= top <= ordered.size:
        raise RecountError(f"zipf exponent: expected a top from 3 to {ordered.size}, found {top}")
    ordered = ordered[:top]
    if ordered.size < 3 or ordered[-1] <= 0 or ordered[0] == ordered[-1]:
        raise RecountError(
            f"zipf exponent: expected three or more positive sizes that differ, found {ordered.tolist()}"
        )
    slope = stats.linregress(np.log(ordered), np.log(np.arange(ordered.size) + 0.5)).slope
    return Zipf(float(-slope), float(-slope * math.sqrt(2 / ordered.size)), ordered.size)


class Bounds(NamedTuple):
    """The least and the greatest value that the constraints allow."""

    low: float
    high: float


Constraints = tuple[ArrayLike, ArrayLike]


def linear_bounds(
    numerator: ArrayLike,
    *,
    at_most: Constraints | None = None,
    equal: Constraints | None = None,
    denominator: ArrayLike | None = None,
) -> Bounds:
    """Return the bounds of a linear function, or of a ratio of two, over all x >= 0 that meet the constraints.

    Parameters
    ----------
    numerator
        Coefficients c, length n: the function is c @ x.
    at_most, equal
        Pairs (matrix of shape k x n, right-hand sides of length k): matrix @ x <= side, or == side.
    denominator
        Coefficients d, length n: the function is (c @ x) / (d @ x), with d @ x above 0 wherever x is allowed.

    Raises
    ------
    RecountError
        No x meets the constraints, or the function has no bound.

    References
    ----------
    Charnes and Cooper (1962), Programming with linear fractional functionals, Naval Research Logistics Quarterly 9.
    """
    goal = np.asarray(numerator, dtype=float)
    none = (np.zeros((0, goal.size)), np.zeros(0))
    below, most = (np.asarray(part, dtype=float) for part in at_most or none)
    even, same = (np.asarray(part, dtype=float) for part in equal or none)
    if denominator is not None:  # x = y / t with d @ y = 1 makes the ratio linear in (y, t)
        scale = np.append(np.asarray(denominator, dtype=float), 0.0)
        below, most = np.column_stack([below, -most]), np.zeros(most.size)
        even, same = np.vstack([np.column_stack([even, -same]), scale]), np.append(np.zeros(same.size), 1.0)
        goal = np.append(goal, 0.0)
    return Bounds(*(sign * _least(sign * goal, A_ub=below, b_ub=most, A_eq=even, b_eq=same) for sign in (1, -1)))


def _least(goal: Array, **constraints: Any) -> float:
    found = optimize.linprog(goal, method="highs", **constraints)
    if found.fun is None or not found.success:
        raise RecountError(f"linear bounds: {'no x meets the constraints' if found.status == 2 else found.message}")
    return float(found.fun)


def proportional_fitting(
    seed: ArrayLike, rows: ArrayLike, columns: ArrayLike, *, tolerance: float = 1e-10, rounds: int = 10_000
) -> Array:
    """Return the table with the given margins that lies nearest to `seed` (iterative proportional fitting).

    Nearest by relative entropy: from a seed of ones it is the maximum-entropy table, in which rows and columns are
    independent; any other seed keeps its odds ratios. Zeros of the seed stay zero.

    Parameters
    ----------
    seed
        Shape r x c, none negative.
    rows, columns
        Margins to meet, lengths r and c, with equal sums.

    Raises
    ------
    RecountError
        Shapes or sums do not agree, or the seed's zeros leave no such table.

    References
    ----------
    Deming and Stephan (1940), Annals of Mathematical Statistics 11; Csiszar (1975), Annals of Probability 3.
    """
    fitted, across, down = (np.array(given, dtype=float) for given in (seed, rows, columns))
    if fitted.shape != (across.size, down.size) or (fitted < 0).any():
        raise RecountError(f"proportional fitting: a seed of {fitted.shape} for margins of {across.size}, {down.size}")
    if not math.isclose(_amounts(across, "rows").sum(), _amounts(down, "columns").sum(), rel_tol=1e-9):
        raise RecountError(f"proportional fitting: rows add up to {across.sum()}, columns to {down.sum()}")
    for _ in range(rounds):
        for axis, margin in ((1, across), (0, down)):
            sums = fitted.sum(axis=axis, keepdims=True)
            fitted *= np.divide(np.expand_dims(margin, axis), sums, out=np.zeros_like(sums), where=sums > 0)
        if np.abs(fitted.sum(axis=1) - across).max() <= tolerance * across.sum():
            return fitted
    raise RecountError(f"proportional fitting: not met after {rounds} rounds; the seed's zeros may leave no such table")
