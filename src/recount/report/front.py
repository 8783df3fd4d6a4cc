"""What the front page shows first: the numbers worth a card, and how far each lies from what was counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import itemgetter

from recount.records import Record

MISSED, MET = 3, 2  # cards of numbers that the literal count misses, and of numbers that it meets


def deciding(record: Record) -> list[Record]:
    """Return the ways of counting that the word of the verdict rests on."""
    return [each for each in record["multiverse"] if each["decides"] and each["test"] == record["test"]]


def public(record: Record) -> str:
    """Return whether the figures that decide were public when the number was stated: then, since, or none."""
    told = [each["known"] for each in deciding(record)]
    return "none" if not told else "then" if all(told) else "since"


def featured(records: Iterable[Record]) -> list[Record]:
    """Return the verdicts worth a card, at most one an essay.

    Only a printed number that statistics can miss or meet is news: not what stays open, nor what is only quoted. The
    card of an essay is the number that the literal count misses, with the fewest ways of counting to save it, and of
    equals the one furthest off; where it misses none, the one that a number drawn at random would least have met.
    Shown are the misses furthest off, in percent of what was stated, then the hits that chance would least have given.
    """
    found: dict[str, tuple[bool, float, float, Record]] = {}
    for record in records:
        off = (record["distance"] or {}).get("percent")
        if record["test"] == "statistics" and record["verdict"] != "open" and off is not None:
            ways = [each for each in deciding(record) if each["outcome"] != "cannot tell"]
            met = any(each["as_written"] and each["outcome"] == "agrees" for each in ways)
            agree = sum(each["outcome"] == "agrees" for each in ways) / len(ways)
            rank = (met, (record["chance"] or 0.0) if met else agree, -abs(off), record)
            found[record["essay"]] = min(rank, found.get(record["essay"], rank), key=itemgetter(0, 1, 2))
    missed = sorted((each for each in found.values() if not each[0]), key=itemgetter(2))
    hit = sorted((each for each in found.values() if each[0]), key=itemgetter(1))
    return [each[-1] for each in missed[:MISSED] + hit[:MET]]


def picture(figures: Collection[Record], page: str, claim: str = "") -> Record | None:
    """Return the figure that stands for a page: the claim's first, the page's own, its notebook's, the scoreboard."""
    board = [each for each in figures if each["name"].startswith("00-")]
    own = [each for each in figures if claim in each["claims"] and each not in board]
    named = [each for each in figures if each["name"] == page]
    near = [each for each in figures if each["name"][:3] == page[:3]]
    return next(iter(own + named + near + board), None)
