"""The house style: one typeface, one palette, three widths; nothing of it comes from the reader's own settings."""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from recount.files import FONTS, RecountError, is_set

# Okabe and Ito (2008), Color Universal Design: distinguishable with every common colour blindness.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
GREY, INK, QUIET, RULE, BAND = "#8a8a8a", "#222222", "#595959", "#dedede", "#f3e3b0"
FAMILY = "Liberation Sans"  # the metric twin of Arial: where it is missing, a drawing keeps its layout
STYLE: dict[str, Any] = {
    "svg.hashsalt": "recount",
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
    "text.hinting": "none",
    "figure.dpi": 72,  # as SVG has it: what is measured is what is drawn
    "axes.edgecolor": GREY,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    **dict.fromkeys(("axes.spines.top", "axes.spines.right", "axes.spines.left"), False),
    **dict.fromkeys(("axes.labelcolor", "xtick.color", "ytick.color"), QUIET),
    **dict.fromkeys((f"{axis}tick.{kind}.size" for axis in "xy" for kind in ("major", "minor")), 0),
}

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


def width() -> Width:
    """Return the width that is drawn for: `full`, unless RECOUNT_WIDTH names another.

    Raises
    ------
    RecountError
        There is no such width.
    """
    name = os.environ.get("RECOUNT_WIDTH", "full")
    if name not in WIDTHS:
        raise RecountError(f"RECOUNT_WIDTH is {name!r}; expected {', '.join(WIDTHS)}")
    return WIDTHS[name]


def house_style() -> None:
    """Set every drawing parameter from matplotlib's defaults and the house style."""
    load_fonts()
    mpl.rcdefaults()
    outlined = {"svg.fonttype": "path"} if is_set("outlined") else {}
    sns.set_theme(style="ticks", palette=PALETTE, font=FAMILY, rc=STYLE | outlined)


@lru_cache(maxsize=1)
def load_fonts() -> None:
    """Make the bundled typeface the only one of its name."""
    manager = font_manager.fontManager
    manager.ttflist[:] = [font for font in manager.ttflist if font.name != FAMILY]
    for path in sorted(FONTS.glob("*.ttf")):
        manager.addfont(path)


def blank(height: float, least: float = 0, **subplots: Any) -> tuple[Figure, Any]:
    """Return an empty figure of the current width and its axes in the house style, to be laid out by `settle`.

    Parameters
    ----------
    height
        Of the drawing without headline and source line, in inches at full width; a slide has its own.
    least
        What the drawing needs even on a slide, which then is taller than 16 to 9.
    **subplots
        Passed to `Figure.subplots`.
    """
    house_style()
    sizes = width()
    tall = max(sizes.height - 1.6, least) if sizes.height else height
    fig = Figure(figsize=(sizes.inches, tall), layout=ConstrainedLayoutEngine(w_pad=MARGIN / 72, h_pad=0.03))
    FigureCanvasAgg(fig)
    axes = fig.subplots(**subplots)
    for ax in fig.axes:
        ax.tick_params(labelsize=sizes.text, pad=3)
    return fig, axes


def settle(fig: Figure) -> None:
    """Lay a figure out, once: what is placed by its measures afterwards stays where it is."""
    fig.draw_without_rendering()
    fig.set_layout_engine("none")


def legible(colour: str) -> str:
    """Return the colour, darkened until text in it stands out from white by 4.5 to 1 (WCAG 2, AA)."""
    red, green, blue = mpl.colors.to_rgb(colour)
    while 1.05 / (_luminance(red, green, blue) + 0.05) < 4.5:
        red, green, blue = 0.95 * red, 0.95 * green, 0.95 * blue
    return mpl.colors.to_hex((red, green, blue))


def tint(colour: str, share: float = 0.16) -> str:
    """Return a light tint of the colour, for a band behind lines."""
    red, green, blue = (1 - share * (1 - part) for part in mpl.colors.to_rgb(colour))
    return mpl.colors.to_hex((red, green, blue))


def hues(names: Sequence[str], highlight: Sequence[str]) -> dict[str, str]:
    """Return a colour for each name: those highlighted take the palette in their order, the others are grey.

    Raises
    ------
    RecountError
        A name to highlight is not drawn.
    """
    if unknown := [name for name in highlight if name not in names]:
        raise RecountError(f"cannot highlight {unknown[0]!r}: drawn are {', '.join(map(str, names))}")
    chosen = list(highlight) or list(names)
    return {name: PALETTE[chosen.index(name) % len(PALETTE)] if name in chosen else GREY for name in names}


def _luminance(*rgb: float) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
