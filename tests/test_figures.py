"""Figures: the drawing, its data and sidecar, and the pictures made of it; the same every time, whole or not at all."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import recount as rc
from recount.figures.charts import Chart
from recount.figures.figure import tidy_svg
from recount.figures.style import FAMILY, blank, settle
from recount.pipeline.pictures import form_figures, printed

ALT = "Two bars, 0.33 and 2 high."
TITLE = 'A "finding" of #5 \\ <b> & [more]'


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path))
    return tmp_path / "figures"


def draw(name: str = "99-test", heights: tuple[float, ...] = (1 / 3, 2.0), **changes) -> None:
    fig, ax = blank(3)
    ax.bar(range(len(heights)), heights)
    ax.text(1, 1, "0.12345")
    settle(fig)
    chart = Chart(fig, "metres", ALT, pd.DataFrame({"height": heights}))
    rc.figure(name, chart, **{"title": TITLE, "tables": ["rd_expenditure"], "claims": ["rd-share"]} | changes)


def contents(out: Path) -> dict[str, bytes]:
    """Return the files of the figure, and the pictures made of it."""
    files = {path.suffix[1:]: path.read_bytes() for path in sorted(out.iterdir())}
    return files | printed(out / "99-test.svg", out / "99-test.json")


def test_every_form_is_the_same_on_a_second_run_and_another_when_a_bar_moves(out: Path) -> None:
    draw()
    first = contents(out)
    assert {*first} == {"svg", "csv", "json", "pdf", "png"}
    draw()
    assert contents(out) == first
    draw(heights=(1 / 3 + 0.01, 2.0))
    assert [kind for kind, content in contents(out).items() if content == first[kind]] == ["json"]


def test_pictures_carry_title_description_source_and_resolution(out: Path) -> None:
    draw()
    files = contents(out)
    with Image.open(BytesIO(files["png"])) as raster:
        texts, size, dots = raster.text, raster.size, raster.info["dpi"]
    assert (texts["Title"], texts["Description"], texts["Claims"]) == (TITLE, ALT, "rd-share")
    assert texts["Source"].startswith("Source: China") and dots == pytest.approx((300, 300), abs=0.1)
    assert size[0] == pytest.approx(float(re.search(r'width="([\d.]+)pt"', files["svg"].decode())[1]) / 72 * 300, abs=2)
    for mark in (b"/Marked true", b"pdfuaid", b"LiberationSans"):
        assert mark in files["pdf"], "tagged for screen readers, the typeface embedded"


def test_bare_and_outlined_forms(out: Path) -> None:
    draw()
    drawings = {path.name: path for path in out.iterdir()}
    bare, outlined = (form_figures(drawings, kind)["99-test.svg"].decode() for kind in ((True, False), (False, True)))
    shown = re.findall(r"<text[^>]*>([^<]*)", bare)
    assert "Metres" in shown and not any("finding" in text or "Source" in text for text in shown)
    assert "<text" not in outlined and f"<desc>{ALT}</desc>" in outlined


def test_the_svg_is_accessible_escaped_and_self_contained(out: Path) -> None:
    draw()
    text = (out / "99-test.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    words = [root.find(f"{{http://www.w3.org/2000/svg}}{name}").text for name in ("title", "desc")]
    assert root.get("role") == "img" and words == [TITLE, ALT]
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) and all(each.startswith("99-test-") for each in ids)
    assert not re.search("<style|<metadata|Date", text) and "0.12345" in text, "a number in a label is not rounded"
    assert f"font-family: '{FAMILY}', Arial, Helvetica, sans-serif" in text
    drawing = '<svg><g id="a"><path id="b" d="M 1.23456 -0.0001"/><use href="#b"/><g clip-path="url(#a)"/></g></svg>'
    tidy = tidy_svg(drawing, "01-x", "t", "a")
    assert 'd="M 1.23 0"' in tidy and 'href="#01-x-1"' in tidy and "url(#01-x-0)" in tidy


def test_data_and_sidecar(out: Path) -> None:
    draw()
    assert (out / "99-test.csv").read_text(encoding="utf-8") == "height\n0.3333333333\n2\n"
    sidecar = json.loads((out / "99-test.json").read_text(encoding="utf-8"))
    assert (sidecar["claims"], sidecar["alt"], sidecar["title"]) == (["rd-share"], ALT, TITLE)
    assert sidecar["tables"]["rd_expenditure"].startswith("sha256:")
    (out / "99-test.json").write_text("{}", encoding="utf-8")
    with pytest.raises(rc.RecountError, match=r"99-test.svg: no drawing with its sidecar: 'title'"):
        contents(out)


def test_a_figure_that_lacks_a_part_is_refused(out: Path) -> None:
    refused = {"expected a name like": {"name": "Test"}, "the title must say what is found": {"title": ""}}
    refused |= {"table 'nowhere'": {"tables": ["nowhere"]}, "claim 'nowhere'": {"claims": ["nowhere"]}}
    for message, changes in refused.items():
        with pytest.raises(rc.RecountError, match=message):
            draw(**changes)
    assert not out.exists()


def test_a_full_disk_leaves_nothing_half_written(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw()
    before = contents(out)

    def write_a_part(figure: object, path: Path, **_: object) -> None:
        path.write_text("<svg")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", write_a_part)
    with pytest.raises(rc.RecountError, match=r"99-test.svg: cannot be written: No space left on device"):
        draw(heights=(5.0, 6.0))
    assert contents(out) == before and len([*out.iterdir()]) == 3
