"""A map of China as tiles: one square a province, each of one size."""

from collections.abc import Collection

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from recount.charts import Chart
from recount.datapackage import table
from recount.files import RecountError
from recount.labels import cap
from recount.style import PALETTE, blank, settle, width


def tile_map(
    values: pd.Series, *, unit: str, highlight: Collection[str] = (), dark: str = "high", fmt: str = "{:.0f}"
) -> Chart:
    """Draw one square a province, shaded and labelled by its value; those highlighted have a frame.

    Parameters
    ----------
    values
        Indexed by province; provinces without a value stay white.
    dark
        Whether the "high" or the "low" values are dark, as ranks want it.
    fmt
        How a value is written on its tile.

    Raises
    ------
    RecountError
        A name is no province.

    Examples
    --------
    >>> rc.tile_map(pd.Series({"Beijing": 20.0, "Tibet": 0.3}), unit="percent of GDP").alt
    'Map of tiles, one a province. Percent of GDP: Tibet 0; Beijing 20.'
    """
    places = table("provinces").set_index("province")
    if unknown := sorted({*values.index, *highlight} - set(places.index)):
        raise RecountError(f"tile map: {unknown[0]!r} is no province of the table provinces")
    norm = mpl.colors.Normalize(float(values.min()), float(values.max()))
    shades = mpl.colormaps["cividis_r" if dark == "high" else "cividis"]
    wide_by, tall_by = (
        int(places[f"tile_{axis}"].max() - places[f"tile_{axis}"].min()) + 1 for axis in ("column", "row")
    )
    fig, ax = blank(min(3.9, width().inches * tall_by / wide_by))
    size = max(7, min(width().text, 0.27 * 72 * fig.get_figheight() / tall_by))
    for province, place in places.sort_index(key=lambda names: names.isin(highlight)).iterrows():
        value = values.get(province, np.nan)
        face = shades(norm(value)) if pd.notna(value) else (1.0, 1.0, 1.0, 1.0)
        edge = {"edgecolor": PALETTE[1], "linewidth": 2.2} if province in highlight else {"edgecolor": "#bbbbbb"}
        corner = (place["tile_column"], -place["tile_row"])
        ax.add_patch(Rectangle(corner, 0.93, 0.93, facecolor=face, **({"linewidth": 0.5} | edge)))
        ink = "black" if np.dot(face[:3], (0.299, 0.587, 0.114)) > 0.5 else "white"
        text = f"{place['abbreviation']}\n{fmt.format(value) if pd.notna(value) else '–'}"
        middle = (corner[0] + 0.465, corner[1] + 0.465)
        ax.text(*middle, text, ha="center", va="center", color=ink, fontsize=size, linespacing=1.1)
    left, top = places["tile_column"].min(), 1 - places["tile_row"].min()
    ax.set(xlim=(left - 0.1, left + wide_by + 0.1), ylim=(top - tall_by - 0.1, top + 0.1), aspect="equal")
    ax.axis("off")
    settle(fig)
    listed = "; ".join(f"{name} {fmt.format(value)}" for name, value in values.dropna().sort_values().items())
    framed = f". Framed: {', '.join(highlight)}" if highlight else ""
    return Chart(fig, unit, f"Map of tiles, one a province. {cap(unit)}: {listed}{framed}.", values.to_frame())
