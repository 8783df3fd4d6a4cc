"""The furniture of a chart: its frame, rows of names, the stated band, and labels that do not collide."""

import math
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation, Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from recount.claims import Claim
from recount.figures.style import BAND, FAMILY, GREY, INK, QUIET, blank, legible, load_fonts, tint, width

Array = NDArray[np.float64]
Place = tuple[float, float]
NOWHERE = np.empty((0, 2))
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))  # best first
DISTANCES = (4, 8, 13, 20, 28, 38, 50)  # points from a point to its label, at full width


# Text: how wide it is, where its lines break, how its numbers are written.


def capitalised(text: str) -> str:
    """Return text with a capital letter first."""
    return text[:1].upper() + text[1:]


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a line of text is, in points."""
    load_fonts()
    font = FontProperties(family=FAMILY, weight=weight, size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0])


def wrapped(text: str, size: float, room: float, weight: str = "normal") -> str:
    """Break text into lines no wider than `room` points; a single word that is wider keeps its line."""
    words, lines = text.split(), []
    while words:

        def width_of(count: int) -> float:
            return text_width(" ".join(words[: count + 1]), size, weight)  # noqa: B023

        fit = bisect_right(range(1, len(words)), room, key=width_of) + 1
        lines.append(" ".join(words[:fit]))
        words = words[fit:]
    return "\n".join(lines)


def even(values: Iterable[float]) -> list[str]:
    """Return numbers as labels with the same decimals: three digits of the largest, none where all are whole."""
    numbers = [float(value) for value in values]
    most = max((abs(value) for value in numbers), default=0)
    whole = all(value == round(value) for value in numbers)
    decimals = 0 if whole or not most else max(0, 2 - math.floor(math.log10(most)))
    return [f"{value:,.{decimals}f}".replace("-", "−") for value in numbers]


def stated_in_words(claims: Iterable[Claim]) -> str:
    """Return what was stated, for alt text."""
    stated = "; ".join(f"“{claim.phrase}” allows {claim.allowed}" for claim in claims)
    return f". The band: {stated}" if stated else ""


# Axes: their limits, ticks and rows.


def limits(low: float, high: float, claims: Iterable[Claim]) -> tuple[float, float]:
    """Return limits that show the data and every stated interval, with room on an open side."""
    ends = [(claim.printed_interval.low, claim.printed_interval.high) for claim in claims]
    finite = [end for pair in ends for end in pair if math.isfinite(end)]
    least, most = min([low, *finite]), max([high, *finite])
    span = (most - least) or abs(most) or 1.0
    below = 0.16 if any(pair[0] == -math.inf for pair in ends) and least in finite else 0.08
    above = 0.16 if any(pair[1] == math.inf for pair in ends) and most in finite else 0.08
    return (0.0 if low >= 0 > least - below * span and least >= 0 else least - below * span), most + above * span


def number_axis(ax: Axes, least: float, most: float) -> None:
    """Give the horizontal axis its limits and a few whole numbers; the outer ones keep within the axes."""
    ticks = MaxNLocator(7 if width().inches > 5 else 4, integer=True).tick_values(least, most)
    shown = [tick for tick in ticks if least <= tick <= most]
    ax.set(xlim=(least, most), xticks=shown)
    for label, tick in zip(ax.get_xticklabels(), shown, strict=True):
        label.set_horizontalalignment("left" if tick == least else "right" if tick == most else "center")


def value_axis(ax: Axes, low: float, high: float, claims: Collection[Claim]) -> None:
    """Give the vertical axis limits, a quiet grid of horizontal lines, and no more than six numbers on the left."""
    ax.set_ylim(*limits(low, high, claims))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.grid(axis="y")
    if ax.get_ylim()[0] < 0 < ax.get_ylim()[1]:
        ax.axhline(0, color=QUIET, linewidth=0.8, zorder=1)


def rows(names: Sequence[str], colours: Mapping[str, str], *, above: int = 0) -> tuple[Figure, Axes]:
    """Return a figure with one row a name from the top, `above` rows free over the first.

    Parameters
    ----------
    colours
        Of the names; where they differ, those that are grey stand in ink.
    """
    sizes = width()
    text = [wrapped(name, sizes.text, sizes.inches * 72 * 0.42) for name in names]
    tall = above + sum(name.count("\n") * 0.75 + 1 for name in text)
    fig, ax = blank(tall * sizes.text * 1.75 / 72 + 0.12, tall * 8.3 / 72 + 0.12)
    ax.set(ylim=(len(names) - 0.5, -0.5 - above), xticks=[])
    fitting = max(7, min(sizes.text, 0.85 * 72 * (fig.get_figheight() - 0.12) / tall))
    ax.set_yticks(range(len(names)), text, fontsize=fitting)
    for label, name in zip(ax.get_yticklabels(), names, strict=True):
        plainly = colours[name] == GREY or GREY not in colours.values()
        label.set(color=INK if plainly else legible(colours[name]), linespacing=0.95)
    ax.spines["bottom"].set_visible(False)
    return fig, ax


def row_limits(ax: Axes, low: float, high: float, claims: Collection[Claim], *, right: float, left: float = 0) -> None:
    """Give a chart of rows its limits: the values, and `left` and `right` points for the words beside them."""
    least, most = (low, high) if not claims else limits(low, high, claims)
    lines = [line for label in ax.get_yticklabels() for line in label.get_text().split("\n")]
    free = width().inches * 72 - max(text_width(line, width().text) for line in lines) - 14 - left - right
    scale = ((most - least) or abs(most) or 1.0) / max(40.0, free)
    ax.set_xlim(least - left * scale, most + right * scale)


# Labels: written at a point, then moved to where they cover nothing.


def label(ax: Axes, text: str, at: Place, offset: Place = (0, 0), **style: Any) -> Annotation:
    """Write beside a point, `offset` in points."""
    size = ax.get_yticklabels()[0].get_fontsize() if ax.get_yticks().size else width().text
    given: dict[str, Any] = {"fontsize": size, "color": INK, "annotation_clip": False, "va": "center"} | style
    shift = (offset[0] * width().scale, offset[1] * width().scale)
    return ax.annotate(text, at, xytext=shift, textcoords="offset points", zorder=6, **given)


def points_along(ax: Axes, paths: pd.DataFrame) -> Array:
    """Return display coordinates all along the lines of a chart, which labels should leave free."""
    points = [NOWHERE]
    for _, series in paths.items():
        path = series.dropna()
        at = np.linspace(path.index.min(), path.index.max(), 240)
        points.append(ax.transData.transform(np.column_stack([at, np.interp(at, path.index, path)])))
    return np.vstack(points)


def points_over(text: Text) -> Array:
    """Return display coordinates all over a text, which other labels should leave free."""
    box = text.get_window_extent()
    across, up = np.meshgrid(np.linspace(box.x0, box.x1, 12), np.linspace(box.y0, box.y1, 4))
    return np.column_stack([across.ravel(), up.ravel()])


def label_ends(ax: Axes, labels: Sequence[Annotation], last: float, taken: Array) -> None:
    """Set the names of lines apart: those at the right edge up and down, those that end earlier beside their end."""
    edge = [text for text in labels if text.xy[0] == last]
    heights = [text.get_window_extent().height + 1 for text in edge]
    at = np.array([ax.transData.transform(text.xy)[1] for text in edge])
    room = ax.get_window_extent()
    for text, start, end in zip(edge, at, spread(at, heights, room.y0 + 3, room.y1), strict=True):
        text.set_position((5, end - start))
    place_beside(ax, [text for text in labels if text.xy[0] != last], taken)


def stated_band(
    ax: Axes, stated: Claim, taken: Array = NOWHERE, *, colour: str = "", across: bool = False, row: float = 0
) -> None:
    """Draw what the wording allows as a band that ends at the edge of the axes, and say what was stated.

    Parameters
    ----------
    taken
        Display coordinates that the words should leave free.
    colour
        Of the line the claim is about; the band is a tint of it. Otherwise sand.
    across
        Along the horizontal axis; the words then stand in `row`.
    """
    edges, interval = sorted(ax.get_xlim() if across else ax.get_ylim()), stated.printed_interval
    low, high = (min(max(end, edges[0]), edges[1]) for end in (interval.low, interval.high))
    (ax.axvspan if across else ax.axhspan)(low, high, color=tint(colour) if colour else BAND, zorder=0, linewidth=0)
    text = label(
        ax,
        f"stated: {stated.stated if stated.value else stated.allowed}",
        ((low + high) / 2, row) if across else (0, high),
        color=legible(colour) if colour else "#6b5200",
        fontsize=max(7, width().text - 0.25),
    )
    text.set(wrap=False, ha="left", va="bottom")
    room, box = ax.get_window_extent(), text.get_window_extent()
    ends = [ax.transData.transform((end, row) if across else (ax.get_xlim()[0], end)) for end in (low, high)]
    if across:
        centre = (ends[0][0] + ends[1][0]) / 2
        move(text, min(max(centre - box.width / 2, room.x0), room.x1 - box.width), ends[0][1] - box.height / 2)
        return
    heights = [ends[1][1] - box.height - 2, ends[0][1] + 2, ends[1][1] + 2, ends[0][1] - box.height - 2]
    steps = np.linspace(room.x0 + 3, max(room.x0 + 3, room.x1 - box.width - 3), 25)
    places = [(x, y) for y in heights if room.y0 <= y <= room.y1 - box.height for x in steps[[0, 24, *range(1, 24)]]]
    move(text, *freest(places or [(room.x0 + 3, heights[0])], box, taken))


def vertical_rule(ax: Axes, at: float, words: str, taken: Array) -> None:
    """Draw a vertical rule, and write beside it what it marks."""
    ax.axvline(at, color=QUIET, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    text = label(ax, words, (at, ax.get_ylim()[0]), color=QUIET, ha="left", va="bottom")
    text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # where another rule passes behind it
    room, box, x = ax.get_window_extent(), text.get_window_extent(), ax.transData.transform((at, 0))[0]
    heights = np.linspace(room.y0 + 3, room.y1 - box.height - 2, 20)
    sides = [left for left in (x - box.width - 4, x + 4) if room.x0 <= left <= room.x1 - box.width]
    move(text, *freest([(left, y) for left in sides or [room.x0] for y in heights], box, taken))


def column_heads(ax: Axes, values: Sequence[float], words: Sequence[str], row: float) -> None:
    """Write the names of two columns above their dots in the first row, apart from each other."""
    lower, upper = sorted(range(2), key=lambda i: values[i])
    labels = [label(ax, words[i], (values[i], row), color=QUIET) for i in (lower, upper)]
    room, boxes = ax.get_window_extent(), [text.get_window_extent() for text in labels]
    spots = [ax.transData.transform(text.xy) for text in labels]
    first = max(spots[0][0] + 5 - boxes[0].width, room.x0)
    second = min(max(spots[1][0] - 5, first + boxes[0].width + 8), room.x1 - boxes[1].width)
    first = max(min(first, second - 8 - boxes[0].width), 2.0)
    for text, spot, box, left in zip(labels, spots, boxes, (first, second), strict=True):
        move(text, left, spot[1] - box.height / 2)


def freest(places: Sequence[Place], box: Bbox, taken: Array) -> Place:
    """Return the first place at which the box covers the fewest points."""
    corners = np.array(places)[:, None]
    inside = ((taken > corners - 2) & (taken < corners + np.array([box.width, box.height]) + 2)).all(axis=2).sum(axis=1)
    return places[int(np.argmin(inside))]


def move(text: Annotation, left: float, bottom: float) -> None:
    """Put a label's lower left corner at a place in display coordinates."""
    anchor = text.axes.transData.transform(text.xy)  # type: ignore[union-attr]
    text.set(ha="left", va="bottom", position=(left - anchor[0], bottom - anchor[1]))


def spread(places: ArrayLike, heights: ArrayLike, low: float = -np.inf, high: float = np.inf) -> Array:
    """Return places moved as little as possible (least squares) so that what stands there does not overlap.

    Parameters
    ----------
    places
        Wanted middles along one axis, length n, in any order.
    heights
        How much room each takes, length n or one for all.
    low, high
        Limits for the middles; where n places do not fit between them, they start at `low`.

    References
    ----------
    Isotonic regression of the places less the room before them: Barlow et al. (1972), Statistical inference under order
    restrictions.
    """
    wanted = np.asarray(places, dtype=float)
    order = np.argsort(wanted, kind="stable")
    tall = np.broadcast_to(np.asarray(heights, dtype=float), wanted.shape)[order]
    steps = np.concatenate([[0.0], np.cumsum((tall[1:] + tall[:-1]) / 2)])[: wanted.size]
    moved = np.array(wanted)
    if wanted.size:
        level = isotonic_regression(wanted[order] - steps).x
        moved[order] = np.clip(level, low, max(low, high - steps[-1])) + steps
    return moved


def place_beside(ax: Axes, labels: Sequence[Annotation], obstacles: ArrayLike) -> None:
    """Move annotations to where they meet neither each other, nor obstacles, nor the edge of the axes.

    Each takes the nearest free place of those around its point, the most crowded first; a label that had to move far
    gets a thin line back to its point. The same input gives the same places. (adjustText 1.4, tried on thirty names,
    leaves some over points, over each other or outside.)

    Parameters
    ----------
    labels
        Annotations of data points.
    obstacles
        Display coordinates that labels should leave free, shape n x 2.
    """
    points = np.asarray(obstacles, dtype=float).reshape(-1, 2)
    anchors = np.array([ax.transData.transform(text.xy) for text in labels]).reshape(-1, 2)
    places = [
        _places(anchor, np.array(text.get_window_extent().size)) for anchor, text in zip(anchors, labels, strict=True)
    ]
    room = np.array(ax.get_window_extent().extents)
    fixed = [_cost(boxes, points, room) for boxes in places]
    crowd = [(1 / np.hypot(*(points - anchor).T).clip(1)).sum() for anchor in anchors]
    chosen = np.full((len(labels), 4), np.inf)
    for sweep in range(3):  # later sweeps let early labels react to later ones
        for i in sorted(range(len(labels)), key=lambda i: (-crowd[i], i)):
            others = np.delete(chosen, i, axis=0)[:, None]
            meets = ((places[i][:, :2] < others[..., 2:] + 2) & (places[i][:, 2:] > others[..., :2] - 2)).all(axis=2)
            best = int(np.argmin(fixed[i] + 1e6 * meets.sum(axis=0)))
            chosen[i] = places[i][best]
            if sweep == 2:
                move(labels[i], *chosen[i][:2])
                _lead_back(labels[i], chosen[i], anchors[i], DISTANCES[best // len(DIRECTIONS)])


def _places(anchor: Array, size: Array) -> Array:
    """Return every place for a label of `size` around a point as boxes (x0, y0, x1, y1), nearest first."""
    diagonal = np.array([0.75 if x and y else 1.0 for x, y in DIRECTIONS])[:, None]
    reach = width().scale * np.array(DISTANCES)[:, None, None] * diagonal
    centres = anchor + (np.array(DIRECTIONS) * (reach + size / 2)).reshape(-1, 2)
    return np.hstack([centres - size / 2, centres + size / 2])


def _cost(boxes: Array, points: Array, room: Array) -> Array:
    """Return how bad each place is by itself: outside the axes or over points far above distance and direction."""
    covered = ((points > boxes[:, None, :2] - 1.5) & (points < boxes[:, None, 2:] + 1.5)).all(axis=2).sum(axis=1)
    outside = (boxes[:, :2] < room[:2]).any(axis=1) | (boxes[:, 2:] > room[2:]).any(axis=1)
    effort = np.add.outer(np.array(DISTANCES), 0.4 * np.arange(len(DIRECTIONS))).ravel()
    return np.asarray(1e4 * outside + 50 * covered + effort)


def _lead_back(text: Annotation, box: Array, anchor: Array, distance: float) -> None:
    """Draw a thin line from a label that had to move far to its point."""
    if distance > 13:
        shift = tuple(np.clip(anchor, box[:2], box[2:]) - anchor)
        arrow = {"arrowstyle": "-", "color": QUIET, "linewidth": 0.5, "shrinkA": 1, "shrinkB": 2}
        text.axes.annotate("", text.xy, xytext=shift, textcoords="offset points", arrowprops=arrow)  # type: ignore[union-attr]
