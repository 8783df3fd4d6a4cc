"""The notebooks executed by a Dask cluster, many processes or many machines, from a copy that each worker is sent.

A worker needs the packages of the lock and nothing else: no checkout, no disk in common, not even Recount. Hence this
module is sent by value, and what of it runs on a worker imports nothing of Recount.
"""

import io
import logging
import os
import pickle
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import cloudpickle
from distributed import Client, KilledWorker, LocalCluster, Security, WorkerPlugin, get_worker

from recount.collection.fresh import SETTINGS
from recount.collection.run import Run
from recount.files import RecountError, atomic, build, read_text, relative, root
from recount.records import SCOREBOARD

WAIT = 10  # seconds for the scheduler to answer, and for a first worker
RESULTS = ("figures", "notebooks", "failed", "fresh")  # the folders of build/ that a notebook fills
PLACES = ("RECOUNT_BUILD", "RECOUNT_EXECUTED", "PYTHONPATH", "PYTHONHOME", "JUPYTER_PATH")  # each machine has its own


@contextmanager
def cluster(scheduler: str, jobs: int) -> Iterator[Executor]:
    """Give an executor for `collection.reproduce` whose work a Dask cluster does; its results are written here.

    Parameters
    ----------
    scheduler
        Its address, such as ``tcp://10.0.0.1:8786``; empty for a cluster of this machine, which encrypts its traffic.
        Who reaches a scheduler can run anything on its workers: keep it in a network of your own, or use ``tls://``.
    jobs
        How many processes that has.

    Raises
    ------
    RecountError
        The scheduler cannot be reached, has no workers, or one of them has not the packages of the lock.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it has to say is told by what is raised
    with ExitStack() as stack:
        try:
            if scheduler:
                client = stack.enter_context(Client(scheduler, timeout=WAIT))
            else:
                client = stack.enter_context(Client(stack.enter_context(_own(jobs))))
            client.wait_for_workers(1, timeout=WAIT)
        except TimeoutError:
            raise RecountError(
                f"{scheduler}: the scheduler has no workers; `dask worker {scheduler}` starts one"
            ) from None
        except (OSError, ValueError) as error:
            raise RecountError(f"{scheduler}: no scheduler can be reached there: {error}") from None
        cloudpickle.register_pickle_by_value(sys.modules[__name__])
        name = f"recount-{client.id}"
        stack.callback(_withdraw, client, name)
        try:
            client.register_plugin(Copy(_collection(), _locked(), _settings()), name)
        except Exception as error:
            raise RecountError(f"a worker cannot take part: {error}") from None
        yield Cluster(client, name)


def _own(jobs: int) -> LocalCluster:
    """Start a cluster of this machine; others here can reach its ports, hence the keys."""
    before = dict(os.environ)
    started = LocalCluster(jobs, threads_per_worker=1, security=Security.temporary(), dashboard_address="127.0.0.1:0")
    for name in os.environ.keys() - before.keys():  # PYTHONHASHSEED and others are meant for its workers
        del os.environ[name]
    return started


def _withdraw(client: Client, name: str) -> None:
    """Let no notebook run on, and leave nothing on the workers, if they can still be reached."""
    with suppress(Exception):
        if client.status == "running":
            client.unregister_worker_plugin(name)


class Cluster(Executor):
    """An executor whose functions take a notebook and the path of its result, and return a `Run`."""

    def __init__(self, client: Client, plugin: str) -> None:
        self._executor, self._scheduler = client.get_executor(pure=False), client.scheduler.address
        self._executed = lambda *args: get_worker().plugins[plugin].execute(*args)  # a lambda is sent by value

    def submit(self, function: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Have `function` called with the same notebook on a worker; what it leaves in build/ is brought here."""
        source, result, *more = args
        there = PurePosixPath("build", result.relative_to(build()).as_posix())
        call = pickle.dumps((function, source.relative_to(root()).as_posix(), str(there), more))
        others = {str(there.parent): result.parent} if source.stem == SCOREBOARD else {}
        run, ended = self._executor.submit(self._executed, call, packed(others)), Future[Any]()
        run.add_done_callback(lambda run: self._end(ended, run, source, result))
        return ended

    def _end(self, ended: Future[Any], run: Future[bytes], source: Path, result: Path) -> None:
        if not ended.set_running_or_notify_cancel():
            return
        try:
            ended.set_result(brought(run.result(), source, result))
        except KilledWorker:
            ended.set_result(Run(source, result, 0.0, "every worker that executed it died"))
        except ChildProcessError as error:
            ended.set_result(Run(source, result, 0.0, str(error)))
        except CancelledError:
            told = f"{self._scheduler}: the scheduler has gone; finished files are whole, the rest is as before"
            ended.set_exception(RecountError(told))
        except BaseException as error:
            ended.set_exception(error)


class Copy(WorkerPlugin):  # type: ignore[misc]
    """What a worker gets before its first notebook: the collection, and a server of warm kernels."""

    def __init__(self, collection: bytes, versions: dict[str, str], settings: dict[str, str]) -> None:
        self.collection, self.versions, self.settings = collection, versions, settings
        self.processes: set[subprocess.Popen[bytes]] = set()

    def setup(self, worker: Any) -> None:
        """Refuse a worker that lacks a package or has another version, for its results could be others."""
        wrong = [told for name, wanted in self.versions.items() if (told := _other(name, wanted))]
        if wrong:
            raise ImportError(f"{worker.address} has {', '.join(wrong)}; install requirements.txt there")
        # Hidden, so that no record of what a notebook reads names this copy of the helper.
        self.home = TemporaryDirectory(prefix=".recount-", dir=worker.local_directory)
        unpack(self.collection, self.home.name)
        server = self.start("serve", self.home.name, subprocess.PIPE)
        self.settings["JUPYTER_PATH"] = server.stdout.readline().decode().strip()  # type: ignore[union-attr]

    def teardown(self, worker: Any) -> None:
        """End all that runs for this client."""
        for process in list(self.processes):
            process.stdin.close()  # type: ignore[union-attr]
            process.wait()
        self.home.cleanup()

    def start(self, what: str, home: str, output: int) -> subprocess.Popen[bytes]:
        """Start a function of `guest` in a copy of the collection; it ends when its input is closed."""
        path = os.pathsep.join(filter(None, [str(Path(self.home.name, "src")), os.environ.get("PYTHONPATH")]))
        env = {k: v for k, v in os.environ.items() if not re.match(SETTINGS, k)} | {"PYTHONPATH": path}
        command = [sys.executable, "-c", f"from recount.collection import guest; guest.{what}()"]
        process = subprocess.Popen(command, cwd=home, env=env | self.settings, stdin=subprocess.PIPE, stdout=output)
        self.processes.add(process)
        return process

    def execute(self, call: bytes, more: bytes) -> bytes:
        """Execute one notebook in a copy of its own, and return what it left there."""
        with TemporaryDirectory(prefix="recount-", dir=Path(self.home.name).parent) as home:
            unpack(self.collection, home)
            unpack(more, home)
            with self.start("execute", home, sys.stderr.fileno()) as process:
                process.stdin.write(call)  # type: ignore[union-attr]
                process.stdin.flush()  # type: ignore[union-attr]
                process.wait()
            self.processes.discard(process)
            if process.returncode:
                raise ChildProcessError(f"its process on a worker ended with code {process.returncode}")
            return packed({"run": Path(home, "run"), **{name: Path(home, "build", name) for name in RESULTS}})


def _other(name: str, wanted: str) -> str:
    """Return what is other about a package, or about Python, than it is where the client is."""
    if name == "Python":
        found = sys.version.split()[0]
    else:
        try:
            found = version(name)
        except PackageNotFoundError:
            return f"no {name}"
    return f"{name} {found} instead of {wanted}" if found != wanted else ""


def _locked() -> dict[str, str]:
    """Return the version of Python, and of every package of the lock that is installed here."""
    versions = {"Python": sys.version.split()[0]}
    for name in re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)==", read_text(root() / "requirements.txt")):
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _settings() -> dict[str, str]:
    """Return the variables on which results may depend, to be the same on a worker."""
    return {k: v for k, v in os.environ.items() if re.match(SETTINGS, k) and k not in PLACES}


def _collection() -> bytes:
    """Return what a notebook may read, and the helper."""
    folders = {name: root() / name for name in ("data", "seeds", "notebooks")}
    return packed({**folders, "src/recount": Path(__file__).parents[1]})


def packed(places: Mapping[str, Path]) -> bytes:
    """Return files and folders, those that exist, as an archive in which they have these names."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=1) as tar:
        for name, path in places.items():
            if path.exists():
                tar.add(path, name, filter=lambda it: None if re.search(r"/(\.|__pycache__)[^/]*$", it.name) else it)
    return archive.getvalue()


def unpack(archive: bytes, folder: str) -> None:
    """Unpack an archive, nothing of it outside the folder."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def brought(archive: bytes, source: Path, result: Path) -> Run:
    """Write into build/ what a notebook left on a worker, each file whole or not at all, and return its run."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {it.name: file.read() for it in tar if (file := tar.extractfile(it))}
    run: Run = replace(pickle.loads(files.pop("run")), source=source, result=result)
    for failed in (build() / "failed" / source.name, *([result] if run.error else [])):
        failed.unlink(missing_ok=True)
    for name, content in sorted(files.items()):
        place = PurePosixPath(name)
        if place.parts[0] == "fresh" and build() != root() / "build":
            continue  # the record names files as they lie on the worker, in build/
        if place.parts[0] not in RESULTS or ".." in place.parts:
            raise RecountError(f"{relative(source)}: a worker sent {name}, which is no result")
        with atomic(build() / place) as path:
            path.write_bytes(content)
    return run
