"""What a notebook reads and writes, as Python's audit events tell it inside the kernel while it runs.

Seen are: every file and folder that Python opens or lists, what the helper says it uses of a file that is shared, and
that another program is started or the network asked, which no record can answer for. Not seen are: the clock, chance,
environment variables of other names than `fresh.SETTINGS`, whether a file that is never opened exists, what a library
written in C opens by itself, files in hidden folders outside the collection, and the settings that IPython starts with.
"""

import json
import os
import sys
import threading
from collections import Counter
from contextlib import suppress
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any

from recount import files
from recount.collection.fresh import PACKAGE, Now, State, helper

BEYOND = frozenset(
    "subprocess.Popen os.system os.exec os.posix_spawn os.spawn os.startfile pty.spawn "
    "socket.connect socket.sendto socket.bind".split()
)
PROGRAMS = frozenset(f"multiprocessing.popen_{way}" for way in ("spawn_posix", "forkserver", "spawn_win32"))
FOLLOWED = BEYOND | {files.USES, "open", "os.rename", "os.listdir", "os.scandir", "sqlite3.connect", "import"}
NOWHERE = ("/proc/", "/sys/", "/dev/")
BEGINNING = ("helper", "environment")
LOADED = helper()  # what this process has of it, though it may serve many kernels and files change meanwhile


def watch(path: str) -> None:
    """Tell into a file, a JSON line each, what is read and written from now on until the process ends."""
    sys.addaudithook(Trace(Path(path), LOADED))


class Trace:
    """An audit hook that tells each thing once, in the state in which it was before it was first read."""

    def __init__(self, path: Path, loaded: str) -> None:
        self._now, self._own, self._parts = Now(), set[str](), Counter[str]()
        self._thread = threading.local()
        self._installed = [f"{prefix}{os.sep}" for prefix in (sys.prefix, sys.base_prefix)]
        self._path = path
        self._tell("helper", loaded)
        self._look("environment")

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Take notice of an event; fail no one, but lose the beginning of what was told, and so all, if that fails."""
        if event not in FOLLOWED or getattr(self._thread, "busy", False):
            return
        self._thread.busy = True
        try:
            self._notice(event, args)
        except BaseException as error:
            os.truncate(self._path, 0)
            if not isinstance(error, Exception):
                raise
        finally:
            self._thread.busy = False

    def _notice(self, event: str, args: tuple[Any, ...]) -> None:
        match event:
            case "open" if isinstance(args[0], str | bytes | os.PathLike):
                self._open(_absolute(args[0]), args[2])
            case "sqlite3.connect":
                self._open(_absolute(args[0]), os.O_RDWR)
            case "os.rename":
                self._rename(_absolute(args[0]), _absolute(args[1]))
            case "os.listdir" | "os.scandir" if isinstance(args[0], str | bytes | os.PathLike | None):
                imports = "importlib" in sys._getframe(2).f_code.co_filename
                self._read("modules" if imports else "folder", _absolute(args[0] or "."))
            case files.USES:
                kind, _, name = args[0].partition(" ")
                if kind == "verdicts":
                    self._parts[_absolute(name)] += 1
                self._look(self._now.at(kind, name) if kind == "verdicts" else args[0])
            case "import" if args[0] in PROGRAMS:
                self._tell(f"reach of {args[0]}", "")
            case _ if event in BEYOND:
                self._tell(f"reach of {event}", "")

    def _open(self, path: str, flags: int) -> None:
        writes = flags & (os.O_WRONLY | os.O_RDWR)
        if self._parts[path] and not writes:  # a part of it is told already
            self._parts[path] -= 1
        elif not flags & (os.O_TRUNC | os.O_EXCL):
            self._read("file", path)
        if writes:
            self._write(path, "")

    def _read(self, kind: str, path: str) -> None:
        """Tell what is read, unless this notebook wrote it, or it belongs to the helper or to what is installed."""
        if path.endswith(".pyc"):
            with suppress(ValueError):  # not one of Python's own cache
                path = source_from_cache(path)
        home = f"{self._now.home}{os.sep}"
        inside = path.startswith(home)
        installed = any(path.startswith(p) and (not inside or p.startswith(home)) for p in self._installed)
        elsewhere = not inside and (f"{os.sep}." in path or path.startswith(NOWHERE))
        ours = Path(path).parent in (PACKAGE, PACKAGE / "fonts", PACKAGE / "collection") or Path(path) == PACKAGE
        if not (path in self._own or installed or elsewhere or ours):
            self._look(self._now.at(kind, path))

    def _rename(self, old: str, new: str) -> None:
        if os.path.isdir(old):
            self._tell("reach of a renamed folder", "")
            return
        state = self._now.look("drawn", old)
        self._read("file", old)
        self._write(new, state)

    def _write(self, path: str, state: str) -> None:
        """Tell what is written; where its `state` is known already, with that."""
        self._own.add(path)
        self._tell(self._now.at("wrote", path), state)

    def _look(self, what: str) -> None:
        if what not in self._now:
            self._tell(what, self._now[what])

    def _tell(self, what: str, state: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([what, state]) + "\n")


def _absolute(path: Any) -> str:
    return os.path.abspath(os.fsdecode(path))


def told(path: Path, given: dict[str, str]) -> list[State]:
    """Return what a kernel told, and the state of what it wrote: nothing if it could not tell all, or ran elsewhere."""
    try:
        pairs = [tuple(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return []
    if pairs[:2] != [(what, given[what]) for what in BEGINNING]:
        return []
    now, states = Now(), dict[str, str]()
    read = [(what, state) for what, state in pairs if not what.startswith("wrote ")]
    for what, state in pairs:
        name = what.removeprefix("wrote ")
        place = now.home / name
        if name != what and place.is_file() and any(place.is_relative_to(p) for p in (now.home, files.build())):
            states[f"drawn {name}"] = state or now[f"drawn {name}"]
    return [*read, *states.items()]
