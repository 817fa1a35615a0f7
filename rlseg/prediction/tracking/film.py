"""A film whose objects have numbers that last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints


@dataclass(frozen=True)
class TrackedObjects:
    """The n objects of all frames, by frame and then by track.

    Attributes:
        frame: (n,) from 0.
        track: (n,) number of the track, from 1.
        label: (n,) the number that the object had in its frame before.
        link: (n,) in [0, 1], score of the link or division that leads to it; NaN where a track begins without one.
        centroid: (n, 2) mean row and column, px.
        area: (n,) pixels.
    """

    frame: Ints
    track: Ints
    label: Ints
    link: Floats
    centroid: Floats
    area: Floats


@dataclass(frozen=True)
class Film:
    """What became of a film.

    Attributes:
        labels: (T, H, W) int32, 0 = background, else the number of the track.
        first, last: (N,) frames in which the tracks 1..N begin and end.
        parent: (N,) number of the track that divided into this one, 0 for none.
        objects: every object of every frame.
        drift: (T, 2) rows and columns that the whole picture has moved since the frame before, 0 for the first.
    """

    labels: npt.NDArray[np.int32]
    first: Ints
    last: Ints
    parent: Ints
    objects: TrackedObjects
    drift: Ints

    @property
    def divisions(self) -> int:
        """How many tracks divide."""
        return len(np.unique(self.parent[self.parent > 0]))

    def table(self) -> dict[str, npt.NDArray[np.generic]]:
        """A row for every object: frame, track, parent, label, centroid_row, centroid_col, area and link.

        Lengths in pixels; the centre of the first pixel is 0. parent is that of the track in each of its rows.
        """
        found = self.objects
        return {
            "frame": found.frame,
            "track": found.track,
            "parent": self.parent[found.track - 1],
            "label": found.label,
            "centroid_row": found.centroid[:, 0],
            "centroid_col": found.centroid[:, 1],
            "area": found.area.astype(np.int64),
            "link": found.link,
        }
