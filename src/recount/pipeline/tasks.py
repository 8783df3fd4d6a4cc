"""The tasks of the collection, and what each depends on and produces."""

import ast
import json
import os
import platform
import shutil
import site
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from pytask import Mark, PTask, TaskWithoutPath

from recount.datapackage import package
from recount.files import FONTS, MARKER, RecountError, build, root
from recount.pipeline.checks import write_checked
from recount.pipeline.nodes import Inputs, Product, Products, files_below, product, products, same_checkout
from recount.pipeline.pictures import form_figures, print_pictures
from recount.pipeline.results import RESULTS, write_results
from recount.records import FIGURE_MIME, code_cells, notebooks, recorded

PACKAGE = Path(__file__).parents[1]
LARGE = 200_000  # bytes of a notebook whose execution takes long, and is begun early
DRAWN, PRINTED = ("svg", "csv", "json"), ("pdf", "png")


@dataclass(frozen=True)
class Notebook:
    """A notebook of the collection: what its code names, and where its results go, for one width of figures."""

    source: Path
    width: str = "full"

    @property
    def stem(self) -> str:
        """The notebook's name."""
        return self.source.stem

    @property
    def name(self) -> str:
        """Its name, with the width of its figures if that is another than full."""
        return f"{self.stem} ({self.width})".removesuffix(" (full)")

    @cached_property
    def constants(self) -> set[str]:
        """The strings in its code; of a cell that is no Python, all its words."""
        return {text for code in code_cells(self.source) for text in names_in(code)[0]}

    @cached_property
    def tables(self) -> list[str]:
        """The tables that its code names, and the sources of their rows; all, where it reads verdicts."""
        named = {*package()} if self.reads_verdicts else self.constants | {"sources"}
        return [name for name in package() if name in named]

    @cached_property
    def figures(self) -> list[str]:
        """The figures that its code draws: the names with which it calls `figure`."""
        return [name for code in code_cells(self.source) for name in names_in(code)[1]]

    @cached_property
    def reads_verdicts(self) -> bool:
        """Whether it reads the verdicts of the other notebooks."""
        return any("rc.executed(" in code for code in code_cells(self.source))

    def place(self, kind: str) -> Path:
        """Return the folder of build/ for a kind of results, which for another width than full is one of its own."""
        return build() / f"{kind}-{self.width}".removesuffix("-full")

    @property
    def executed(self) -> Product:
        """The notebook as executed."""
        return product(self.place("executed") / self.source.name)

    @property
    def merged(self) -> Product:
        """The notebook as executed, with the prose that it has now."""
        return product(self.place("notebooks") / self.source.name)

    def drawings(self, *kinds: str) -> Products:
        """Return the files of its figures of some kinds."""
        names = tuple(f"{name}.{kind}" for name in self.figures for kind in kinds)
        return products(self.place("figures") / f"{self.stem} ({' '.join(kinds)})", names)


@cache
def names_in(code: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the strings in the code of a cell (if it is no Python, its words), and the names of figures it draws."""
    tree = None
    with suppress(SyntaxError):
        tree = ast.parse(code)
    with suppress(SyntaxError):  # a cell with magics; their replacement is slow
        transformers: Any = TransformerManager
        tree = tree or ast.parse(transformers().transform_cell(code))
    if tree is None:
        return frozenset(code.replace('"', " ").replace("'", " ").split()), ()
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    strings = frozenset(value for value in constants if isinstance(value, str))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    drawn = (call.args[0] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "figure")
    return strings, tuple(str(name.value) for name in drawn if isinstance(name, ast.Constant))


def execution(notebook: Notebook, others: Sequence[Notebook], timeout: int) -> PTask:
    """Return the task that executes a notebook; `others` are those whose verdicts it may read."""
    used = {name: resource for name, resource in package().items() if name in notebook.tables}
    named = [notebook.source.parent / text for text in notebook.constants if 0 < len(text) < 200 and "\0" not in text]
    inputs = {
        "code": Inputs.of(f"code of {notebook.stem}", code="\n\0".join(code_cells(notebook.source))),
        "files": Inputs.of(f"files that {notebook.stem} names", *(path for path in named if path.is_file())),
        "ledger": Inputs.of("the ledger", *(root() / "seeds" / f"{name}.csv" for name in ("essays", "claims"))),
        "helper": Inputs.of("the helper", *helper_files()),
        "environment": Inputs.of("what is installed", versions=environment()),
    }
    for name, resource in used.items():
        path = root() / MARKER.parent / resource["path"]
        inputs[name] = Inputs.of(f"table {name}", path, description=described(resource))
    read = {other.source.name: other.executed for other in others if notebook.reads_verdicts}
    return TaskWithoutPath(
        name=f"execute {notebook.name}",
        function=execute_notebook,
        depends_on={
            "inputs": inputs,
            "others": read,
            "job": given(notebook.name, (notebook.stem, notebook.width, timeout)),
        },
        produces={"return": {"executed": notebook.executed, "drawings": notebook.drawings(*DRAWN)}},
        markers=[Mark("try_first", (), {})] if notebook.source.stat().st_size > LARGE else [],
    )


def given(name: str, value: Any) -> Inputs:
    """Return a node that gives a task a value, whatever it is, and never makes it run again."""
    return Inputs(name=f"job {name}", hashes={}, value=value)


def described(resource: Mapping[str, Any]) -> str:
    """Return what the data package says of a table, but its hash and size."""
    return json.dumps({key: value for key, value in resource.items() if key not in ("hash", "bytes")})


def helper_files() -> list[Path]:
    """Return the files of what notebooks import and of what executes them."""
    runs = (PACKAGE / "pipeline" / f"{name}.py" for name in ("execute", "kernels", "preload"))
    return [*PACKAGE.glob("*.py*"), *files_below(PACKAGE / "figures"), *runs]


def environment() -> str:
    """Return Python's version, the machine's system, and every package installed with its version."""
    homes = [home for home in (*site.getsitepackages(), site.getusersitepackages()) if os.path.isdir(home)]
    installed = {name for home in homes for name in os.listdir(home) if name.endswith((".dist-info", ".egg-info"))}
    return "\n".join([sys.version, platform.platform(), *sorted(installed)])


def execute_notebook(
    inputs: Mapping[str, Mapping[str, str]], others: Mapping[str, Path], job: tuple[str, str, int]
) -> dict[str, Any]:
    """Execute a notebook in a folder of its own; return it and its drawings, as bytes, when all of it is right.

    `job` is its name, the width of its figures, and the seconds that a cell may take.
    """
    from recount.pipeline.execute import execute  # nbformat and nbclient cost a second and more

    same_checkout(inputs.values())
    stem, width, timeout = job
    with TemporaryDirectory(prefix="recount-") as name:
        folder, before = Path(name), Path(name, "others")
        before.mkdir()
        for other, path in others.items():
            shutil.copyfile(path, before / other)
        source = root() / "notebooks" / f"{stem}.ipynb"
        executed = execute(source, folder, before, width=width, timeout=timeout)
        drawn = {path.name: path.read_bytes() for path in folder.glob("figures*/*")}
        _check_declared(executed, {*inputs}, Notebook(source, width).drawings(*DRAWN).names, drawn)
        return {"executed": executed.read_bytes(), "drawings": drawn}


def _check_declared(executed: Path, tables: set[str], named: Collection[str], drawn: Collection[str]) -> None:
    """Raise if a notebook's records name a table, or its code a figure, on which pytask could not rely."""
    for place, kind, record in recorded(executed):
        rows = {name for way in record.get("multiverse", ()) for name in way["evidence"]}
        if missing := sorted(({*record["tables"]} if kind == FIGURE_MIME else rows) - tables):
            what = f"reads the table {missing[0]}, which no string in its code names"
            raise RecountError(f"{executed.name}: code cell {place['cell']} {what}")
    if wrong := sorted({*named} ^ {*drawn}):
        what = "is drawn without being named in rc.figure(…)" if wrong[0] in drawn else "is named and not drawn"
        raise RecountError(f"{executed.name}: the figure {wrong[0]} {what}")


def merging(notebook: Notebook) -> PTask:
    """Return the task that puts the prose of a notebook around its results."""
    source = Inputs.of(f"all of {notebook.stem}", notebook.source, value=notebook.source)
    return TaskWithoutPath(
        name=f"write {notebook.name}",
        function=write_notebook,
        depends_on={"source": source, "executed": notebook.executed},
        produces={"target": notebook.merged},
    )


def write_notebook(source: Path, executed: Path, target: Path) -> None:
    """Write a notebook with the outputs that its code cells have in the one executed."""
    from recount.pipeline.execute import merge

    merge(source, executed, target)


def printing(notebook: Notebook) -> PTask:
    """Return the task that makes PDF and PNG of a notebook's figures."""
    code = Inputs.of("what makes pictures", PACKAGE / "pipeline" / "pictures.py", FONTS, versions=environment())
    return TaskWithoutPath(
        name=f"print {notebook.name}",
        function=print_pictures,
        depends_on={"drawings": notebook.drawings(*DRAWN), "code": code},
        produces={"return": notebook.drawings(*PRINTED)},
        markers=[Mark("try_last", (), {})],
    )


def forms(
    width: str, only: Sequence[str] = (), *, bare: bool = False, outlined: bool = False
) -> tuple[list[PTask], Path]:
    """Return the tasks that make figures of a width bare or outlined, none if they are neither; and their folder."""
    kind = "-".join(["figures", *(["bare"] if bare else []), *(["outlined"] if outlined else [])])
    folder = build() / kind.replace("figures", f"figures-{width}".removesuffix("-full"), 1)
    tasks: list[PTask] = []
    for notebook in chosen(only, width) if bare or outlined else ():
        names = notebook.drawings(*DRAWN, *PRINTED).names
        code = Inputs.of("what makes pictures", PACKAGE / "pipeline" / "pictures.py", FONTS, versions=environment())
        tasks.append(
            TaskWithoutPath(
                name=f"draw {notebook.name} {folder.name}",
                function=form_figures,
                depends_on={
                    "drawings": notebook.drawings(*DRAWN),
                    "kind": given(folder.name, (bare, outlined)),
                    "code": code,
                },
                produces={"return": products(folder / notebook.stem, names)},
            )
        )
    return tasks, folder


def checking() -> PTask:
    """Return the task that checks ledger and tables."""
    checks = [PACKAGE / "pipeline" / f"{name}.py" for name in ("checks", "releases")]
    data = Inputs.of("data and ledger", root() / "data", root() / "seeds")
    code = Inputs.of("what checks", *checks, *files_below(PACKAGE / "texts"), *PACKAGE.glob("*.py"))
    return TaskWithoutPath(
        name="check tables",
        function=write_checked,
        depends_on={
            "inputs": {"data": data, "code": code, "installed": Inputs.of("what is installed", v=environment())}
        },
        produces={"checked": product(build() / "checked.txt")},
    )


def resulting(read: Sequence[Notebook]) -> PTask:
    """Return the task that writes verdicts and exhibits out of the notebooks."""
    code = Inputs.of("what writes results", PACKAGE / "pipeline" / "results.py", *helper_files())
    seeds = Inputs.of("ledger and tables", root() / "seeds", root() / MARKER)
    return TaskWithoutPath(
        name="write results",
        function=write_results,
        depends_on={
            "executed": {notebook.stem: notebook.merged for notebook in read},
            "checked": product(build() / "checked.txt"),
            "inputs": {"code": code, "seeds": seeds},
        },
        produces={"results": {name: product(build() / name) for name in RESULTS}},
    )


def chosen(only: Sequence[str] = (), width: str = "full") -> list[Notebook]:
    """Return the notebooks of the collection, or those named; a name that fits none is a `RecountError`."""
    every = [Notebook(path, width) for path in notebooks()]
    for name in only:
        if not any(named(notebook.stem, name) for notebook in every):
            listed = ", ".join(notebook.stem for notebook in every)
            raise RecountError(f"notebook {name!r} not found; notebooks/ has {listed}")
    return [notebook for notebook in every if not only or any(named(notebook.stem, name) for name in only)]


def collection(timeout: int, width: str = "full", only: Sequence[str] = ()) -> list[PTask]:
    """Return the tasks of all notebooks, or of those named; with all of them, at full width, the checks and results.

    With one that reads the verdicts of the others, these are executed, too.
    """
    every, selected = chosen(width=width), chosen(only, width)
    tasks = [checking(), resulting(every)] if width == "full" and not only else []
    read = [notebook for notebook in every if not notebook.reads_verdicts]
    for notebook in selected:
        others = [other for other in read if other != notebook]
        tasks += [execution(notebook, others, timeout), merging(notebook), printing(notebook)]
    if any(notebook.reads_verdicts for notebook in selected):
        tasks += [execution(notebook, (), timeout) for notebook in read if notebook not in selected]
    return tasks


def executions(tasks: Sequence[PTask]) -> list[PTask]:
    """Return those of some tasks that may run on another machine."""
    return [task for task in tasks if task.function is execute_notebook]


def named(stem: str, name: str) -> bool:
    """Return whether a notebook is meant by 5, 05, 05-industry-clusters or notebooks/05-industry-clusters.ipynb."""
    name = Path(name).name.removesuffix(".ipynb")
    return stem == name or stem.startswith(f"{name.zfill(2) if name.isdecimal() else name}-")
