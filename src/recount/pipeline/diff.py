"""What changed between two states of the collection: verdicts, answers, figures, tables and the ledger."""

import csv
import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from recount.files import RecountError, read_text, root, visible
from recount.pipeline.nodes import digest
from recount.records import FIGURE_MIME, notebook_cells

MOST = 20  # items listed of a section, and of the fields of an item
Item = dict[str, str]  # what one thing says: text by field
State = dict[str, dict[str, Item]]  # the things of each section by name
KEYS = {"claims": ["id"], "essays": ["id"], "paragraphs": ["essay", "paragraph"]}
KEYS["numbers"] = ["essay", "paragraph", "position"]


def state(name: str = "") -> State:
    """Return what a folder (a build or a checkout) or a git revision says; unnamed, this checkout. Nothing runs.

    Raises
    ------
    RecountError
        The name is neither a folder nor a revision, it holds no notebooks, or one of its files cannot be read.
    """
    if not name or Path(name).is_dir():
        return _read(Path(name) if name else root(), name or "this checkout")
    with _revision(name) as folder:
        return _read(folder, name)


@contextmanager
def _revision(name: str) -> Iterator[Path]:
    """Yield a temporary folder with notebooks, data and seeds as they were at a revision."""
    try:
        commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()
    except subprocess.CalledProcessError:
        raise RecountError(f"{name!r} is neither a folder nor a revision that git knows") from None
    try:
        archive = _git("archive", commit, "notebooks", "data", "seeds")
    except subprocess.CalledProcessError:
        raise RecountError(f"{name!r}: no state of Recount, for it lacks notebooks, data or seeds") from None
    with TemporaryDirectory(prefix="recount-") as folder, tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
        yield Path(folder)


def _git(*arguments: str) -> bytes:
    try:
        return subprocess.run(["git", *arguments], cwd=root(), capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise RecountError("git is not installed, so there are no revisions to look at") from None


def _read(folder: Path, name: str) -> State:
    notebooks = sorted(folder.glob("notebooks/[0-9][0-9]-*.ipynb"))
    if not notebooks:
        raise RecountError(f"{visible(name)}: no state of Recount, for it has no notebooks")
    verdicts = [path for path in (folder / "notebooks/verdicts.csv", folder / "verdicts.csv") if path.is_file()]
    data = folder / "data" if (folder / "data").is_dir() else folder / "report/files/data"
    try:
        descriptions = _descriptions(data / "datapackage.json")
        keys = {table: json.loads(each.get("primaryKey", "[]")) for table, each in descriptions.items()}
        tables = {f"table {path.stem}": _rows(path, keys.get(path.stem, [])) for path in sorted(data.glob("*.csv"))}
        ledger = {path.stem: _rows(path, KEYS.get(path.stem, [])) for path in sorted(folder.glob("seeds/*.csv"))}
        return {
            "verdicts": _rows(verdicts[0], ["claim"]) if verdicts else {},
            "answers": {path.stem: {"answer": _answer(path)} for path in notebooks},
            "figures": {key: figure for path in notebooks for key, figure in _figures(path)},
            "descriptions of tables": descriptions,
            **tables,
            **ledger,
        }
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise RecountError(f"{visible(name)}: cannot be read: {type(error).__name__}: {error}") from None


def _rows(path: Path, key: str | Sequence[str]) -> dict[str, Item]:
    """Return the rows of a table by their key, or by all that they hold where they have none of their own."""
    rows = list(csv.DictReader(io.StringIO(read_text(path), newline="")))
    if any(None in row for row in rows):
        raise ValueError(f"{path.name} has a row of more cells than columns")
    columns = [key] if isinstance(key, str) else key
    names = [", ".join(row[column] for column in columns) for row in rows]
    if not columns or len({*names}) < len(names):
        names = [", ".join(map(str, row.values())) for row in rows]
    return dict(zip(names, rows, strict=True))


def _descriptions(path: Path) -> dict[str, Item]:
    """Return what a data package says of its tables, but their hashes."""
    resources = json.loads(read_text(path))["resources"] if path.is_file() else []
    described = {each["name"]: each | each.get("schema", {}) for each in resources}
    silent = ("name", "hash", "bytes", "schema")
    return {
        name: {key: json.dumps(value, ensure_ascii=False) for key, value in each.items() if key not in silent}
        for name, each in described.items()
    }


def _outputs(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the data of every output of a notebook."""
    for cell in notebook_cells(path):
        yield from (output["data"] for output in cell.get("outputs", []) if "data" in output)


def _answer(path: Path) -> str:
    """Return the Markdown that a notebook computes, which is its answer, without tables."""
    texts = ["".join(data["text/markdown"]) for data in _outputs(path) if "text/markdown" in data]
    return re.sub(r"(?m)^\|.*$|\*\*", "", "\n".join(texts))


def _figures(path: Path) -> Iterator[tuple[str, Item]]:
    """Yield the figures of a notebook, each with what it says and the hash of its drawing."""
    for data in _outputs(path):
        if figure := data.get(FIGURE_MIME):
            listed = {key: ", ".join(figure[key]) for key in ("claims", "tables")}
            drawing = {"drawing": digest("".join(data["image/svg+xml"]))[:12]}
            yield figure["name"], {key: figure[key] for key in ("title", "alt", "source")} | listed | drawing


def markdown(before: State, after: State, names: Sequence[str]) -> str:
    """Return what changed as Markdown: a block of lines taken out (-) and put in (+) for each section.

    A text in it stands in a block behind a fence longer than any that it holds, where it neither links nor formats;
    control characters are shown. `names` are those of the two states.
    """
    sections = []
    for section in dict.fromkeys([*after, *before]):
        old, new = before.get(section, {}), after.get(section, {})
        changed = [name for name in dict.fromkeys([*new, *old]) if _filled(old.get(name)) != _filled(new.get(name))]
        heading = f"## {re.sub(r'[^a-zA-Z0-9 _-]', '?', section).capitalize()}"
        if (old and new) or section.startswith("table "):
            blocks = [_changes(name, old.get(name), new.get(name)) for name in changed[:MOST]]
            rest = [f"  … and {len(changed) - MOST} more"] * (len(changed) > MOST)
            lines = visible("\n".join([*blocks, *rest]))
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", lines)), default=0))
            sections += [f"{heading}: {len(changed)} changed\n\n{fence}diff\n{lines}\n{fence}"] * bool(changed)
        else:
            without = names[0] if new else names[1]
            sections += [f"{heading}: not compared\n\n`{without}` has none."] * bool(old or new)
    title = f"# From `{names[0]}` to `{names[1]}`"
    return "\n\n".join([title, *(sections or ["Nothing changed."])]) + "\n"


def _changes(name: str, old: Item | None, new: Item | None) -> str:
    """Return the lines of one thing: that it came or went, or the sentences that changed in each field."""
    if old is None or new is None:
        return f"{'+' if old is None else '-'} {' '.join(name.split())}"
    lines = [f"  {' '.join(name.split())}"]
    for field in [field for field in {**new, **old} if (old.get(field) or "") != (new.get(field) or "")]:
        was, now = _sentences(old.get(field)), _sentences(new.get(field))
        for kind, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
            if kind != "equal":
                lines += [f"- {field}: {' '.join(was[i:j])}"] * (j > i) + [f"+ {field}: {' '.join(now[k:m])}"] * (m > k)
    return "\n".join(lines)


def _filled(item: Item | None) -> Item | None:
    """Return what an item says, without the fields that say nothing."""
    return {field: text for field, text in item.items() if text} if item is not None else None


def _sentences(text: str | None) -> list[str]:
    return re.split(r"(?<=[.;!?]) ", " ".join((text or "nothing").split()))
