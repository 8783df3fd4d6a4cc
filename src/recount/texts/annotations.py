"""What the ledger holds for those who read the report: other words for a claim, its authors, what was corrected."""

from datetime import date as Day
from typing import Any

from recount.claims import ledger
from recount.texts.ledger import rows

KINDS = {"person": "Person", "organization": "Organization"}  # and what schema.org calls them


def annotations() -> dict[str, Any]:
    """Return synonyms, authors and corrections by name; a row that breaks a rule is a `RecountError`."""
    return {"synonyms": synonyms(), "authors": authors(), "corrections": corrections()}


def synonyms() -> dict[str, list[str]]:
    """Return the words of ``seeds/synonyms.csv`` by claim; a row names claims, or essays for all their claims."""
    names = {key: {key, stated.essay.id} for key, stated in ledger().items()}
    words_of: dict[str, list[str]] = {key: [] for key in names}
    seen: set[str] = set()
    for row in rows("synonyms"):
        words, about = row.cells["words"], set(row.cells["about"].split(";"))
        row.require(words != "" and words.lower() not in seen, "words", "words that no other row has")
        seen.add(words.lower())
        known = set().union(*names.values())
        row.require(about <= known, "about", "ids of seeds/claims.csv or seeds/essays.csv, joined by ;")
        for key in (key for key in words_of if names[key] & about):
            words_of[key].append(words)
    return words_of


def authors() -> dict[str, list[dict[str, str]]]:
    """Return, by what a claim cites, whose number it is: names and schema.org types, from ``seeds/authors.csv``."""
    authors_of: dict[str, list[dict[str, str]]] = {stated.cited: [] for stated in ledger().values()}
    for row in rows("authors"):
        cells = row.cells
        row.require(cells["cited"] in authors_of, "cited", "what a claim of seeds/claims.csv cites")
        row.require(cells["name"] != "", "name", "a name")
        row.require(cells["kind"] in KINDS, "kind", f"one of {', '.join(KINDS)}")
        authors_of[cells["cited"]].append({"@type": KINDS[cells["kind"]], "name": cells["name"]})
    return authors_of


def corrections() -> list[dict[str, str]]:
    """Return what of the report was wrong and is corrected, from ``seeds/corrections.csv``, the latest first."""
    listed = []
    for row in rows("corrections"):
        row.parsed("day", Day.fromisoformat, "a date, 2014-03-25")
        row.require(row.cells["claim"] in ledger(), "claim", "an id of seeds/claims.csv")
        for column in ("was", "now"):
            row.require(row.cells[column] != "", column, "some text")
        listed.append(dict(row.cells))
    return sorted(listed, key=lambda correction: correction["day"], reverse=True)
