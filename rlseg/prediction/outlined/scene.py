"""One image with outlined objects: as they are outlined, as its superpixels show them, and what else there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from rlseg.arrays import Bools, Floats, Ints, Labels
from rlseg.data import Preparation
from rlseg.environment import (
    LabelObjects,
    candidates_of,
    drawn_levels,
    label_objects,
    split_background,
)
from rlseg.graph import Sample
from rlseg.prediction.degraded import grown, shrunken
from rlseg.prediction.outlined.images import OutlinedImage
from rlseg.rewards.measure import Segments

# A candidate is no object if it is less than half of one (intersection over union), and a piece of one, or several, if
# more than a tenth of it lies in outlines.
_SAME, _TOUCHED = 0.5, 0.1
# How far around outlined objects the others are looked for, in their diameters: only some objects may be outlined.
_NEAR = 3.0
# candidates of each kind that are measured of an image
_MOST = 400


@dataclass(frozen=True)
class OutlinedScene:
    """An image with n whole outlined objects.

    Attributes:
        name: of the image.
        sample: the image, its superpixels and what is proposed.
        labels: (H, W) or (Z, H, W) the whole objects by their numbers in the file of outlines, 0 elsewhere.
        cut_off: number of objects that touch the border and are not in `labels`.
    """

    name: str
    sample: Sample
    labels: Labels
    cut_off: int

    @cached_property
    def outlined(self) -> LabelObjects:
        """The objects pixel by pixel."""
        return label_objects(self.sample, self.labels)

    @property
    def levels(self) -> Floats:
        """Share of its brightness at which each object is outlined; without those whose brightness says nothing."""
        found = drawn_levels(self.sample, self.labels)
        return found[np.isfinite(found)]

    @property
    def count(self) -> int:
        """n."""
        return len(self.outlined.present)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Where each object is, for messages: "object 3 of a (row 120, column 88)"."""
        centres = self.outlined.segments.centroid[self.outlined.pieces :]
        return tuple(
            f"object {number} of {self.name} ({''.join(f'plane {plane:.0f}, ' for plane in planes)}row {row:.0f}, "
            f"column {column:.0f})"
            for number, (*planes, row, column) in zip(self.outlined.present, centres, strict=True)
        )

    @cached_property
    def _common(self) -> csr_array:
        """(N, n) sparse: pixels that each superpixel has in each object."""
        n = self.count
        number = np.zeros(int(self.labels.max(initial=0)) + 1, np.int64)
        number[self.outlined.present] = np.arange(1, n + 1)
        inside = self.labels > 0
        pairs = self.sample.superpixels[inside].astype(np.int64) * n + number[self.labels[inside]] - 1
        keys, pixels = np.unique(pairs, return_counts=True)
        place = keys // max(n, 1), keys % max(n, 1)
        return csr_array((pixels.astype(np.float64), place), shape=(self.sample.regions.num_nodes, n))

    @cached_property
    def assigned(self) -> Ints:
        """(N,) the object 1..n that more than half of each superpixel lies in, else 0."""
        common = self._common.tocoo()
        most = 2 * common.data > self.sample.regions.area[common.row]
        found = np.zeros(self.sample.regions.num_nodes, np.int64)
        found[common.row[most]] = common.col[most] + 1
        return found

    @cached_property
    def shown(self) -> tuple[Segments, Ints]:
        """The objects as the superpixels show them: a table, and (n,) the segment of each, -1 if none has it."""
        partition = split_background(self.assigned, self.sample.edge_index)
        segments = Segments(self.sample.regions, partition[None])
        present, first = np.unique(self.assigned, return_index=True)
        segment = np.full(self.count + 1, -1, np.int64)
        segment[present] = segments.labels[0][first]
        return segments, segment[1:]

    @cached_property
    def moved(self) -> tuple[LabelObjects, LabelObjects]:
        """The objects with their outlines moved outwards, and inwards, by an eighth of their usual diameter."""
        regions = self.sample.regions
        spacing = regions.spacing if regions.is_volume else None
        moved = grown(self.labels, spacing), shrunken(self.labels, spacing)
        return label_objects(self.sample, moved[0]), label_objects(self.sample, moved[1])

    @cached_property
    def overlap(self) -> Floats:
        """(n,) intersection over union of each object with what the superpixels show of it."""
        common = self._common.tocoo()
        mine = self.assigned[common.row] == common.col + 1
        inside = np.bincount(common.col[mine], common.data[mine], minlength=self.count)
        size = np.bincount(self.assigned, self.sample.regions.area, minlength=self.count + 1)[1:]
        return inside / np.maximum(self._common.sum(axis=0) + size - inside, 1)

    def others(self, least: float, most: float) -> tuple[Segments, Ints, Bools]:
        """Segments of the size of objects that a search could choose instead.

        Args:
            least, most: px^2, of volumes px^3.

        Returns:
            A table; (r,) segments of it that are no outlined object; and (r,) True for pieces of one or several, False
            for those that lie near outlined objects.
        """
        regions = self.sample.regions
        size, spacing = regions.size_of_pixel, np.array(regions.spacing)
        found = candidates_of(regions, self.sample.guide, least / size, most / size)
        area = found.total(regions.area)
        ones = np.ones(len(found.members))
        inside = csr_array((ones, found.members, found.start), shape=(found.count, regions.num_nodes)) @ self._common
        pairs = inside.tocoo()
        union = area[pairs.row] + self._common.sum(axis=0)[pairs.col] - pairs.data
        same = np.zeros(found.count, np.bool_)
        same[pairs.row[pairs.data >= _SAME * union]] = True
        touched = inside.sum(axis=1) > _TOUCHED * area
        places = regions.moments[:, : len(spacing)].T
        centre = np.stack([found.total(column) for column in places], axis=1) / area[:, None]
        mine = self.outlined.segments.centroid[self.outlined.pieces :]
        usual = np.median(self.outlined.of_objects(self.outlined.segments.descriptor("area")))
        across = np.cbrt(usual) if regions.is_volume else np.sqrt(usual)
        near = cKDTree(mine * spacing).query(centre * spacing)[0] <= _NEAR * across
        chosen = np.concatenate([_some(~same & touched), _some(~same & ~touched & near)])
        segments, segment = found.only(chosen).measured(regions)
        return segments, segment, touched[chosen]


def _some(wanted: Bools) -> Ints:
    """Numbers of at most _MOST of those that are wanted, the same each time."""
    found = np.flatnonzero(wanted)
    if len(found) <= _MOST:
        return found
    return np.sort(np.random.default_rng(0).choice(found, _MOST, replace=False))


def prepare_scenes(
    images: Sequence[OutlinedImage], preparation: Preparation = Preparation()
) -> tuple[OutlinedScene, ...]:
    """Prepare images with outlined objects.

    Args:
        images: of `read_outlined`.
        preparation: of the training that is meant.

    Raises:
        RlsegError: an image has not the channels or the pixel size that the preparation asks for.
    """
    prepare = preparation.model_copy(update={"intersect_with_truth": False})
    return tuple(
        OutlinedScene(
            image.name,
            prepare(image.raw.pixels, image.name, pixel_size=image.raw.pixel_size),
            image.labels,
            image.cut_off,
        )
        for image in images
    )
