"""The command line: ``recount`` or ``python -m recount``."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import gettempdir
from threading import Thread
from typing import Any

from recount import collection, report
from recount.files import MARKER, RecountError, build, folder, relative, root, visible, write_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 well, 1 a fault told in one message, 130 interrupted."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that knows no ● must not cost the work
    with suppress(ValueError):  # in another thread than the first
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended thus, it cleans up, too
    try:
        _tell_where(options.action)
        with collection.alone() if options.alone else nullcontext():
            code = int(options.action(options))
        sys.stdout.flush()
        return code
    except OSError as error:
        _tell_failed_write(error)
        return 1
    except RecountError as error:
        print(visible(f"recount: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("recount: interrupted; finished files are whole, the rest is as before", file=sys.stderr)
        return 130


def _tell_failed_write(error: OSError) -> None:
    """Say what could not be written or read; nothing where the reader of the output has gone."""
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
    for name, action, told in (
        ("reproduce", _reproduce, "execute the notebooks into build/, export figures and verdicts, print the verdicts"),
        ("refresh", _refresh, "execute the notebooks in place and renew the README's scoreboard, to commit both"),
        ("validate", _validate, "check the ledger, and every table against the data package"),
        ("seal", _seal, "check every table and write its hash into the data package"),
        ("check-text", _check_text, "compare a copy of the essays with the ledger; list what an unseen text holds"),
        ("new", _new, "draft an essay's rows of the ledger and its notebook out of its text"),
        ("figures", _figures, "make PDF and PNG of every figure; or draw them anew for another width"),
        ("booklet", _booklet, "make the booklet alone, one PDF, out of what reproduce left in build/"),
        ("trust", _trust, "move every figure that a claim reads, and tell which values and verdicts move with it"),
        ("report", _report, "build the HTML report out of what reproduce left in build/"),
        ("diff", _diff, "tell as Markdown which verdicts, answers, figures and data changed between two states"),
        ("verify", _verify, "tell whether exported figures and verdicts are the same, older than the data, or altered"),
        ("warm", _warm, "run a command, such as jupyter lab, whose Python kernels start with the libraries loaded"),
    ):
        command = commands.add_parser(name, help=told, description=told)
        command.set_defaults(action=action, alone=name in ("reproduce", "refresh", "figures", "booklet", "report"))
        _add_options(command, name)
    return parser


def _add_options(command: argparse.ArgumentParser, name: str) -> None:
    if name in ("reproduce", "figures", "report"):
        command.add_argument("--force", action="store_true", help="do again also what would come out as before")
    if name in ("reproduce", "refresh", "figures"):
        command.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="such as 5; all when none is named")
    if name in ("reproduce", "refresh", "figures", "trust"):
        command.add_argument("--jobs", type=_jobs, default=os.cpu_count() or 1, help="how many at a time")
        command.add_argument("--timeout", type=_jobs, default=300, metavar="SECONDS", help="that a cell may take, 300")
    if name == "reproduce":
        command.add_argument("--engine", choices=("local", "dask"), default="local", help="who executes the notebooks")
        command.add_argument(
            "--scheduler", default="", metavar="URL", help="of a dask cluster that runs already, tcp://…"
        )
    if name == "figures":
        command.add_argument("--width", choices=("full", "column", "slide"), help="16 cm, 8.9 cm, or 16:9")
        command.add_argument("--bare", action="store_const", const=1, help="without headline and source line")
        command.add_argument("--outlined", action="store_const", const=1, help="text as paths, for any machine")
    if name == "report":
        command.add_argument("--base-url", default="", metavar="URL", help="where it will be published, https://…")
    if name == "diff":
        command.add_argument("before", metavar="REV", help="a git revision, or the folder of a build")
        command.add_argument("after", nargs="?", default="", metavar="REV", help="another; this checkout by default")
        command.add_argument("--html", type=Path, metavar="PATH", help="write it as a page, with figures side by side")
    if name == "verify":
        command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="SVG, PDF, PNG, CSV or JSON")
    if name == "new":
        command.add_argument("slug", metavar="SLUG", help="the essay's id, such as engels-cities")
    if name in ("check-text", "new"):
        command.add_argument("path", type=Path, metavar="PATH", help="a UTF-8 text, one paragraph a line")
    if name == "warm":
        command.add_argument("command", nargs="+", metavar="WORD", help="after -- where one begins with a dash")


def _tell_where(action: Callable[[argparse.Namespace], int]) -> None:
    """Say so where the collection is not the one we stand in; what changes a collection stands in it."""
    home = root()
    if not Path.cwd().is_relative_to(home):
        if action in (_refresh, _seal, _new):
            raise RecountError(f"no {MARKER} in {Path.cwd()} or above it: stand in what is to be changed")
        print(f"recount: no {MARKER} here or above: this is the collection in {home}", file=sys.stderr)


def _jobs(text: str) -> int:
    """Return how many to run at a time: one or more."""
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, found {text!r}")
    return int(text)


def _into(future: Future[int], action: Callable[[], int]) -> None:
    """Put what an action returns or raises into a future; in a thread that may outlive us, and so prints nothing."""
    try:
        future.set_result(action())
    except BaseException as fault:
        future.set_exception(fault)


def _reproduce(options: argparse.Namespace) -> int:
    valid: Future[int] = Future()
    Thread(target=_into, args=(valid, partial(_validate, options, changed=True)), daemon=True).start()
    runs = _run(options, build() / "notebooks", valid)
    try:
        _leave(options, runs, valid.result())
    finally:  # also where nothing can be written
        failed = _failures(runs)
    return failed


def _leave(options: argparse.Namespace, runs: list[Any], tables: int) -> None:
    """Export what these runs found, with the earlier results of the others, and print the verdicts."""
    from recount import records

    good = sorted(run.result for run in runs if not run.error)
    verdicts, figures = records.gathered(good)
    try:
        if options.force:
            collection.forget("exports")
        collection.export(*records.gathered(every := records.executed(build() / "notebooks")), every)
        print(collection.earlier(good), end="")
    except RecountError as error:
        print(visible(f"recount: verdicts and exhibits are not exported: {error}"), file=sys.stderr)
    drawings = _export(options, good, figures, force=False) - sum(run.pictures for run in runs)
    report.print_verdicts(verdicts)
    print(f"{len(verdicts)} claims, {len(figures)} figures in {relative(folder())}; all tables valid")
    _print_as_before(table=tables, notebook=sum(run.as_before for run in runs), figure=drawings)


def _figures(options: argparse.Namespace) -> int:
    """Draw for another width, without headlines or with text as paths; or make PDF and PNG of what is drawn already."""
    from recount import records

    for word in ("width", "bare", "outlined"):
        if value := getattr(options, word):
            os.environ[f"RECOUNT_{word.upper()}"] = str(value)
    if folder() == build() / "figures":
        drawn = records.executed(build() / "notebooks")
        _export(options, drawn, records.gathered(drawn)[1], options.force)
        return 0
    runs = _run(options, build() / folder().name.replace("figures", "notebooks"))
    drawn = sorted(run.result for run in runs if not run.error)
    drawings = _export(options, drawn, records.gathered(drawn)[1], force=False) - sum(run.pictures for run in runs)
    _print_as_before(notebook=sum(run.as_before for run in runs), figure=drawings)
    print(f"figures: {relative(folder())}")
    return _failures(runs)


def _refresh(options: argparse.Namespace) -> int:
    _validate(options)
    if not (failed := _failures(_run(options, None))):
        report.update_readme()
    return failed


def _export(options: argparse.Namespace, notebooks: list[Path], figures: list[dict[str, Any]], force: bool) -> int:
    """Make PDF and PNG of the figures that lack them, and return of how many they were there."""
    collection.keep(figures, notebooks)
    every = [figure["name"] for figure in figures]
    names = collection.undrawn(every, force=force)
    with ThreadPoolExecutor(options.jobs) as executor, report.progress("figures", len(names)) as told:
        for name in collection.drawings(names, executor):
            told(name, quiet=True)
    return len(every) - len(names)


def _run(options: argparse.Namespace, folder: Path | None, valid: Future[int] | None = None) -> list[Any]:
    """Run the notebooks into a folder, or in place; no result stays when the tables turn out not to be valid."""
    from recount import records

    def begin() -> None:
        if sys.platform != "win32" and len(gettempdir()) > 70:
            told = "too long for the sockets of a kernel; set a shorter one, as /tmp"
            raise RecountError(f"TMPDIR is {gettempdir()}: {told}")
        if isinstance(executor, ThreadPoolExecutor):
            warm.enter_context(collection.kernels())

    paths, runs, force = records.notebooks(options.notebooks), [], getattr(options, "force", True)
    within = {"timeout": options.timeout, "force": force, "begin": begin}
    with (
        ExitStack() as warm,
        _engine(options) as executor,
        report.progress("notebooks", len(paths)) as told,
        closing(collection.reproduce(paths, executor, folder, **within)) as ended,
    ):
        for run in ended:
            runs.append(run)
            if valid and valid.done() and valid.exception():
                break
            why = f" (changed: {run.cause})" if run.cause not in ("", "record", "forced") else ""
            end = "failed" if run.error else "as before" if run.as_before else "done"
            told(f"{run.source.stem}: {end} in {run.seconds:.1f} s{why}", quiet=run.as_before and not why)
    if valid and valid.exception():
        for run in runs:
            run.result.unlink(missing_ok=True)
        valid.result()
    return runs


def _engine(options: argparse.Namespace) -> AbstractContextManager[Executor]:
    """Return what executes the notebooks: threads, or a cluster."""
    if getattr(options, "engine", "local") == "local":
        return ThreadPoolExecutor(options.jobs)
    try:
        engine: AbstractContextManager[Executor] = collection.cluster(options.scheduler, options.jobs)
    except ImportError as error:
        raise RecountError(f"{error.name} is not installed; `pip install 'recount[cluster]'` adds it") from None
    return engine


def _failures(runs: list[Any]) -> int:
    for run in runs:
        if run.error:
            print(visible(f"recount: {run.source.name}: {run.error}"), file=sys.stderr)
    return 1 if any(run.error for run in runs) else 0


def _validate(options: argparse.Namespace, changed: bool = False) -> int:
    """Check ledger and tables, or only the tables that changed; return how many are as before."""
    from recount import datapackage, texts

    texts.paragraphs()
    report.kept()
    faults, as_before = collection.validate_changed(force=options.force) if changed else (collection.validate(), 0)
    collection.refuse(faults)
    if not changed:
        print(f"data package: {len([*map(datapackage.sealed, datapackage.package())])} tables valid", flush=True)
    return as_before


def _print_as_before(**counted: int) -> None:
    if told := [f"{number} {what}{'s' * (number > 1)}" for what, number in counted.items() if number]:
        print(f"as before: {', '.join(told)}")


def _seal(options: argparse.Namespace) -> int:
    changed = collection.seal()
    print(f"sealed: {', '.join(changed) if changed else 'nothing had changed'}")
    return 0


def _check_text(options: argparse.Namespace) -> int:
    from recount import texts

    report = texts.check(options.path)
    print(visible("\n".join(report.lines())))
    return 0 if report.ok else 1


def _booklet(options: argparse.Namespace) -> int:
    print(f"booklet: {relative(report.build_booklet())}")
    return 0


def _new(options: argparse.Namespace) -> int:
    from recount import texts

    left = texts.new(options.slug, options.path)
    print("\n".join((f"drafted {options.slug}; left to judge, each marked todo:", *left)))
    return 0


def _trust(options: argparse.Namespace) -> int:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from recount.claims import ledger

    steps, workers = len(ledger()) + collection.SAMPLE, ProcessPoolExecutor(options.jobs, get_context("spawn"))
    with workers as executor, report.progress("trust", steps) as told:
        for step in collection.challenge(executor):
            told(step)
    print(f"trust: {relative(build() / 'trust.csv')}")
    return 0


def _report(options: argparse.Namespace) -> int:
    if options.force:
        collection.forget("exports")
    if options.force or collection.Now(base=options.base_url).changed("report"):
        report.build_report(options.base_url)
    else:
        _print_as_before(report=1)
    print(f"report: {relative(build() / 'report' / 'index.html')}")
    return 0


def _diff(options: argparse.Namespace) -> int:
    states = collection.state(options.before), collection.state(options.after)
    if options.html:
        write_text(options.html, report.changes_page(*states))
    print(collection.markdown(*states), end="")
    return 0


def _verify(options: argparse.Namespace) -> int:
    told = {path: collection.verify(path) for path in options.files}
    print(visible("\n".join(f"{path}: {what}" for path, what in told.items())))
    return 0 if set(told.values()) == {"same"} else 1


def _warm(options: argparse.Namespace) -> int:
    from recount import collection

    try:
        collection.become(options.command)
    except OSError as error:
        raise RecountError(f"{options.command[0]}: cannot be run: {(error.strerror or str(error)).lower()}") from None
    return 0
