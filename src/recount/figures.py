"""The house style, and one call that shows a figure and exports it with its numbers, sources and alt text."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Sequence
from html import escape
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from recount.claims import claim, plain
from recount.files import RecountError, atomic, build, write_text
from recount.multiverse import Multiverse
from recount.tables import citation, package, table

# Okabe and Ito (2008), Color Universal Design: distinguishable with every common colour blindness.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
GREY = "#8a8a8a"
BAND = "#f3e3b0"
STYLE = {
    "svg.hashsalt": "recount",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.1,  # text is a little wider at 300 dpi than where it was laid out
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "legend.frameon": False,
    "figure.dpi": 100,
}
FORMATS = ("svg", "pdf", "png")
MIME = "application/vnd.recount.figure+json"


def canvas(width: float = 7.2, height: float = 4.2, **subplots: Any) -> tuple[Figure, Any]:
    """Return a figure and its axes in the house style.

    Parameters
    ----------
    width, height
        Size in inches.
    **subplots
        Passed to `matplotlib.pyplot.subplots`.
    """
    sns.set_theme(style="ticks", palette=PALETTE, font="DejaVu Sans", font_scale=0.9, rc=STYLE)
    return plt.subplots(figsize=(width, height), **subplots)


def label_line(ax: Axes, x: float, y: float, text: str, colour: str, **options: Any) -> None:
    """Write a line's name at its end, in its colour, instead of a legend."""
    ax.annotate(
        text,
        (x, y),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=colour,
        annotation_clip=False,
        **options,
    )


def stated_band(ax: Axes, key: str, *, axis: str = "y", label: bool = True, side: str = "right") -> None:
    """Draw the stated interval of a claim, in the unit it was printed in, as a band across the axes.

    With `axis` y, the label stands at the `side`, "left" or "right", where the lines leave it room.
    """
    stated = claim(key)
    low, high = (np.clip(end / stated.factor, -1e12, 1e12) for end in (stated.interval.low, stated.interval.high))
    limits = ax.get_ylim() if axis == "y" else ax.get_xlim()
    span = ax.axhspan if axis == "y" else ax.axvspan
    span(max(low, min(limits) - 1e6), min(high, max(limits) + 1e6), color=BAND, zorder=0, linewidth=0)
    (ax.set_ylim if axis == "y" else ax.set_xlim)(limits)
    if label:
        edge = min(high, max(limits))
        place: dict[str, Any] = (
            {
                "xy": (1 if side == "right" else 0, edge),
                "xycoords": ("axes fraction", "data"),
                "ha": side,
                "va": "top",
                "xytext": (-3 if side == "right" else 3, -2),
            }
            if axis == "y"
            else {
                "xy": (edge, 1),
                "xycoords": ("data", "axes fraction"),
                "ha": "right",
                "va": "top",
                "xytext": (-3, -2),
            }
        )
        told = stated.stated if stated.value else f"{stated.interval} {stated.unit}"
        ax.annotate(f"stated: {told}", textcoords="offset points", fontsize="small", color="#6b5200", **place)


def tile_map(values: pd.Series, *, ax: Axes, fmt: str = "{:.0f}", cmap: str = "cividis_r", label: str = "") -> None:
    """Draw one square a province, coloured and labelled by its value.

    Parameters
    ----------
    values
        Indexed by province; provinces without a value stay white.
    ax
        Where to draw.
    fmt
        How a value is written on its tile.
    cmap
        A sequential colour map that stays legible in grey.
    label
        What the colour shows, with unit.

    Raises
    ------
    RecountError
        A name is no province.
    """
    places = table("provinces").set_index("province")
    if unknown := sorted(set(values.index) - set(places.index)):
        raise RecountError(f"tile map: {unknown[0]!r} is no province of the table provinces")
    norm = mpl.colors.Normalize(float(values.min()), float(values.max()))
    colours = mpl.colormaps[cmap]
    for province, place in places.iterrows():
        value = values.get(province, np.nan)
        face = colours(norm(value)) if pd.notna(value) else (1.0, 1.0, 1.0, 1.0)
        ink = "black" if np.dot(face[:3], (0.299, 0.587, 0.114)) > 0.5 else "white"
        corner = (place["tile_column"], -place["tile_row"])
        ax.add_patch(Rectangle(corner, 0.94, 0.94, facecolor=face, edgecolor="#bbbbbb", linewidth=0.5))
        text = f"{place['abbreviation']}\n{fmt.format(value) if pd.notna(value) else '–'}"
        ax.text(corner[0] + 0.47, corner[1] + 0.47, text, ha="center", va="center", color=ink, fontsize="x-small")
    ax.set(
        xlim=(places["tile_column"].min(), places["tile_column"].max() + 1),
        ylim=(-places["tile_row"].max(), 1 - places["tile_row"].min()),
        aspect="equal",
    )
    ax.axis("off")
    ax.set_title(label, fontsize="small", fontweight="normal")


def specification_curve(name: str, specifications: Multiverse, *, tables: Sequence[str], title: str = "") -> None:
    """Show and export every specification in order of its value, above the choices that make it.

    After Simonsohn, Simmons and Nelson (2020), Specification curve analysis, Nature Human Behaviour 4. Filled marks
    decide; hollow ones rest on recalled figures or describe the time after the text.
    """
    stated = specifications.claim
    frame = specifications.table.sort_values("value", kind="stable").reset_index(drop=True)
    frame["value"] /= stated.factor
    varied = [choice for choice in specifications.choices if frame[choice].nunique() > 1]
    levels = [(choice, level) for choice in varied for level in dict.fromkeys(specifications.table[choice])]
    fig, (top, below) = canvas(
        7.2, 2.9 + 0.19 * len(levels), nrows=2, sharex=True, height_ratios=[2.3, 0.19 * len(levels) + 0.3]
    )
    colours = np.where(frame["inside"], PALETTE[0], PALETTE[1])
    faces = np.where(frame["decides"], colours, "white")
    top.scatter(frame.index, frame["value"], s=22, c=faces, edgecolors=colours, linewidths=1, zorder=3)
    written = frame[frame["as_written"]]
    top.scatter(written.index, written["value"], s=90, facecolors="none", edgecolors="black", linewidths=1.2, zorder=4)
    top.annotate(
        "as written",
        (written.index[0], written["value"].iloc[0]),
        xytext=(5, -5),
        textcoords="offset points",
        va="top",
    )
    top.margins(y=0.25)
    ends = [end / stated.factor for end in (stated.interval.low, stated.interval.high)]
    low, high = top.get_ylim()
    room = 0.15 * (high - low)
    top.set_ylim(
        *(
            f(limit, e)
            for f, limit, e in zip(
                (min, max),
                (low, high),
                (np.nan_to_num(ends[0], neginf=low) - room, np.nan_to_num(ends[1], posinf=high) + room),
                strict=True,
            )
        )
    )
    stated_band(top, stated.id, side="left")  # values rise to the right: the upper left is free
    top.set_ylabel(stated.printed_unit)
    for height, (choice, level) in enumerate(levels):
        here = frame.index[frame[choice] == level]
        below.scatter(here, np.full(len(here), height), marker="|", s=24, c=colours[here], linewidths=1.2)
    below.set_yticks(range(len(levels)), [f"{choice.replace('_', ' ')}: {level}" for choice, level in levels])
    below.tick_params(axis="y", length=0, labelsize="small")
    below.set(ylim=(len(levels) - 0.4, -0.6), xticks=[])
    hollow = "" if frame["decides"].all() else " (hollow: after the text, or recalled)"
    below.set_xlabel(f"{len(frame)} specifications, in order of value{hollow}", fontsize="small")
    inside = int(frame["inside"].sum())
    figure(
        name,
        fig,
        title=title or f"{inside} of {len(frame)} specifications lie inside what “{stated.stated}” allows",
        data=frame[[*specifications.choices, "value", "inside", "decides", "as_written", "known", "grade"]],
        alt=(
            f"Specification curve of {stated.quantity}: {len(frame)} values from {plain(frame['value'].min())} to "
            f"{plain(frame['value'].max())} {stated.printed_unit}, {inside} of them inside the stated interval; "
            f"as written {plain(written['value'].iloc[0])}."
        ),
        tables=tables,
        claims=[stated.id],
    )


def figure(
    name: str,
    fig: Figure,
    *,
    title: str,
    data: pd.DataFrame,
    alt: str,
    tables: Sequence[str],
    claims: Sequence[str] = (),
    source: str = "",
) -> None:
    """Show a figure and write ``build/figures/NAME.{svg,pdf,png,csv,json}``, each whole or not at all.

    Parameters
    ----------
    name
        Stable name: lower case, digits and hyphens, beginning with the notebook's number.
    fig
        The figure; it is closed.
    title
        The finding, in a sentence whose numbers were computed.
    data
        What is plotted, written as CSV with at most ten significant digits.
    alt
        What a reader who cannot see the figure needs, computed from the plotted data.
    tables
        Tables of the data package it rests on; they give the source line and are recorded with their hashes.
    claims
        Claims on show, recorded beside it.
    source
        The source line, where the tables' own would be too long to read.

    Raises
    ------
    RecountError
        The name is malformed, alt text or data are missing, a claim or table is unknown, or a file cannot be written.
    """
    if not re.fullmatch(r"\d\d-[a-z0-9-]+", name):
        raise RecountError(f"figure {name!r}: expected a name like 05-rd-share, lower case with the notebook's number")
    if len(alt) < 40 or not re.search(r"\d", alt):
        raise RecountError(f"figure {name}: alt text must say what is plotted, with numbers; found {alt!r}")
    if data.empty:
        raise RecountError(f"figure {name}: the plotted data are empty")
    stated = [claim(key).id for key in claims]
    source = source or citation(*tables)
    width = fig.get_figwidth()
    fig.suptitle(textwrap.fill(title, int(width * 9.2)), x=0.01, ha="left", fontsize="large", fontweight="bold")
    fig.supxlabel(textwrap.fill(source, int(width * 16)), x=0.01, ha="left", fontsize="x-small", color="#555555")
    folder = build() / "figures"
    for kind in FORMATS:
        with atomic(folder / f"{name}.{kind}") as path:
            metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
            fig.savefig(path, format=kind, dpi=300 if kind == "png" else 100, metadata=metadata)
            fig.set_layout_engine("none")  # laid out once, not again for every format
            if kind == "svg":
                drawing = _tidy_svg(path.read_text(encoding="utf-8"), name, title, alt)
                path.write_text(drawing, encoding="utf-8", newline="\n")
    plt.close(fig)
    indexed = any(index is not None for index in data.index.names)
    write_text(folder / f"{name}.csv", data.to_csv(index=indexed, float_format="%.10g", lineterminator="\n"))
    sidecar = {
        "name": name,
        "title": title,
        "alt": alt,
        "source": source,
        "claims": stated,
        "tables": {table_name: package()[table_name]["hash"] for table_name in tables},
    }
    write_text(folder / f"{name}.json", json.dumps(sidecar, ensure_ascii=False, indent=2) + "\n")
    shown = {"image/svg+xml": drawing, "text/plain": f"{name}: {title}", MIME: sidecar}
    display(shown, raw=True)  # type: ignore[no-untyped-call]


def _tidy_svg(drawing: str, name: str, title: str, alt: str) -> str:
    """Make an SVG the same on every processor, safe beside others in one page, and readable without sight.

    Coordinates are rounded to 0.01 pt, ids numbered in order behind the figure's name, the style rule that would
    reach the whole page moved to the root, and title and description added.
    """
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", "", drawing, flags=re.DOTALL)
    rounded = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
    drawing = re.sub(r"<[^>]*>", lambda tag: rounded.sub(lambda n: _two_decimals(n.group()), tag.group()), drawing)
    ids = {old: f"{name}-{i}" for i, old in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawing)))}
    drawing = re.sub(r'(\bid="|url\(#|href="#)([^")]+)', lambda found: found[1] + ids.get(found[2], found[2]), drawing)
    root = (
        f'<svg role="img" aria-labelledby="{name}-title {name}-desc" stroke-linejoin="round" stroke-linecap="butt" '
        'style="max-width: 100%; height: auto"'
    )
    head, body = drawing.split(">", 1)
    words = f'<title id="{name}-title">{escape(title)}</title>\n <desc id="{name}-desc">{escape(alt)}</desc>'
    return f"{root}{head.removeprefix('<svg')}>\n {words}{body}"


def _two_decimals(number: str) -> str:
    text = f"{float(number):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
