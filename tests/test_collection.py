"""The collection: run in parallel, stopped by nothing, told in full, whole or not at all."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, replace

import recount as rc
from recount import collection, records
from recount.cli import main
from recount.files import build
from recount.records import VERDICT as MIME


def notebook(path: Path, *cells: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    nbformat.write(nb, path)
    return path


def run(*paths: Path, timeout: int = 60) -> dict[str, collection.Run]:
    with ThreadPoolExecutor(2) as executor:
        return {r.source.stem: r for r in collection.reproduce(paths, executor, build() / "notebooks", timeout=timeout)}


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The notebooks here load nothing that a server would have ready."""
    monkeypatch.setenv("RECOUNT_COLD", "1")


def test_one_failure_stops_nothing_and_is_told_with_cell_and_error(few: Path, capfd) -> None:
    folder = few / "notebooks"
    stale = notebook(folder / "96-stale.ipynb", "1 / 0", "2")
    stored = nbformat.read(stale, 4)
    for count, cell in enumerate(stored.cells, start=1):
        cell.execution_count, cell.outputs = count, [nbformat.v4.new_output("stream", text="old")]
    nbformat.write(stored, stale)
    good = notebook(
        folder / "91-good.ipynb",
        "import json, ipykernel.connect as c\njson.loads(c.get_connection_info())['transport']",
    )
    notebook(folder / "92-error.ipynb", "x = 1", "# divide\n1 / 0", "print('never')")
    notebook(folder / "93-dies.ipynb", "import os; os._exit(1)")
    notebook(folder / "94-hangs.ipynb", "import time; time.sleep(60)")
    (folder / "95-broken.ipynb").write_text("{", encoding="utf-8")
    notebook(folder / "97-moves.ipynb", "raise ValueError('\x1b]0;owned\x07 \u202e')")
    assert main(["reproduce", "--timeout", "3", "91", "92", "93", "94", "95", "96", "97"]) == 1
    told = capfd.readouterr().err
    for line in (
        "92-error.ipynb: code cell 2 ('# divide'): ZeroDivisionError: division by zero",
        "93-dies.ipynb: code cell 1 ('import os; os._exit(1)'): the kernel died",
        "94-hangs.ipynb: code cell 1 ('import time; time.sleep(60)'): no end after 3 seconds",
        "95-broken.ipynb: ",
        "96-stale.ipynb: code cell 1 ('1 / 0')",  # outputs of an earlier run do not mislead
        r"ValueError: \x1b]0;owned\x07 \u202e",
    ):
        assert line in told, told
    assert "91-good.ipynb" not in told and "Traceback" not in told
    assert "\x1b" not in told and "\u202e" not in told, "a terminal is not moved by what a cell says"
    built = few / "build"
    assert [p.name for p in (built / "notebooks").iterdir()] == ["91-good.ipynb"]
    assert "ZeroDivisionError" in (built / "failed" / "92-error.ipynb").read_text(encoding="utf-8")
    (output,) = nbformat.read(built / "notebooks" / "91-good.ipynb", 4).cells[0].outputs  # no warning on stderr
    expected = "tcp" if sys.platform == "win32" else "ipc"
    assert output["data"]["text/plain"] == f"'{expected}'", "kernels do not listen on the network"
    assert "transport'" not in str(nbformat.read(good, 4).cells[0].outputs), "the committed notebook is untouched"


def test_what_took_longest_is_begun_first_and_the_scoreboard_last(copy: Path, monkeypatch) -> None:
    took = {"01-a": 2.0, "02-b": 7.0, records.SCOREBOARD: 9.0, "04-d": 1.0}
    for size, name in zip((3, 1, 9, 2), took, strict=True):
        Path(name).write_text("." * size, encoding="utf-8")
    monkeypatch.setattr("recount.collection.run.execute", lambda path, *_: collection.Run(path, path, took[path.stem]))

    def order() -> list[str]:
        with ThreadPoolExecutor(1) as executor:
            return [r.source.stem for r in collection.reproduce([Path(name) for name in took], executor, None)]

    known = ["02-b", "01-a", "04-d", records.SCOREBOARD]
    unknown = ["01-a", "04-d", "02-b", records.SCOREBOARD]
    assert order() == unknown, "the largest where nothing is known"
    assert order() == known
    times = build() / "seconds.json"
    times.write_text(json.dumps({"01-a": 2, "02-b": 7}), encoding="utf-8")
    assert order()[0] == "04-d", "what may take long"
    for broken in ("", "[]", '{"01-a": null}', '{"01-a": "long"}'):
        times.write_text(broken, encoding="utf-8")
        assert order() == unknown


def test_names_of_notebooks(copy: Path) -> None:
    named = records.notebooks(["5", "06", "notebooks/02-socialist-city.ipynb"])
    assert [path.stem for path in named] == ["02-socialist-city", "05-industry-clusters", "06-integration"]
    with pytest.raises(rc.RecountError, match="notebook '55' not found"):
        records.notebooks(["55"])
    for path in (copy / "notebooks").glob("*.ipynb"):
        path.unlink()
    with pytest.raises(rc.RecountError, match="no notebook found"):
        records.notebooks()


def test_verdicts_are_read_back_and_must_be_complete(copy: Path) -> None:
    path = copy / "notebooks" / "05-industry-clusters.ipynb"
    verdicts, figures = records.gathered([path])
    assert [v["claim"] for v in verdicts] == list(rc.ledger("industry-clusters"))
    assert all(figure["alt"] for figure in figures)
    with pytest.raises(rc.RecountError, match="'rd-share' has two verdicts"):
        records.gathered([path, path])
    board = copy / "notebooks" / "00-scoreboard.ipynb"
    with pytest.raises(rc.RecountError, match="'00-scoreboard' is drawn twice"):
        records.gathered([board, board])
    stored = path.read_text(encoding="utf-8")
    replace(path, '"claim": "it-share"', '"claim": "rd-share"')
    with pytest.raises(rc.RecountError, match="'rd-share' has two verdicts"):
        records.gathered([path])
    path.write_text(stored, encoding="utf-8")
    nb = nbformat.read(path, 4)
    for cell in nb.cells:
        cell.outputs = [
            o for o in cell.get("outputs", []) if o.get("data", {}).get(MIME, {}).get("claim") != "it-share"
        ]
    nbformat.write(nb, path)
    with pytest.raises(rc.RecountError, match=r"no verdict in the notebooks for it-share of seeds/claims.csv"):
        records.gathered([path])


def test_exports_are_safe_for_spreadsheets(copy: Path) -> None:
    verdicts, figures = records.gathered([copy / "notebooks" / "05-industry-clusters.ipynb"])
    verdicts[0] = verdicts[0] | {"sentence": "=HYPERLINK(1)", "minimum": -3.0}
    collection.export(verdicts, figures)
    with (copy / "build" / "verdicts.csv").open(encoding="utf-8-sig", newline="") as handle:
        first = next(csv.DictReader(handle))
    assert first["sentence"] == "'=HYPERLINK(1)" and first["minimum"] == "-3.0"
    assert {"claim", "stated", "unit", "low", "high", "as_written", "verdict", "sentence"} <= set(first)
    assert json.loads((copy / "build" / "verdicts.json").read_text())[0]["claim"] == first["claim"]


DRAWN = """import recount as rc
from matplotlib import pyplot as plt
alt = "A single dot, at 1, in the centre of nothing else."
rc.figure("91-dot", plt.figure(), title="A dot", data=rc.table("provinces"), tables=["provinces"], alt=alt)"""


def test_figures_for_another_width_have_a_folder_of_their_own(few: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("RECOUNT_WIDTH", "full")  # what the command sets is undone after the test
    notebook(few / "notebooks" / "91-drawn.ipynb", DRAWN)
    assert main(["figures", "--width", "column", "91"]) == 0
    assert "figures: build/figures-column" in capsys.readouterr().out
    made = {path.name for path in (few / "build" / "figures-column").iterdir()}
    assert made == {"index.json", *(f"91-dot.{kind}" for kind in ("svg", "pdf", "png", "csv", "json"))}
    assert not (few / "build" / "notebooks").exists() and not (few / "build" / "figures").exists()
    assert main(["figures", "--width", "column", "91"]) == 0
    assert "as before: 1 notebook, 1 figure" in capsys.readouterr().out


def test_commands_for_the_careless(few: Path, capsys) -> None:
    assert main(["validate"]) == 0
    assert main(["seal"]) == 0
    assert "nothing had changed" in capsys.readouterr().out
    replace(few / "data" / "population.csv", "Beijing,2015,", "Beijing,2015,x")
    notebook(few / "notebooks" / "91-good.ipynb", "print(1)")
    assert main(["reproduce", "91"]) == 1
    told = capsys.readouterr()
    assert "data/population.csv, row" in told.err and "Traceback" not in told.err
    assert "verdict" not in told.out and not list((few / "build" / "notebooks").glob("*"))
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    for wrong in (["--version"], ["reproduced"], ["reproduce", "--jobs", "0"], ["reproduce", "--jobs", "all"]):
        with pytest.raises(SystemExit):
            main(wrong)
    told = capsys.readouterr()
    assert told.out.startswith("recount ") and "expected a whole number from 1, found '0'" in told.err


def test_importing_the_helper_loads_nothing_heavy() -> None:
    heavy = {"pandas", "matplotlib", "scipy", "frictionless", "nbclient", "lark"}
    code = f"import sys, recount.collection; print(sorted({heavy} & set(sys.modules)))"
    code += "; import nbclient; print('lark' in sys.modules, 'jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines() == ["[]", "False True"], done


def test_every_name_the_helper_offers_exists() -> None:
    assert [name for name in rc.__all__ if getattr(rc, name) is None] == []
    modules = {path.stem for path in (ROOT / "src" / "recount").glob("*.py")}
    assert not modules & set(rc.__all__), "a name that is also a module would be shadowed by it"
    with pytest.raises(AttributeError, match="recount has no 'verdicts'"):
        rc.verdicts  # noqa: B018
