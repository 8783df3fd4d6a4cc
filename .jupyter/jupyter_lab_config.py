"""How `make lab` opens JupyterLab; a reader's own configuration stays in force beside it."""

import sys
from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821
c.ServerApp.root_dir = str(Path(__file__).parents[1])
c.ServerApp.tornado_settings = {"static_custom_path": [str(Path(__file__).parent)]}  # where custom.css lies
c.LabApp.custom_css = True
c.LabApp.default_url = "/lab/tree/notebooks/00-scoreboard.ipynb"
if sys.platform != "win32":
    c.KernelManager.transport = "ipc"  # TCP would be open to others on this machine
