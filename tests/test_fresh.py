"""Nothing done twice, and nothing left undone: what is skipped would have come out the same."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import os
import re
import shutil
import sqlite3  # noqa: F401  (else loading it would be noted, too)
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from conftest import ROOT, describe, replace
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_collection import notebook
from test_report import SMALL, shared, small  # noqa: F401  (fixtures)

from recount import claims, collection, datapackage, records, report
from recount.cli import main
from recount.collection import checks, fresh, pictures, run, trace
from recount.files import RecountError, build, folder, write_text
from recount.report.findings import FORMS
from recount.report.pages import EXPORTS

_listening: list[Callable[[str, tuple], None]] = []
sys.addaudithook(lambda event, args: [listener(event, args) for listener in _listening] and None)


def heard(path: Path, code: Callable[[], object]) -> list[tuple[str, str]]:
    """Return what is told of running `code` here, as a kernel would tell it."""
    _listening.append(trace.Trace(path, fresh.helper()))
    try:
        code()
    finally:
        _listening.clear()
    return trace.told(path, dict(fresh.Now().states(*fresh.GIVEN)))


# A small collection of which every part is laid out from a few numbers.

PARTS = (
    *("alpha", "note", "extra", "listed", "one_a", "one_b", "two_a", "code", "prose", "stored", "touched"),
    *("helper", "room", "lock", "setting"),
)
DRAWN = {"01-drawn": "01-one", "03-drawn": "03-three"}  # figure -> notebook
NOTEBOOKS = ("01-one", "02-two", "03-three", "00-scoreboard")
CODE = {
    "01-one": "n = rc.table('alpha')['n'].tolist()\ndraw('01-drawn', n)\n"
    "verdict('one-a', [n, rc.claim('one-a').value])",
    "02-two": "verdict('two-a', [open('../data/extra.txt').read(), [*rc.ledger('two').values()][0].value,"
    " sorted(name for name in os.listdir('../data') if name.endswith('.txt'))])",
    "03-three": "draw('03-drawn', rc.citation('beta'))",
    "00-scoreboard": "verdict('all', [[*records.recorded(p)] for p in records.executed(scoreboard=False)]"
    " + [claim.value for claim in rc.ledger().values()])",
}
NBFORMAT = {"nbformat": 4, "nbformat_minor": 5}
_times = itertools.count(10**18, 10**6)


def lay(home: Path, world: dict[str, int]) -> None:
    """Lay out a collection; every file gets a new time, whether it has changed or not."""
    package = {"name": "toy", "resources": []}
    files = {"data/extra.txt": f"extra {world['extra']}", "lock": str(world["lock"])}
    files |= {"helper/files.py": f"# {world['helper']}", "helper/report/pages.py": f"# {world['room']}"}
    files |= {"helper/fonts/sans.ttf": "", "helper/collection/run.py": ""}
    for name, title in (("alpha", "A"), ("beta", f"B{world['note']}")):
        files[f"data/{name}.csv"] = text = f"n\n{world.get(name, 0)}\n"
        digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        described = {"name": name, "path": f"{name}.csv", "hash": digest, "title": name, "sources": [{"title": title}]}
        package["resources"].append(described | {"schema": {"fields": [{"name": "n", "type": "integer"}]}})
    files["data/datapackage.json"] = json.dumps(package)
    essays = [
        ["one", "One", "2016-01-01", "", "1", "2", "01-one"],
        ["two", "Two", "2016-01-01", "", "3", "4", "02-two"],
    ]
    files["seeds/essays.csv"] = table(claims.ESSAY_COLUMNS, essays)
    stated = [("one-a", "one", world["one_a"]), ("one-b", "one", world["one_b"]), ("two-a", "two", world["two_a"])]
    rows = [
        {"id": key, "essay": essay, "paragraph": "1" if essay == "one" else "3", "value": str(value + 1)}
        | {"phrase": f"is {value + 1} percent", "unit": "percent", "quantity": "q", "kind": "level"}
        | {"stated_on": "2015-01-01", "stated_basis": "its day"}
        for key, essay, value in stated
    ]
    files["seeds/claims.csv"] = table(
        claims.CLAIM_COLUMNS, [[row.get(column, "") for column in claims.CLAIM_COLUMNS] for row in rows]
    )
    for name, code in CODE.items():
        changes = {0: "", 1: "# another\n", 2: "1 / 0\n"}[world["code"] if name == "01-one" else 0]
        prose = {"cell_type": "markdown", "id": "a", "source": f"Prose {world['prose'] * (name == '01-one')}."}
        cell = {"cell_type": "code", "id": "b", "source": changes + code, "execution_count": 1}
        cells = [prose, cell | {"outputs": [{"output_type": "stream", "name": "stdout", "text": str(world["stored"])}]}]
        cells = [{"metadata": {}} | each for each in cells]
        files[f"notebooks/{name}.ipynb"] = json.dumps({"cells": cells, "metadata": {}} | NBFORMAT).ljust(2000)
    if world["listed"]:
        files["data/more.txt"] = "more"
    else:
        (home / "data" / "more.txt").unlink(missing_ok=True)
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(next(_times),) * 2)


def table(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    lines: list[str] = []
    csv.writer(SimpleNamespace(write=lines.append)).writerows([columns, *rows])
    return "".join(lines)


class Here(Executor):
    """Runs what it is given at once."""

    def submit(self, fn, /, *args, **kwargs) -> Future:
        future: Future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Stand:
    """Stands in for a kernel: runs the cells here, told as a kernel would, and stops dead where it is told to."""

    kills = ""
    ran: list[str] = []  # noqa: RUF012

    def __init__(self, source: Path, place: Path, timeout: int) -> None:
        self.stem, self.place, self.home, self.km = source.stem, place, source.parent, None
        self.nb = nbformat.from_dict(json.loads(source.read_text(encoding="utf-8")))
        for cell in self.nb.cells[1:]:
            cell.outputs = []

    def execute(self, env: dict[str, str]) -> None:
        import recount as rc

        Stand.ran.append(self.stem)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.home)
            patch.setenv("RECOUNT_EXECUTED", env["RECOUNT_EXECUTED"])
            names = {"rc": rc, "os": os, "records": records, "draw": self._draw, "verdict": self._verdict}
            _listening.append(trace.Trace(self.place / "told", fresh.helper()))
            try:
                exec(self.nb.cells[1].source, names)
            finally:
                _listening.clear()
        if Stand.kills == self.stem:
            raise KeyboardInterrupt

    def _draw(self, name: str, shown: object) -> None:
        write_text(folder() / f"{name}.svg", f"<svg>{shown}</svg>")

    def _verdict(self, key: str, value: object) -> None:
        data = {records.VERDICT: {"claim": key, "value": value}}
        self.nb.cells[1].outputs.append(nbformat.v4.new_output("display_data", data))


@pytest.fixture
def stage() -> Iterator[Callable[[], None]]:
    """Give what sets a fresh, empty collection up, in which stand-ins run for kernels."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(dir=memory) as name:
        patch.setattr(tempfile, "tempdir", name)
        count = itertools.count()

        def new() -> Path:
            home = Path(name).resolve() / str(next(count))
            lay(home, dict.fromkeys(PARTS, 0))
            patch.chdir(home)
            patch.setenv("RECOUNT_BUILD", str(home / "build"))
            for module in (fresh, trace):
                patch.setattr(module, "PACKAGE", home / "helper")
            patch.setattr(fresh, "_environment", lambda: (home / "lock").read_text())
            patch.setattr(run, "_client", Stand)
            patch.setattr(run, "_seconds", dict)  # in the order given, however long each took
            Stand.kills = ""
            return home

        yield new


def reproduced(**options) -> list[str]:
    """Reproduce the collection with stand-ins, and return what ran."""
    Stand.ran = []
    runs = [*collection.reproduce(records.notebooks(), Here(), build() / "notebooks", **options)]
    assert {r.source.stem for r in runs if not r.as_before} == {*Stand.ran}
    assert not any(r.cause.startswith("prose") for r in runs if not r.as_before), "prose alone makes none run"
    return Stand.ran


def written() -> dict[str, bytes]:
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in build().glob("[nf][oi]*/*.*")}


def rests_on(world: dict[str, int]) -> dict[str, object]:
    """Return all that each toy notebook's result can depend on, as a person who reads its code would list it."""
    common = [world[part] for part in ("helper", "lock", "setting")]
    return {
        "01-one": ([world[part] for part in ("alpha", "one_a", "code")], common),
        "02-two": ([world[part] for part in ("extra", "listed", "two_a")], common),
        "03-three": ([world["note"]], common),
        "00-scoreboard": ([world[part] for part in ("one_a", "one_b", "two_a", "alpha", "extra", "listed")], common),
    }


HARMS = dict.fromkeys(NOTEBOOKS, ("drop", "add", "halve", "empty")) | dict.fromkeys(DRAWN, ("drop", "add"))
CHANGES = [("flip", part) for part in PARTS] * 3 + [("break", "code")] + [("kill", name) for name in NOTEBOOKS]
CHANGES += [("harm", name, how) for name, hows in HARMS.items() for how in hows]
CHANGES += [("record", name, how) for name in NOTEBOOKS for how in ("drop", "add", "halve", "empty", "fewer")]
SEQUENCES: list[list[list[tuple]]] = [[[], [change], [change]] for change in dict.fromkeys(CHANGES)]
SEQUENCES += [[[], [("record", "01-one", "fewer"), ("flip", "alpha")]], [[("kill", "01-one")], []]]
SEQUENCES += [[[], [("flip", "alpha"), ("kill", "01-one")], [("flip", "alpha")]]]
SEQUENCES += [[[], [("flip", "prose"), ("flip", other)]] for other in ("code", "alpha", "setting")]


def harm(path: Path, how: str) -> None:
    text = path.read_text(encoding="utf-8")
    if how == "drop":
        path.unlink()
    else:
        fewer = re.sub(r"(\],)\n\[.*(?=\n\]\n)", "]", text, count=1, flags=re.DOTALL)  # a record still, but of less
        made = {"add": text + " ", "halve": text[: len(text) // 2], "empty": "{}", "fewer": fewer}
        path.write_text(made[how], encoding="utf-8")


def test_after_any_changes_results_are_those_of_a_full_run_and_nothing_else_ran(stage) -> None:
    full: dict[tuple, dict[str, bytes]] = {}

    def follow(steps: list[list[tuple]]) -> None:
        home, world, last = stage(), dict.fromkeys(PARTS, 0), dict.fromkeys(NOTEBOOKS)
        for step in steps:
            Stand.kills = ""
            for change in step:
                apply(change, world, last)
            lay(home, world)
            os.environ["RECOUNT_TOY"] = str(world["setting"])
            expected, killed, failed = foreseen(world, last)
            if killed:
                with pytest.raises(KeyboardInterrupt):
                    reproduced()
                assert Stand.ran == expected, step
                continue
            assert reproduced() == expected, step
            if failed:
                continue
            key = tuple(sorted(world.items()))
            if key not in full:
                with pytest.MonkeyPatch.context() as patch:
                    Stand.kills = ""
                    patch.setenv("RECOUNT_BUILD", str(home / "full"))
                    assert len(reproduced(force=True)) == len(NOTEBOOKS)
                    full[key] = written()
            assert written() == full[key], step

    test = given(st.lists(st.lists(st.sampled_from(CHANGES), max_size=4), min_size=2, max_size=5))(follow)
    for steps in SEQUENCES:
        test = example(steps)(test)
    try:
        settings(max_examples=40, deadline=None, database=None, derandomize=True)(test)()
    finally:
        os.environ.pop("RECOUNT_TOY", None)


def apply(change: tuple, world: dict[str, int], last: dict[str, object]) -> None:
    """Make a change, and mark in `last`, what each notebook's good result rests on, which is good no longer."""
    match change:
        case ("flip", part):
            world[part] = int(not world[part])
        case ("break", part):
            world[part] = 2
        case ("kill", name):
            Stand.kills = name
        case (kind, name, how):
            stem = DRAWN.get(name, name)
            place = "fresh/notebooks/{}.json" if kind == "record" else "notebooks/{}.ipynb"
            path = build() / (place if stem == name else "figures/{}.svg").format(name)
            if path.exists():
                harm(path, how)
                last[stem] = last[stem] if (kind, how) == ("record", "add") else None  # a blank at its end is no harm


def foreseen(world: dict[str, int], last: dict[str, object]) -> tuple[list[str], bool, bool]:
    """Return which notebooks must run, and whether the run is killed or one fails; renew what `last` says."""
    ran, killed, failed, goal = [], False, False, rests_on(world)
    for stem in NOTEBOOKS:
        if killed or (last[stem] == goal[stem] and not (failed and stem == "00-scoreboard")):
            continue
        ran.append(stem)
        fails = world["code"] == 2 if stem == "01-one" else failed and stem == "00-scoreboard"
        failed, killed = failed or fails, Stand.kills == stem and not fails
        last[stem] = None if fails or killed else goal[stem]
    return ran, killed, failed


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open('../data/extra.txt').read()", {"file data/extra.txt"}),
        ("os.close(os.open('../data/extra.txt', os.O_RDONLY))", {"file data/extra.txt"}),
        ("import pandas as pd; pd.read_csv('../data/alpha.csv')", {"file data/alpha.csv"}),
        ("rc.table('alpha')", {"file data/alpha.csv", "table alpha"}),
        ("rc.table('alpha'); datapackage.package()", {"file data/alpha.csv", "table alpha", "package"}),
        ("rc.claim('one-a'), rc.claim('two-a')", {"claim one-a", "claim two-a"}),
        ("rc.ledger('one')", {"claims one"}),
        ("rc.essays()", {"essays"}),
        ("open('../seeds/claims.csv').read(), rc.claim('one-a')", {"file seeds/claims.csv", "claim one-a"}),
        ("[*records.recorded(Path('01-one.ipynb'))]", {"verdicts notebooks/01-one.ipynb"}),
        (
            "[*records.recorded(Path('01-one.ipynb'))], open('01-one.ipynb').read()",
            {"verdicts notebooks/01-one.ipynb", "file notebooks/01-one.ipynb"},
        ),
        ("Path('nowhere').exists() or os.path.exists('nowhere')", set()),  # not seen, as the module says
        ("[*Path('..').glob('data/*.txt')]", {"folder data"}),
        ("os.listdir()", {"folder notebooks"}),
        ("write_text(Path('../build/a.svg'), 'a')", {"drawn build/a.svg"}),
        ("write_text(Path('../build/a.svg'), 'a'), open('../build/a.svg').read()", {"drawn build/a.svg"}),
        ("open('../build-a', 'a').close()", {"file build-a", "drawn build-a"}),
        ("os.rename('../build', '../built')", {"reach of a renamed folder"}),
        ("open(os.devnull).read(), open('/proc/self/stat').read()", set()),
        ("open(os.__file__).read()", set()),
        ("open('../helper/files.py').read(), os.listdir('../helper/fonts')", set()),
        ("open('../helper/report/pages.py').read()", {"file helper/report/pages.py"}),
        ("subprocess.run([sys.executable, '-S', '-c', ''])", {"reach of subprocess.Popen"}),
        ("os.system('true')", {"reach of os.system"}),
        ("import socket; socket.socket().connect_ex(('127.0.0.1', 9))", {"reach of socket.connect"}),
        ("import sqlite3; sqlite3.connect('../data/base.db').close()", {"file data/base.db", "drawn data/base.db"}),
    ],
)
def test_what_a_notebook_reads_and_writes_is_told(stage, code: str, expected: set[str], monkeypatch) -> None:

    import recount as rc

    home = stage()
    (home / "build").mkdir()
    monkeypatch.chdir(home / "notebooks")
    rc.table("alpha"), rc.ledger()  # what is loaded already is told all the same
    names = {**globals(), **locals()}
    told = dict(heard(home / "told", lambda: exec(code, names)))
    assert {what for what in told if not what.startswith("modules ")} - {*trace.BEGINNING} == expected
    fresh.record("step", told.items())
    changed = {what.replace("drawn", "file") for what in expected if what.startswith("drawn")} & expected  # read, too
    assert {fresh.Now().changed("step")} == (changed | {what for what in expected if what.startswith("reach")} or {""})


def test_a_collection_that_lies_where_python_is_installed_is_seen(stage, monkeypatch) -> None:
    home = stage()
    monkeypatch.setattr(sys, "base_prefix", str(home.parent))
    told = dict(heard(home / "told", (home / "data" / "extra.txt").read_text))
    assert "file data/extra.txt" in told


def test_a_file_changed_while_a_notebook_runs_is_not_taken_for_what_was_read(stage) -> None:
    home = stage()
    extra = home / "data" / "extra.txt"

    def edited_by_another() -> None:
        listener = _listening.pop()
        extra.write_text("later")
        _listening.append(listener)

    fresh.record("step", heard(home / "told", lambda: (extra.read_text(), edited_by_another(), extra.read_text())))
    assert fresh.Now().changed("step") == "file data/extra.txt"


def test_what_is_read_and_then_written_is_never_as_before(stage) -> None:
    home = stage()
    counter = home / "data" / "counter.txt"
    counter.write_text("1")
    fresh.record("step", heard(home / "told", lambda: write_text(counter, counter.read_text() + "1")))
    assert fresh.Now().changed("step") == "file data/counter.txt"


def test_a_kernel_that_cannot_tell_all_or_runs_elsewhere_leaves_no_record(stage, monkeypatch) -> None:
    home = stage()
    given = dict(fresh.Now().states(*fresh.GIVEN))
    heard(path := home / "told", lambda: (home / "data" / "extra.txt").read_text())
    whole = path.read_text()
    assert trace.told(path, given)
    for text in (whole[1:], whole[:-9], "", whole.split("\n", 1)[1]):
        path.write_text(text)
        assert trace.told(path, given) == []
    path.write_text(whole)
    for what in trace.BEGINNING:  # another Python, or a server that loaded the helper before it was changed
        assert trace.told(path, given | {what: "other"}) == []
    monkeypatch.setattr(trace.Trace, "_notice", lambda *_: 1 / 0)
    told = heard(home / "other", lambda: (home / "data" / "extra.txt").read_text())  # no fault of the notebook's
    assert told == []


def test_a_planted_datum_is_seen_as_no_key_made_of_code_alone_could_see_it(copy: Path) -> None:
    """What jupyter-cache and Quarto's freeze key on, code and kernel, is the same before and after."""
    (copy / "notebooks" / "beside.py").write_text("from pathlib import Path\nN = 1\n", encoding="utf-8")
    (copy / "data" / "loose.csv").write_text("n\n1\n", encoding="utf-8")
    cells = {
        "91-table": "import recount as rc\nprint(rc.table('population').shape)",
        "92-direct": "print(open('../data/loose.csv').read())",
        "93-other": "import recount as rc\nprint(rc.claim('rd-share').stated)",
        "94-module": "import beside\nprint(beside.N)",
        "95-program": "!cat ../data/loose.csv",
    }
    paths = [notebook(copy / "notebooks" / f"{name}.ipynb", cell) for name, cell in cells.items()]

    def ran() -> dict[str, str]:
        with ThreadPoolExecutor(2) as executor:
            runs = [*collection.reproduce(paths, executor, build() / "notebooks")]
        assert [r.error for r in runs if r.error] == []
        return {r.source.stem: r.cause for r in runs if not r.as_before}

    assert ran() == dict.fromkeys(cells, "record")
    unseen = {"95-program": "reach of os.exec"}
    assert ran() == unseen
    replace(copy / "data" / "population.csv", "Beijing,2015,2188", "Beijing,2015,2189")
    package, population = describe(copy, "population")
    population["hash"] = datapackage.fingerprint(copy / "data" / "population.csv")
    (copy / "data" / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    replace(copy / "seeds" / "claims.csv", "average share of", "mean share of")  # of another essay
    assert ran() == unseen | {"91-table": "file data/population.csv"}
    replace(copy / "data" / "loose.csv", "1", "2")
    replace(copy / "notebooks" / "beside.py", "N = 1", "N = 2")
    assert ran() == unseen | {"92-direct": "file data/loose.csv", "94-module": "file notebooks/beside.py"}
    assert "2" in nbformat.read(build() / "notebooks" / "94-module.ipynb", 4).cells[0].outputs[0].text


def test_a_figure_is_exported_again_only_when_it_or_its_exports_changed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path))
    names = ["98-one", "99-two"]
    for name in names:
        write_text(
            folder() / f"{name}.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"></svg>\n'
        )
        sidecar = {"title": name, "alt": "A blank.", "claims": [], "source": "None.", "tables": {}}
        write_text(folder() / f"{name}.json", json.dumps(sidecar, indent=2) + "\n")
        write_text(folder() / f"{name}.csv", "n\n1\n")

    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder().iterdir()}

    before = fresh.Now().states(*(f"drawn {folder() / name}" for name in ("98-one.svg", "98-one.json")))
    assert pictures.undrawn(names) == names
    with ThreadPoolExecutor(2) as executor:
        assert sorted(collection.drawings(names, executor)) == names
        assert pictures.undrawn(names) == []
        assert fresh.Now().states(*dict(before)) == before, "what is stamped is still as the notebook left it"
        harms = {"svg": "9pt", "json": "blank", "csv": "n", "pdf": None, "png": None}
        for kind, old in harms.items():
            path = folder() / f"99-two.{kind}"
            if old:
                replace(path, old, old.replace("9", "8").replace("k", "c").replace("n", "m"))
            else:
                path.write_bytes(path.read_bytes()[:-1])
            assert pictures.undrawn(names) == ["99-two"], kind
            assert [*collection.drawings(["99-two"], executor)] == ["99-two"]
        made, printed = files(), []
        for suffix in ("svg", "json"):  # drawn again, and the same
            path = folder() / f"98-one.{suffix}"
            path.write_bytes(fresh.EXPORTED.sub(b"", path.read_bytes()))
        assert files() != made and pictures.undrawn(names) == ["98-one"]
        with monkeypatch.context() as patch:
            patch.setattr(pictures, "_printed", lambda *what: printed.append(what))
            assert [*collection.drawings(["98-one"], executor)] == ["98-one"]
        assert files() == made and printed == [], "marked, not printed again"
        assert pictures.undrawn(names, force=True) == names
        (folder() / "98-one.png").unlink()
        assert [*collection.drawings(names, executor)] and files() == made


def test_pictures_are_made_as_their_notebook_ends_and_what_fails_then_is_left_for_the_end(
    few: Path, monkeypatch
) -> None:
    path, names = few / "notebooks" / "05-industry-clusters.ipynb", ["05-bars", "05-dots"]
    draw = f"""import recount as rc
from matplotlib import pyplot as plt
for name in {names}:
    rc.figure(name, plt.figure(), title=name, data=rc.table("rd_expenditure"), tables=[], alt="Nothing, 0 " * 9)"""
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(draw)]), path)

    def ran(**how: bool) -> tuple[bool, int]:
        with ThreadPoolExecutor(1) as executor:
            (it,) = collection.reproduce([path], executor, build() / "notebooks", **how)
        assert not it.error, it.error
        return it.as_before, it.pictures

    assert ran() == (False, 2) and pictures.undrawn(names) == []
    assert ran() == (True, 0)
    (folder() / "05-dots.png").unlink()
    assert ran() == (True, 0) and pictures.undrawn(names) == ["05-dots"]
    replace(path, "0 ", "1 ")
    assert ran() == (False, 2), "with another text instead of the drawing"

    def full(name: str) -> None:
        raise RecountError("no space left")

    monkeypatch.setattr(pictures, "drawing", full)
    assert ran(force=True) == (False, 0) and pictures.undrawn(names) == names
    with ThreadPoolExecutor(1) as executor, pytest.raises(RecountError, match="no space left"):
        list(collection.drawings(names, executor))


def test_a_table_is_checked_again_only_when_it_or_what_its_check_reads_changed(copy: Path, monkeypatch) -> None:
    checked: list[tuple[str, ...]] = []
    faults: list[str] = []
    monkeypatch.setattr(checks, "validate", lambda *names: checked.append(names) or faults)
    monkeypatch.setattr(checks, "between", list)
    every = {*datapackage.package()}
    assert collection.validate_changed() == ([], 0) and {*checked.pop()} == every
    assert collection.validate_changed() == ([], len(every)) and not checked
    replace(copy / "data" / "population.csv", "Beijing,2015,2188", "Beijing,2015,2189")
    faults.append("a fault")
    for _ in range(2):  # what is at fault is not taken for checked
        assert collection.validate_changed() == (["a fault"], len(every) - 1) and checked.pop() == ("population",)
    faults.clear()
    assert collection.validate_changed() == ([], len(every) - 1) and checked.pop() == ("population",)
    replace(copy / "data" / "provinces.csv", "Beijing", "Peking")
    collection.validate_changed()
    keys = {name: r["schema"].get("foreignKeys", []) for name, r in datapackage.package().items()}
    referring = {name for name, each in keys.items() if "provinces" in {key["reference"]["resource"] for key in each}}
    assert {*checked.pop()} == referring | {"provinces"} > {"provinces", "population"}
    package, gdp = describe(copy, "gdp")
    gdp["schema"]["fields"][-1]["constraints"] = {"required": True}
    (copy / "data" / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    collection.validate_changed()
    assert checked.pop() == ("gdp",)
    assert collection.validate_changed(force=True) == ([], 0) and {*checked.pop()} == every


def test_the_report_is_built_again_only_when_something_it_reads_or_wrote_changed(
    small: Path,  # noqa: F811
    capsys,
    monkeypatch,
) -> None:
    def built(*options: str) -> bool:
        assert main(["report", *options]) == 0
        return "as before" not in capsys.readouterr().out

    assert built() and not built()
    read = ["data/sources.csv", "seeds/claims.csv", "CITATION.cff", f"build/notebooks/{SMALL}.ipynb"]
    read += [f"build/figures-{form}/05-rd-share.json" for form in FORMS]
    wrote = ["build/report/index.html", "build/recount.pdf", "build/verdicts.csv"]
    for path in (small / name for name in read + wrote):
        before = path.read_bytes() if path.is_file() else b""
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(before + b" ")
        assert collection.Now(base="").changed("report"), path
        path.write_bytes(before) if before else shutil.rmtree(path.parent)
        assert not collection.Now(base="").changed("report"), path
    assert collection.Now(base="https://example.org/").changed("report") == "base"
    filled: list[Path] = []
    monkeypatch.setattr("recount.collection.exports.write_database", lambda path, _: filled.append(path))
    path = small / "build" / "report" / "index.html"
    path.write_bytes(path.read_bytes() + b" ")
    assert built() and not filled, "the exports were as before"
    assert built("--force") and filled


def test_the_record_of_the_report_covers_all_that_it_reads(small: Path) -> None:  # noqa: F811
    for form in FORMS:  # figures may have been drawn in other forms too
        shutil.copytree(small / "build" / "figures", small / "build" / f"figures-{form}")
    told = heard(small / "told", report.build_report)
    places = (what.split(" ", 1)[1] for what, _ in told if what.startswith("file "))
    inside = {place for place in places if (small / place).is_file() and not Path(place).is_absolute()}
    recorded = ("data/", "seeds/", "build/notebooks/", "build/figures", "CITATION.cff", "build/report/", "build/fresh/")
    recorded += tuple(f"build/{name}" for name in EXPORTS)
    assert inside and [place for place in sorted(inside) if not place.startswith(recorded)] == []


def test_two_runs_at_once_wait_for_each_other(tmp_path: Path) -> None:
    code = "from recount.collection import alone\nwith alone(): print('in')"
    command = [sys.executable, "-c", code]
    told = {"cwd": ROOT, "env": os.environ | {"RECOUNT_BUILD": str(tmp_path)}, "text": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECOUNT_BUILD", str(tmp_path))
        with collection.alone():
            other = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **told)
            assert other.stderr and other.stderr.readline() == "waiting for another run to end\n"
            with pytest.raises(subprocess.TimeoutExpired):
                other.wait(0.5)
    assert other.communicate(timeout=30)[0] == "in\n"


def test_a_run_with_nothing_to_do_loads_nothing_heavy() -> None:
    heavy = {"matplotlib", "scipy", "frictionless", "nbclient", "nbformat", "jinja2", "lark"}
    code = "import sys, recount.cli, recount.verdict, recount.collection as c\n"
    code += "[getattr(c, name) for name in c.__all__ if name != 'cluster']\n"
    code += f"print(sorted({heavy} & set(sys.modules)))\nimport nbclient; print('lark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["[]", "False"], done
