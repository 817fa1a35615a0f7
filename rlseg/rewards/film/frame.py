"""The objects of one frame of a film, measured for linking."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rlseg.arrays import AnyLabels, Floats, Ints, Labels
from rlseg.graph import measure_regions
from rlseg.rewards.film.packed import PackedLabels
from rlseg.rewards.measure import Segments


class MeasuredObjects(Protocol):
    """n objects of a frame, measured for linking; they may overlap. See `FrameObjects`."""

    @property
    def count(self) -> int:
        """n."""
        ...

    @property
    def area(self) -> Floats:
        """(n,) pixels."""
        ...

    @property
    def centroid(self) -> Floats:
        """(n, 2) mean row and column, px; of volumes (n, 3), the plane first."""
        ...

    @property
    def shapes(self) -> Mapping[str, Floats]:
        """Descriptor -> (n,), in px and px^2."""
        ...


@dataclass(frozen=True)
class FrameObjects:
    """The n objects of a frame in the order of their labels. Of a film of volumes a frame is one (Z, H, W).

    Attributes:
        labels: (n,) their labels.
        packed: their places, see `place`.
        area: (n,) pixels.
        centroid: (n, 2) mean row and column, px; of volumes (n, 3), the plane first, times how far planes are apart.
        shapes: descriptor -> (n,), in px and px^2.
    """

    labels: Ints
    packed: PackedLabels
    area: Floats
    centroid: Floats
    shapes: Mapping[str, Floats]

    @property
    def count(self) -> int:
        """How many objects there are."""
        return len(self.labels)

    @property
    def place(self) -> Labels:
        """(H, W) or (Z, H, W) int32, 0 = background, else 1 + the place of the object in these tables.

        It is unpacked for each caller.
        """
        return self.packed.unpacked()

    @classmethod
    def nothing(cls) -> FrameObjects:
        """Of no frame."""
        return cls.of(np.zeros((0, 0), np.int32), ())

    @classmethod
    def of(cls, labels: AnyLabels, shapes: Collection[str], plane_distance: float = 1.0) -> FrameObjects:
        """Measure the objects of a frame.

        Args:
            labels: (H, W) or (Z, H, W), 0 = background; an object need not hang together.
            shapes: names of descriptors, see `rlseg.rewards.links.SHAPES`.
            plane_distance: of a volume: how far its planes are apart, px.
        """
        there = np.nonzero(labels)
        names, inside = np.unique(labels[there], return_inverse=True)
        place = np.zeros(labels.shape, np.int32)
        place[there] = inside + 1
        count = len(names)
        area = np.bincount(place.ravel(), minlength=count + 1)[1:].astype(np.float64)
        sums = [np.bincount(inside, along, count) for along in there]
        measured: dict[str, Floats] = {"area": area}
        others = sorted(set(shapes) - {"area"})
        if others and count:
            # regions count from 0 without a gap: a picture full of objects has no background among them
            spacing = (1.0, 1.0) if place.ndim == 2 else (plane_distance, 1.0, 1.0)
            regions = measure_regions([np.zeros(place.shape, np.float32)], place - (place.min() > 0), spacing=spacing)
            segments = Segments(regions, np.arange(regions.num_nodes)[None])
            measured |= {name: segments.descriptor(name, 0)[-count:] for name in others}
        measured |= {name: np.zeros(0) for name in others if not count}
        centroid = np.stack(sums, axis=1) / area[:, None]
        if place.ndim == 3:
            centroid[:, 0] *= plane_distance
        return cls(names.astype(np.int64), PackedLabels.of(place), area, centroid, measured)
