"""Chart recipes: each a pure function from tidy data to a finished drawing, its labels placed, its alt text computed.

A recipe returns a `Chart`, which `figure` shows and exports. Of every recipe, `unit` is what is measured, with its
unit, for the line beneath the headline; names in `highlight` are in colour, all others in grey; the interval of the
claim with the id `stated` is drawn as a band. A `RecountError` tells of a name that is not drawn, or a claim unknown.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from recount.claims import Claim, claim
from recount.figures import layout
from recount.figures.layout import capitalised, even, place_beside, text_width, wrapped
from recount.figures.style import INK, QUIET, blank, hues, legible, settle, width
from recount.files import RecountError
from recount.wording import plain


@dataclass(frozen=True)
class Chart:
    """A finished drawing without its headline: what it shows, in which unit, in words, and what is plotted."""

    figure: Figure
    unit: str
    alt: str
    data: pd.DataFrame
    claims: tuple[str, ...] = ()


def lines(
    frame: pd.DataFrame,
    *,
    unit: str,
    highlight: Sequence[str] = (),
    stated: Mapping[str, str] | None = None,
    marks: Mapping[float, str] | None = None,
    dotted: Mapping[str, float] | None = None,
) -> Chart:
    """Draw one line a column over the index, each named at its end, with the stated interval as a band.

    Parameters
    ----------
    frame
        Index: numbers, mostly years; one column a line, in one unit; gaps stay gaps.
    stated
        {column: id of the claim about it}; the band has the column's tint.
    marks
        {place on the index: words}, drawn as a vertical rule.
    dotted
        {column: place on the index}; up to there the line rests on derived figures and is dotted.

    Examples
    --------
    >>> shares = pd.DataFrame({"research": [58.6, 57.1], "GDP": [43.1, 42.3]}, index=[2010, 2023])
    >>> rc.lines(shares, unit="percent", highlight=["research"], stated={"research": "rd-share"}).unit
    'percent'
    """
    colours = hues([*frame.columns], highlight)
    claims, marks = {name: claim(key) for name, key in (stated or {}).items()}, marks or {}
    fig, ax = blank(3.0)
    for name, path in ((str(name), series.dropna()) for name, series in frame.items()):
        thickness = (2.2 if name in highlight else 1.3) * width().scale
        style: dict[str, Any] = {"color": colours[name], "linewidth": thickness, "zorder": 3}
        until = (dotted or {}).get(name, -math.inf)
        ax.plot(path[path.index >= until], **style, solid_capstyle="round")
        ax.plot(path[path.index <= until], **style, linestyle=(0, (1, 1.4)))
    layout.number_axis(ax, frame.index.min(), frame.index.max())
    layout.value_axis(ax, frame.min().min(), frame.max().max(), claims.values())
    ends = _end_labels(ax, frame, colours)
    settle(fig)
    taken = layout.points_along(ax, frame)
    for place in marks:  # labels keep off every rule, and off each other
        taken = np.vstack([taken, ax.get_xaxis_transform().transform([(place, y) for y in np.linspace(0, 1, 120)])])
    layout.label_ends(ax, ends, frame.index.max(), taken)
    taken = np.vstack([taken, *map(layout.points_over, ends)])
    for name, stated_claim in claims.items():
        layout.stated_band(ax, stated_claim, taken, colour=colours[name] if len(claims) > 1 else "")
        taken = np.vstack([taken, layout.points_over(ax.texts[-1])])
    for place, words in marks.items():
        layout.vertical_rule(ax, place, words, taken)
        taken = np.vstack([taken, layout.points_over(ax.texts[-1])])
    alt = f"Lines. {capitalised(unit)}: {_spans(frame)}{layout.stated_in_words(claims.values())}."
    return Chart(fig, unit, alt, frame, tuple(stated_claim.id for stated_claim in claims.values()))


def _end_labels(ax: Axes, frame: pd.DataFrame, colours: Mapping[str, str]) -> list[Annotation]:
    """Write each line's name at its end."""
    labels = []
    for name, path in ((str(name), series.dropna()) for name, series in frame.items()):
        text, end = wrapped(name, width().text, 72 * 0.28 * width().inches), (path.index[-1], path.iloc[-1])
        labels.append(layout.label(ax, text, end, (5, 0), color=legible(colours[name])))
    return labels


def _spans(frame: pd.DataFrame) -> str:
    """Return where each line begins and ends, and between which values it runs, in words."""
    return "; ".join(
        f"{name} {plain(path.iloc[0], 3)} in {path.index[0]} and {plain(path.iloc[-1], 3)} in {path.index[-1]}, "
        f"between {plain(path.min(), 3)} and {plain(path.max(), 3)}"
        for name, path in ((name, series.dropna()) for name, series in frame.items())
    )


def ranked_bars(
    values: pd.Series, *, unit: str, highlight: Sequence[str] = (), stated: str = "", ordered: bool = False
) -> Chart:
    """Draw one bar a name, longest first or in the order given (`ordered`), each with its value.

    Parameters
    ----------
    values
        Indexed by name, in one unit; negative values run to the left.

    Examples
    --------
    >>> rc.ranked_bars(pd.Series({"Jiangsu": 12.7, "Guangdong": 12.7, "Shandong": 10.1}), unit="percent").alt
    'Bars. Percent: Jiangsu 12.7; Guangdong 12.7; Shandong 10.1.'
    """
    shown = values if ordered else values.sort_values(ascending=False, kind="stable")
    names, texts = [str(name) for name in shown.index], even(shown)
    fig, ax, claims, colours = _rows(names, highlight, stated)
    bars = ax.barh(range(len(shown)), shown, height=0.68, linewidth=1.1, zorder=2, color=colours, edgecolor=colours)
    ax.bar_label(bars, texts, padding=3, fontsize=ax.get_yticklabels()[0].get_fontsize(), color=INK, zorder=4)
    ax.axvline(0, color=QUIET, linewidth=0.8, zorder=3)
    room, least = max(text_width(text, width().text) for text in texts) + 6, min(0, shown.min())
    layout.row_limits(ax, least, max(0, shown.max()), claims, right=room, left=room if least < 0 else 0)
    data = shown.to_frame(shown.name or "value").assign(recalled=False)
    return _finished(fig, ax, f"Bars. {capitalised(unit)}", unit, names, texts, claims, data)


def dumbbell(frame: pd.DataFrame, *, unit: str, highlight: Sequence[str] = (), stated: str = "") -> Chart:
    """Draw two values a name as dots joined by a line: the first column hollow, the second filled.

    Parameters
    ----------
    frame
        Index: names, drawn in this order; two columns in one unit.

    Raises
    ------
    RecountError
        There are not two columns.

    Examples
    --------
    >>> rates = pd.DataFrame({"1982": [12.0, 90], "1983": [73.0, 98]}, index=["Heilongjiang", "Guizhou"])
    >>> rc.dumbbell(rates, unit="teams on contract, percent").alt
    'Pairs of dots, 1982 and 1983. Teams on contract, percent: Heilongjiang 12 and 73; Guizhou 90 and 98.'
    """
    if frame.shape[1] != 2:
        raise RecountError(f"dumbbell: expected two columns, found {', '.join(map(str, frame.columns))}")
    names, (first, second) = [str(name) for name in frame.index], map(str, frame.columns)
    fig, ax, claims, colours = _rows(names, highlight, stated, above=1)
    low, high, size = frame.min(axis=1), frame.max(axis=1), 30 * width().scale ** 2
    ax.hlines(range(len(frame)), low, high, color=colours, linewidth=1.6 * width().scale, zorder=2)
    ax.scatter(frame.iloc[:, 0], range(len(frame)), s=size, c="white", edgecolors=colours, zorder=3)
    ax.scatter(frame.iloc[:, 1], range(len(frame)), s=size, c=colours, edgecolors=colours, zorder=3)
    texts = np.array(even(np.column_stack([low, high]).ravel())).reshape(-1, 2)
    for row, (least, most) in enumerate(zip(low, high, strict=True)):
        layout.label(ax, texts[row, 1], (most, row), (6, 0))
        if least < most:
            layout.label(ax, texts[row, 0], (least, row), (-6, 0), ha="right")
    room = max(text_width(text, width().text) for text in texts.ravel()) + 8
    layout.row_limits(ax, low.min(), high.max(), claims, right=room, left=room)
    kind, pairs = f"Pairs of dots, {first} and {second}", [" and ".join(even(pair)) for pair in frame.to_numpy()]
    chart = _finished(fig, ax, f"{kind}. {capitalised(unit)}", unit, names, pairs, claims, frame)
    layout.column_heads(ax, frame.iloc[0].tolist(), (first, second), row=-1.0)
    return chart


def intervals(frame: pd.DataFrame, *, unit: str, highlight: Sequence[str] = (), stated: str = "") -> Chart:
    """Draw a range a name, with its value as a dot where there is one.

    Parameters
    ----------
    frame
        Index: names, drawn in this order; columns ``low``, ``high`` and perhaps ``value``, in one unit; perhaps
        ``words``, what stands beside each range.

    Raises
    ------
    RecountError
        A column is missing, or a range ends below its beginning.

    Examples
    --------
    >>> ranges = pd.DataFrame({"low": [24.0, 27], "high": [31.0, 29]}, index=["staff", "all urban employed"])
    >>> rc.intervals(ranges, unit="percent").alt
    'Ranges. Percent: staff 24 to 31; all urban employed 27 to 29.'
    """
    if not {"low", "high"} <= set(frame) or (frame["low"] > frame["high"]).any():
        raise RecountError(f"intervals: expected columns low <= high, found {', '.join(map(str, frame.columns))}")
    names = [str(name) for name in frame.index]
    fig, ax, claims, colours = _rows(names, highlight, stated)
    ax.hlines(range(len(frame)), frame["low"], frame["high"], color=colours, linewidth=5 * width().scale, zorder=2)
    if "value" in frame:
        size = 26 * width().scale ** 2
        ax.scatter(frame["value"], range(len(frame)), s=size, c="white", edgecolors=INK, zorder=3)
    ends = zip(even(frame["low"]), even(frame["high"]), strict=True)
    texts = [*frame.get("words", [f"{low} to {high}" if low != high else low for low, high in ends])]
    for row, (text, end) in enumerate(zip(texts, frame["high"], strict=True)):
        layout.label(ax, text, (end, row), (6, 0))
    room = max(text_width(text, width().text) for text in texts) + 8
    layout.row_limits(ax, frame["low"].min(), frame["high"].max(), claims, right=room, left=6)
    return _finished(fig, ax, f"Ranges. {capitalised(unit)}", unit, names, texts, claims, frame)


def _rows(
    names: Sequence[str], highlight: Sequence[str], stated: str, above: int = 0
) -> tuple[Figure, Axes, list[Claim], list[str]]:
    """Return a figure with one row a name, its axes, the claim to show, and the colour of each row."""
    colours, claims = hues(names, highlight, one=True), [claim(stated)] if stated else []
    fig, ax = layout.rows(names, colours, above=above + len(claims))
    return fig, ax, claims, [colours[name] for name in names]


def _finished(
    fig: Figure,
    ax: Axes,
    kind: str,
    unit: str,
    names: Sequence[str],
    texts: Sequence[str],
    claims: Sequence[Claim],
    data: pd.DataFrame,
) -> Chart:
    """Lay a chart of rows out, draw the stated band behind it, and put it into words."""
    settle(fig)
    for stated in claims:
        layout.stated_band(ax, stated, across=True, row=ax.get_ylim()[1] + 0.5)
    listed = "; ".join(f"{name} {text}" for name, text in zip(names, texts, strict=True))
    alt = f"{kind}: {listed}{layout.stated_in_words(claims)}."
    return Chart(fig, unit, alt, data, tuple(stated.id for stated in claims))


def named_scatter(
    frame: pd.DataFrame,
    *,
    unit: str,
    names: Collection[str] = (),
    highlight: Sequence[str] = (),
    log: bool = False,
    diagonal: str = "",
    stated: Sequence[str] = (),
) -> Chart:
    """Draw one point a name, with the names asked for beside their points.

    Parameters
    ----------
    frame
        Index: names; the first column is drawn across, the second upward, and both head their axes.
    names
        Which points to name; those highlighted are named too.
    log
        Both axes logarithmic; all values above 0.
    diagonal
        Words for the line on which both values are equal; drawn where there are some.
    stated
        Ids of two claims, on what is across and upward: their intervals are bands, which cross where both hold.

    Raises
    ------
    RecountError
        A name is not in the index.

    Examples
    --------
    >>> cities = pd.DataFrame({"urban people, million": [780, 107], "first, percent": [3, 11]}, ["China", "Russia"])
    >>> rc.named_scatter(cities, unit="2015", names=["China"], log=True).alt
    'Scatter of 2 points: urban people, million across, first, percent upward. China: 780, 3.'
    """
    if unknown := [name for name in [*names, *highlight] if name not in frame.index]:
        raise RecountError(f"named scatter: {unknown[0]!r} is not in the data")
    colours = hues([*frame.index], highlight or [*names], one=True)
    (x, y), claims = frame.columns[:2], [claim(key) for key in stated]
    fig, ax = blank(3.9)
    size, shades = 20 * width().scale ** 2, [colours[name] for name in frame.index]
    ax.scatter(frame[x], frame[y], s=size, c=shades, zorder=3, linewidths=0)
    if log:
        _logarithmic(ax)
    ax.margins(0.08)
    ax.grid()
    ax.set_xlabel(str(x), fontsize=width().text, loc="left")
    ax.set_title(str(y), fontsize=width().text, loc="left", color=QUIET)
    if diagonal:
        _equal_line(ax, diagonal)
    wanted = [name for name in frame.index if name in names or name in highlight]
    labels = [layout.label(ax, n, tuple(frame.loc[n, [x, y]]), color=legible(colours[n])) for n in wanted]
    if claims:
        ax.set_xlim(*layout.limits(frame[x].min(), frame[x].max(), claims[:1]))
        ax.set_ylim(*layout.limits(frame[y].min(), frame[y].max(), claims[1:]))
    settle(fig)
    points = ax.transData.transform(frame[[x, y]])
    for stated_claim, across in zip(claims, (True, False), strict=False):
        row = float(np.dot(ax.get_ylim(), (0.03, 0.97)))
        layout.stated_band(ax, stated_claim, points, across=across, row=row)
    fixed = [layout.points_over(text) for text in ax.texts if text not in labels]
    place_beside(ax, labels, np.vstack([points, *fixed, *_points_on_lines(ax)]))
    values = "; ".join(f"{n}: {plain(frame.loc[n, x], 3)}, {plain(frame.loc[n, y], 3)}" for n in wanted)
    seen = f"Scatter of {len(frame)} points: {x} across, {y} upward"
    return Chart(fig, unit, f"{seen}. {values}{layout.stated_in_words(claims)}.", frame[[x, y]], tuple(stated))


def _points_on_lines(ax: Axes) -> list[np.ndarray]:
    """Return display coordinates along the straight lines of a chart."""
    ends = [np.array(line.get_xydata(), dtype=float) for line in ax.lines]
    return [ax.transData.transform(a + np.linspace(0, 1, 200)[:, None] * (b - a)) for a, b in ends]


def _logarithmic(ax: Axes) -> None:
    """Make both axes logarithmic, with round numbers on them."""
    ax.set(xscale="log", yscale="log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: plain(value)))
        axis.set_minor_locator(mpl.ticker.NullLocator())


def _equal_line(ax: Axes, words: str) -> None:
    """Draw the line on which both values are equal, inside the axes."""
    low, high = max(ax.get_xlim()[0], ax.get_ylim()[0]), min(ax.get_xlim()[1], ax.get_ylim()[1])
    if low < high:
        ax.plot([low, high], [low, high], color=QUIET, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        layout.label(ax, words, (low, low), (14, 3), color=QUIET, ha="left")
