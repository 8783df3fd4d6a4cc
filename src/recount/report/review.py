"""A verdict as others publish it: schema.org ClaimReview, signed as ``CITATION.cff`` says."""

import yaml  # type: ignore[import-untyped]

from recount.claims import claim
from recount.files import RecountError, root
from recount.records import Record
from recount.report.findings import Findings
from recount.tables import sources
from recount.verdict import VERDICTS

RATINGS = {
    "holds": 5,
    "coherent": 5,
    "depends": 3,
    "fails": 1,
    "incoherent": 1,
}  # worst 1, best 5; open has the word alone


def claim_review(found: Findings, key: str, base: str) -> Record:
    """Return the verdict on a claim as schema.org ClaimReview; `base` leads to the report from where it will lie."""
    record, stated, essay, publisher = found.verdicts[key], claim(key), claim(key).essay, citation_file()
    word = record["verdict"]
    rating = {"ratingValue": RATINGS[word], "bestRating": 5, "worstRating": 1} if word in RATINGS else {}
    published = {"datePublished": essay.published.isoformat()} if essay.published else {}
    cited = [{"@type": "Person", "name": name} for name in stated.cited.split("; ") if name]
    article = {"@type": "Article", "headline": essay.title, "url": essay.address, **published}
    named = sources(*found.rows_behind(key).values())[["title", "publisher", "address"]]
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": f"{base}claims/{stated.id}.html",
        "claimReviewed": f"“{stated.phrase}”: {', '.join(filter(None, (stated.quantity, stated.date)))}",
        "author": {"@type": "Organization", "name": publisher["author"]},
        "datePublished": publisher["day"],
        "reviewRating": {"@type": "Rating", "alternateName": f"{word}: {VERDICTS[word]}"} | rating,
        "reviewBody": record["sentence"],
        "itemReviewed": {"@type": "Claim", **({"author": cited} if cited else {}), **published, "appearance": article},
        "citation": [
            {"@type": "CreativeWork", "name": title, "publisher": {"@type": "Organization", "name": by}}
            | ({"url": address} if str(address).startswith(("http://", "https://")) else {})
            for title, by, address in named.itertuples(index=False)
        ],
    }


def citation_file() -> Record:
    """Return who publishes the collection and when, and how to `cite` it, as ``CITATION.cff`` says."""
    try:
        cff: Record = yaml.safe_load((root() / "CITATION.cff").read_text(encoding="utf-8"))
        names = [author.get("name") or f"{author['given-names']} {author['family-names']}" for author in cff["authors"]]
        author, day = ", ".join(names), str(cff["date-released"])
        cite = f"{author} ({day[:4]}). {cff['title']}. Version {cff['version']}."
        return {"author": author, "day": day, "cite": cite}
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise RecountError(f"CITATION.cff: expected authors, title, version and date-released ({error!r})") from None
