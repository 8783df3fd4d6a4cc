"""What a signal has to end: the kernels that run, and what would send them a further cell."""

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any

executing: set[Any] = set()  # the clients of the notebooks that are being executed
stopped = threading.Event()  # set when no further cell is to be executed


def stop() -> None:
    """Let no further cell be executed, and end every kernel with all that it has started; each leads a group."""
    stopped.set()
    provisioners = [getattr(client.km, "provisioner", None) for client in [*executing]]
    for pid in filter(None, (getattr(provisioner, "pid", None) for provisioner in provisioners)):
        with suppress(OSError):
            (os.kill if sys.platform == "win32" else os.killpg)(pid, signal.SIGTERM)
