"""A plugin of pytask that prints which task has run; pyproject.toml names it."""

import pytask
from pytask import ExecutionReport, TaskOutcome

from recount.files import visible


@pytask.hookimpl
def pytask_execute_task_log_end(report: ExecutionReport) -> None:
    """Print which task has run, as it ends; pytask calls this."""
    if report.outcome == TaskOutcome.SUCCESS:
        print(visible(f"done: {report.task.name}"), flush=True)
