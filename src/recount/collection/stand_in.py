"""What Jupyter starts in place of a kernel: it asks the warm server for one and stands in for it until that ends.

A script of its own, run by `python -I -S` with a socket and the kernel's arguments, so that it starts at once.
"""

import json
import os
import signal
import socket
import sys
from contextlib import suppress


def ask(path: str, arguments: list[str]) -> int | None:
    """Return the exit code of a kernel that the server at `path` forked, or None where none is to be had."""
    parent, server = os.getppid(), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
    try:
        server.connect(path)
        socket.send_fds(server, [json.dumps(request).encode()], [0, 1, 2])
        if server.recv(16) != b"+":
            return None
    except OSError:
        return None
    signal.signal(signal.SIGINT, lambda number, _: server.sendall(bytes([number])))
    server.settimeout(1)  # a kernel, too, looks once a second whether its parent still lives
    while os.getppid() == parent:
        with suppress(TimeoutError):
            return int(server.recv(16) or 1)
    return 1


if __name__ == "__main__":
    code = None if os.environ.get("RECOUNT_COLD") else ask(sys.argv[1], sys.argv[2:])
    if code is None:
        os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", *sys.argv[2:]])
    if code < 0:  # ended by a signal, and so must this be, to be told alike
        os.kill(os.getpid(), -code)
    sys.exit(code)
