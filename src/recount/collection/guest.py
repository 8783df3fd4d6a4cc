"""What a cluster's worker starts in a copy of the collection: processes that end when their input is closed."""

import os
import pickle
import sys
from pathlib import Path
from threading import Thread

from recount.collection import warm


def serve() -> None:
    """Keep a server of warm kernels, and say how to find it."""
    with warm.kernels():
        print(os.environ.get("JUPYTER_PATH", ""), flush=True)
        sys.stdin.read()


def execute() -> None:
    """Call the function that is sent with the paths of a notebook and its result, and leave its `Run` in a file."""
    function, source, result, more = pickle.load(sys.stdin.buffer)
    Thread(target=lambda: os.read(0, 1) or os._exit(1), daemon=True).start()
    run = function(Path(source).resolve(), Path(result).resolve(), *more)
    Path("run").write_bytes(pickle.dumps(run))
