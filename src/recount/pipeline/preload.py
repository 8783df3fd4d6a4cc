"""The libraries that the server of kernels imports once, seeing what a kernel would see."""

import builtins
import os
from types import SimpleNamespace

os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # which a kernel sets before it begins
vars(builtins)["get_ipython"] = lambda: SimpleNamespace(kernel=True, config={})  # pandas decides by it how it displays
import ipykernel.kernelapp, matplotlib.pyplot, pandas, scipy.optimize, scipy.stats, seaborn  # noqa: E401, E402, F401, I001
import statsmodels.api, statsmodels.formula.api  # type: ignore[import-untyped]  # noqa: E401, E402, F401

del vars(builtins)["get_ipython"]
