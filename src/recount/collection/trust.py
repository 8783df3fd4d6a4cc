"""Evidence put to the test: every figure that a claim reads is moved, and what becomes of its values and verdict.

After mutation testing: a figure that can be moved without any value moving is no evidence.
"""

import csv
import io
import json
import os
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import chdir, redirect_stdout
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import recount
from recount import records
from recount.breakdown import LIMIT, NUDGE, Figure, Figures, sensitivity
from recount.claims import claim, ledger
from recount.collection.checks import seal
from recount.collection.run import execute
from recount.datapackage import fingerprint, package, resource_of
from recount.files import MARKER, RecountError, build, read_text, relative, root, write_csv, write_text
from recount.multiverse import specifications
from recount.readings import spread
from recount.records import Record
from recount.verdict import Verdict, judge, word_of

SAMPLE, SEED = 10, 1956
FINE = 1e-3
FRAGILE = 20  # the most fragile figures that are told
DRAWN = "figure dumbbell intervals lines named_scatter ranked_bars specification_curve tile_map"
COLUMNS = ("claim", "table", "row", "column", "label", "read_by", "named", "moved", "flip", "becomes")


@dataclass
class Cell:
    """A number in a row that ways of counting a claim read, and what comes of moving it.

    It is `named` as evidence if some value changes when it is doubled or all but taken away, and `moved` if one does
    by 3 percent. `flip` is the smallest change, as a part of itself, at which the verdict `becomes` another.
    """

    claim: str
    table: str
    row: int
    column: str
    label: str
    read_by: int = 0
    named: bool = False
    moved: bool = False
    flip: float | None = None
    becomes: str = ""
    sides: dict[int, dict[int, str]] = field(default_factory=dict)  # sign: place of a specification: its outcome then


def challenge(executor: Executor, sample: int = SAMPLE) -> Iterator[str]:
    """Move every figure that a claim reads, and a sample through whole notebooks; tell each step when it is done.

    The result is written as ``build/trust.csv``, one row a figure, and ``build/trust.json``.

    Parameters
    ----------
    executor
        Of processes: each executes notebooks in itself.
    sample
        How many figures are changed in a copy of the tables, and their notebooks executed.
    """
    found: dict[str, Record] = {}
    futures = {executor.submit(examined, key): key for key in ledger()}
    try:
        for future in as_completed(futures):
            found[futures[future]] = future.result()
            yield f"{futures[future]}: {len(found[futures[future]]['cells'])} figures"
        claims = [found[key] for key in ledger()]
        cells = [cell for each in claims for cell in each.pop("cells")]
        drawn = random.Random(SEED).sample([cell for cell in cells if cell["moved"]], sample)
        futures = {executor.submit(rehearsed, cell): cell["claim"] for cell in drawn}
        rehearsals = []
        for cell, future in zip(drawn, futures, strict=True):
            rehearsals.append({name: cell[name] for name in COLUMNS[:5]} | future.result())
            yield f"{cell['claim']} through its notebook: {'as told' if rehearsals[-1]['as_told'] else 'not as told'}"
    finally:  # also when interrupted
        for future in futures:
            future.cancel()
    _publish(claims, cells, rehearsals)


def _publish(claims: list[Record], cells: list[Record], rehearsals: list[Record]) -> None:
    write_csv(build() / "trust.csv", [COLUMNS, *([cell[column] for column in COLUMNS] for cell in cells)], "\ufeff")
    fragile = sorted((cell for cell in cells if cell["flip"] is not None), key=lambda cell: abs(cell["flip"]))
    told = {
        "package": fingerprint(root() / MARKER),
        "moved_by": NUDGE,
        "claims": [each | _counted(cell for cell in cells if cell["claim"] == each["claim"]) for each in claims],
        "tables": [
            {"table": name} | _counted(cell for cell in cells if cell["table"] == name)
            for name in package()
            if any(cell["table"] == name for cell in cells)
        ],
        "fragile": fragile[:FRAGILE],
        "notebooks": rehearsals,
    }
    write_text(build() / "trust.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def _counted(cells: Iterable[Record]) -> Record:
    """Return how many figures are read, named as evidence, moved a value by 3 percent, and can flip a verdict."""
    listed = list(cells)
    named = [cell for cell in listed if cell["named"]]
    flips = sum(cell["flip"] is not None for cell in listed)
    return {"read": len(listed), "named": len(named), "moved": sum(cell["moved"] for cell in named), "flips": flips}


@lru_cache(maxsize=2)
def verdicts(notebook: str) -> Mapping[str, Verdict]:
    """Return the verdicts that a notebook's code makes, by claim: executed in this process, nothing shown or drawn."""
    found: dict[str, Verdict] = {}

    def judged(*subject: Any, **options: Any) -> Verdict:
        made = judge(*subject, **options)
        found[made.claim.id] = made
        return made

    nothing = {name: lambda *_, **__: None for name in DRAWN.split()}
    path = root() / "notebooks" / f"{notebook}.ipynb"
    code = ["".join(c["source"]) for c in json.loads(read_text(path))["cells"] if c["cell_type"] == "code"]
    before = dict(vars(recount))
    names = {"__name__": "__main__", "display": nothing["figure"]}
    try:
        vars(recount).update(nothing, judge=judged)
        with chdir(path.parent), redirect_stdout(io.StringIO()):
            for source in code:
                exec(compile(source, relative(path), "exec"), names)
    except Exception as error:
        told = str(error) if isinstance(error, RecountError) else f"{type(error).__name__}: {error}"
        raise RecountError(f"{relative(path)}: {told}") from None
    finally:
        for name in (*nothing, "judge"):
            vars(recount).pop(name)
        vars(recount).update(before)
    if without := [key for key, stated in ledger().items() if stated.essay.notebook == notebook and key not in found]:
        raise RecountError(f"{relative(path)}: no verdict for {', '.join(without)} of seeds/claims.csv")
    return found


def examined(key: str) -> Record:
    """Return what comes of moving each figure that the ways of counting a claim read."""
    verdict = verdicts(claim(key).essay.notebook)[key]
    told: Record = {"claim": key, "verdict": verdict.verdict, "rows": 0, "idle": 0, "unnamed": [], "cells": []}
    if (specs := verdict.specifications) is None:
        return told
    tables = [table.copy() for table in specs.tables]
    cells: dict[tuple[str, int, str], Cell] = {}
    ways = [Figures(specs, chosen, tables) for chosen in specs.table[list(specs.choices)].to_dict("records")]  # type: ignore[arg-type]
    for place, figures in enumerate(ways):
        _read(key, figures, cells)
        decides = place in verdict.deciding.index
        known = () if decides else {at for at, cell in cells.items() if cell.moved}
        for figure in figures.live(known):
            _move(figures, figure, cells[figure.name, figure.row, figure.column], place if decides else None)
    for cell in cells.values():
        _flip(cell, ways, verdict)
    literal, matter = Figures(specs, specs.literal, tables), sensitivity(specs)[0]
    rows = {(name, row) for name, of in literal.rows.items() for row in of}
    live = {(name, row) for name, of in matter.items() for ranges in of.values() for row in spread(ranges)}
    listed = [{name: value for name, value in asdict(cell).items() if name != "sides"} for cell in cells.values()]
    return told | {"rows": len(rows), "idle": len(rows - live), "unnamed": _unnamed(literal), "cells": listed}


def _read(key: str, figures: Figures, cells: dict[tuple[str, int, str], Cell]) -> None:
    """Count a way of counting for each number in the rows that it names."""
    for table, column in figures.columns():
        name = str(table.attrs["table"])
        for row in figures.sizes(table, column, figures.rows.get(name, ())).index.tolist():
            if (name, row, column) not in cells:
                cells[name, row, column] = Cell(key, name, row, column, Figure(table, row, column, 0).label)
            cells[name, row, column].read_by += 1


def _move(figures: Figures, figure: Figure, cell: Cell, place: int | None) -> None:
    """Move a figure under one way of counting, at its `place` if it decides, and note what came of it."""
    cell.moved = cell.moved or figures.differs(figures.moved(figure, NUDGE))
    cell.named = cell.named or cell.moved
    for sign in (-1, 1):
        if place is not None or not cell.named:
            found = figures.moved(figure, sign * LIMIT)
            cell.named = cell.named or figures.differs(found)
            side = figures.side(found)
            if place is not None and figure.value and side not in (None, figures.side(figures.was)):
                cell.sides.setdefault(sign, {})[place] = _outcome(side)


def _flip(cell: Cell, ways: Sequence[Figures], verdict: Verdict) -> None:
    """Find the smallest change of a figure at which the verdict becomes another, where one does at its utmost.

    By bisection: a way of counting that has not turned at a change has not at any smaller one.
    """
    table = next(each for each in ways[0].tables if each.attrs["table"] == cell.table and cell.column in each)
    figure = Figure(table, cell.row, cell.column, table.at[cell.row, cell.column])
    was = verdict.deciding["outcome"].to_dict()

    def word(outcomes: Mapping[Any, str]) -> str:
        return word_of(verdict.deciding.assign(outcome=list(outcomes.values())), verdict.test)

    for sign, turning in cell.sides.items():
        if word(was | turning) == verdict.verdict:
            continue
        low, high, then = 0.0, LIMIT, was
        while high - low > FINE * high:
            middle = (low + high) / 2
            turned = {
                place: outcome
                for place, outcome in turning.items()
                if _outcome(ways[place].side(ways[place].moved(figure, sign * middle))) == outcome
            }
            if word(then | turned) != verdict.verdict:
                high, turning = middle, turned
            else:
                low, then = middle, then | turned
                turning = {place: outcome for place, outcome in turning.items() if place not in turned}
        if cell.flip is None or high < abs(cell.flip):
            cell.flip, cell.becomes = float(f"{sign * high:.3g}"), word(then | turning)


def _outcome(side: int | None) -> str:
    return "cannot tell" if side is None else "disagrees" if side else "agrees"


def _unnamed(figures: Figures) -> list[str]:
    """Return the columns whose figures in other rows than those named move the value."""
    found = []
    for table, column in figures.columns():
        name = str(table.attrs["table"])
        rest = table.index.difference(figures.rows.get(name, [])).tolist()
        if figures.reads(table, column, figures.sizes(table, column, rest)):
            found.append(f"{name}: {column}")
    return found


def rehearsed(cell: Record) -> Record:
    """Change a figure in a copy of the collection, seal it, execute the notebook there, and compare the verdict.

    Returns whether verdict and values are `as_told` by the pure function, how many of its `ways` of counting `changed`
    their value, and the `verdict`; or `told`, why there is none.
    """
    stated, home = claim(cell["claim"]), root()
    before, name = verdicts(stated.essay.notebook)[stated.id], f"{stated.essay.notebook}.ipynb"
    was = _values(before.record())
    told: Record = {"as_told": False, "ways": len(was), "changed": 0, "verdict": "", "told": ""}
    with TemporaryDirectory(prefix="recount-") as folder, chdir(folder):
        for part in ("seeds", "data"):
            copytree(home / part, part)
        write_text(Path("notebooks", name), read_text(home / "notebooks" / name))
        os.environ["RECOUNT_BUILD"] = str(Path(folder, "build"))
        datum = _changed(cell)
        try:
            seal()
        except RecountError as error:
            return told | {"told": f"refused: {error}"}
        if (run := execute(Path(folder, "notebooks", name), build() / "notebooks" / name)).error:
            return told | {"told": run.error}
        after = next(each for each in records.gathered([run.result])[0] if each["claim"] == stated.id)
    now, expected = _values(after), _expected(before, cell, datum)
    changed = sum(was.get(way) != value for way, value in now.items())
    same = changed > 0 and now == _values(expected) and after["verdict"] == expected["verdict"]
    return told | {"as_told": same, "changed": changed, "verdict": after["verdict"]}


def _values(record: Record) -> Record:
    """Return by its choices, in whatever order, what each way of counting gives."""
    told = ("value", "low", "high", "outcome")
    return {
        str([way[name] for name in record["choices"]]): [way[name] for name in told] for way in record["multiverse"]
    }


def _changed(cell: Record) -> float:
    """Raise a figure by 3 percent in the table below the working directory, and return it as it stands there."""
    resource = resource_of(cell["table"])
    path, kinds = MARKER.parent / resource["path"], {f["name"]: f["type"] for f in resource["schema"]["fields"]}
    lines = list(csv.reader(io.StringIO(read_text(path), newline="")))
    row, at = lines[cell["row"] - 1], lines[0].index(cell["column"])
    moved = float(row[at]) * (1 + NUDGE)
    row[at] = f"{round(moved)}" if kinds[cell["column"]] == "integer" else f"{moved:.10g}"
    write_csv(path, lines)
    return float(row[at])


def _expected(before: Verdict, cell: Record, datum: float) -> Record:
    """Return what the record says when the pure functions are given a table with another figure."""
    specs = before.specifications
    assert specs is not None
    tables = [table.copy() for table in specs.tables]
    for table in (table for table in tables if table.attrs["table"] == cell["table"]):
        table[cell["column"]] = table[cell["column"]].astype("float64")
        table.at[cell["row"], cell["column"]] = datum
    levels: Record = {name: list(dict.fromkeys(specs.table[name])) for name in specs.choices}
    made = specifications(
        before.claim.id, specs.compute, on=tables, as_written=specs.literal, after=specs.after, **levels
    )
    return judge(made, settles=before.settles).record()
