"""A map of China with one square a province."""

from collections.abc import Collection
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from recount.datapackage import table
from recount.figures.charts import Chart
from recount.figures.layout import capitalised
from recount.figures.style import PALETTE, blank, settle, width
from recount.files import RecountError


def tile_map(values: pd.Series, *, unit: str, highlight: Collection[str] = (), dark: str = "high") -> Chart:
    """Draw a map of China with one square a province, shaded by its value; those highlighted have a frame.

    Parameters
    ----------
    values
        Indexed by province, written as whole numbers; provinces without a value stay white.
    dark
        Whether the "high" or the "low" values are dark, as ranks want it.

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
    columns, rows = places["tile_column"], places["tile_row"]
    across, tall = columns.max() - columns.min() + 1, rows.max() - rows.min() + 1
    fig, ax = blank(min(3.9, width().inches * tall / across))
    size = max(7, min(width().text, 0.27 * 72 * fig.get_figheight() / tall))
    for province, place in places.sort_index(key=lambda names: names.isin(highlight)).iterrows():
        value, corner = values.get(province, np.nan), (place["tile_column"], -place["tile_row"])
        face = shades(norm(value)) if pd.notna(value) else (1.0, 1.0, 1.0, 1.0)
        edge, line = (PALETTE[1], 2.2) if province in highlight else ("#bbbbbb", 0.5)
        ax.add_patch(Rectangle(corner, 0.93, 0.93, facecolor=face, edgecolor=edge, linewidth=line))
        ink = "black" if np.dot(face[:3], (0.299, 0.587, 0.114)) > 0.5 else "white"
        text = f"{place['abbreviation']}\n{f'{value:.0f}' if pd.notna(value) else '–'}"
        style: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "fontsize": size, "linespacing": 1.1}
        ax.text(corner[0] + 0.465, corner[1] + 0.465, text, **style)
    left, top = columns.min(), 1 - rows.min()
    ax.set(xlim=(left - 0.1, left + across + 0.1), ylim=(top - tall - 0.1, top + 0.1), aspect="equal")
    ax.axis("off")
    settle(fig)
    listed = "; ".join(f"{name} {value:.0f}" for name, value in values.dropna().sort_values().items())
    framed = f". Framed: {', '.join(highlight)}" if highlight else ""
    return Chart(fig, unit, f"Map of tiles, one a province. {capitalised(unit)}: {listed}{framed}.", values.to_frame())
