"""``python -m recount``."""

import sys

from recount.cli import main

sys.exit(main())
