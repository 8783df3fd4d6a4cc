"""The specification curve: every defensible value of a claim in order, above the choices that make it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from recount import axes
from recount.charts import Chart
from recount.labels import beside
from recount.multiverse import Multiverse
from recount.style import INK, PALETTE, QUIET, blank, settle, width
from recount.wording import plain


def specification_curve(specifications: Multiverse) -> Chart:
    """Draw every specification in order of its value, above the choices that make it; count those that decide.

    After Simonsohn, Simmons and Nelson (2020), Specification curve analysis, Nature Human Behaviour 4. Hollow marks
    rest on recalled figures or describe the time after the text, and do not decide.

    Examples
    --------
    >>> def share(year):
    ...     return rc.Reading({2014: 58.1, 2015: 58.9}[year], rc.table("rd_expenditure"))
    >>> specs = rc.specifications("rd-share", share, as_written={"year": 2015}, year=[2014, 2015])
    >>> rc.specification_curve(specs).title
    '2 of 2 specifications lie inside what “about 60 percent” allows'
    """
    stated = specifications.claim
    drawn = specifications.table.sort_values("value", kind="stable").reset_index(drop=True)
    drawn["value"] /= stated.factor
    varied = {c: [*dict.fromkeys(specifications.table[c])] for c in specifications.choices if drawn[c].nunique() > 1}
    listed = [part for choice, levels in varied.items() for part in ((choice, None), *((choice, v) for v in levels))]
    tall = (len(listed) + 1) * width().text * 1.45 / 72
    tall_on_slide = max((len(listed) + 1) * 8.3 / 72, 1.6)
    ratios = [2.4, tall_on_slide if width().height else tall]
    fig, (top, below) = blank(2.2 + tall, 2.0 + tall_on_slide, nrows=2, sharex=True, height_ratios=ratios)
    colours = np.where(drawn["inside"], PALETTE[0], PALETTE[1])
    label = _dots(top, drawn, colours)
    axes.frame(top, drawn["value"].min(), drawn["value"].max(), [stated])
    _choices(below, listed, drawn, colours, fig.get_figheight() * ratios[1] / sum(ratios))
    settle(fig)
    points = top.transData.transform(np.column_stack([drawn.index, drawn["value"]]))
    ring = top.transData.transform(label.xy) + 6 * np.array([[np.cos(a), np.sin(a)] for a in range(6)])
    beside(top, [label], np.vstack([points, ring]))
    axes.band(top, stated, np.vstack([points, points + 3, points - 3, axes.filled(label)]))
    count, inside = int(drawn["decides"].sum()), int((drawn["inside"] & drawn["decides"]).sum())
    hollow = "; hollow: after the text, or recalled" if count < len(drawn) else ""
    alt = (
        f"Specification curve of {stated.quantity}: {len(drawn)} values from {plain(drawn['value'].min())} to "
        f"{plain(drawn['value'].max())} {stated.printed_unit}; {inside} of the {count} that decide lie inside the "
        f"stated interval; as written {plain(drawn.loc[drawn['as_written'], 'value'].iloc[0])}."
    )
    data = drawn[[*specifications.choices, "value", "inside", "decides", "as_written", "known", "grade"]]
    return Chart(
        fig,
        f"{stated.printed_unit}; a column is a specification{hollow}",
        alt,
        data.set_index([*specifications.choices]),
        (stated.id,),
        f"{inside} of {count} specifications lie inside what “{stated.stated}” allows",
    )


def _dots(ax: Axes, drawn: pd.DataFrame, colours: Any) -> Annotation:
    """Draw the values, hollow where they do not decide, with a ring round the literal one; return its label."""
    size, faces = 20 * width().scale ** 2, np.where(drawn["decides"], colours, "white")
    ax.scatter(drawn.index, drawn["value"], s=size, c=faces, edgecolors=colours, linewidths=1, zorder=3)
    at = int(drawn["as_written"].argmax()), float(drawn["value"][drawn["as_written"]].iloc[0])
    ax.scatter([at[0]], [at[1]], s=4 * size, facecolors="none", edgecolors=INK, linewidths=1.1, zorder=4)
    ax.set_xlim(-0.8, len(drawn) - 0.2)
    ax.spines["bottom"].set_visible(False)
    return axes.words(ax, "as written", at)


def _choices(ax: Axes, listed: Sequence[tuple[str, Any]], drawn: pd.DataFrame, colours: Any, height: float) -> None:
    """Draw which level of each choice every specification takes: a heading a choice, a row a level."""
    for row, (choice, level) in enumerate(listed):
        if level is not None:
            here = drawn.index[drawn[choice] == level]
            size = 22 * width().scale ** 2
            ax.scatter(here, np.full(len(here), row), marker="|", s=size, c=colours[here], linewidths=1.1)
    names = [choice.replace("_", " ") if level is None else str(level) for choice, level in listed]
    size = axes.fitting(height, len(listed) + 1)
    ax.set_yticks(range(len(listed)), axes.wrapped_names(names, width().inches * 72 * 0.45), fontsize=size)
    for label, (_, level) in zip(ax.get_yticklabels(), listed, strict=True):
        label.set(color=INK if level is None else QUIET, fontweight="bold" if level is None else "normal")
    ax.set(ylim=(len(listed) - 0.4, -1.2), xticks=[])
    ax.spines["bottom"].set_visible(False)
