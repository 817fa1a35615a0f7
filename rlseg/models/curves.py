"""The curves of a training, as it leaves them in curves.jsonl: the numbers of all its validations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rlseg.arrays import np
from rlseg.errors import RlsegError

if TYPE_CHECKING:
    from rlseg.arrays import Floats, Ints

CURVES = "curves.jsonl"
UNCHANGED = "have not changed"
"""What is said of a training that ended for want of changes."""


class Curve(NamedTuple):
    """One number over a training, as `matplotlib.pyplot.plot(*curve)` takes it.

    Attributes:
        steps: (V,) int64, batches that were done, ascending: the validations at which the number was known.
        values: (V,) float64.
    """

    steps: Ints
    values: Floats


def load_curves(run: str | Path) -> dict[str, Curve]:
    """The curves of a training, one a tag. The tags are those of TensorBoard.

    Those of `validation/` are of the validation images; those of `reward/` and `policy/` of the images trained on, as
    they were logged last before each validation.

    Args:
        run: folder of a run of `rlseg fit`, like runs/mine/version_0. The training may still be going on.

    Returns:
        Tag, such as "validation/reward" -> its curve; empty before the first validation.

    Raises:
        RlsegError: the folder has no curves.jsonl.
    """
    folder = Path(run)
    if not (folder / CURVES).is_file():
        raise RlsegError(f"{folder} holds no {CURVES}", "name the folder of a run, like runs/mine/version_0")
    points: dict[str, list[tuple[int, float]]] = {}
    for line in read_curves(folder):
        for tag, value in line.get("metrics", {}).items():
            points.setdefault(tag, []).append((line["step"], value))
    return {
        tag: Curve(np.array([step for step, _ in known], np.int64), np.array([value for _, value in known], np.float64))
        for tag, known in points.items()
    }


def read_curves(run: Path) -> list[dict[str, Any]]:
    """The lines of a run's curves.jsonl that can be read, in their order; none if there is no such file.

    A run that was killed may have left half a line.

    Args:
        run: its folder.

    Returns:
        Lines with "step" (batches) and "seconds" since this start; those of validations with "metrics" by their tags,
        those of ends with "ended", which says why.
    """
    try:
        text = (run / CURVES).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    lines: list[dict[str, Any]] = []
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("step"), int):
            lines.append(found)
    return lines
