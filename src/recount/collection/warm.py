"""Warm kernels: forks of one server that has the libraries loaded, where each notebook would load them anew.

The server loads nothing of Recount's own, so that a changed helper counts at once. Jupyter finds its kernels by a
kernelspec on JUPYTER_PATH: nbclient, nbval and JupyterLab use them without knowing. Linux only; elsewhere, and where
RECOUNT_COLD is set, kernels are plain ones.
"""

from __future__ import annotations

import builtins
import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

LIBRARIES = (
    *("ipykernel.kernelapp", "pandas", "matplotlib.pyplot", "seaborn", "scipy.optimize", "scipy.stats"),
    *("statsmodels.api", "statsmodels.formula.api"),
)
LINK = "server"  # the socket, in a folder of its own beside the kernelspec
PACKET = 1 << 20  # bytes
INLINE = "module://matplotlib_inline.backend_inline"  # what a kernel makes the default before anything is loaded


@contextmanager
def kernels() -> Iterator[None]:
    """Let every Python kernel that Jupyter starts in this block be a fork of one server."""
    before, server = os.environ.get("JUPYTER_PATH"), start()
    try:
        yield
    finally:
        if server and server.stdin:
            server.stdin.close()
            server.wait()
            del os.environ["JUPYTER_PATH"]
            os.environ |= {"JUPYTER_PATH": before} if before else {}


def become(command: list[str]) -> None:
    """Replace this process by a command whose Python kernels are forks of one server, which ends with it."""
    server = start()
    if server and server.stdin:
        os.set_inheritable(server.stdin.fileno(), True)
    os.execvp(command[0], command)


def start() -> subprocess.Popen[bytes] | None:
    """Start a server that lives until its standard input is closed, and put its kernelspec on JUPYTER_PATH.

    None where kernels are to be plain ones, and where there is a server already.
    """
    path = os.environ.get("JUPYTER_PATH", "")
    if sys.platform != "linux" or os.environ.get("RECOUNT_COLD") or Path(path.split(os.pathsep)[0], LINK).is_socket():
        return None
    home = Path(tempfile.mkdtemp(prefix="recount-"))
    link = str(home / LINK)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(link)
        listener.listen(64)
        server = subprocess.Popen(
            [sys.executable, __file__, str(home), str(listener.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # an interrupt from the keyboard is the starter's
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},  # a fork takes no threads along
        )
    from ipykernel.kernelspec import write_kernel_spec  # meanwhile the server loads

    stand_in = str(Path(__file__).with_name("stand_in.py"))
    argv = [sys.executable, "-I", "-S", stand_in, link, "-f", "{connection_file}"]
    write_kernel_spec(home / "kernels" / "python3", overrides={"argv": argv})
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(home), path]))
    return server


class Kernel(NamedTuple):
    """A fork: its process, a descriptor that is readable once it has ended, and the link to its stand-in."""

    pid: int
    ended: int
    link: socket.socket

    def send(self, number: int) -> None:
        """Signal the kernel and the processes that its cells have started."""
        for signalled in (os.killpg, os.kill):  # it may not lead a group yet
            with suppress(ProcessLookupError):
                signalled(self.pid, number)

    def end(self) -> None:
        """Kill what is left of it and tell its stand-in the exit code."""
        self.send(signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        with suppress(OSError), self.link:
            self.link.sendall(str(code).encode())
        os.close(self.ended)


def serve(listener: socket.socket, home: str) -> list[str]:
    """Fork whenever a stand-in asks; return in each fork alone, with the arguments of the kernel it is to be."""
    kernels: list[Kernel] = []
    surroundings = _surroundings(os.environ)
    os.environ.setdefault("MPLBACKEND", INLINE)
    try:
        _load()
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    while True:
        watched: list[Any] = [0, listener, *(k.ended for k in kernels), *(k.link for k in kernels)]
        ready = select.select(watched, [], [])[0]
        if 0 in ready:  # the starter has ended
            for kernel in kernels:
                kernel.end()
            shutil.rmtree(home, ignore_errors=True)
            os._exit(0)
        for kernel in [k for k in kernels if k.ended in ready or k.link in ready]:
            signals = b"" if kernel.ended in ready else _received(kernel.link)
            for number in signals:
                kernel.send(number)
            if not signals:  # the kernel has ended, or its stand-in
                kernel.end()
                kernels.remove(kernel)
        if listener in ready:
            link, request, descriptors = _asked(listener)
            if request and _surroundings(request["environment"]) == surroundings:
                if not (pid := os.fork()):
                    for each in (listener, *(k.link for k in kernels)):
                        each.close()
                    for kernel in kernels:
                        os.close(kernel.ended)
                    return _settled(request, descriptors, link)
                kernels.append(Kernel(pid, os.pidfd_open(pid), link))
            else:  # it starts a plain kernel
                link.close()
            for descriptor in descriptors:
                os.close(descriptor)


def _surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that Python and Matplotlib read as they are loaded, so that a fork cannot change them."""
    return {name: value for name, value in environment.items() if name.startswith(("PYTHON", "MPL"))}


def _load() -> None:
    gc.disable()
    # Pandas asks, as it is loaded, whether this is a kernel, and if not shows narrower tables.
    vars(builtins)["get_ipython"] = lambda: SimpleNamespace(kernel=True)
    for name in LIBRARIES:
        with suppress(ImportError):  # the notebook that needs it will say so
            import_module(name)
    del vars(builtins)["get_ipython"]
    if len(os.listdir("/proc/self/task")) > 1:
        sys.exit("recount: a library runs threads, which no fork survives: kernels start cold")
    gc.freeze()  # collecting what is loaded would copy its pages into every fork


def _received(link: socket.socket) -> bytes:
    with suppress(OSError):
        return link.recv(16)
    return b""


def _asked(listener: socket.socket) -> tuple[socket.socket, dict[str, Any], list[int]]:
    """Take one request, one packet; an empty one where the stand-in has gone or dawdles."""
    link, _ = listener.accept()
    link.settimeout(5)
    with suppress(OSError):
        packet, descriptors, *_ = socket.recv_fds(link, PACKET, 3)
        return link, json.loads(packet or b"{}"), descriptors
    return link, {}, []


def _settled(request: dict[str, Any], descriptors: list[int], link: socket.socket) -> list[str]:
    """Make of a fork what Jupyter would have started: folder, environment, streams, randomness."""
    os.setsid()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    gc.enable()
    sys.modules["numpy"].random.seed()  # Python's own it seeds itself
    with link:
        link.sendall(b"+")
    return [*request["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"]


if __name__ == "__main__":
    del sys.path[0]  # this folder; a kernel adds its own
    arguments = serve(socket.socket(fileno=int(sys.argv[2])), sys.argv[1])
    sys.argv[1:] = arguments
    sys.modules["ipykernel.kernelapp"].launch_new_instance()
