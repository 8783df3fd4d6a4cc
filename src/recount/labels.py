"""Labels that do not collide: lines broken to measure, names spread along an edge or placed beside their points."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation
from matplotlib.textpath import text_to_path
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from recount.style import FAMILY, QUIET, load_fonts, width

Array = NDArray[np.float64]
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))  # best first
DISTANCES = (4, 8, 13, 20, 28, 38, 50)  # points from a point to its label, at full width


def cap(text: str) -> str:
    """Return text with a capital letter first."""
    return text[:1].upper() + text[1:]


def wide(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a line of text is, in points."""
    load_fonts()
    font = FontProperties(family=FAMILY, weight=weight, size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0])


def wrapped(text: str, size: float, room: float, weight: str = "normal") -> str:
    """Break text into lines no wider than `room` points; a single word that is wider keeps its line."""
    words, lines = text.split(), []
    while words:
        fit = bisect_right(range(1, len(words)), room, key=lambda n: wide(" ".join(words[: n + 1]), size, weight)) + 1
        lines.append(" ".join(words[:fit]))
        words = words[fit:]
    return "\n".join(lines)


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


def beside(ax: Axes, labels: Sequence[Annotation], obstacles: ArrayLike) -> None:
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
    anchors = np.array([ax.transData.transform(label.xy) for label in labels]).reshape(-1, 2)
    sizes = [np.array(label.get_window_extent().size) for label in labels]
    places = [_places(anchor, size) for anchor, size in zip(anchors, sizes, strict=True)]
    room = np.array(ax.get_window_extent().extents)
    fixed = [_cost(each, points, room) for each in places]
    crowd = [(1 / np.hypot(*(points - anchor).T).clip(1)).sum() for anchor in anchors]
    chosen = np.full((len(labels), 4), np.inf)
    for sweep in range(3):  # later sweeps let early labels react to later ones
        for i in sorted(range(len(labels)), key=lambda i: (-crowd[i], i)):
            others = np.delete(chosen, i, axis=0)[:, None]
            meets = ((places[i][:, :2] < others[..., 2:] + 2) & (places[i][:, 2:] > others[..., :2] - 2)).all(axis=2)
            best = int(np.argmin(fixed[i] + 1e6 * meets.sum(axis=0)))
            chosen[i] = places[i][best]
            if sweep == 2:
                _move(labels[i], chosen[i], anchors[i], DISTANCES[best // len(DIRECTIONS)])


def _places(anchor: Array, size: Array) -> Array:
    """Return every place for a label of `size` around a point as boxes (x0, y0, x1, y1), nearest first."""
    reach = (
        width().scale
        * np.array(DISTANCES)[:, None, None]
        * np.array([0.75 if x and y else 1.0 for x, y in DIRECTIONS])[:, None]
    )
    centres = anchor + (np.array(DIRECTIONS) * (reach + size / 2)).reshape(-1, 2)
    return np.hstack([centres - size / 2, centres + size / 2])


def _cost(boxes: Array, points: Array, room: Array) -> Array:
    """Return how bad each place is by itself: outside the axes or over points far above distance and direction."""
    covered = ((points > boxes[:, None, :2] - 1.5) & (points < boxes[:, None, 2:] + 1.5)).all(axis=2).sum(axis=1)
    outside = (boxes[:, :2] < room[:2]).any(axis=1) | (boxes[:, 2:] > room[2:]).any(axis=1)
    effort = np.add.outer(np.array(DISTANCES), 0.4 * np.arange(len(DIRECTIONS))).ravel()
    return np.asarray(1e4 * outside + 50 * covered + effort)


def _move(label: Annotation, box: Array, anchor: Array, distance: float) -> None:
    label.set(ha="left", va="bottom", position=tuple(box[:2] - anchor))
    if distance > 13:
        nearest = np.clip(anchor, box[:2], box[2:])
        label.axes.annotate(  # type: ignore[union-attr]
            "", label.xy, xytext=tuple(nearest - anchor), textcoords="offset points",
            arrowprops={"arrowstyle": "-", "color": QUIET, "linewidth": 0.5, "shrinkA": 1, "shrinkB": 2},
        )  # fmt: skip
