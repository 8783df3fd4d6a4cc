"""The house style: one typeface, one palette, three widths; nothing of it comes from the reader's own settings."""

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from recount.files import FONTS, RecountError, build

# Okabe and Ito (2008), Color Universal Design: distinguishable with every common colour blindness.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
GREY, INK, QUIET, BAND = "#8a8a8a", "#222222", "#595959", "#f3e3b0"
FAMILY = "Liberation Sans"  # the metric twin of Arial: where it is missing, a drawing keeps its layout
STYLE = Path(__file__).with_name("recount.mplstyle")
MARGIN = 4.0  # points round the whole


class Width(NamedTuple):
    """A width for figures, in inches, with its sizes of type in points; `height` where the whole is fixed, else 0."""

    inches: float
    headline: float
    text: float
    small: float
    height: float = 0

    @property
    def scale(self) -> float:
        """How much larger marks are drawn than at full width."""
        return self.text / WIDTHS["full"].text


WIDTHS = {
    "full": Width(16 / 2.54, 11.5, 8.25, 7),
    "column": Width(8.9 / 2.54, 9.5, 7.25, 7),
    "slide": Width(10, 20, 13, 10, 5.625),
}


def width_name() -> str:
    """Return the name of the width that is drawn for, ``full`` unless RECOUNT_WIDTH names another.

    Raises
    ------
    RecountError
        There is no such width.
    """
    name = os.environ.get("RECOUNT_WIDTH", "full")
    if name not in WIDTHS:
        raise RecountError(f"RECOUNT_WIDTH is {name!r}; expected {', '.join(WIDTHS)}")
    return name


def width() -> Width:
    """Return the width that is drawn for."""
    return WIDTHS[width_name()]


def folder() -> Path:
    """Return the folder for figures; those drawn for another width have a folder of their own."""
    return build() / f"figures-{width_name()}".removesuffix("-full")


def house_style() -> None:
    """Set every drawing parameter from matplotlib's defaults and the house style."""
    load_fonts()
    mpl.rcdefaults()
    sheet: Any = mpl.rc_params_from_file(STYLE, use_default_template=False)
    sns.set_theme(style="ticks", palette=PALETTE, font=FAMILY, rc=sheet)


@lru_cache(maxsize=1)
def load_fonts() -> None:
    """Make the bundled typeface the only one of its name."""
    manager = font_manager.fontManager
    manager.ttflist[:] = [font for font in manager.ttflist if font.name != FAMILY]
    for path in sorted(FONTS.glob("*.ttf")):
        manager.addfont(path)


def blank(height: float, least: float = 0) -> tuple[Figure, Axes]:
    """Return an empty figure of the current width and its axes in the house style, to be laid out by `settle`.

    Parameters
    ----------
    height
        Of the drawing without headline and source line, in inches at full width; a slide has its own.
    least
        What the drawing needs even on a slide, which then is taller than 16 to 9.
    """
    house_style()
    sizes = width()
    tall = max(sizes.height - 1.6, least) if sizes.height else height
    fig = Figure(figsize=(sizes.inches, tall), layout=ConstrainedLayoutEngine(w_pad=MARGIN / 72, h_pad=0.03))
    FigureCanvasAgg(fig)
    ax = fig.subplots()
    ax.tick_params(labelsize=sizes.text, pad=3)
    return fig, ax


def settle(fig: Figure) -> None:
    """Lay a figure out, once: what is placed by its measures afterwards stays where it is."""
    fig.draw_without_rendering()
    fig.set_layout_engine("none")


def legible(colour: str) -> str:
    """Return the colour, darkened until text in it stands out from white by 4.5 to 1 (WCAG 2, AA)."""
    rgb = mpl.colors.to_rgb(colour)
    while 1.05 / (_luminance(*rgb) + 0.05) < 4.5:
        rgb = (0.95 * rgb[0], 0.95 * rgb[1], 0.95 * rgb[2])
    return mpl.colors.to_hex(rgb)


def _luminance(*rgb: float) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def tint(colour: str, share: float = 0.16) -> str:
    """Return a light tint of the colour, for a band behind lines."""
    red, green, blue = (1 - share * (1 - part) for part in mpl.colors.to_rgb(colour))
    return mpl.colors.to_hex((red, green, blue))


def hues(names: Sequence[str], highlight: Sequence[str], *, one: bool = False) -> dict[str, str]:
    """Return a colour for each name: those highlighted take the palette in their order, the others are grey.

    With `one`, those highlighted take the first colour of the palette; where none is highlighted, all do.

    Raises
    ------
    RecountError
        A name to highlight is not drawn.
    """
    if unknown := [name for name in highlight if name not in names]:
        raise RecountError(f"cannot highlight {unknown[0]!r}: drawn are {', '.join(map(str, names))}")
    chosen = list(highlight) or list(names)
    colours = {name: PALETTE[0 if one else at % len(PALETTE)] for at, name in enumerate(chosen)}
    return {name: colours.get(name, GREY) for name in names}
