"""Chart recipes: nothing outside the canvas, no two labels on each other, the same at every width."""

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
from recount.board import _cut
from recount.charts import Chart
from recount.labels import spread, wide, wrapped
from recount.style import WIDTHS, legible

YEARS = pd.RangeIndex(2000, 2016, name="year")
LONG = "a name that is so long that it has to be broken into several lines before it fits"
WAYS = {"x": 1, "a way of counting it that needs some words": 43}
PROVINCES = rc.table("provinces")["province"].tolist()


def series(start: float, slope: float, until: int = 2015) -> pd.Series:
    path = pd.Series(start + slope * np.arange(len(YEARS)), index=YEARS)
    return path[path.index <= until]


def curve(*, after: tuple[int, ...] = ()) -> Chart:
    rows = rc.table("rd_expenditure").query("year == 2015")
    specs = rc.specifications(
        "rd-share",
        lambda shift, way: rc.Reading(50 + {0: 0, 5: 5, 10: 10, 20: 20}[shift] + WAYS[way], rows),
        shift=[0, 5, 10, 20],
        way=[*WAYS],
        as_written={"shift": 5, "way": "x"},
        after={"shift": after},
    )
    return rc.specification_curve(specs)


def named(names: list[str]) -> pd.DataFrame:
    places = np.random.default_rng(3).lognormal(1, 0.5, (len(names), 2))
    return pd.DataFrame(places, index=names, columns=["share of GDP, percent", "share of research, percent"])


RECIPES: dict[str, Callable[[], Chart]] = {
    "scoreboard": lambda: rc.scoreboard(rc.gathered(rc.executed(scoreboard=False))[0]),
    "lines": lambda: rc.lines(
        pd.DataFrame({"research": series(57, 0.2), "IT": series(44, -0.7)}),
        unit="percent", highlight=["IT"], stated={"research": "rd-share", "IT": "it-share"},
        marks={2012.5: "printed by April 2017"}, dotted={"research": 2006},
    ),
    "lines that end together": lambda: rc.lines(
        pd.DataFrame({f"line {i}": series(10 + i / 50, 0.01) for i in range(6)} | {LONG: series(10.2, 0)}),
        unit="percent",
    ),
    "lines that end early": lambda: rc.lines(
        pd.DataFrame({"one": series(1, 1, 2009), "two": series(1.2, 1, 2009), "three": series(9, 0.1)}), unit="percent"
    ),
    "a band without an end": lambda: rc.lines(
        pd.DataFrame({"change": series(-6, 0.8)}), unit="percentage points", stated={"change": "entrenched"}
    ),
    "bars": lambda: rc.ranked_bars(
        pd.Series({"short": 61.0, LONG: 22.25, "recalled": 40.0}), unit="percent", highlight=["short"],
        hollow=["recalled"], stated="rd-share",
    ),
    "bars both ways": lambda: rc.ranked_bars(
        pd.Series(np.linspace(-5, 4, len(PROVINCES)), index=PROVINCES), unit="percentage points"
    ),
    "dumbbell": lambda: rc.dumbbell(
        pd.DataFrame({"end of 1982": [12.0, 50, 90], "end of 1983": [73.0, 50, 98]}, index=["Heilongjiang", "x", LONG]),
        unit="percent", highlight=["Heilongjiang"], stated="rd-share",
    ),
    "dumbbell whose heads collide": lambda: rc.dumbbell(
        pd.DataFrame({"a head of some length": [50.0, 1], "another of some length": [50.5, 99]}, index=["a", "b"]),
        unit="percent",
    ),
    "intervals": lambda: rc.intervals(
        pd.DataFrame({"low": [0.0, 57, 30], "high": [100.0, 57, 44], "value": [50, 57, 37]}, index=["a", "b", LONG]),
        unit="percent", stated="rd-share",
    ),
    "intervals with words": lambda: rc.intervals(
        pd.DataFrame({"low": [57.0, 30], "high": [57.0, 44], "told": ["57", "37, so 30 to 44"]}, index=["a", LONG]),
        unit="percent", stated="rd-share",
    ),
    "scatter": lambda: rc.named_scatter(
        named(PROVINCES[:14]), unit="percent", names=PROVINCES[:10], highlight=PROVINCES[:3], log=True, diagonal="equal"
    ),
    "scatter with what was stated": lambda: rc.named_scatter(
        pd.DataFrame({"x, percent": [30.0, 38.4, 62.0], "y, percent": [10.0, 9.4, 9.2]}, index=["a", "b", "c"]),
        unit="percent", names=["a", "b"], stated=["rural-agri-share", "agri-gdp-share"],
    ),
    "map": lambda: rc.tile_map(
        pd.Series(range(1, 32), index=PROVINCES, name="rank"), unit="rank", highlight=PROVINCES[:2], dark="low"
    ),
    "curve": curve,
    "curve with later years": lambda: curve(after=(20,)),
}  # fmt: skip


@pytest.fixture(autouse=True)
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path))
    return tmp_path


def faults(chart: Chart) -> Iterator[str]:
    """Yield what is wrong with a finished figure: words outside, on each other or too small."""
    canvas, hidden = chart.figure.bbox, set()
    for axis in (axis for ax in chart.figure.axes for axis in (ax.xaxis, ax.yaxis)):
        low, high = sorted(axis.get_view_interval())
        hidden |= {t.label1 for t in axis.get_major_ticks() if not (axis.axes.axison and low <= t.get_loc() <= high)}
    words = [t for t in chart.figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in hidden]
    boxes = {text: text.get_window_extent() for text in words}
    for text, box in boxes.items():
        if box.x0 < -0.5 or box.y0 < -0.5 or box.x1 > canvas.width + 0.5 or box.y1 > canvas.height + 0.5:
            yield f"{text.get_text()!r} lies outside"
        if text.get_fontsize() < 7:
            yield f"{text.get_text()!r} is set in {text.get_fontsize()} pt"
    for a, b in itertools.combinations(words, 2):
        one, other = boxes[a].padded(-0.75), boxes[b].padded(-0.75)  # a line's box holds room for letters it lacks
        if one.overlaps(other):
            yield f"{a.get_text()!r} and {b.get_text()!r} overlap"


def drawn(chart: Chart, name: str = "99-test", title: str = "A finding with 1 number, told at some length") -> Chart:
    rc.figure(name, chart, title=title, tables=["rd_expenditure"])
    return chart


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("recipe", RECIPES)
def test_words_and_lines_fit_and_words_do_not_collide(
    recipe: str, width: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOUNT_WIDTH", width)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that the typeface lacks, a layout that collapses
        chart = drawn(RECIPES[recipe]())
    assert list(faults(chart)) == []
    assert chart.figure.get_figwidth() == pytest.approx(WIDTHS[width].inches)
    assert re.search(r"\d", chart.alt) and not chart.data.empty
    svg = next(out.glob("figures*/*.svg")).read_text(encoding="utf-8")
    right, bottom = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    body = re.sub(r"<defs>.*?</defs>", "", svg, flags=re.DOTALL)  # markers have coordinates of their own
    for path in re.findall(r'\bd="([^"]+)"', body):
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
        assert all(-1 <= x <= right + 1 for x in numbers[::2]), path
        assert all(-1 <= y <= bottom + 1 for y in numbers[1::2]), path


def test_planted_collisions_are_found() -> None:
    chart = RECIPES["bars"]()
    chart.figure.axes[0].text(10, 0, "small", fontsize=6)
    chart.figure.text(0.99, 0.5, "half outside")
    told = " ".join(faults(chart))
    assert "'half outside' lies outside" in told and "'small' is set in 6.0 pt" in told
    chart.figure.text(0.99, 0.5, "half outside")
    assert "overlap" in " ".join(faults(chart))


def test_the_reader_s_own_settings_change_nothing(out: Path) -> None:
    drawn(RECIPES["lines"]())
    before = (out / "figures" / "99-test.svg").read_bytes()
    unlike = {"font.size": 30, "lines.linewidth": 9, "savefig.facecolor": "red", "axes.grid": True}
    mpl.rcParams.update(unlike | {"svg.fonttype": "path", "savefig.bbox": "tight", "axes.titlesize": 40})
    drawn(RECIPES["lines"]())
    assert (out / "figures" / "99-test.svg").read_bytes() == before


def test_bare_outlined_and_narrow_drawings_have_their_own_folders(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOUNT_WIDTH", "column")
    monkeypatch.setenv("RECOUNT_BARE", "1")
    monkeypatch.setenv("RECOUNT_OUTLINED", "1")
    drawn(RECIPES["lines"]())
    svg = (out / "figures-column-bare-outlined" / "99-test.svg").read_text(encoding="utf-8")
    assert "<text" not in svg, "all text is paths"
    assert 'width="252.28pt"' in svg
    monkeypatch.delenv("RECOUNT_OUTLINED")
    drawn(RECIPES["lines"]())
    bare = (out / "figures-column-bare" / "99-test.svg").read_text(encoding="utf-8")
    shown = re.findall(r"<text[^>]*>([^<]*)", bare)
    assert "Percent" in shown, "the unit stays"
    assert not any("finding" in text or "Source" in text for text in shown)
    monkeypatch.setenv("RECOUNT_WIDTH", "poster")
    with pytest.raises(rc.RecountError, match="RECOUNT_WIDTH is 'poster'; expected full, column, slide"):
        RECIPES["lines"]()


def test_a_phrase_of_the_scoreboard_is_cut_to_its_room() -> None:
    assert _cut("“one two three”", 8, 1000) == "“one two three”"
    assert _cut("“one two three four five”", 8, wide("“one two three …”", 8)) == "“one two three …”"
    assert _cut(f"“{'x' * 300}”", 8, 50) == f"“{'x' * 300}”"


def test_the_curve_counts_what_decides() -> None:
    assert curve().title.startswith("2 of 8 specifications")
    later = curve(after=(20,))
    assert later.title.startswith("2 of 6 specifications")
    assert "2 of the 6 that decide" in later.alt and "8 values" in later.alt


def test_words_say_what_is_drawn() -> None:
    bars = RECIPES["bars"]()
    assert "short 61.0" in bars.alt and "recalled 40.0 (recalled)" in bars.alt
    assert "“account for about 60% of national R&D spending” allows 52 to 68 percent" in bars.alt
    assert bars.claims == ("rd-share",)
    assert "Heilongjiang 12 and 73" in RECIPES["dumbbell"]().alt
    assert "IT 44 in 2000 and 33.5 in 2015" in RECIPES["lines"]().alt


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rc.lines(pd.DataFrame({"a": series(1, 1)}), unit="", highlight=["b"]), "cannot highlight 'b'"),
        (lambda: rc.dumbbell(pd.DataFrame({"a": [1.0]}, index=["x"]), unit=""), "expected two columns"),
        (lambda: rc.intervals(pd.DataFrame({"low": [2.0], "high": [1.0]}, index=["x"]), unit=""), "low <= high"),
        (lambda: rc.named_scatter(named(["a", "b"]), unit="", names=["c"]), "'c' is not in the data"),
        (lambda: rc.tile_map(pd.Series({"Atlantis": 1.0}), unit=""), "'Atlantis' is no province"),
    ],
)
def test_what_cannot_be_drawn_is_told(call: Callable[[], Chart], message: str) -> None:
    with pytest.raises(rc.RecountError, match=message):
        call()


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.floats(0.5, 10))
def test_spreading_keeps_the_order_and_the_gap(places: list[float], gap: float) -> None:
    moved = spread(places, gap)
    order = np.argsort(places, kind="stable")
    assert (np.diff(moved[order]) >= gap - 1e-6).all()
    if (np.diff(np.sort(places)) >= gap).all():
        assert moved == pytest.approx(places)


@settings(deadline=None)
@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=9, max_size=20), st.floats(20, 200))
def test_wrapped_lines_hold_as_many_words_as_fit_or_one(words: list[str], room: float) -> None:
    lines = wrapped(f" {'  '.join(words)} ", 8, room).split("\n")
    assert " ".join(lines).split(" ") == words
    assert all(wide(line, 8) <= room or " " not in line for line in lines)
    assert all(wide(f"{line} {after.split()[0]}", 8) > room for line, after in itertools.pairwise(lines))


def test_text_in_colour_can_be_read() -> None:
    for colour in (*rc.PALETTE, rc.GREY, "#ffff00"):
        parts = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(legible(colour))
        ]
        assert 1.05 / (np.dot(parts, (0.2126, 0.7152, 0.0722)) + 0.05) >= 4.5
