"""A trained model applied to what is open: one plane, or each plane of a stack."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.prediction import Model
from rlseg.viewer.session.planes import Planes

Table = dict[str, npt.NDArray[np.generic]]
# one at a time: it catches warnings, which are those of all threads
_ONE = threading.Lock()


@dataclass(frozen=True)
class Predicted:
    """The objects of all planes.

    Attributes:
        labels: (..., H, W) int32, 0 = background; no two planes share a number.
        table: column -> (n,) of all objects: index (the label), plane_0, plane_1, ... where there are several, then
            what `Objects` of `rlseg` has.
        remarks: lines on planes whose objects are unlike those of the training.
    """

    labels: npt.NDArray[np.int32]
    table: Table
    remarks: tuple[str, ...]


def predict_planes(
    model: Model,
    planes: Planes,
    width: float | None = None,
    go_on: Callable[[int, int], bool] = lambda done, all_: True,
) -> Predicted | None:
    """Segment each plane by itself.

    Args:
        model: trained.
        planes: of an open image.
        width: typical short diameter of the objects in px, if it is another than in the training.
        go_on: told how many planes of how many are done before each; False ends it.

    Returns:
        The objects; None if it was ended.

    Raises:
        RlsegError: the image has another number of channels than those of the training.
    """
    labels = np.zeros((*planes.stack, *planes.size), np.int32)
    places, tables, remarks, above = list(planes.places()), [], [], 0
    for number, place in enumerate(places):
        if not go_on(number, len(places)):
            return None
        image = planes.at(place)
        pixels = image.pixels if len(image.pixels) == model.channels else _in_colour(image.pixels, model.channels)
        with _ONE, warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", UserWarning)
            size = None if image.pixel_size is None else image.pixel_size.side
            objects = model.segment(pixels, pixel_size=size, width=width)
        remarks += [str(one.message) for one in said if issubclass(one.category, UserWarning)]
        labels[place] = np.where(objects.labels > 0, objects.labels + above, 0)
        tables.append(_row(objects.table, place, above))
        above = max(above, int(labels[place].max(initial=0)))
    names = tables[0]
    return Predicted(
        labels, {name: np.concatenate([table[name] for table in tables]) for name in names}, tuple(remarks)
    )


def _in_colour(pixels: npt.NDArray[np.float32], channels: int) -> npt.NDArray[np.float32]:
    """A gray picture for a model of colours; others stay as they are, and the model says what is wrong."""
    return np.repeat(pixels, 3, axis=0) if (len(pixels), channels) == (1, 3) else pixels


def _row(table: Table, place: tuple[int, ...], above: int) -> Table:
    count = len(table["label"])
    where = {f"plane_{axis}": np.full(count, one) for axis, one in enumerate(place)}
    rest = {name: values for name, values in table.items() if name != "label"}
    return {"index": table["label"].astype(np.int64) + above, **where, **rest}
