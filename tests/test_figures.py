"""Figures: five files, the same every time, whole or not at all, readable without sight."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest

import recount as rc
from recount.figures import FORMATS, _tidy_svg

ALT = "Two points on a line, at 1 and at 2, of which the second is higher."


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path))
    return tmp_path / "figures"


def draw(name: str = "99-test", heights: tuple[float, ...] = (1 / 3, 2.0), **changes) -> None:
    fig, ax = rc.canvas(4, 3)
    ax.bar([1, 2], heights)
    ax.text(1, 1, "0.12345")
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


def test_five_files_identical_on_a_second_run(out: Path) -> None:
    draw()
    first = contents(out)
    assert sorted(first) == sorted(f"99-test.{kind}" for kind in (*FORMATS, "csv", "json"))
    draw()
    assert contents(out) == first


def test_a_moved_bar_changes_the_drawing(out: Path) -> None:
    draw()
    before = contents(out)
    draw(heights=(1 / 3 + 0.01, 2.0))
    assert all(contents(out)[f"99-test.{kind}"] != before[f"99-test.{kind}"] for kind in (*FORMATS, "csv"))


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


def test_coordinates_are_rounded_and_references_follow() -> None:
    drawing = '<svg><g id="a"><path id="b" d="M 1.23456 -0.0001"/><use href="#b"/><g clip-path="url(#a)"/></g></svg>'
    tidy = _tidy_svg(drawing, "01-x", "t", "a")
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


def test_the_curve_and_the_map(out: Path) -> None:
    rows = rc.table("rd_expenditure").query("year == 2015")
    specs = rc.specifications(
        "rd-share", lambda shift: rc.Reading(50 + shift, rows), shift=[0, 10, 20], as_written={"shift": 10}
    )
    rc.specification_curve("99-curve", specs, tables=["rd_expenditure"])
    assert json.loads((out / "99-curve.json").read_text())["title"].startswith("1 of 3 specifications")
    ax = rc.canvas()[1]
    with pytest.raises(rc.RecountError, match="Atlantis"):
        rc.tile_map(pd.Series({"Atlantis": 1.0}), ax=ax)
