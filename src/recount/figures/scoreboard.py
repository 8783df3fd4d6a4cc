"""The scoreboard: every claim in one look, grouped by verdict, the stated interval scaled to one width."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from recount.figures.charts import Chart
from recount.figures.layout import label, text_width
from recount.figures.style import BAND, GREY, INK, PALETTE, QUIET, blank, legible, settle, tint, width
from recount.multiverse import Specification
from recount.verdict import COLOURS, VERDICTS, Verdict

REACH = 4.0  # of the scale: eight half-widths of the stated interval; what lies beyond is drawn at the edge
SHADES = {"agrees": PALETTE[0], "disagrees": PALETTE[1], "cannot tell": GREY}


def scoreboard(verdicts: Sequence[Verdict]) -> Chart:
    """Draw one row a claim: its stated interval as a band of one width, and one dot a way of counting.

    Filled dots were known when the number was stated, and decide. Beyond the band the scale is logarithmic: each step
    doubles the distance from its middle.

    Examples
    --------
    >>> rc.scoreboard(rc.gathered(rc.executed())[0]).unit[:29]
    'a dot is a way of counting, f'
    """
    order = sorted(verdicts, key=lambda verdict: [*VERDICTS].index(verdict.verdict))
    counts = {word: sum(verdict.verdict == word for verdict in order) for word in VERDICTS}
    rows: list[Verdict | str] = []
    for word in (word for word in VERDICTS if counts[word]):
        rows += [word, *(verdict for verdict in order if verdict.verdict == word)]
    size = max(7.0, min(width().text, 8.25))
    fig, ax = blank(0.3 + len(rows) * size * 1.6 / 72, 0.3 + len(rows) * 8.4 / 72)
    ax.set(xlim=(-REACH - 0.3, REACH + 0.3), ylim=(len(rows) - 0.4, -0.6), xticks=[])
    ax.spines["bottom"].set_visible(False)
    texts = [f"{row}: {counts[row]}" if isinstance(row, str) else f"“{row.claim.phrase}”" for row in rows]
    ax.set_yticks(range(len(rows)), [_cut(text, size, width().inches * 72 * 0.52) for text in texts], fontsize=size)
    for tick, row in zip(ax.get_yticklabels(), rows, strict=True):
        tick.set(color=INK, fontweight="normal")
        if isinstance(row, str):
            tick.set(color=legible(COLOURS[VERDICTS[row].tone]), fontweight="bold")
    places = pd.DataFrame(placed(verdicts))
    claims = [row if isinstance(row, str) else row.claim.id for row in rows]
    _draw(ax, places.assign(row=places["claim"].map(claims.index)))
    for x, words, side in ((-REACH - 0.3, "lower than stated", "left"), (REACH + 0.3, "higher", "right")):
        label(ax, words, (x, -0.1), ha=side, color=QUIET, fontsize=size)
    settle(fig)
    counted = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    alt = (
        f"Scoreboard of {len(order)} claims, grouped by verdict: {counted}. One row a claim: the stated interval as "
        f"a band of one width, {places['place'].notna().sum()} ways of counting as dots, filled where the figures were "
        "known when it was stated."
    )
    unit = "a dot is a way of counting, filled if known then; band: what the wording allows, scaled to one width"
    return Chart(fig, unit, alt, places.set_index("claim"))


def placed(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return one row a way of counting: where it lies on the scale on which the stated interval runs from -1 to 1."""
    places = []
    for verdict in verdicts:
        allowed = verdict.claim.interval
        known = {"claim": verdict.claim.id, "verdict": verdict.verdict}
        open_ends = {"open_below": allowed.low == -math.inf, "open_above": allowed.high == math.inf}
        distinct: list[Specification | None] = [spec for spec in verdict.multiverse if not spec.same_as]
        for spec in distinct or [None]:
            ends = {"place": "value", "least": "low", "most": "high"}
            scaled = {name: _scaled(verdict, spec, end) if spec else math.nan for name, end in ends.items()}
            decides = bool(spec and spec.decides and spec.known)
            outcome = {"outcome": spec.outcome if spec else "", "decides": decides}
            places.append(known | scaled | outcome | open_ends)
    return places


def _scaled(verdict: Verdict, spec: Specification, end: str) -> float:
    """Return a value on the claim's scale, logarithmic beyond the band and cut at its reach."""
    value, low, high = getattr(spec, end), spec.least, spec.most
    if math.isfinite(low) and math.isfinite(high):
        half, middle = (high - low) / 2 or 0.5, (low + high) / 2
    else:
        bound = low if math.isfinite(low) else high
        half = max([abs(other.value - bound) for other in verdict.multiverse] + [1e-9]) / 4
        middle = bound + (half if math.isfinite(low) else -half)
    x = (value - middle) / half
    far = math.copysign(1 + math.log2(abs(x)), x) if abs(x) > 1 else x
    return float(np.clip(far, -REACH, REACH))


def _draw(ax: Axes, places: pd.DataFrame) -> None:
    """Draw every claim's band, ranges and dots, all of one kind at once: so the drawing stays small."""
    first = places.drop_duplicates("claim")
    left = np.where(first["open_below"], -REACH - 0.3, -1)
    right = np.where(first["open_above"], REACH + 0.3, 1)
    ax.barh(first["row"], right - left, left=left, height=0.78, color=BAND, linewidth=0, zorder=0)
    for (outcome, decides), dots in places.dropna(subset="place").groupby(["outcome", "decides"], sort=True):
        colour, ranges = SHADES[str(outcome)], dots[dots["least"] < dots["most"]]
        ax.hlines(ranges["row"], ranges["least"], ranges["most"], color=tint(colour, 0.6), linewidth=1.6, zorder=1)
        style: dict[str, Any] = {"c": colour if decides else "white", "edgecolors": colour, "linewidths": 0.8}
        ax.scatter(dots["place"], dots["row"], s=13, zorder=4 if decides else 3, **style)


def _cut(text: str, size: float, room: float) -> str:
    """Return text shortened to its room, with dots at the end; its first word stays."""
    words = text.split()
    while len(words) > 1 and text_width(text, size) > room:
        text = " ".join([*words[:-1], "…”"])
        words.pop()
    return text
