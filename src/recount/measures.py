"""Measures of concentration, inequality and change: pure functions on arrays and Series."""

from __future__ import annotations

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
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


def shares(values: ArrayLike) -> Array:
    """Return each amount's share of the sum, between 0 and 1.

    Raises
    ------
    RecountError
        An amount is negative or missing, or all are zero.
    """
    amounts = _amounts(values)
    part: Array = amounts / amounts.sum()
    return part


def top_share(values: ArrayLike, count: int) -> float:
    """Return the share of the `count` largest amounts in the sum (the concentration ratio), between 0 and 1.

    Raises
    ------
    RecountError
        `count` is not between 1 and the number of amounts.
    """
    ordered = np.sort(shares(values))[::-1]
    if not 1 <= count <= ordered.size:
        raise RecountError(f"top share: expected a count from 1 to {ordered.size}, found {count}")
    return float(ordered[:count].sum())


def herfindahl(values: ArrayLike) -> float:
    """Return the Herfindahl-Hirschman index: the sum of squared shares, from 1/n (equal) to 1 (all in one).

    References
    ----------
    Hirschman (1964), The paternity of an index, American Economic Review 54.
    """
    return float((shares(values) ** 2).sum())


def lorenz(values: ArrayLike, weights: ArrayLike | None = None) -> tuple[Array, Array]:
    """Return the Lorenz curve: cumulative shares of weight and of value, both from 0 to 1.

    Parameters
    ----------
    values
        Amounts, length n.
    weights
        What each amount is set against (GDP, population), length n; units are ranked by value per weight. Equal by
        default.

    Returns
    -------
    tuple of two arrays of length n + 1
    """
    amounts = _amounts(values)
    against = np.ones(amounts.size) if weights is None else _amounts(weights, "weights")
    if against.size != amounts.size or (against == 0).any():
        raise RecountError(f"weights: expected {amounts.size} positive ones, found {against.tolist()}")
    order = np.argsort(amounts / against, kind="stable")
    return (
        np.concatenate([[0.0], np.cumsum(against[order]) / against.sum()]),
        np.concatenate([[0.0], np.cumsum(amounts[order]) / amounts.sum()]),
    )


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the Gini coefficient: twice the area between the diagonal and the Lorenz curve, 0 to below 1.

    Parameters
    ----------
    values, weights
        As for `lorenz`. With weights it is the locational Gini of values against weights.

    References
    ----------
    Gini (1914); Krugman (1991), Geography and Trade, for the locational form.
    """
    weight, value = lorenz(values, weights)
    return float(1 - 2 * np.trapezoid(value, weight))


class Theil(NamedTuple):
    """Theil index and its two parts, in nats."""

    total: float
    between: float
    within: float


def theil(values: ArrayLike, weights: ArrayLike | None = None, groups: ArrayLike | None = None) -> Theil:
    """Return Theil's T of value shares against weight shares, decomposed by group.

    Parameters
    ----------
    values
        Amounts, length n.
    weights
        What the amounts are set against, length n; equal by default.
    groups
        Label of each unit, length n; without them all inequality is within.

    Returns
    -------
    Theil
        ``total`` = sum of s log(s / w); ``between`` the same for the group sums; ``within`` the groups' own indices
        weighted by their value shares.

    References
    ----------
    Theil (1967), Economics and Information Theory, chapter 4.
    """
    amounts = _amounts(values)
    against = np.ones(amounts.size) if weights is None else _amounts(weights, "weights")
    label = np.zeros(amounts.size) if groups is None else np.asarray(groups)
    if not amounts.size == against.size == label.size:
        raise RecountError(f"theil: lengths differ: {amounts.size} values, {against.size} weights, {label.size} groups")
    sums = pd.DataFrame({"s": amounts / amounts.sum(), "w": against / against.sum()}).groupby(label).sum()
    total = float(stats.entropy(amounts, against))
    between = float(stats.entropy(sums["s"], sums["w"]))
    return Theil(total, between, total - between)


def location_quotient(part: ArrayLike, whole: ArrayLike) -> Array:
    """Return each place's share of `part` over its share of `whole`; above 1 means specialised.

    References
    ----------
    Florence (1929), The Statistical Method in Economics and Political Science.
    """
    part_shares, whole_shares = shares(part), shares(whole)
    if part_shares.size != whole_shares.size or (whole_shares == 0).any():
        raise RecountError("location quotient: expected two equally long arrays, the second without zeros")
    return part_shares / whole_shares


def subset_shares(values: ArrayLike, size: int) -> Array:
    """Return the share of every subset of `size` units in the sum, exact, one entry a subset.

    The reference distribution for "just six provinces": how much any six would hold. At 31 units and size 6 there
    are 736,281 subsets.

    Raises
    ------
    RecountError
        More than five million subsets: too many to list.
    """
    each = shares(values)
    if not 1 <= size <= each.size or math.comb(each.size, size) > 5_000_000:
        raise RecountError(f"subset shares: cannot list the subsets of {size} among {each.size}")
    total = np.zeros(math.comb(each.size, size))
    members = np.fromiter(
        (i for subset in combinations(range(each.size), size) for i in subset), dtype=np.intp, count=total.size * size
    )
    return np.asarray(each[members.reshape(-1, size)].sum(axis=1))


class RankStability(NamedTuple):
    """Rank correlations of the same units at two times; both -1 to 1."""

    kendall: float
    spearman: float
    units: int


def rank_stability(before: pd.Series, after: pd.Series) -> RankStability:
    """Return Kendall's tau-b and Spearman's rho over the units that both Series hold.

    Raises
    ------
    RecountError
        Fewer than three units in common, or an index with repeats.
    """
    if not (before.index.is_unique and after.index.is_unique):
        raise RecountError("rank stability: a unit stands twice in the index")
    both = pd.concat([before, after], axis=1, join="inner").dropna()
    if len(both) < 3:
        raise RecountError(f"rank stability: {len(both)} units in common, expected at least three")
    first, second = both.iloc[:, 0], both.iloc[:, 1]
    return RankStability(
        float(stats.kendalltau(first, second).statistic), float(stats.spearmanr(first, second).statistic), len(both)
    )


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


def primacy(sizes: ArrayLike, among: int = 4) -> float:
    """Return the largest city's share in the `among` largest, from 1/among (equal) to 1.

    Raises
    ------
    RecountError
        `among` is not between 2 and the number of cities.

    References
    ----------
    Jefferson (1939), The law of the primate city, Geographical Review 29; with four cities, Ginsburg (1961).
    """
    ordered = np.sort(_amounts(sizes, "city sizes"))[::-1]
    if not 2 <= among <= ordered.size:
        raise RecountError(f"primacy: expected a number of cities from 2 to {ordered.size}, found {among}")
    return float(ordered[0] / ordered[:among].sum())


def reallocation_gain(product_share: float, labour_share: float) -> float:
    """Return the percent of product gained when one percent of all workers leaves a sector for the rest.

    Average product outside the sector less average product inside it, both over that of the whole economy. An upper
    bound: capital does not move along, and marginal products fall as workers arrive.

    Parameters
    ----------
    product_share, labour_share
        The sector's shares in product and in employment, between 0 and 1.

    Raises
    ------
    RecountError
        A share is not strictly between 0 and 1.

    References
    ----------
    Temple (2005), Dual economy models: a primer for growth economists, Manchester School 73.
    """
    for name, share in (("product", product_share), ("labour", labour_share)):
        if not 0 < share < 1:
            raise RecountError(f"reallocation gain: expected a {name} share between 0 and 1, found {share}")
    return (1 - product_share) / (1 - labour_share) - product_share / labour_share


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
    ends = []
    for sign in (1, -1):
        found = optimize.linprog(sign * goal, A_ub=below, b_ub=most, A_eq=even, b_eq=same, method="highs")
        if found.fun is None or not found.success:
            raise RecountError(f"linear bounds: {'no x meets the constraints' if found.status == 2 else found.message}")
        ends.append(sign * float(found.fun))
    return Bounds(*ends)


def concentration_index(
    values: ArrayLike, weights: ArrayLike | None = None, *, bound: float | None = None, corrected: str = "no"
) -> float:
    """Return the concentration index of a variable over groups ordered from poorest to richest.

    Above 0 where the rich have more. Inequality within groups is left out.

    Parameters
    ----------
    values
        Group means, length n, none negative.
    weights
        Group sizes, length n; equal by default.
    bound
        The largest value the variable can take (100 for a rate in percent), needed for a correction.
    corrected
        "no" for the standard index; "wagstaff" divides it by 1 - mean / bound; "erreygers" multiplies it by
        4 mean / bound, so that it measures absolute differences.

    Raises
    ------
    RecountError
        Lengths differ, a value lies outside 0 to `bound`, or the correction is unknown or lacks its bound.

    References
    ----------
    Kakwani, Wagstaff and van Doorslaer (1997), Journal of Econometrics 77; Wagstaff (2005), Health Economics 14;
    Erreygers (2009), Journal of Health Economics 28.
    """
    means = _amounts(values)
    share = shares(np.ones(means.size) if weights is None else weights)
    if share.size != means.size:
        raise RecountError(f"concentration index: {means.size} values but {share.size} weights")
    if bound is not None and (means > bound).any():
        raise RecountError(f"concentration index: {means.max()} lies above the bound of {bound}")
    if corrected not in ("no", "wagstaff", "erreygers") or (corrected != "no" and bound is None):
        raise RecountError(f"concentration index: correction {corrected!r} with bound {bound}")
    mean = float(share @ means)
    index = float(2 * (share * (np.cumsum(share) - share / 2)) @ means / mean - 1)
    if bound is None or corrected == "no":
        return index
    return 4 * mean / bound * index if corrected == "erreygers" else index / (1 - mean / bound)


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
