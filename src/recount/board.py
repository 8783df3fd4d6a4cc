"""The scoreboard: every claim in one look, grouped by verdict, the stated interval scaled to one width."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from recount import axes
from recount.charts import Chart
from recount.claims import claim
from recount.labels import wide
from recount.records import Record
from recount.style import BAND, GREY, INK, PALETTE, QUIET, blank, legible, settle, tint, width
from recount.verdict import COLOURS, TONES, VERDICTS

REACH = 4.0  # of the scale: eight half-widths of the stated interval; what lies beyond is drawn at the edge
SHADES = {"agrees": PALETTE[0], "disagrees": PALETTE[1], "cannot tell": GREY}


def scoreboard(records: Iterable[Record]) -> Chart:
    """Draw one row a claim: its stated interval as a band of one width, and one dot a way of counting.

    Filled dots were known when the number was stated, and decide. Beyond the band the scale is logarithmic: each step
    doubles the distance from its middle.

    Parameters
    ----------
    records
        Verdicts, as `gathered` returns them.

    Examples
    --------
    >>> rc.scoreboard(rc.gathered(rc.executed())[0]).unit[:29]
    'a dot is a way of counting, f'
    """
    board = pd.DataFrame(placed([*records]))
    pairs = dict.fromkeys(zip(board["verdict"], board["claim"], strict=True))
    order = sorted(pairs, key=lambda pair: [*VERDICTS].index(pair[0]))
    rows: list[tuple[str, str]] = []
    for verdict, key in order:
        if verdict not in [name for kind, name in rows if kind == "verdict"]:
            rows.append(("verdict", verdict))
        rows.append(("claim", key))
    size = max(7.0, min(width().text, 8.25))
    fig, ax = blank(0.3 + len(rows) * size * 1.6 / 72, 0.3 + len(rows) * 8.4 / 72)
    ax.set(xlim=(-REACH - 0.3, REACH + 0.3), ylim=(len(rows) - 0.4, -0.6), xticks=[])
    ax.spines["bottom"].set_visible(False)
    labels = [f"“{claim(name).phrase}”" if kind == "claim" else _heading(name, order) for kind, name in rows]
    room = width().inches * 72 * 0.52
    ax.set_yticks(range(len(rows)), [_cut(text, size, room) for text in labels], fontsize=size)
    for label, (kind, name) in zip(ax.get_yticklabels(), rows, strict=True):
        colour = legible(COLOURS[TONES[name]]) if kind == "verdict" else INK
        label.set(color=colour, fontweight="bold" if kind == "verdict" else "normal")
    _draw(
        ax,
        board.assign(row=board["claim"].map({name: row for row, (kind, name) in enumerate(rows) if kind == "claim"})),
    )
    for x, said, side in ((-REACH - 0.3, "lower than stated", "left"), (REACH + 0.3, "higher", "right")):
        axes.words(ax, said, (x, -0.1), ha=side, color=QUIET, fontsize=size)
    settle(fig)
    counts = pd.Series([verdict for verdict, _ in order]).value_counts()
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)
    dots = int(board["place"].notna().sum())
    alt = (
        f"Scoreboard of {len(order)} claims, grouped by verdict: {told}. One row a claim: the stated interval as "
        f"a band of one width, {dots} ways of counting as dots, filled where the figures were known when it was stated."
    )
    unit = "a dot is a way of counting, filled if known then; band: what the wording allows, scaled to one width"
    return Chart(fig, unit, alt, board.set_index("claim"))


def placed(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return one row a way of counting: where it lies on the scale on which the stated interval runs from -1 to 1."""
    found = []
    for record in records:
        known = {"claim": record["claim"], "verdict": record["verdict"]}
        specifications = [each for each in record["multiverse"] if not each["same_as"]]
        for each in specifications or [None]:
            least, most = (_scaled(record, each, end) for end in ("low", "high")) if each else (math.nan, math.nan)
            found.append(
                known
                | {
                    "place": _scaled(record, each, "value") if each else math.nan,
                    "least": least,
                    "most": most,
                    "outcome": each["outcome"] if each else "",
                    "decides": bool(each and each["decides"] and each["known"]),
                    "open_below": record["low"] is None,
                    "open_above": record["high"] is None,
                }
            )
    return found


def _scaled(record: Record, each: Record, end: str) -> float:
    """Return a value on the claim's scale, logarithmic beyond the band and cut at its reach."""
    if each[end] is None:  # an open end of what the data leave possible
        return -REACH if end == "low" else REACH
    low, high = (each[name] for name in ("least", "most"))
    if low is not None and high is not None:
        half, middle = (high - low) / 2 or 0.5, (low + high) / 2
    else:
        bound = low if low is not None else high
        span = max([abs(s["value"] - bound) for s in record["multiverse"]] + [1e-9])
        half, middle = span / 4, bound + (span / 4 if low is not None else -span / 4)
    x = (each[end] - middle) / half
    far = math.copysign(1 + math.log2(abs(x)), x) if abs(x) > 1 else x
    return float(np.clip(far, -REACH, REACH))


def _draw(ax: Axes, board: pd.DataFrame) -> None:
    """Draw every claim's band, ranges and dots, all of one kind at once: so the drawing stays small."""
    first = board.drop_duplicates("claim")
    left = np.where(first["open_below"], -REACH - 0.3, -1)
    right = np.where(first["open_above"], REACH + 0.3, 1)
    ax.barh(first["row"], right - left, left=left, height=0.78, color=BAND, linewidth=0, zorder=0)
    for (outcome, decides), dots in board.dropna(subset="place").groupby(["outcome", "decides"], sort=True):
        colour, ranges = SHADES[str(outcome)], dots[dots["least"] < dots["most"]]
        ax.hlines(ranges["row"], ranges["least"], ranges["most"], color=tint(colour, 0.6), linewidth=1.6, zorder=1)
        face = colour if decides else "white"
        ax.scatter(
            dots["place"], dots["row"], s=13, c=face, edgecolors=colour, linewidths=0.8, zorder=3 + bool(decides)
        )


def _heading(verdict: str, order: Sequence[tuple[str, str]]) -> str:
    return f"{verdict}: {sum(word == verdict for word, _ in order)}"


def _cut(text: str, size: float, room: float) -> str:
    """Return text shortened to its room, with dots at the end; its first word stays."""
    words = text.split()
    while len(words) > 1 and wide(text, size) > room:
        text = " ".join([*words[:-1], "…”"])
        words.pop()
    return text
