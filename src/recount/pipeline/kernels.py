"""Jupyter kernels forked from a server that has the libraries loaded, offered as a kernel provisioner.

With JUPYTER_DEFAULT_PROVISIONER_NAME=preloaded, nbclient, nbval and JupyterLab start these. The server is
multiprocessing's fork server; it loads nothing of Recount's own, so that a changed helper counts at once. Off Linux,
in a daemonic process, and where the path of temporary files is too long for a socket, kernels are plain.
"""

import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.process import BaseProcess
from tempfile import gettempdir
from types import ModuleType
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

LONGEST_FOLDER = 70  # characters of a folder in which a socket of the server or a kernel still has a place
_starting = threading.Lock()


def can_preload() -> bool:
    """Return whether this process can start a server of kernels."""
    able = sys.platform == "linux" and len(gettempdir()) <= LONGEST_FOLDER
    return able and not multiprocessing.current_process().daemon


class PreloadedProvisioner(LocalProvisioner):
    """Starts a kernel as a fork of the server, which leads a process group of its own."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel that the command of a kernelspec names, and return how to connect to it."""
        if not can_preload() or "-m" not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        environment, folder = dict(kwargs.get("env") or os.environ), str(kwargs.get("cwd") or os.getcwd())
        forked = _Forked(_start(cmd[cmd.index("-m") + 2 :], environment, folder))
        self.process = cast(Any, forked)
        self.pid = self.pgid = forked.pid
        return self.connection_info


def _start(arguments: list[str], environment: dict[str, str], folder: str) -> BaseProcess:
    """Fork a kernel; the program that runs is hidden meanwhile, else the fork would run it again."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["recount.pipeline.preload"])
    process = context.Process(target=_serve, args=(arguments, environment, folder), daemon=True)
    with _starting:
        program, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = program
    return process


def _serve(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Become the kernel: folder, environment, helper, randomness; it ends when the server or who started it does."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    threading.Thread(target=_end_with_starter, daemon=True).start()
    for name in [name for name in sys.modules if name.partition(".")[0] == "recount"]:
        del sys.modules[name]  # which the server has loaded to find what it is to load
    sys.modules["numpy"].random.seed()  # else every fork would draw the same numbers
    sys.argv = ["ipykernel_launcher", *arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
    sys.modules["ipykernel.kernelapp"].launch_new_instance()


def _end_with_starter() -> None:
    """Wait until the process that started the kernel has ended, and end the kernel with all that it has started."""
    cast(Any, multiprocessing.parent_process()).join()
    os.killpg(0, signal.SIGKILL)


class _Forked:
    """A forked process with what `LocalProvisioner` asks of a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess) -> None:
        self._process, self.pid = process, process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid or 0, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)
