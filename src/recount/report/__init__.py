"""What people look at: pages, booklet, ClaimReview and the README's scoreboard; each is loaded when it is used."""

from recount.files import lazily

__all__, __getattr__ = lazily(
    "recount.report",
    {
        "build": "build_booklet build_report",
        "changes": "changes_page",
        "findings": "evidence",
        "ledger": "kept",
        "pages": "RATINGS renewed_readme update_readme",
        "terminal": "print_verdicts progress",
    },
)
