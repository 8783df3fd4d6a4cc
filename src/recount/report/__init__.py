"""What people look at: the pages, ClaimReview, and the README's scoreboard."""

from recount.report.build import build_booklet, build_report
from recount.report.findings import evidence
from recount.report.ledger import kept
from recount.report.pages import RATINGS, renewed_readme, update_readme

__all__ = ["RATINGS", "build_booklet", "build_report", "evidence", "kept", "renewed_readme", "update_readme"]
