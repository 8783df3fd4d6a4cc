"""What margins and other constraints leave possible: pure functions on arrays."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from recount.files import RecountError

Array = NDArray[np.float64]
Constraints = tuple[Any, Any]  # matrix and right-hand sides


def linear_bounds(
    coefficients: ArrayLike, *, at_most: Constraints = (None, None), equal: Constraints = (None, None)
) -> tuple[float, float]:
    """Return the least and the greatest value of coefficients @ x over all x >= 0 that meet the constraints.

    Parameters
    ----------
    coefficients
        Length n.
    at_most, equal
        Pairs (matrix of shape k x n, right-hand sides of length k): matrix @ x <= side, or == side.

    Raises
    ------
    RecountError
        No x meets the constraints, or the function has no bound.

    Examples
    --------
    >>> rc.linear_bounds([2, 1], at_most=([[1, 0]], [0.25]), equal=([[1, 1]], [1]))  # x + y is 1, x at most 0.25
    (1.0, 1.25)
    """
    goal, ends = np.asarray(coefficients, dtype=float), []
    for sign in (1, -1):
        found = optimize.linprog(sign * goal, A_ub=at_most[0], b_ub=at_most[1], A_eq=equal[0], b_eq=equal[1])
        if not found.success:
            raise RecountError(f"linear bounds: {'no x meets the constraints' if found.status == 2 else found.message}")
        ends.append(float(goal @ found.x))
    return ends[0], ends[1]


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

    Examples
    --------
    >>> rc.proportional_fitting([[1, 1], [1, 1]], rows=[1, 3], columns=[2, 2]).tolist()
    [[0.5, 0.5], [1.5, 1.5]]
    """
    fitted, across, down = (np.array(given, dtype=float) for given in (seed, rows, columns))
    if fitted.shape != (across.size, down.size) or any((given < 0).any() for given in (fitted, across, down)):
        raise RecountError(f"proportional fitting: a seed of {fitted.shape} for margins of {across.size}, {down.size}")
    if not math.isclose(across.sum(), down.sum(), rel_tol=1e-9):  # nor where one is not a number
        raise RecountError(f"proportional fitting: rows add up to {across.sum()}, columns to {down.sum()}")
    for _ in range(rounds):
        for axis, margin in ((1, across), (0, down)):
            sums = fitted.sum(axis=axis, keepdims=True)
            fitted *= np.divide(np.expand_dims(margin, axis), sums, out=np.zeros_like(sums), where=sums > 0)
        if np.abs(fitted.sum(axis=1) - across).max() <= tolerance * across.sum():
            return fitted
    raise RecountError(f"proportional fitting: not met after {rounds} rounds; the seed's zeros may leave no such table")
