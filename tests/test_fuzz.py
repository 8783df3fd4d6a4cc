"""Corruptions of ledger, tables, data package and notebooks: a clear error or the same values, never silence.

RECOUNT_FUZZ is how many are tried in each group, afresh every time; without it a few, the same each time. `make fuzz`
tries thousands and prints what became of them.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_notebooks import faults

import recount as rc
from recount import collection, datapackage, records, texts
from recount.claims import Claim
from recount.readings import spread
from recount.report.cells import Notebook
from recount.report.ledger import kept

TRIES = int(os.environ.get("RECOUNT_FUZZ", "0"))
SMALL = ("provinces", "planned_economies", "population_caps", "population_components", "fund_study", "sources")
LEDGER = ("claims", "essays", "numbers", "paragraphs", "synonyms", "authors", "corrections")
NASTY = [
    *(
        "",
        " ",
        "0",
        "-1",
        "inf",
        "nan",
        "1e400",
        "9" * 40,
        "1_000",
        "１３",
        "todo",
        "percent",
        "x" * 20_000,
        "=1+1",
        '"',
        ",",
    ),
    *(
        "\n",
        "\r",
        "\x00",
        "\x1b[2J",
        "\u202e",
        "<script>",
        "../..",
        "2035-01-01",
        "20150101",
        "0001-01-01",
        "١٢",
        "½",
        "None",
    ),
]
pytestmark = pytest.mark.filterwarnings("ignore:.*cell id", "ignore:Cell is missing an id")
counts: dict[str, Counter[str]] = {}


def tried(group: str, few: int) -> Callable[[Any], Any]:
    """Return the settings of a group: so many examples, each counted by what became of it."""
    counts[group] = Counter()
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=TRIES or few,
        derandomize=not TRIES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=quiet,
    )


@pytest.fixture(scope="module", autouse=True)
def table_of_counts() -> Iterator[None]:
    yield
    if TRIES:
        for group, found in counts.items():
            print(f"\n{group}: {sum(found.values())} tried, {dict(found)}", end="", file=sys.__stdout__)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A collection of six tables, the ledger and one notebook, in which we stand."""
    folder, before = tmp_path_factory.mktemp("fuzz"), Path.cwd()
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    (folder / "data").mkdir()
    described = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    described["resources"] = [each for each in described["resources"] if each["name"] in SMALL]
    (folder / "data" / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    for name in SMALL:
        shutil.copy(ROOT / "data" / f"{name}.csv", folder / "data")
    os.chdir(folder)
    yield folder
    os.chdir(before)


def cells(draw: Callable[[Any], Any], text: str) -> str:
    """Return a CSV file with a cell, a row or some characters of it corrupted."""
    kind = draw(st.sampled_from(["cell", "cell", "cell", "swap", "row", "double", "drop", "text", "cut"]))
    listed = [*csv.reader(text.splitlines())]
    row, other = (draw(st.integers(0, len(listed) - 1)) for _ in range(2))
    column = draw(st.integers(0, len(listed[0]) - 1))
    if kind in ("text", "cut"):
        at = draw(st.integers(0, len(text)))
        return (
            text[:at] + draw(st.sampled_from(NASTY)) + text[at + draw(st.integers(0, 3)) :]
            if kind == "text"
            else text[:at]
        )
    if kind == "cell":
        listed[row][column] = draw(st.sampled_from(NASTY) | st.text(max_size=8) | st.just(listed[other][column]))
    elif kind == "swap":
        listed[row], listed[other] = listed[other], listed[row]
    elif kind == "double":
        listed.insert(other, listed[row])
    else:
        del listed[row]
    made: list[str] = []
    for each in listed:
        made.append(",".join(f'"{c}"' if "," in c or "\n" in c else c for c in each))
    return "\n".join(made) + "\n"


def outcome(group: str, ask: Callable[[], Any], right: Any, told: Callable[[], bool]) -> None:
    """Count what becomes of a corruption: a clear error, the same values, or told by what else compares."""
    try:
        found = ask()
    except rc.RecountError as error:
        counts[group]["clear error" if 0 < len(str(error)) < 5000 else "endless"] += 1
        return
    except Exception:
        counts[group]["traceback"] += 1
        raise
    kind = "same values" if found == right else "told by a comparison" if told() else "silent"
    counts[group][kind] += 1
    assert kind != "silent"


known: dict[str, Any] = {}


def unharmed(name: str, ask: Callable[[], Any]) -> Any:
    """Return what was found the first time, before anything was corrupted."""
    if name not in known:
        known[name] = ask()
    return known[name]


def written(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def stated() -> dict[str, Any]:
    """Return what verdicts use of the ledger, and read all else of it."""
    texts.paragraphs()
    kept()
    return {key: (c.stated, c.unit, c.interval, c.stated_on, judged_as(c)) for key, c in rc.ledger().items()}


STORED = records.gathered(records.executed(ROOT / "notebooks"))[0]


@cache
def sources(key: str) -> list[set[str]]:
    """Return, for each stored specification of a claim, the sources of the rows it rests on."""
    ways = next((each["multiverse"] for each in STORED if each["claim"] == key), [])
    behind = [[(name, spread(rows)) for name, rows in way["evidence"].items() if name != "claims"] for way in ways]
    return [{source for name, rows in tables_of for source in column(name).loc[rows]} for tables_of in behind]


@cache
def column(name: str) -> pd.Series:
    found = pd.read_csv(ROOT / "data" / f"{name}.csv", usecols=["source"], dtype=str)["source"]
    return found.set_axis(range(2, len(found) + 2))


def judged_as(claim: Claim) -> list[str]:
    """Return the test to which each stored specification belongs by what the claim quotes now."""
    told = {True: "quotation", False: "statistics"}
    return [told[rests <= {*claim.quotes}] if rests else "arithmetic" for rests in sources(claim.id)]


def disagrees() -> bool:
    """Return whether the stored verdicts, which nbval compares, judge other numbers than the ledger states."""
    told = {each["claim"]: each for each in STORED}
    held = rc.ledger()
    if told.keys() != held.keys():
        return True
    return any(
        (each["stated"], each["stated_on"], each["unit"])
        != (held[key].stated, held[key].stated_on.isoformat(), held[key].unit)
        or [each["low"], each["high"]]
        != [None if abs(e) == float("inf") else round(e, 9) for e in (held[key].interval.low, held[key].interval.high)]
        or judged_as(held[key]) != [way["test"] for way in each["multiverse"]]
        for key, each in told.items()
    )


@tried("ledger", 150)
@given(data=st.data())
def test_ledger(small: Path, data: st.DataObject) -> None:
    path = small / "seeds" / f"{data.draw(st.sampled_from(LEDGER))}.csv"
    original, right = path.read_text(encoding="utf-8"), unharmed("ledger", stated)
    assert not unharmed("told", disagrees)
    try:
        written(path, cells(data.draw, original))
        outcome("ledger", stated, right, disagrees)
    finally:
        path.write_text(original, encoding="utf-8")


def values(name: str) -> list[list[str]]:
    """Return a table, which must be valid, as text; what is read must be what any reader of CSV reads."""
    collection.refuse(collection.validate(name))
    resource, path = datapackage.resource_of(name), Path("data", f"{name}.csv")
    frame = datapackage.read(path, name, resource)
    with path.open(encoding="utf-8-sig", newline="") as file:
        plain = [*csv.DictReader(file)]
    for column in frame:
        for cell, record in zip(frame[column], plain, strict=True):
            printed = record[column]
            same = printed == "" if pd.isna(cell) else str(cell)[:10] == printed or str(cell) == printed
            assert same or float(cell) == (float(printed) if printed not in ("true", "false") else printed == "true")
    return [[*record.values()] for record in plain]


@tried("tables", 60)
@given(data=st.data())
def test_tables(small: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SMALL[:5]))
    path = small / "data" / f"{name}.csv"
    original = path.read_bytes()
    with path.open(encoding="utf-8", newline="") as file:
        right = [[*record.values()] for record in csv.DictReader(file)]

    def refused() -> bool:
        with pytest.raises(rc.RecountError, match="changed since it was sealed"):
            rc.table(name)
        return True

    try:
        written(path, cells(data.draw, original.decode()))
        if path.read_bytes() != original:
            refused()
        outcome("tables", lambda: values(name), right, refused)
    finally:
        path.write_bytes(original)


JSON = st.sampled_from(
    [None, True, 0, -1, 5.5, "", "x", "population_caps", [], ["x"], {}, {"name": "x"}, "(", "../x.csv"]
)


def broken(draw: Callable[[Any], Any], whole: Any, text: str) -> str:
    """Return a JSON file with a value, a key or some characters of it corrupted."""
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(text)))
        return text[:at] + draw(st.sampled_from([*NASTY, "{", "]", "["])) + text[at + draw(st.integers(0, 4)) :]
    at = whole
    while True:
        keys = [*at] if isinstance(at, dict) else [*range(len(at))]
        key = draw(st.sampled_from(keys))
        if not (isinstance(at[key], (dict, list)) and at[key]) or draw(st.integers(0, 4)) == 0:
            break
        at = at[key]
    match draw(st.sampled_from(["value", "value", "drop", "rename"])):
        case "value":
            at[key] = draw(JSON)
        case "drop":
            del at[key]
        case "rename" if isinstance(at, dict):
            at[draw(st.sampled_from(["name", "type", "x", "source"]))] = at.pop(key)
        case "rename":
            at.append(at[key])
    return json.dumps(whole)


@tried("data package", 40)
@given(data=st.data())
def test_data_package(small: Path, data: st.DataObject) -> None:
    name, path = data.draw(st.sampled_from(SMALL[:5])), small / "data" / "datapackage.json"
    original = path.read_text(encoding="utf-8")

    def read() -> list[list[str]]:
        frame = rc.table(name)
        collection.refuse(collection.validate(name))
        return frame.astype(str).values.tolist()

    right = unharmed(name, lambda: rc.table(name).astype(str).values.tolist())
    try:
        written(path, broken(data.draw, json.loads(original), original))
        outcome("data package", read, right, lambda: False)
    finally:
        path.write_text(original, encoding="utf-8")


@tried("notebooks", 60)
@given(data=st.data())
def test_notebooks(small: Path, data: st.DataObject) -> None:
    path = small / "notebooks" / data.draw(st.sampled_from(["06-integration.ipynb", "05-industry-clusters.ipynb"]))
    original = path.read_text(encoding="utf-8")

    def read() -> Any:
        found = records.gathered([path])
        Notebook(path, {})
        return found

    def red() -> bool:
        """Whether nbval or the guards would see it: another source, another output, or a fault of the form."""
        before, after = (
            [(c["cell_type"], "".join(c["source"]), c.get("outputs")) for c in json.loads(t)["cells"]]
            for t in (original, path.read_text(encoding="utf-8"))
        )
        try:
            return before != after or faults(path) != []
        except AttributeError:  # a guard that ends so is red, too
            return True

    right = unharmed(path.name, read)
    try:
        written(path, broken(data.draw, json.loads(original), original))
        outcome("notebooks", read, right, red)
    finally:
        path.write_text(original, encoding="utf-8")
