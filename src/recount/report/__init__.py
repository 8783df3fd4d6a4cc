"""What people look at: the pages, the booklet, ClaimReview, and the README's scoreboard."""

from recount.report.build import build_booklet, build_report
from recount.report.changes import changes_page
from recount.report.findings import evidence
from recount.report.ledger import kept
from recount.report.pages import RATINGS, renewed_readme, update_readme

__all__ = ["RATINGS", "build_booklet", "build_report", "changes_page", "evidence", "kept"]
__all__ += ["renewed_readme", "update_readme"]
