"""Whether a file that left the collection is still what Recount exported, and of which data."""

import csv
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from recount.collection.diff import FEW, State, Table, changed_rows, differences, git, state
from recount.datapackage import package
from recount.files import MARKER, RecountError, build, folder, inert, relative, root
from recount.records import Record

SHORT = 16  # hex digits of a table's hash: a stamp tells of accidents, it is no signature
STAMP = re.compile(rb"recount \d\d-[a-z0-9-]+ ((?:[a-z0-9_]+:[0-9a-f]{16} )*)sha256:[0-9a-f]{64}")
CHUNK = b"iTXtStamp\0"  # of a PNG; no text of another chunk holds a null
SAME, ALTERED, FOREIGN = "same", "altered", "not an export of Recount that can be verified"


def stamp(name: str, tables: Mapping[str, str]) -> str:
    """Return a figure's stamp: its name, the hashes of the tables it shows, and room for a digest."""
    shown = "".join(f"{key}:{value.removeprefix('sha256:')[:SHORT]} " for key, value in tables.items())
    return f"recount {name} {shown}sha256:{64 * '0'}"


def stamped(content: bytes) -> bytes:
    """Return a file with the digest of all its other bytes filled into the stamp it carries."""
    return _filled(content, hashlib.sha256(_filled(content, 64 * b"0")).hexdigest().encode())


def _filled(content: bytes, digest: bytes) -> bytes:
    content = STAMP.sub(lambda found: found[0][:-64] + digest, content)
    if (at := content.find(CHUNK)) > 0:  # its checksum follows
        end = at + 4 + int.from_bytes(content[at - 4 : at], "big")
        content = content[:end] + zlib.crc32(content[at:end]).to_bytes(4, "big") + content[end + 4 :]
    return content


def verify(path: Path) -> str:
    """Return what became of an exported figure (SVG, PDF, PNG, its CSV or JSON) or of verdicts (CSV, JSON).

    "same", or a sentence that begins with "older than the data", "altered" or "not an export". A `RecountError` tells
    that the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RecountError(f"{relative(path)}: {(error.strerror or str(error)).lower()}") from None
    if rows := _verdicts(content):
        return _dated(rows)
    if path.suffix.lower() == ".csv":
        return _plotted(path, content)
    if not (found := STAMP.search(content)):
        return FOREIGN
    return _since(found[1]) if stamped(content) == content else f"{ALTERED} after it was exported"


def _plotted(path: Path, content: bytes) -> str:
    """Tell of a CSV by the sidecar beside it, or else by the one in the folder of figures."""
    beside, built = path.with_suffix(".json"), folder() / f"{path.stem}.json"
    sidecars = [each.read_bytes() for each in (beside, built) if each.is_file()]
    for sidecar in sidecars:
        found = STAMP.search(sidecar)
        if found and stamped(sidecar) == sidecar and hashlib.sha256(content).hexdigest().encode() in sidecar:
            return _since(found[1])
    if not sidecars:
        return FOREIGN
    return (
        ALTERED if beside.is_file() else f"{ALTERED}, or older than {relative(built)}; its own sidecar is not beside it"
    )


def _since(shown: bytes) -> str:
    """Tell which of the tables in a stamp have changed since, and what in them where git knows."""
    told = []
    for name, short in (each.split(":") for each in shown.decode().split()):
        resource = package().get(name)
        if resource is None:
            told.append(f"{name} is gone")
        elif not resource["hash"].startswith(f"sha256:{short}"):
            told.append(f"{name} changed{_how(resource, short)}")
    return f"older than the data: {'; '.join(told)}" if told else SAME


def _how(resource: Record, short: str) -> str:
    """Return what changed in a table since the version whose hash begins so; nothing where git does not have it."""
    address = (MARKER.parent / resource["path"]).as_posix()
    try:
        commits = git("log", "--format=%H", "--", address).decode().split()
        versions = (git("show", f"{commit}:./{address}") for commit in commits)
        old = next((each for each in versions if hashlib.sha256(each).hexdigest().startswith(short)), None)
    except RecountError:  # no git, or not all of the history
        return ""
    key = resource["schema"].get("primaryKey", [])
    new = (root() / address).read_bytes()
    rows = [Table([*csv.DictReader(io.StringIO(each.decode()))], key, {}) for each in (old, new) if each is not None]
    return f" ({changed_rows(*rows)})" if len(rows) == 2 else ""


def _verdicts(content: bytes) -> list[dict[str, Any]]:
    """Return the rows of a table of verdicts, as CSV or JSON; none where it is something else."""
    try:
        text = content.decode("utf-8-sig")
        rows = json.loads(text) if text.startswith("[") else [*csv.DictReader(io.StringIO(text, newline=""))]
        return rows if all({"verdict", "sentence"} <= row.keys() and row["claim"].isprintable() for row in rows) else []
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, csv.Error):
        return []


def _dated(rows: list[dict[str, Any]]) -> str:
    """Tell whether the collection has these verdicts, or had them once; or how they differ from the nearest it had."""
    now, nearest = state(), None
    for each in _states(now):
        faults = _faults(rows, each)
        if not faults and each.name in (now.name, str(build())):
            return SAME
        if not faults:
            changed = differences(each, now)
            since = "; ".join(item for items in changed.values() for item in items[:FEW])
            what = "data" if changed["tables"] else "notebooks"
            return f"older than the {what}: as committed in {each.name[:7]}; since then {since}"
        nearest = faults if nearest is None or len(faults) < len(nearest) else nearest
    others = f", and {len(nearest) - 1} more" if nearest and len(nearest) > 1 else ""
    return f"{ALTERED}: {nearest[0] if nearest else ''}{others}"


def _states(now: State) -> Iterator[State]:
    """Yield the collection as it is, as built, and as it was, the newest first."""
    yield now
    if (build() / "notebooks").is_dir():
        yield replace(state(str(build())), ledger=now.ledger)
    try:
        yield from map(state, git("log", "--format=%H", "--", "notebooks", "seeds").decode().split())
    except RecountError:  # no git, or a time before there were notebooks
        return


def _faults(rows: list[dict[str, Any]], then: State) -> list[str]:
    """Return the cells in which verdicts differ from those of a state."""
    claims = {row["id"]: row for row in then.ledger["claims"].rows}
    titles = {row["id"]: {"essay_title": row["title"]} for row in then.ledger["essays"].rows}
    told = []
    for row in rows:
        record = then.verdicts.get(row["claim"], {"verdict": "none"})
        known = claims.get(row["claim"], {}) | titles.get(record.get("essay", ""), {}) | record
        for column, cell in row.items():
            if column in known and not _agrees(cell, known[column]):
                told.append(f"{row['claim']}, {column}: {cell!r}, expected {known[column]!r}")
    return told


def _agrees(cell: Any, value: Any) -> bool:
    """Return whether a cell, of CSV or JSON, says what a record does."""
    if cell == value or not isinstance(cell, str):
        return bool(cell == value)
    if isinstance(value, dict):
        return all(str(each) in cell for each in value.values() if each is not None)
    told = "" if value is None else str(value)
    return cell in (told, inert(told))
