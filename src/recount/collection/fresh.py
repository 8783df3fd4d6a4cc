"""What need not be done again: a step is as before while all that it read and wrote is as its record says.

A record is kept only after a good end. It names whatever the step read, as it was before it was read, and whatever
it wrote. Times are never trusted, and a record that is missing or damaged skips nothing.
"""

import hashlib
import json
import os
import platform
import re
import site
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import Any

from recount.claims import claim, essays, ledger
from recount.files import MARKER, RecountError, build, relative, root, write_text
from recount.records import recorded

PACKAGE = Path(__file__).parents[1]
SETTINGS = "RECOUNT_|PYTHON|MPL|IPYTHONDIR|LANG|LC_|TZ|SOURCE_DATE_EPOCH|OPENBLAS_CORETYPE|NPY_DISABLE_CPU_FEATURES"
# What the export adds to a drawing and its sidecar, in place.
EXPORTED = re.compile(rb'<metadata>recount .*?</metadata>\n|,\n  "plotted": "[^"]*",\n  "stamp": "[^"]*"(?=\n}\n$)')
GIVEN = ("helper", "environment", "settings")

State = tuple[str, str]


class Now(dict[str, str]):
    """What things are like now, each looked at once: ``Now()["file data/gdp.csv"]`` is a hash.

    Paths are those inside the collection, or absolute. What cannot be looked at is in the state that its error tells.
    What no file holds is `known` to who asks.
    """

    def __init__(self, **known: str) -> None:
        super().__init__({what: _hash(value) for what, value in known.items()})
        self.home = root()

    def __missing__(self, what: str) -> str:
        kind, _, name = what.partition(" ")
        try:
            found = self.look(kind, name)
        except Exception as error:  # also a fault in a file, which whoever reads it will tell
            found = f"none: {error}"
        self[what] = found
        return found

    def states(self, *whats: str) -> list[State]:
        """Return what each is like."""
        return [(what, self[what]) for what in whats]

    def changed(self, step: str) -> str:
        """Return what is not as the record of a step says; nothing if the step need not be done again."""
        return next(self.changes(step), "")

    def changes(self, step: str) -> Iterator[str]:
        """Yield all that is not as the record of a step says."""
        yield from (what for what, state in _kept(step) if self[what] != state)

    def at(self, kind: str, path: str | Path) -> str:
        """Return what names the thing of a kind at a path."""
        return f"{kind} {Path(os.path.abspath(path)).as_posix().removeprefix(f'{self.home.as_posix()}/')}"

    def look(self, kind: str, name: str) -> str:
        """Return what a thing is like at this moment, or raise what keeps it from being looked at."""
        path = self.home / name
        match kind:
            case "file":
                return _digest(path) if path.is_file() else "none"
            case "drawn":  # as the notebook left it
                return hashlib.sha256(EXPORTED.sub(b"", path.read_bytes())).hexdigest()
            case "folder":
                return _hash(_names(path))
            case "modules":  # what an import would find there
                return _hash([n for n in _names(path) if "." not in n or n.endswith(tuple(all_suffixes()))])
            case "tree":
                return _hash(_tree(path))
            case "code":
                return _hash(_tree(PACKAGE / name))
            case "helper":
                return helper()
            case "environment":
                return _environment()
            case "settings":
                return _hash(sorted(pair for pair in os.environ.items() if re.match(SETTINGS, pair[0])))
            case "source" | "prose":
                return _hash(_source(path, kind == "source"))
            case "verdicts":
                return _hash([*recorded(path)])
            case "claim":
                return _hash(claim(name))
            case "claims":
                return _hash(ledger(name or None))
            case "essays":
                return _hash(essays())
        return _described(kind, name)


def _described(kind: str, name: str) -> str:
    """Return the state of a table's description, of the whole data package, or of all in it but the tables."""
    from recount.datapackage import package, resource_of  # pandas, which the rest does without

    match kind:
        case "table":
            return _hash(resource_of(name))
        case "package":
            return _hash(package())
        case "head":
            return _hash({**json.loads((root() / MARKER).read_text(encoding="utf-8")), "resources": None})
    raise ValueError(f"{kind} {name} is beyond what can be looked at")


def helper() -> str:
    """Return the state of what notebooks import, and of what runs them; the other rooms do not matter."""
    modules = {module.name: _digest(module) for module in sorted(PACKAGE.glob("*.py"))}
    return _hash([modules, _tree(PACKAGE / "fonts"), _tree(PACKAGE / "collection")])


def _environment() -> str:
    """Return the state of Python, of the machine's system, and of the versions of all that is installed."""
    homes = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    listed = [name for home in homes if os.path.isdir(home) for name in os.listdir(home)]
    installed = sorted(name for name in listed if name.endswith((".dist-info", ".egg-info")))
    return _hash([sys.version, platform.platform(), installed])


def _source(path: Path, executed: bool) -> Any:
    """Return what is executed of a notebook, or all its cells but that, without what running it changes."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    if not executed:
        return [{} if cell["cell_type"] == "code" else cell for cell in notebook["cells"]]
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in notebook["cells"]:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    return notebook


def _names(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not name.startswith(".") and name != "__pycache__")


def _tree(path: Path) -> dict[str, str]:
    """Return the hash of every file of a folder, or of one file, by its place in it."""
    if not path.is_dir():
        return {"": _digest(path)}
    return {f"{name}/{at}": digest for name in _names(path) for at, digest in _tree(path / name).items()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()


def record(step: str, states: Iterable[State]) -> None:
    """Keep what a step read and wrote, now that it has ended well."""
    pairs = [list(pair) for pair in sorted(set(states))]
    write_text(_record(step), json.dumps({"seal": _hash(pairs), "states": pairs}, indent=0) + "\n")


def renew(step: str, states: Iterable[State]) -> None:
    """Keep a record, but for these states."""
    record(step, (dict(_kept(step)) | dict(states)).items())


def forget(step: str) -> None:
    """Drop the record of a step, which is about to be done, so that one broken off is not taken for done."""
    _record(step).unlink(missing_ok=True)


def _kept(step: str) -> list[State]:
    """Return the record of a step; one that is missing or damaged says what is never so."""
    try:
        kept = json.loads(_record(step).read_text(encoding="utf-8"))
        if kept["seal"] == _hash(kept["states"]):
            return [(what, state) for what, state in kept["states"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return [("record", "")]


def _record(step: str) -> Path:
    return build() / "fresh" / f"{step}.json"


@contextmanager
def alone() -> Iterator[None]:
    """Keep other runs out of the folder of generated files until the block ends; wait for one that is under way."""
    try:
        import fcntl
    except ImportError:  # Windows: what two runs at once leave behind fits no record, and the next run mends it
        yield
        return
    lock = build() / "lock"
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("w")
    except OSError as error:
        raise RecountError(f"{relative(lock)}: cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another run to end", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
