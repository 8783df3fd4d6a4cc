"""The furniture of a chart: its frame, rows of names, the stated band and words beside marks."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from recount.claims import Claim
from recount.labels import beside, spread, wide, wrapped
from recount.style import BAND, GREY, INK, PALETTE, QUIET, blank, hues, legible, tint, width

Array = NDArray[np.float64]
Place = tuple[float, float]
NOWHERE = np.empty((0, 2))


def ends(stated: Claim) -> tuple[float, float]:
    """Return the stated interval in the unit as printed."""
    return stated.interval.low / stated.factor, stated.interval.high / stated.factor


def reach(low: float, high: float, claims: Iterable[Claim]) -> tuple[float, float]:
    """Return limits that show the data and every stated interval, with room on an open side."""
    finite = [end for stated in claims for end in ends(stated) if math.isfinite(end)]
    least, most = min([low, *finite]), max([high, *finite])
    span = (most - least) or abs(most) or 1.0
    below = 0.16 if any(end == -math.inf for s in claims for end in ends(s)[:1]) and least in finite else 0.08
    above = 0.16 if any(end == math.inf for s in claims for end in ends(s)[1:]) and most in finite else 0.08
    return (0.0 if low >= 0 > least - below * span and least >= 0 else least - below * span), most + above * span


def even(values: Iterable[float]) -> list[str]:
    """Return numbers as labels with the same decimals: three digits of the largest, none where all are whole."""
    listed = [float(value) for value in values]
    most = max((abs(value) for value in listed), default=0)
    whole = all(value == round(value) for value in listed)
    decimals = 0 if whole or not most else max(0, 2 - math.floor(math.log10(most)))
    return [f"{value:,.{decimals}f}".replace("-", "−") for value in listed]


def scale(ax: Axes, least: float, most: float) -> None:
    """Give the horizontal axis its limits and a few whole numbers; the outer ones keep within the axes."""
    ticks = MaxNLocator(7 if width().inches > 5 else 4, integer=True).tick_values(least, most)
    shown = [tick for tick in ticks if least <= tick <= most]
    ax.set(xlim=(least, most), xticks=shown)
    for label, tick in zip(ax.get_xticklabels(), shown, strict=True):
        label.set_horizontalalignment("left" if tick == least else "right" if tick == most else "center")


def frame(ax: Axes, low: float, high: float, claims: Collection[Claim]) -> None:
    """Give the axes limits, a quiet grid of horizontal lines, and no more than six numbers on the left."""
    ax.set_ylim(*reach(low, high, claims))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    ax.grid(axis="y")
    if ax.get_ylim()[0] < 0 < ax.get_ylim()[1]:
        ax.axhline(0, color=QUIET, linewidth=0.8, zorder=1)


def fitting(height: float, rows: float) -> float:
    """Return the size of type, in points, at which so many rows fit into `height` inches; never below 7."""
    return max(7, min(width().text, 0.85 * 72 * height / rows))


def rows(names: Sequence[str], colours: Mapping[str, str], *, above: int = 0) -> tuple[Figure, Axes]:
    """Return a figure with one row a name from the top, `above` rows free over the first.

    Parameters
    ----------
    colours
        Of the names; where they differ, those that are grey stand in ink.
    """
    sizes = width()
    text = wrapped_names(names, sizes.inches * 72 * 0.42)
    tall = above + sum(name.count("\n") * 0.75 + 1 for name in text)
    fig, ax = blank(tall * sizes.text * 1.75 / 72 + 0.12, tall * 8.3 / 72 + 0.12)
    ax.set(ylim=(len(names) - 0.5, -0.5 - above), xticks=[])
    ax.set_yticks(range(len(names)), text, fontsize=fitting(fig.get_figheight() - 0.12, tall))
    for label, name in zip(ax.get_yticklabels(), names, strict=True):
        plainly = colours[name] == GREY or GREY not in colours.values()
        label.set(color=INK if plainly else legible(colours[name]), linespacing=0.95)
    ax.spines["bottom"].set_visible(False)
    return fig, ax


def wrapped_names(names: Iterable[str], room: float) -> list[str]:
    """Return names broken into lines that leave `room` points."""
    return [wrapped(name, width().text, room) for name in names]


def across(ax: Axes, low: float, high: float, claims: Collection[Claim], *, right: float, left: float = 0) -> None:
    """Give a chart of rows its limits: the values, and `left` and `right` points for the words beside them."""
    least, most = (low, high) if not claims else reach(low, high, claims)
    names = max(max(wide(line, width().text) for line in t.get_text().split("\n")) for t in ax.get_yticklabels())
    free = max(40.0, width().inches * 72 - names - 14 - left - right)
    scale = ((most - least) or abs(most) or 1.0) / free
    ax.set_xlim(least - left * scale, most + right * scale)


def words(ax: Axes, text: str, at: Place, offset: Place = (0, 0), **style: Any) -> Annotation:
    """Write beside a point, `offset` in points."""
    size = ax.get_yticklabels()[0].get_fontsize() if ax.get_yticks().size else width().text
    given: dict[str, Any] = {"fontsize": size, "color": INK, "annotation_clip": False, "va": "center"} | style
    shift = (offset[0] * width().scale, offset[1] * width().scale)
    return ax.annotate(text, at, xytext=shift, textcoords="offset points", zorder=6, **given)


def along(ax: Axes, paths: pd.DataFrame) -> Array:
    """Return display coordinates all along the lines of a chart, which words should leave free."""
    found = [NOWHERE]
    for _, series in paths.items():
        path = series.dropna()
        at = np.linspace(path.index.min(), path.index.max(), 240)
        found.append(ax.transData.transform(np.column_stack([at, np.interp(at, path.index, path)])))
    return np.vstack(found)


def spread_ends(ax: Axes, labels: Sequence[Annotation], last: float, taken: Array) -> None:
    """Set the names of lines apart: those at the right edge up and down, those that end earlier beside their end."""
    edge = [label for label in labels if label.xy[0] == last]
    heights = [label.get_window_extent().height + 1 for label in edge]
    at = np.array([ax.transData.transform(label.xy)[1] for label in edge])
    room = ax.get_window_extent()
    for label, here, there in zip(edge, at, spread(at, heights, room.y0 + 3, room.y1), strict=True):
        label.set_position((5, there - here))
    beside(ax, [label for label in labels if label.xy[0] != last], taken)


def band(
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
    limits = sorted(ax.get_xlim() if across else ax.get_ylim())
    low, high = (min(max(end, limits[0]), limits[1]) for end in ends(stated))
    (ax.axvspan if across else ax.axhspan)(low, high, color=tint(colour) if colour else BAND, zorder=0, linewidth=0)
    said = f"stated: {stated.stated}" if stated.value else f"stated: {stated.allowed}"
    ink = legible(colour) if colour else "#6b5200"
    size = width().text - 0.25 if width().text > 7.25 else 7
    label = words(ax, said, ((low + high) / 2, row) if across else (0, high), color=ink, fontsize=size)
    label.set(wrap=False, ha="left", va="bottom")
    room, box = ax.get_window_extent(), label.get_window_extent()
    ends_at = [ax.transData.transform((e, row) if across else (ax.get_xlim()[0], e)) for e in (low, high)]
    if across:
        centre = (ends_at[0][0] + ends_at[1][0]) / 2
        left = min(max(centre - box.width / 2, room.x0), room.x1 - box.width)
        move(label, left, ends_at[0][1] - box.height / 2)
        return
    heights = [ends_at[1][1] - box.height - 2, ends_at[0][1] + 2, ends_at[1][1] + 2, ends_at[0][1] - box.height - 2]
    steps = np.linspace(room.x0 + 3, max(room.x0 + 3, room.x1 - box.width - 3), 25)
    places = [(x, y) for y in heights if room.y0 <= y <= room.y1 - box.height for x in steps[[0, 24, *range(1, 24)]]]
    move(label, *freest(places or [(room.x0 + 3, heights[0])], box, taken))


def rule(ax: Axes, place: float, said: str, taken: Array) -> None:
    """Draw a vertical rule, and say beside it what it marks."""
    ax.axvline(place, color=QUIET, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    label = words(ax, said, (place, ax.get_ylim()[0]), color=QUIET, ha="left", va="bottom")
    label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # where another rule passes behind it
    room, box, x = ax.get_window_extent(), label.get_window_extent(), ax.transData.transform((place, 0))[0]
    heights = np.linspace(room.y0 + 3, room.y1 - box.height - 2, 20)
    sides = [left for left in (x - box.width - 4, x + 4) if room.x0 <= left <= room.x1 - box.width]
    move(label, *freest([(left, y) for left in sides or [room.x0] for y in heights], box, taken))


def freest(places: Sequence[tuple[float, float]], box: Bbox, taken: Array) -> tuple[float, float]:
    """Return the first place at which the box covers the fewest points."""
    corners = np.array(places)[:, None]
    inside = ((taken > corners - 2) & (taken < corners + np.array([box.width, box.height]) + 2)).all(axis=2).sum(axis=1)
    return places[int(np.argmin(inside))]


def move(label: Annotation, left: float, bottom: float) -> None:
    """Put a label's lower left corner at a place in display coordinates."""
    anchor = label.axes.transData.transform(label.xy)  # type: ignore[union-attr]
    label.set(ha="left", va="bottom", position=(left - anchor[0], bottom - anchor[1]))


def heads(ax: Axes, values: Sequence[float], said: Sequence[str], row: float) -> None:
    """Write the names of two columns above their dots in the first row, apart from each other."""
    lower, upper = sorted(range(2), key=lambda i: values[i])
    labels = [words(ax, said[i], (values[i], row), color=QUIET) for i in (lower, upper)]
    room, boxes = ax.get_window_extent(), [label.get_window_extent() for label in labels]
    spots = [ax.transData.transform(label.xy) for label in labels]
    first = max(spots[0][0] + 5 - boxes[0].width, room.x0)
    second = min(max(spots[1][0] - 5, first + boxes[0].width + 8), room.x1 - boxes[1].width)
    first = max(min(first, second - 8 - boxes[0].width), 2.0)
    for label, spot, box, left in zip(labels, spots, boxes, (first, second), strict=True):
        move(label, left, spot[1] - box.height / 2)


def told(claims: Iterable[Claim]) -> str:
    """Return what was stated, for alt text."""
    said = [f"“{stated.phrase}” allows {stated.allowed}" for stated in claims]
    return ". The band: " + "; ".join(said) if said else ""


def filled(label: Annotation) -> Array:
    """Return display coordinates all over a text, which other words should leave free."""
    box = label.get_window_extent()
    across, up = np.meshgrid(np.linspace(box.x0, box.x1, 12), np.linspace(box.y0, box.y1, 4))
    return np.column_stack([across.ravel(), up.ravel()])


def one_colour(names: Sequence[str], highlight: Sequence[str]) -> dict[str, str]:
    """Return one colour for what is highlighted, or for all; grey for the rest."""
    drawn = hues(names, highlight)
    return {name: PALETTE[0] if name in highlight or not highlight else colour for name, colour in drawn.items()}
