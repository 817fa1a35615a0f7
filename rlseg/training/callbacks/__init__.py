"""What a run shows and keeps, one callback a file."""

from __future__ import annotations

from rlseg.training.callbacks.best_checkpoint import BestCheckpoint
from rlseg.training.callbacks.board import Board
from rlseg.training.callbacks.console import ConsoleReport
from rlseg.training.callbacks.curves import Curves
from rlseg.training.callbacks.last_checkpoint import LastCheckpoint
from rlseg.training.callbacks.panels import ValidationPanels
from rlseg.training.callbacks.progress import Progress
from rlseg.training.callbacks.requeue import Requeue
from rlseg.training.callbacks.stops import Stops
from rlseg.training.callbacks.version_stamp import VersionStamp

__all__ = [
    "BestCheckpoint",
    "Board",
    "ConsoleReport",
    "Curves",
    "LastCheckpoint",
    "Progress",
    "Requeue",
    "Stops",
    "ValidationPanels",
    "VersionStamp",
]
