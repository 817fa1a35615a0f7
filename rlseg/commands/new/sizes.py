"""How wide and long objects are, from a table that another program has made of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from rlseg.arrays import Floats
from rlseg.commands.new.images import Seen, refuse_wide
from rlseg.commands.new.plan import WIDER, Asked
from rlseg.errors import RlsegError
from rlseg.io import read_measured_table

_FEWEST = 5


def with_sizes(asked: Asked, seen: Seen, path: Path) -> tuple[Asked, list[str]]:
    """What is known, with the short and long diameters of four of five objects of a table, a tenth wider.

    Args:
        asked: what the user has said, which counts more.
        seen: the images.
        path: of the table.

    Returns:
        The same with sizes; and lines about the table.

    Raises:
        RlsegError: it cannot be used, or has too few objects.
    """
    table = read_measured_table(path, seen.pixel_size)
    count = len(table.minor)
    if count < _FEWEST:
        raise RlsegError(f"{path} has {count} objects, at least {_FEWEST} are needed", "say --width instead")
    lines = [f"  {count} objects in {path}, measured by {table.program}", *(f"  {note}" for note in table.notes)]
    width, length = asked.width, _range(table.major)
    if width is None:
        width = _range(table.minor)
        refuse_wide(seen, width)
    where = asked.width_from if asked.width else f"measured: four of five of {count} objects in {path.name}"
    return replace(asked, width=width, width_from=where, length=length), lines


def _range(values: Floats) -> tuple[float, float]:
    low, high = np.percentile(values, [10, 90])
    return float(low) / WIDER, float(high) * WIDER
