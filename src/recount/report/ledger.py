"""What the ledger holds for those who read the report: other words for a claim, its authors, what was corrected."""

from __future__ import annotations

from datetime import date as Day
from typing import Any

from recount.claims import ledger, rows
from recount.files import root

KINDS = {"person": "Person", "organization": "Organization"}  # and what schema.org calls them


def kept() -> dict[str, Any]:
    """Return all of it by name; a row that breaks a rule is a `RecountError` with file, row and column."""
    return {"synonyms": synonyms(), "authors": authors(), "corrections": corrections()}


def synonyms() -> dict[str, list[str]]:
    """Return the words of ``seeds/synonyms.csv`` by claim; a row names claims, or essays for all their claims."""
    names = {key: {key, stated.essay.id} for key, stated in ledger().items()}
    found: dict[str, list[str]] = {key: [] for key in names}
    seen: set[str] = set()
    for fault in rows(root() / "seeds" / "synonyms.csv", ("words", "about")):
        words, about = fault.cells["words"], set(fault.cells["about"].split(";"))
        fault.unless(words != "" and words.lower() not in seen, "words", "words that no other row has")
        seen.add(words.lower())
        known = set().union(*names.values())
        fault.unless(about <= known, "about", "ids of seeds/claims.csv or seeds/essays.csv, joined by ;")
        for key in (key for key in found if names[key] & about):
            found[key].append(words)
    return found


def authors() -> dict[str, list[dict[str, str]]]:
    """Return, by what a claim cites, whose number it is: names and schema.org types, from ``seeds/authors.csv``."""
    found: dict[str, list[dict[str, str]]] = {stated.cited: [] for stated in ledger().values()}
    for fault in rows(root() / "seeds" / "authors.csv", ("cited", "name", "kind")):
        cells = fault.cells
        fault.unless(cells["cited"] in found, "cited", "what a claim of seeds/claims.csv cites")
        fault.unless(cells["name"] != "", "name", "a name")
        fault.unless(cells["kind"] in KINDS, "kind", f"one of {', '.join(KINDS)}")
        found[cells["cited"]].append({"@type": KINDS[cells["kind"]], "name": cells["name"]})
    return found


def corrections() -> list[dict[str, str]]:
    """Return what of the report was wrong and is corrected, from ``seeds/corrections.csv``, the latest first."""
    found = []
    for fault in rows(root() / "seeds" / "corrections.csv", ("day", "claim", "was", "now")):
        fault.parsed("day", Day.fromisoformat, "a date, 2014-03-25")
        fault.unless(fault.cells["claim"] in ledger(), "claim", "an id of seeds/claims.csv")
        for column in ("was", "now"):
            fault.unless(fault.cells[column] != "", column, "some text")
        found.append(dict(fault.cells))
    return sorted(found, key=lambda each: each["day"], reverse=True)
