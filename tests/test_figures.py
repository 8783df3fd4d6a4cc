"""Figures: the drawing, its numbers and words, and what is made of it; the same every time, whole or not at all."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import recount as rc
from recount import collection, records
from recount.figures import tidy_svg
from recount.files import write_text
from recount.style import FAMILY, blank, settle

ALT = "Two points on a line, at 1 and at 2, of which the second is higher."


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path))
    return tmp_path / "figures"


def draw(name: str = "99-test", heights: tuple[float, ...] = (1 / 3, 2.0), **changes) -> None:
    fig, ax = blank(3)
    ax.bar([1, 2], heights)
    ax.text(1, 1, "0.12345")
    settle(fig)
    options = {
        "title": "A <finding> & more",
        "data": pd.DataFrame({"height": heights}),
        "alt": ALT,
        "tables": ["rd_expenditure"],
        "claims": ["rd-share"],
    } | changes
    rc.figure(name, fig, **options)


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def made(*names: str) -> list[str]:
    """Make PDF and PNG of drawn figures, as the export step does."""
    with ThreadPoolExecutor(2) as executor:
        return list(collection.drawings(names, executor))


def test_five_files_identical_on_a_second_run(out: Path) -> None:
    draw()
    assert made("99-test") == ["99-test"]
    first = contents(out)
    assert sorted(first) == sorted(f"99-test.{kind}" for kind in ("svg", "pdf", "png", "csv", "json"))
    draw()
    made("99-test")
    assert contents(out) == first


def test_a_moved_bar_changes_every_form(out: Path) -> None:
    draw()
    made("99-test")
    before = contents(out)
    draw(heights=(1 / 3 + 0.01, 2.0))
    made("99-test")
    assert all(contents(out)[f"99-test.{kind}"] != before[f"99-test.{kind}"] for kind in ("svg", "pdf", "png", "csv"))


def test_what_is_made_of_a_drawing_tells_what_it_shows(out: Path) -> None:
    draw(title='A "finding" of #5 \\ <b> & [more]')
    made("99-test")
    with Image.open(out / "99-test.png") as raster:
        told, size, dots = raster.text, raster.size, raster.info["dpi"]
    assert told["Title"] == 'A "finding" of #5 \\ <b> & [more]' and told["Description"] == ALT
    assert told["Source"].startswith("Source: China") and told["Claims"] == "rd-share"
    assert dots == pytest.approx((300, 300), abs=0.1)
    width = float(re.search(r'width="([\d.]+)pt"', (out / "99-test.svg").read_text(encoding="utf-8"))[1])
    assert size[0] == pytest.approx(width / 72 * 300, abs=1.5)
    pdf = (out / "99-test.pdf").read_bytes()
    assert b"/MarkInfo" in pdf and b"/Marked true" in pdf and b"/StructTreeRoot" in pdf, "tagged for screen readers"
    assert b"LiberationSans" in pdf


def test_a_figure_without_its_parts_is_told(out: Path) -> None:
    draw()
    (out / "99-test.json").write_text("{}", encoding="utf-8")
    with pytest.raises(rc.RecountError, match=r"99-test.svg: no drawing with its sidecar: 'tables'"):
        made("99-test")
    with pytest.raises(rc.RecountError, match=r"99-other.json: no such file"):
        made("99-other")


def test_only_what_an_earlier_run_drew_is_dropped(out: Path) -> None:
    for name in ("05-kept", "05-gone", "06-other", "05-mine"):
        draw(name)
    (out / "a folder").mkdir()
    (out / ".05-kept-x1.svg").write_text("another run's temporary file", encoding="utf-8")
    notebook = [Path("05-industry-clusters.ipynb")]
    collection.keep([{"name": "06-other"}], [Path("06-integration.ipynb")])
    collection.keep([{"name": "05-kept"}, {"name": "05-gone"}], notebook)
    collection.keep([{"name": "05-kept"}], notebook)
    names = {path.stem for path in out.iterdir()}
    assert names == {"05-kept", "06-other", "05-mine", "a folder", ".05-kept-x1", "index"}
    assert json.loads((out / "index.json").read_text(encoding="utf-8")) == ["05-kept", "06-other"]
    (out / "index.json").write_text('["../05-outside", "05-mine", 7', encoding="utf-8")
    collection.keep([{"name": "05-kept"}], notebook)
    assert (out / "05-mine.svg").exists(), "a record that cannot be read owns nothing"


def test_the_svg_is_accessible_escaped_and_self_contained(out: Path) -> None:
    draw()
    text = (out / "99-test.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.find(f"{space}title").text == "A <finding> & more"
    assert root.find(f"{space}desc").text == ALT
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) and all(i.startswith("99-test-") for i in ids)
    assert "<style" not in text and "<metadata" not in text
    assert "0.12345" in text, "a number in a label is not rounded"
    assert "Date" not in text
    assert f"font-family: '{FAMILY}', Arial, Helvetica, sans-serif" in text


def test_coordinates_are_rounded_and_references_follow() -> None:
    drawing = '<svg><g id="a"><path id="b" d="M 1.23456 -0.0001"/><use href="#b"/><g clip-path="url(#a)"/></g></svg>'
    tidy = tidy_svg(drawing, "01-x", "t", "a")
    assert 'd="M 1.23 0"' in tidy
    assert 'href="#01-x-1"' in tidy and "url(#01-x-0)" in tidy


def test_the_sidecar_names_claims_tables_and_alt(out: Path) -> None:
    draw()
    sidecar = json.loads((out / "99-test.json").read_text(encoding="utf-8"))
    assert sidecar["claims"] == ["rd-share"] and sidecar["alt"] == ALT
    assert sidecar["tables"]["rd_expenditure"].startswith("sha256:")
    assert sidecar["source"].startswith("Source: China Statistical Yearbook")
    assert (out / "99-test.csv").read_text(encoding="utf-8") == "height\n0.3333333333\n2\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Test"}, "name like"),
        ({"alt": "A figure"}, "alt text"),
        ({"alt": "A figure that shows something or other, at length"}, "with numbers"),
        ({"data": pd.DataFrame()}, "empty"),
        ({"tables": ["nowhere"]}, "nowhere"),
        ({"claims": ["nowhere"]}, "nowhere"),
    ],
)
def test_what_a_figure_must_have(out: Path, changes, message: str) -> None:
    with pytest.raises(rc.RecountError, match=message):
        draw(**changes)
    assert not out.exists()


def test_a_full_disk_leaves_nothing_half_written(out: Path, monkeypatch) -> None:
    draw()
    before = contents(out)

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", full)
    with pytest.raises(rc.RecountError, match=r"99-test.svg: cannot be written: No space left on device"):
        draw(heights=(5.0, 6.0))
    assert contents(out) == before


def test_a_file_where_the_folder_should_be_is_told(out: Path) -> None:
    out.parent.mkdir(exist_ok=True)
    out.write_text("in the way")
    with pytest.raises(rc.RecountError, match=r"cannot be written"):
        draw()


def test_what_is_not_drawn_for_another_width_has_its_usual_verdicts(tmp_path: Path, monkeypatch) -> None:
    stored = records.executed()
    monkeypatch.setenv("RECOUNT_EXECUTED", str(tmp_path / "notebooks-column"))
    with pytest.raises(rc.RecountError, match="notebooks/00-scoreboard.ipynb, .*: not there; run `recount reproduce`"):
        records.executed()
    for place in [*(f"notebooks/{path.name}" for path in stored), "notebooks-column/05-industry-clusters.ipynb"]:
        write_text(tmp_path / place, "")
    assert {path.parent.name for path in records.executed()} == {"notebooks", "notebooks-column"}
    with pytest.raises(rc.RecountError, match="notebooks-column/00-scoreboard.ipynb"):
        records.executed(tmp_path / "notebooks-column")
