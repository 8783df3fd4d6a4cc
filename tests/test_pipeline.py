"""The pipeline on a small collection: what a change makes run, what a failure leaves, what each command writes."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytask
import pytest
from conftest import replace
from pytask_parallel.execute import _Sleeper
from small_collection import CODE, JUDGE, write_collection, write_notebook

from recount.cli import main
from recount.files import RecountError
from recount.pipeline import build as pipeline
from recount.pipeline import refresh, results, tasks
from recount.report.build import reporting

ALPHA, BETA, BOARD = "01-alpha", "02-beta", "00-scoreboard"


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The collection and its build, made once, with a copy of the helper to be changed."""
    home = write_collection(tmp_path_factory.mktemp("reproduced"))
    shutil.copytree(tasks.PACKAGE, home / "src", ignore=shutil.ignore_patterns("__pycache__"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Sleeper, "sleep", lambda _: time.sleep(0.01))  # else each stage waits up to a second
        patch.setattr(tasks, "PACKAGE", home / "src")
        patch.delenv("RECOUNT_BUILD", raising=False)
        patch.chdir(home)
        assert main(["reproduce"]) == 0
        yield home


@pytest.fixture
def small(reproduced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of them, in which we stand."""
    home = shutil.copytree(reproduced, tmp_path / "small")
    monkeypatch.setattr(tasks, "PACKAGE", home / "src")
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def run(small: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., set[str]]:
    """Runs a command that must end well, and returns the names of the tasks that ran."""

    def run(*command: str) -> set[str]:
        assert main(command) == 0, capsys.readouterr().err
        lines = capsys.readouterr().out.splitlines()
        return {line.removeprefix("done: ") for line in lines if line.startswith("done: ")}

    return run


def change_datum(home: Path, table: str = "alpha") -> None:
    """Change a figure of a table, keep the size and the time of the file, and seal it."""
    path = home / "data" / f"{table}.csv"
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    replace(path, "2015,1,", "2015,4,")
    os.utime(path, ns=times)
    assert main(["seal"]) == 0


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*.*") if path.is_file() and ".pytask" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if path.suffix != ".lock"}


def test_reproduce_again_runs_nothing_and_forced_gives_the_same_bytes(small: Path, run) -> None:
    before = contents(small / "build")
    assert run("reproduce") == set()
    for path in small.rglob("*.*"):
        os.utime(path, (0, 0))
    assert run("reproduce") == set(), "times alone decide nothing"
    assert {f"execute {stem}" for stem in CODE} < run("reproduce", "--force")
    assert contents(small / "build") == before


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Return what changes a text in a file of the collection."""
    return lambda home: replace(home / name, old, new)


def append(*names: str) -> Callable[[Path], None]:
    """Return what adds a blank line to files of the collection."""
    return lambda home: [path.write_bytes(path.read_bytes() + b"\n") for name in names for path in home.glob(name)]


EVERY = (ALPHA, BETA, BOARD)
CHANGES = {  # what is changed: how, the notebooks that are executed again, and what else is done for sure
    "datum": (change_datum, (ALPHA, BOARD), ("check tables",)),
    "prose": (edit(f"notebooks/{ALPHA}.ipynb", "Prose", "Other"), (), (f"write {ALPHA}",)),
    "code": (edit(f"notebooks/{ALPHA}.ipynb", "Upward", "Up"), (ALPHA, BOARD), ()),
    "description": (edit("data/datapackage.json", '"title": "beta"', '"title": "B"'), (BETA, BOARD), ("check tables",)),
    "hash": (edit("data/datapackage.json", '"sha256:', '"sha256:0'), (), ("check tables",)),
    "sources": (append("data/sources.csv"), EVERY, ("check tables",)),
    "ledger": (append("seeds/claims.csv"), EVERY, ("check tables",)),
    "paragraphs": (append("seeds/paragraphs.csv"), (), ("check tables", "write report")),
    "file": (append("extra.txt"), (BETA, BOARD), ()),
    "helper": (append("src/measures.py"), EVERY, ("check tables",)),
    "executor": (append("src/pipeline/execute.py"), EVERY, ()),
    "executed": (append(f"build/executed/{BETA}.ipynb"), (BETA, BOARD), ()),
    "drawing": (append("build/figures/01-line.svg"), (ALPHA, BOARD), ()),
    "picture": (append("build/figures/01-line.pdf"), (), (f"print {ALPHA}", "write report")),
    "page": (append("build/report/index.html"), (), ("write report",)),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_run_does_again_what_depends_on_a_change(small: Path, monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    """In pytask's dry runs, in which what may have to follow counts, too."""
    change, executed, others = CHANGES[changed]
    monkeypatch.setattr(pytask, "build", functools.partial(pytask.build, dry_run=True))
    change(small)
    reports = pipeline.run([*tasks.collection(300), reporting()], jobs=2)
    pending = {report.task.name for report in reports if report.outcome == pytask.TaskOutcome.WOULD_BE_EXECUTED}
    assert {name for name in pending if name.startswith("execute ")} == {f"execute {stem}" for stem in executed}
    assert {*others} <= pending


def test_changed_datum_reaches_results_and_report_and_figures_of_another_form(small: Path, run) -> None:
    build = small / "build"
    assert run("figures", "--bare", "1") == {f"draw {ALPHA} figures-bare"}
    assert run("figures", "--bare", "1") == set()
    assert {path.suffix for path in (build / "figures-bare").iterdir()} == {".svg", ".pdf", ".png", ".csv", ".json"}
    run("report")
    assert (build / "report" / "files" / "figures-bare").is_dir()
    change_datum(small)
    ran = run("report")
    assert {f"execute {ALPHA}", f"execute {BOARD}"} < ran and f"execute {BETA}" not in ran
    records = json.loads((build / "verdicts.json").read_text(encoding="utf-8"))
    assert [record["verdict"] for record in records] == ["fails", "holds"]
    assert "('alpha-sum', 'fails')" in (build / "executed" / f"{BOARD}.ipynb").read_text(encoding="utf-8")
    assert not (build / "report" / "files" / "figures-bare").exists(), "the report offers none of older data"
    assert run("figures", "--bare", "1") == {f"draw {ALPHA} figures-bare"}
    assert "2015,4" in (build / "figures-bare" / "01-line.csv").read_text(encoding="utf-8")


def test_changed_prose_reaches_the_page_though_nothing_is_executed(small: Path, run) -> None:
    replace(small / "notebooks" / f"{BETA}.ipynb", "Prose.", "Other prose.")
    assert run("report") == {f"write {BETA}", "write results", "write report"}
    assert "Other prose." in (small / "build" / "report" / "notebooks" / f"{BETA}.html").read_text(encoding="utf-8")


UNDECLARED = JUDGE.replace('rc.table("{0}")', 'rc.table("al" + "pha")').format("alpha")
FAILING = {  # code of a notebook, and what is said of it
    "11-error": (("x = 1", "# try\nraise ValueError('\x1b]0;')", "2"), r"code cell 2 ('# try'): ValueError: \x1b]0;"),
    "12-dies": (("1", "import os; os._exit(1)"), "code cell 2 ('import os; os._exit(1)'): the kernel died"),
    "13-endless": (("while True: pass",), "code cell 1 ('while True: pass'): no end after 3 seconds"),
    "14-table": ((UNDECLARED,), "code cell 1 reads the table alpha, which no string in its code names"),
    "15-named": (("import recount as rc\n0 and rc.figure('15-a')",), "the figure 15-a.csv is named and not drawn"),
}


def test_failures_name_notebook_cell_and_error_and_stop_nothing_else(small: Path, capfd) -> None:
    for stem, (cells, _) in FAILING.items():
        write_notebook(small / "notebooks" / f"{stem}.ipynb", *cells)
    change_datum(small, "beta")
    assert main(["reproduce", "--timeout", "3", *FAILING, "2"]) == 1
    error = capfd.readouterr().err
    expected = [f"{stem}.ipynb: {message}" for stem, (_, message) in FAILING.items()]
    assert sorted(error.removeprefix("recount: ").splitlines()) == expected
    executed = {path.stem for path in (small / "build" / "executed").iterdir()}
    assert executed == {ALPHA, BETA, BOARD}
    assert '"maximum": 9.0' in (small / "build" / "executed" / f"{BETA}.ipynb").read_text(encoding="utf-8")
    assert "ValueError" in (small / "build" / "failed" / "11-error.ipynb").read_text(encoding="utf-8")


def test_run_of_one_notebook_touches_no_file_of_another(small: Path, run) -> None:
    change_datum(small, "alpha")
    change_datum(small, "beta")
    before = contents(small / "build")
    assert run("reproduce", "01") == {f"{what} {ALPHA}" for what in ("execute", "print", "write")}
    after = contents(small / "build")
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed and [name for name in changed if not re.search("01-(alpha|line)", name)] == []


def test_what_left_the_collection_leaves_the_build_but_no_file_of_a_reader(small: Path, run) -> None:
    mine = small / "build" / "figures" / "mine.svg"
    mine.write_text("mine", encoding="utf-8")
    (small / "notebooks" / f"{BETA}.ipynb").unlink()
    write_notebook(small / "notebooks" / f"{ALPHA}.ipynb", *CODE[ALPHA][:1])
    for path in (small / "seeds").iterdir():
        rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(row for row in rows if not row.startswith("beta")), encoding="utf-8")
    run("reproduce")
    assert [name for name in contents(small / "build") if "01-line" in name or BETA in name] == []
    assert mine.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("failing", ["_write_table", "_figure_exhibit", "write_text"])
def test_failed_export_writes_nothing(small: Path, monkeypatch, capsys, failing: str) -> None:
    def full(*_: object) -> None:
        raise RecountError("cannot be written: no space left on device")

    for name in results.RESULTS:
        (small / "build" / name).write_text("old", encoding="utf-8")
    monkeypatch.setattr(results, failing, full)
    assert main(["reproduce"]) == 1
    assert capsys.readouterr().err == "recount: cannot be written: no space left on device\n"
    assert {(small / "build" / name).read_text(encoding="utf-8") for name in results.RESULTS} == {"old"}


def test_unexpected_error_is_one_line_with_the_task(small: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(tasks, "write_checked", lambda inputs, checked: {}["missing"])
    assert main(["reproduce"]) == 1
    assert capsys.readouterr().err == "recount: check tables: KeyError: 'missing'\n"


def test_figures_of_another_width_have_a_folder_of_their_own(small: Path, run) -> None:
    before = contents(small / "build")
    run("figures", "--width", "column", "1")
    after = contents(small / "build")
    assert before.items() <= after.items()
    assert after["figures-column/01-line.svg"] != before["figures/01-line.svg"]


def test_refresh_replaces_notebooks_by_their_results(small: Path, run) -> None:
    run("refresh")
    stored = contents(small / "notebooks")
    assert b"alpha-sum" in stored["verdicts.csv"] and b'"output_type"' in stored[f"{ALPHA}.ipynb"]
    assert not any(name.startswith("execute") for name in run("refresh"))
    assert contents(small / "notebooks") == stored


def test_refresh_refuses_when_a_notebook_was_changed_during_the_run(small: Path) -> None:
    replace(small / "notebooks" / f"{BETA}.ipynb", "Prose.", "Written meanwhile.")
    before = contents(small / "notebooks")
    with pytest.raises(RecountError, match=f"notebooks/{BETA}.ipynb: changed during the run"):
        refresh.refresh()
    assert contents(small / "notebooks") == before
