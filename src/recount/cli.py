"""The command line: ``recount`` or ``python -m recount``."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from importlib.metadata import version
from pathlib import Path

from recount.files import MARKER, RecountError, build, relative, root, visible

Options = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 well, 1 a fault in one message, 130 interrupted."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that knows no ● must not cost the work
    try:
        _say_where(options.action)
        with _alone(options.action):
            code = int(options.action(options))
        sys.stdout.flush()
        return code
    except OSError as error:
        _report_failed_write(error)
        return 1
    except RecountError as error:
        print(visible(f"recount: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("recount: interrupted; finished files are whole, the rest is as before", file=sys.stderr)
        return 130


def _report_failed_write(error: OSError) -> None:
    """Print what could not be written or read; nothing where the reader of the output has gone."""
    if isinstance(error, BrokenPipeError) or not error.filename:
        with suppress(OSError, ValueError):  # what is still to be written must not fail again at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        where = relative(Path(error.filename)) if error.filename else "the output"
        print(visible(f"recount: {where}: {(error.strerror or str(error)).lower()}"), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="recount", description="Count again the numbers that essays state.")
    parser.add_argument("--version", action="version", version=f"recount {version('recount')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, action: Callable[[Options], int], help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(action=action)
        return added

    reproduce = command("reproduce", _reproduce, "run what has changed: notebooks, figures, results, report")
    refresh = command("refresh", _refresh, "reproduce, and put the results into notebooks/ and README, to be committed")
    figures = command("figures", _figures, "make the figures for another width, bare, or with text as paths")
    report = command("report", _report, "build the HTML report, after reproducing what has changed")
    for added in (reproduce, refresh, figures, report):
        added.add_argument("--force", action="store_true", help="do again also what would come out as before")
        added.add_argument("--jobs", type=_positive, default=os.cpu_count() or 1, help="how many at a time")
        added.add_argument(
            "--timeout", type=_positive, default=300, metavar="SECONDS", help="that a cell may take, 300"
        )
    for added in (reproduce, refresh, figures):
        added.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="such as 5; all when none is named")
    reproduce.add_argument("--cluster", metavar="ADDRESS", help="of a Dask scheduler, tcp://… or tls://…; or: local")
    figures.add_argument("--width", choices=("full", "column", "slide"), default="full", help="16 cm, 8.9 cm, or 16:9")
    figures.add_argument("--bare", action="store_true", help="without headline and source line")
    figures.add_argument("--outlined", action="store_true", help="text as paths, for any machine")
    report.add_argument("--base-url", default="", metavar="URL", help="where it will be published, https://…")
    command("validate", _validate, "check the ledger, and every table against the data package")
    command("seal", _seal, "check every table and write its hash into the data package")
    check = command("check-text", _check_text, "compare a copy of the essays with the ledger; list what a text holds")
    new = command("new", _new, "draft an essay's rows of the ledger and its notebook out of its text")
    new.add_argument("slug", metavar="SLUG", help="the essay's id, such as engels-cities")
    for added in (check, new):
        added.add_argument("path", type=Path, metavar="PATH", help="a UTF-8 text, one paragraph a line")
    diff = command("diff", _diff, "list as Markdown which verdicts, answers, figures and data changed")
    diff.add_argument("before", metavar="REV", help="a git revision, or the folder of a build")
    diff.add_argument("after", nargs="?", default="", metavar="REV", help="another; this checkout by default")
    return parser


def _positive(text: str) -> int:
    """Return a whole number from 1."""
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, found {text!r}")
    return int(text)


def _say_where(action: Callable[[Options], int]) -> None:
    """Print where the collection is, if it is not the one we stand in; what changes a collection stands in it."""
    home = root()
    if not Path.cwd().is_relative_to(home):
        if action in (_refresh, _seal, _new):
            raise RecountError(f"no {MARKER} in {Path.cwd()} or above it: stand in what is to be changed")
        print(f"recount: no {MARKER} here or above: this is the collection in {home}", file=sys.stderr)


def _alone(action: Callable[[Options], int]) -> AbstractContextManager[None]:
    """Return what holds other runs off while an action writes into the build."""
    if action not in (_reproduce, _refresh, _figures, _report):
        return nullcontext()
    from recount.pipeline.build import alone

    return alone()


def _run(options: Options, base: str = "") -> None:
    """Run the tasks of the collection and its report, or of the notebooks named alone."""
    from recount.pipeline import build as pipeline
    from recount.pipeline.tasks import collection, executions
    from recount.report.build import reporting

    tasks = collection(options.timeout, only=options.notebooks)
    if not options.notebooks:
        tasks.append(reporting(base))
    limits = {"jobs": options.jobs, "force": options.force}
    if getattr(options, "cluster", None):
        pipeline.run(executions(tasks), cluster=options.cluster, **limits)
        limits["force"] = False
    reports = pipeline.run(tasks, **limits)
    if not options.notebooks:
        pipeline.forget_what_left(tasks)
    if unchanged := pipeline.unchanged(reports):
        print(f"as before: {unchanged}")


def _reproduce(options: Options) -> int:
    from recount.pipeline.tasks import chosen
    from recount.records import gathered
    from recount.report.terminal import print_verdicts

    _run(options)
    verdicts, figures = gathered(notebook.merged.file for notebook in chosen(options.notebooks))
    print_verdicts(verdicts)
    print(f"{len(verdicts)} claims, {len(figures)} figures in {relative(build() / 'figures')}")
    return 0


def _report(options: Options) -> int:
    options.notebooks = []
    _run(options, options.base_url)
    print(f"report: {relative(build() / 'report' / 'index.html')}")
    return 0


def _refresh(options: Options) -> int:
    from recount.pipeline.refresh import refresh
    from recount.report.pages import update_readme

    _run(options)
    print(f"refreshed: {', '.join(refresh(options.notebooks)) or 'nothing had changed'}")
    update_readme()
    return 0


def _figures(options: Options) -> int:
    from recount.pipeline import build as pipeline
    from recount.pipeline.tasks import collection, forms

    tasks, folder = forms(options.width, options.notebooks, bare=options.bare, outlined=options.outlined)
    tasks += collection(options.timeout, options.width, options.notebooks)
    pipeline.run(tasks, jobs=options.jobs, force=options.force)
    print(f"figures: {relative(folder)}")
    return 0


def _validate(options: Options) -> int:
    from recount.pipeline.checks import check

    print(f"ledger and {check()} tables valid")
    return 0


def _seal(options: Options) -> int:
    from recount.pipeline.checks import seal

    print(f"sealed: {', '.join(seal()) or 'nothing had changed'}")
    return 0


def _check_text(options: Options) -> int:
    from recount.texts.check import check

    result = check(options.path)
    print(visible("\n".join(result.lines())))
    return 0 if result.ok else 1


def _new(options: Options) -> int:
    from recount.texts.essay import new

    left = new(options.slug, options.path)
    print("\n".join((f"drafted {options.slug}; left to judge, each marked todo:", *left)))
    return 0


def _diff(options: Options) -> int:
    from recount.pipeline.diff import markdown, state

    names = options.before, options.after or "this checkout"
    print(markdown(state(options.before), state(options.after), names), end="")
    return 0
