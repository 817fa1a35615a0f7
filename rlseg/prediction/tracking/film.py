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
        centroid: (n, 2) mean row and column, px; of volumes (n, 3), the plane first, times how far planes are apart.
        area: (n,) pixels, or voxels.
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
        labels: (T, H, W) or (T, Z, H, W) int32, 0 = background, else the number of the track.
        first, last: (N,) frames in which the tracks 1..N begin and end.
        parent: (N,) number of the track that divided into this one, 0 for none.
        objects: every object of every frame.
        drift: (T, 2) rows and columns that the whole picture has moved since the frame before, 0 for the first.
        plane_distance: how far the planes of volumes are apart, in sides of a pixel.
    """

    labels: npt.NDArray[np.int32]
    first: Ints
    last: Ints
    parent: Ints
    objects: TrackedObjects
    drift: Ints
    plane_distance: float = 1.0

    @property
    def divisions(self) -> int:
        """How many tracks divide."""
        return len(np.unique(self.parent[self.parent > 0]))

    def table(self) -> dict[str, npt.NDArray[np.generic]]:
        """A row for every object: frame, track, parent, label, centroid_row, centroid_col, area and link.

        Lengths in pixels; the centre of the first pixel is 0. parent is that of the track in each of its rows. Of
        volumes centroid_slice is the number of the plane, from 0, and voxels stand for the area.
        """
        found, places = self.objects, self.places
        volumes = places.shape[1] == 3
        return {
            "frame": found.frame,
            "track": found.track,
            "parent": self.parent[found.track - 1],
            "label": found.label,
            **({"centroid_slice": places[:, 0]} if volumes else {}),
            "centroid_row": places[:, -2],
            "centroid_col": places[:, -1],
            ("voxels" if volumes else "area"): found.area.astype(np.int64),
            "link": found.link,
        }

    @property
    def places(self) -> Floats:
        """(n, 2) row and column of the objects, of volumes (n, 3) the number of the plane first, all from 0."""
        centroid = self.objects.centroid
        if centroid.shape[1] == 2:
            return centroid
        return np.concatenate([centroid[:, :1] / self.plane_distance, centroid[:, 1:]], axis=1)
