from .answer import answer
from .claims import claim, claims_table, ledger
from .datapackage import Listing, evidence, table
from .figures.charts import dumbbell, intervals, lines, named_scatter, ranked_bars
from .figures.figure import figure
from .figures.scoreboard import scoreboard
from .figures.tile_map import tile_map
from .files import RecountError
from .measures import linear_bounds, proportional_fitting
from .multiverse import specifications
from .readings import Reading
from .records import executed, gathered
from .verdict import judge
from .wording import Interval, plain

__all__ = [
    "Interval",
    "Listing",
    "Reading",
    "RecountError",
    "answer",
    "claim",
    "claims_table",
    "dumbbell",
    "evidence",
    "executed",
    "figure",
    "gathered",
    "intervals",
    "judge",
    "ledger",
    "linear_bounds",
    "lines",
    "named_scatter",
    "plain",
    "proportional_fitting",
    "ranked_bars",
    "scoreboard",
    "specifications",
    "table",
    "tile_map",
]
