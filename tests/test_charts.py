"""Chart recipes at every width: nothing outside the canvas, no two labels over each other."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

import recount as rc
from recount.figures.charts import Chart
from recount.figures.layout import spread, text_width, wrapped
from recount.figures.style import GREY, PALETTE, WIDTHS, legible

YEARS = pd.RangeIndex(2000, 2016, name="year")
LONG = "a name that is so long that it has to be broken into several lines before it fits"
PROVINCES = rc.table("provinces")["province"].tolist()


def series(start: float, slope: float, until: int = 2015) -> pd.Series:
    path = pd.Series(start + slope * np.arange(len(YEARS)), index=YEARS)
    return path[path.index <= until]


def points(names: list[str]) -> pd.DataFrame:
    places = np.random.default_rng(3).lognormal(1, 0.5, (len(names), 2))
    return pd.DataFrame(places, index=names, columns=["share of GDP, percent", "share of research, percent"])


def frame(*names: str, **columns: list) -> pd.DataFrame:
    return pd.DataFrame({name.replace("_", " "): values for name, values in columns.items()}, index=[*names])


RECIPES: dict[str, Callable[[], Chart]] = {
    "scoreboard": lambda: rc.scoreboard(rc.gathered(rc.executed(scoreboard=False))[0]),
    "lines": lambda: rc.lines(
        pd.DataFrame({"research": series(57, 0.2), "IT": series(44, -0.7)}), unit="percent", highlight=["IT"],
        stated={"research": "rd-share", "IT": "it-share"}, marks={2012.5: "April 2012"}, dotted={"research": 2006},
    ),
    "lines that end together": lambda: rc.lines(
        pd.DataFrame({f"line {i}": series(10 + i / 50, 0.01) for i in range(6)} | {LONG: series(10.2, 0)}), unit="a"
    ),
    "lines that end early, and a band without an end": lambda: rc.lines(
        pd.DataFrame({"one": series(-6, 0.8, 2009), "two": series(-5.8, 0.8, 2009), "three": series(3, 0.1)}),
        unit="percentage points", stated={"one": "entrenched"},
    ),
    "bars": lambda: rc.ranked_bars(
        pd.Series({"short": 61.0, LONG: 22.25, "third": 40.0}), unit="percent", highlight=["short"], stated="rd-share"
    ),
    "bars both ways": lambda: rc.ranked_bars(pd.Series(np.linspace(-5, 4, 31), index=PROVINCES), unit="percent"),
    "dumbbell": lambda: rc.dumbbell(
        frame("Jilin", "x", LONG, end_of_1982=[12.0, 50, 90], end_of_1983=[73.0, 50, 98]),
        unit="percent", highlight=["Jilin"], stated="rd-share",
    ),
    "dumbbell whose heads collide": lambda: rc.dumbbell(
        frame("a", "b", a_head_of_some_length=[50.0, 1], another_of_some_length=[50.5, 99]), unit="percent"
    ),
    "intervals": lambda: rc.intervals(
        frame("a", LONG, low=[57.0, 30], high=[57.0, 44], value=[57, 37], words=["57", "37, so 30 to 44"]),
        unit="percent", stated="rd-share",
    ),
    "scatter": lambda: rc.named_scatter(
        points(PROVINCES[:14]),
        unit="percent", names=PROVINCES[:10], highlight=PROVINCES[:3], log=True, diagonal="equal",
    ),
    "scatter with what was stated": lambda: rc.named_scatter(
        frame("a", "b", "c", across=[30.0, 38.4, 62.0], upward=[10.0, 9.4, 9.2]),
        unit="percent", names=["a", "b"], stated=["rural-agri-share", "agri-gdp-share"],
    ),
    "map": lambda: rc.tile_map(pd.Series(range(31), index=PROVINCES), unit="rank", highlight=PROVINCES[:2]),
}  # fmt: skip


@pytest.fixture(autouse=True)
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path))
    return tmp_path


def faults(chart: Chart) -> Iterator[str]:
    """Yield what is wrong with a finished figure: something outside, words over each other, or too small."""
    hidden = set()
    for axis in (axis for ax in chart.figure.axes for axis in (ax.xaxis, ax.yaxis)):
        low, high = sorted(axis.get_view_interval())
        hidden |= {t.label1 for t in axis.get_major_ticks() if not (axis.axes.axison and low <= t.get_loc() <= high)}
    words = [t for t in chart.figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in hidden]
    boxes = {text: text.get_window_extent().padded(-0.75) for text in words}  # room for letters that a line lacks
    box, (width, height) = chart.figure.get_tightbbox(), chart.figure.get_size_inches()
    if min(box.x0, box.y0, width - box.x1, height - box.y1) < -0.01:
        yield "something lies outside"
    yield from (f"{text.get_text()!r} is too small" for text in words if text.get_fontsize() < 7)
    for one, other in itertools.combinations(words, 2):
        if boxes[one].overlaps(boxes[other]):
            yield f"{one.get_text()!r} and {other.get_text()!r} overlap"


def drawn(chart: Chart) -> Chart:
    rc.figure("99-test", chart, title="A finding with 1 number, in a headline of two lines", tables=["rd_expenditure"])
    return chart


@pytest.mark.parametrize(
    "width", ["full", *(pytest.param(name, marks=pytest.mark.prove) for name in ("column", "slide"))]
)
@pytest.mark.parametrize("recipe", RECIPES)
def test_nothing_lies_outside_and_no_words_collide(recipe: str, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOUNT_WIDTH", width)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that the typeface lacks, a layout that collapses
        chart = drawn(RECIPES[recipe]())
    assert list(faults(chart)) == []
    assert chart.figure.get_figwidth() == pytest.approx(WIDTHS[width].inches)
    assert re.search(r"\d", chart.alt) and not chart.data.empty


def test_faults_finds_planted_ones() -> None:
    chart = RECIPES["bars"]()
    assert list(faults(chart)) == []
    chart.figure.axes[0].text(10, 0, "small", fontsize=6)
    for _ in range(2):
        chart.figure.text(0.99, 0.5, "half outside")
    planted = {"something lies outside", "'small' is too small", "'half outside' and 'half outside' overlap"}
    assert planted <= {*faults(chart)}


def test_the_settings_of_a_reader_change_nothing(out: Path) -> None:
    drawn(RECIPES["lines"]())
    before = (out / "figures" / "99-test.svg").read_bytes()
    unlike = {"font.size": 30, "lines.linewidth": 9, "savefig.facecolor": "red", "axes.grid": True}
    mpl.rcParams.update(unlike | {"svg.fonttype": "path", "savefig.bbox": "tight", "axes.titlesize": 40})
    drawn(RECIPES["lines"]())
    assert (out / "figures" / "99-test.svg").read_bytes() == before


def test_alt_text_says_what_is_drawn() -> None:
    bars = RECIPES["bars"]()
    assert "short 61.0" in bars.alt and bars.claims == ("rd-share",)
    assert "“account for about 60% of national R&D spending” allows 52 to 68 percent" in bars.alt
    assert "Jilin 12 and 73" in RECIPES["dumbbell"]().alt
    assert "IT 44 in 2000 and 33.5 in 2015" in RECIPES["lines"]().alt


REFUSED: dict[str, Callable[[], Chart]] = {
    "cannot highlight 'b'": lambda: rc.lines(pd.DataFrame({"a": series(1, 1)}), unit="", highlight=["b"]),
    "expected two columns": lambda: rc.dumbbell(frame("x", a=[1.0]), unit=""),
    "low <= high": lambda: rc.intervals(frame("x", low=[2.0], high=[1.0]), unit=""),
    "'c' is not in the data": lambda: rc.named_scatter(points(["a", "b"]), unit="", names=["c"]),
    "'Atlantis' is no province": lambda: rc.tile_map(pd.Series({"Atlantis": 1.0}), unit=""),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_drawn_is_refused(message: str) -> None:
    with pytest.raises(rc.RecountError, match=message):
        REFUSED[message]()


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.floats(0.5, 10))
def test_spread_keeps_the_order_and_the_gap(places: list[float], gap: float) -> None:
    moved = spread(places, gap)
    assert (np.diff(moved[np.argsort(places, kind="stable")]) >= gap - 1e-6).all()
    if (np.diff(np.sort(places)) >= gap).all():
        assert moved == pytest.approx(places)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=9, max_size=20), st.floats(20, 200))
def test_wrapped_lines_hold_as_many_words_as_fit_or_one(words: list[str], room: float) -> None:
    lines = wrapped(f" {'  '.join(words)} ", 8, room).split("\n")
    assert " ".join(lines).split(" ") == words
    assert all(text_width(line, 8) <= room or " " not in line for line in lines)
    assert all(text_width(f"{line} {after.split()[0]}", 8) > room for line, after in itertools.pairwise(lines))


def test_text_in_colour_stands_out_from_white() -> None:
    for colour in (*PALETTE, GREY, "#ffff00"):
        shares = np.array(mpl.colors.to_rgb(legible(colour)))
        linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
        assert 1.05 / (linear @ (0.2126, 0.7152, 0.0722) + 0.05) >= 4.5
