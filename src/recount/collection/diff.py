"""What changed between two states of the collection, in Markdown: nothing else, and all of it counted."""

import csv
import io
import json
import os
import re
import subprocess
import tarfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

from recount.files import RecountError, read_text, root
from recount.records import FIGURE, VERDICT, Record
from recount.verdict import MARKS
from recount.wording import agreement, plain

# Where a checkout, a revision or a build has what is compared, and what names a row of the ledger.
PLACES = {"notebooks": "notebooks", "data": "data", "report/files/data": "data", "seeds": "seeds", "figures": "figures"}
KEYS = {"claims": ["id"], "essays": ["id"], "numbers": ["essay", "paragraph", "position"]}
KEYS |= {"paragraphs": ["essay", "paragraph"]}
MOST, FEW = 12, 3  # items listed of a section, and of a table
REDRAWN = ": drawn otherwise"
TOLD: dict[str, Callable[[Record, int], str]] = {
    "verdict": lambda it, _: f"{MARKS.get(it['verdict'], '')} {it['verdict']}",
    "quotation": lambda it, _: it["quotation"] if it.get("quotation") not in ("", None, it["verdict"]) else "none",
    "stated": lambda it, _: str(it.get("stated")),
    "allowed": lambda it, digits: f"{_number(it.get('low'), digits)} to {_number(it.get('high'), digits)}",
    "as written": lambda it, digits: _number(it.get("as_written"), digits, it.get("unit")),
    "range": lambda it, digits: f"{_number(it.get('minimum'), digits)} to {_number(it.get('maximum'), digits)}",
    "ways that agree": lambda it, _: agreement(*(it.get(n, 0) for n in ("specifications", "inside", "cannot_tell"))),
}
# What those tell already, what follows from the rest, and what only says where a verdict stands.
SILENT = {"verdict", "quotation", "stated", "low", "high", "as_written", "unit", "minimum", "maximum", "inside"}
SILENT |= {*"specifications cannot_tell sentence timeline distance choices notebook section cell".split()}


class Table(NamedTuple):
    """The rows of a table, the columns whose values name a row, and how the data package describes it."""

    rows: list[dict[str, str]]
    key: list[str]
    described: Record


@dataclass(frozen=True)
class State:
    """What the collection was at one time: each kind by name; of a build, the ledger is not known.

    A figure has its drawing as ``svg`` and, in a build, what it plots as ``plotted``.
    """

    name: str
    verdicts: dict[str, Record]
    answers: dict[str, str]
    figures: dict[str, Record]
    data: dict[str, Table]
    ledger: dict[str, Table]


def state(name: str = "") -> State:
    """Return the state of a folder (a build or a checkout) or of a git revision; unnamed, of this checkout.

    Nothing is executed. A `RecountError` tells that it is neither, holds no notebooks, or cannot be read.
    """
    folder = Path(name) if name else root()
    if folder.is_dir():
        paths = [(path, f"{kind}/{path.name}") for place, kind in PLACES.items() for path in folder.glob(f"{place}/*")]
        files = {key: read_text(path) for path, key in sorted(paths) if _compared(key)}
    else:
        name, files = _archived(name)
    name = name or "this checkout"
    if not any(key.endswith(".ipynb") for key in files):
        raise RecountError(f"{name}: not a build of Recount, for it has no notebooks")
    found = State(name, {}, {}, {}, {}, {})
    for key, text in sorted(files.items(), key=lambda each: (not each[0].startswith("notebooks/"), each[0])):
        try:
            _read(found, key.split("/")[0], Path(key).stem, text)
        except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
            raise RecountError(f"{name}: {key} cannot be read: {error!r}") from None
    return found


def _compared(key: str) -> bool:
    return key.endswith((".ipynb", ".csv")) or key == "data/datapackage.json"


def _archived(name: str) -> tuple[str, dict[str, str]]:
    """Return a revision's name, with its hash, and its files."""
    try:
        commit = git("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}").decode().strip()
    except RecountError as error:
        if "git rev-parse: Needed a single revision" not in str(error):
            raise
        raise RecountError(f"{name!r} is neither a folder nor a revision that git knows") from None
    with tarfile.open(fileobj=io.BytesIO(git("archive", commit, "notebooks", "data", "seeds"))) as archive:
        files = {each.name: archive.extractfile(each) for each in archive if each.isfile() and _compared(each.name)}
        texts = {key: file.read().decode("utf-8-sig", "replace") for key, file in files.items() if file}
    return commit[:7] if commit.startswith(name) else f"{name} ({commit[:7]})", texts


def git(*arguments: str) -> bytes:
    """Return what git prints, run in the collection's folder; a `RecountError` tells what it could not do."""
    try:
        plain_words = os.environ | {"LC_ALL": "C"}
        return subprocess.run(["git", *arguments], cwd=root(), env=plain_words, capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise RecountError("git is not installed, so there are no revisions to look at") from None
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["failed"]
        raise RecountError(f"git {arguments[0]}: {told[-1].removeprefix('fatal: ')}") from None


def _read(found: State, kind: str, stem: str, text: str) -> None:
    """Add what one file says."""
    if kind == "notebooks":
        for cell in json.loads(text)["cells"]:
            for data in (output.get("data", {}) for output in cell.get("outputs", [])):
                if VERDICT in data:
                    found.verdicts[data[VERDICT]["claim"]] = data[VERDICT]
                elif FIGURE in data:
                    found.figures[data[FIGURE]["name"]] = data[FIGURE] | {"svg": "".join(data["image/svg+xml"])}
                elif "text/markdown" in data and "nbval-ignore-output" in cell["metadata"].get("tags", []):
                    found.answers[stem] = re.sub(r"(?m)^\|.*$|\*\*", "", "".join(data["text/markdown"]))
    elif stem == "datapackage":
        for each in json.loads(text)["resources"]:
            key, before = each["schema"].get("primaryKey", []), found.data.get(each["name"], Table([], [], {}))
            found.data[each["name"]] = Table(before.rows, [key] if isinstance(key, str) else key, each)
    else:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        if kind == "figures" and stem in found.figures:
            found.figures[stem]["plotted"] = Table(rows, [], {})
        elif kind == "seeds":
            found.ledger[stem] = Table(rows, KEYS.get(stem, []), {})
        elif kind == "data":
            found.data[stem] = found.data.get(stem, Table([], [], {}))._replace(rows=rows)


def differences(before: State, after: State) -> dict[str, list[str]]:
    """Return what changed from one state to another: the items of each section, in Markdown."""
    told = {
        "verdicts": sorted(
            _items(before.verdicts, after.verdicts, _verdict), key=lambda item: ": verdict " not in item
        ),
        "answers": _items(before.answers, after.answers, _marked),
        "figures": _items(before.figures, after.figures, _figure),
        "tables": _items(before.data, after.data, changed_rows) if before.data and after.data else (),
        "tables of the ledger": _items(before.ledger, after.ledger, changed_rows)
        if before.ledger and after.ledger
        else (),
    }
    return {section: list(items) for section, items in told.items()}


def markdown(before: State, after: State, most: int = MOST) -> str:
    """Return what changed as Markdown, at most so many items a section, inert whatever the texts in it are."""
    found = {section: items for section, items in differences(before, after).items() if items}
    lines = [f"# What changed from {_code(before.name)} to {_code(after.name)}", ""]
    lines += [f"Changed: {', '.join(map(_counted, found, found.values()))}." if found else "Nothing changed."]
    for section, items in found.items():
        redrawn = [item.removesuffix(REDRAWN) for item in items if item.endswith(REDRAWN)]
        if len(redrawn) > 1:
            items = [*(item for item in items if not item.endswith(REDRAWN)), f"{', '.join(redrawn)}{REDRAWN}"]
        lines += ["", f"## {section.capitalize()}", "", *(f"- {item}" for item in items[:most])]
        lines += [f"- … and {len(items) - most} more"] * (len(items) > most)
    return "\n".join(lines) + "\n"


def _counted(section: str, items: list[str]) -> str:
    return f"{len(items)} {section if len(items) > 1 else re.sub('s(?= |$)', '', section, count=1)}"


def _items(old: Mapping[str, Any], new: Mapping[str, Any], tell: Callable[[Any, Any], str]) -> Iterator[str]:
    for name in dict.fromkeys([*new, *old]):
        if name not in old or name not in new:
            found = old.get(name, new.get(name))
            word = f", {TOLD['verdict'](found, 0)}" if isinstance(found, dict) and "verdict" in found else ""
            yield f"{_code(name)}: {'gone' if name in old else 'new'}{_safe(word)}"
        elif told := tell(old[name], new[name]):
            yield f"{_code(name)}: {told}"


def _verdict(old: Record, new: Record) -> str:
    told = []
    for label, tell in TOLD.items():
        digits = next((n for n in range(4, 11) if tell(old, n) != tell(new, n)), 0)
        told += [f"{label} {_arrow(tell(old, digits), tell(new, digits))}"] * (digits > 0)
    also = sorted(key for key in {*old, *new} - SILENT if old.get(key) != new.get(key))
    if also:
        names = ", ".join(key.replace("multiverse", "ways of counting").replace("_", " ") for key in also)
        told.append(f"{'also ' * bool(told)}{_safe(names)}")
    return " · ".join(told) or _marked(old.get("sentence", ""), new.get("sentence", ""))


def _figure(old: Record, new: Record) -> str:
    labels = {"headline": "title", "reads": "alt", "source line": "source"}
    told = [f"{name}: {change}" for name, key in labels.items() if (change := _marked(old[key], new[key]))]
    if "plotted" in old and "plotted" in new and (change := changed_rows(old["plotted"], new["plotted"])):
        told.append(f"plotted data: {change}")
    told += [key for key in ("claims", "tables") if list(old[key]) != list(new[key])]
    return " · ".join(told) or REDRAWN[2:] * (old["svg"] != new["svg"])


def changed_rows(old: Table, new: Table) -> str:
    """Tell rows added and removed and cells changed: how many, and the first few."""
    was, now = _named(old, new)
    added, gone = [name for name in now if name not in was], [name for name in was if name not in now]
    cells = [(name, column, was[name][column], value) for name, row in now.items() if name in was
             for column, value in row.items() if column in was[name] and value != was[name][column]]  # fmt: skip
    heads = [set(rows[0]) if rows else set() for rows in (old.rows, new.rows)]
    columns = sorted(heads[0] ^ heads[1]) if all(heads) else []
    counts: dict[str, list[Any]] = {"row# added": added, "row# removed": gone, "cell# changed": cells}
    counts["column# added or removed"] = columns
    parts = [f"{len(each)} {what.replace('#', 's'[: len(each) - 1])}" for what, each in counts.items() if each]
    few = [f"{_code(f'{name}, {column}')} {_arrow(a, b, _code)}" for name, column, a, b in cells[:FEW]]
    few += [_code(f"+ {name}") for name in added[:FEW]] + [_code(f"- {name}") for name in gone[:FEW]]
    few += [_code(name) for name in columns[:FEW]]
    if not parts and old.rows != new.rows:
        parts = ["rows in another order"]
    keys = {*old.described, *new.described} - {"hash", "bytes", "name"}
    if also := sorted(key for key in keys if old.described.get(key) != new.described.get(key)):
        parts.append(f"its description ({_safe(', '.join(also))})")
    return ", ".join(parts) + (f": {'; '.join(few)}" if few else "")


def _named(*tables: Table) -> tuple[dict[str, Record], dict[str, Record]]:
    """Return the rows of two tables by key; without one by number, or by all they hold where rows came or went."""
    key, found = tables[1].key, []
    for table in tables:
        names = [", ".join(str(row.get(column)) for column in key) for row in table.rows]
        if not key or len(set(names)) < len(names):
            equal = len(tables[0].rows) == len(tables[1].rows)
            names = [
                f"row {at}" if equal else ", ".join(map(str, row.values())) for at, row in enumerate(table.rows, 2)
            ]
        found.append(dict(zip(names, table.rows, strict=True)))
    return found[0], found[1]


def _marked(old: str, new: str) -> str:
    """Return the sentences that changed, in them old words struck out and new ones bold."""
    was, now = (re.split(r"(?<=[.;!?]) ", " ".join(text.split())) for text in (old, new))
    told = []
    for change, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if change != "equal":
            told.append(_words(" ".join(was[i:j]).split(), " ".join(now[k:m]).split()))
    return " … ".join(told)


def _words(was: list[str], now: list[str]) -> str:
    told, changes = [], SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    for change, i, j, k, m in changes[: MOST + 1]:
        if change == "equal":
            told.append(_shortened(was[i:j]))
        else:
            told += [f"~~{_shortened(was[i:j])}~~"] * (j > i) + [f"**{_shortened(now[k:m])}**"] * (m > k)
    return " ".join([*told, *["…"] * (len(changes) > MOST + 1)])


def _shortened(words: list[str]) -> str:
    return _safe(" ".join(words if len(words) < 12 else [*words[:5], "…", *words[-5:]]))


def _number(value: Any, digits: int, unit: Any = "") -> str:
    return f"{plain(value, digits)} {unit}".strip() if isinstance(value, int | float) else "none"


def _arrow(old: str, new: str, spelled: Callable[[str], str] | None = None) -> str:
    spell = spelled or _safe
    return f"{spell(old)} → **{spell(new)}**"


def _code(text: str) -> str:
    """Return text as a code span that holds whatever it is, shortened."""
    text = _printable(text) or "nothing"
    text = text if len(text) <= 80 else f"{text[:79]}…"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    gap = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def _safe(text: str) -> str:
    """Return text that means itself in Markdown, and neither links nor calls anyone on GitHub."""
    text = re.sub(r"([\\`*_{}\[\]()<>#+!|~&$^-])", r"\\\1", _printable(text))
    return re.sub(r"(?<=@)|(?<=:)(?=//)|(?<=www\.)(?=\w)|(?<=#)(?=\d)", "\u2060", text)


def _printable(text: str) -> str:
    """Return text without what would move a terminal's cursor or turn the direction of reading."""
    return "".join("\ufffd" if unicodedata.category(c)[0] == "C" else c for c in " ".join(str(text).split()))
