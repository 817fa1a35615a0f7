"""Lightning's advertising, and warnings that are expected, kept off the console."""

from __future__ import annotations

import logging
import re
import warnings

# what Lightning says without being asked, and what it warns of although it is meant that way
CHATTER = (
    "💡",
    "GPU available",
    "TPU available",
    "Seed set to",
    "Restor",
    "Loaded model weights",
    "Loading `train_dataloader`",
    "`Trainer.",
)
WARNINGS = (
    "LightningCLI's args parameter",
    "Your `IterableDataset` has `__len__` defined",
    "`isinstance\\(treespec, LeafSpec\\)` is deprecated",
    "The number of training batches .* is smaller than the logging interval",
    "It is recommended to use `self.log",
    "You.re resuming from a checkpoint that ended before the epoch ended",
    "\\s*By default only one JsonargparseDeprecationWarning",
    "\\s*\\S+( parameter)? was deprecated in v4",  # jsonargparse, of what Lightning calls
)


def calm() -> None:
    """Keep Lightning's advertising and the warnings that are expected off the console."""
    for text in WARNINGS:
        warnings.filterwarnings("ignore", message=text)
    for name in ("lightning.pytorch", "lightning.fabric", "lightning"):
        for handler in logging.getLogger(name).handlers:
            if not any(isinstance(known, _Chatter) for known in handler.filters):
                handler.addFilter(_Chatter())


class _Chatter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not re.sub(r"^\[rank: \d+\]", "", record.getMessage()).lstrip().startswith(CHATTER)
