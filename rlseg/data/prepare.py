"""From an image to a `Sample`: everything that does not depend on the action."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints, Labels, Map, Pixels
from rlseg.data.appearance import Appearance
from rlseg.data.looking import Signal, channel_picture, signal_of
from rlseg.data.maps import feature_maps, guide_of
from rlseg.data.normalise import Limits, UnitImage
from rlseg.data.proposing import brightness_histogram, otsu_threshold
from rlseg.data.superpixels import relative_brightness, renumber, ridge_map
from rlseg.data.view import Scale, View, measure_unit_image
from rlseg.graph import (
    FeatureSums,
    ProposalCounts,
    Sample,
    edge_features,
    extract_subgraphs,
    intersect_with_truth,
    node_features,
    ring_edge_features,
    ring_node_features,
    with_proposals,
)
from rlseg.io import PixelSize
from rlseg.regions import RegionStatistics
from rlseg.rewards import channel_name
from rlseg.rewards.language import RewardFile


class Preparation(Appearance):
    """How an image becomes a graph. Travels with the checkpoint, so that prediction repeats it exactly.

    Its settings are those of `Appearance`.
    """

    def __call__(
        self,
        raw: npt.NDArray[np.floating],
        name: str = "",
        truth: npt.NDArray[np.int32] | None = None,
        superpixels: npt.NDArray[np.integer] | None = None,
        pixel_size: PixelSize | None = None,
    ) -> Sample:
        """Prepare one image, or with `volume` one volume, whose maps are (Z, H, W) where those of an image are (H, W).

        Args:
            raw: (C, H, W) or (C, Z, H, W) finite intensities as stored.
            name: identifies the sample.
            truth: (H, W) labels, 0 = background; kept for evaluation, and used for nothing else unless
                intersect_with_truth is set.
            superpixels: (H, W) precomputed ids >= 0 in place of the over-segmentation.
            pixel_size: what the file says; that of the settings if None.

        Returns:
            Image, graph, features, sub-graphs and guide.

        Raises:
            ValueError: intersect_with_truth is set and there is no truth.
            RlsegError: channels or the pixel size that the settings ask for are not known, or they are not for volumes.
        """
        self.refuse_other_kind(raw.ndim - 1)
        view = self.look(raw, size=pixel_size)
        ids = self.cut(view) if superpixels is None else renumber(superpixels)
        view = self.correct(view)
        if self.intersect_with_truth:
            if truth is None:
                raise ValueError("intersect_with_truth needs labels")
            ids = intersect_with_truth(ids, truth)
        zoom, level, derived = view.scales[0].zoom.factor, view.level, self.derived_pictures(view.unit)
        spacing, size = self.spacing(pixel_size), self.size_of_pixels(pixel_size)
        regions = measure_unit_image(view.unit, level, ids, size, zoom, derived, spacing)
        sums = FeatureSums.of(regions, *self.maps(view))
        nodes, (edges, names) = node_features(sums, zoom, spacing)[0], edge_features(sums, zoom, spacing)
        guide = guide_of(dict(zip(names, edges.T, strict=True)), self.guided_by)
        if self.proposals is not None:
            found = self.count_proposals(view, ids).by_majority(regions.area, regions.edge_index)
            regions = replace(regions, proposals=found)
            if self.shows_proposals:
                nodes, edges = with_proposals(nodes, edges, found, regions.area, regions.edge_index)
        nodes, edges = self._with_ring(nodes, edges, regions)
        above, below = view.relief()
        return Sample(
            name=name,
            image=view.unit.pixels,
            regions=regions,
            node_features=nodes,
            edge_features=edges,
            subgraphs=self.subgraphs(regions.edge_index, regions.num_nodes),
            level=level.astype(np.float32),
            above=above.astype(np.float32),
            below=below.astype(np.float32),
            guide=guide,
            truth=truth,
            derived=np.array(list(derived.values()), np.float32).reshape(len(derived), *ids.shape),
        )

    def subgraphs(self, edge_index: Ints, num_nodes: int) -> dict[int, npt.NDArray[np.int64]]:
        """For each size k, (S_k, k) edge numbers of the sub-graphs of a graph, see `rlseg.graph.extract_subgraphs`.

        Args:
            edge_index: (2, E).
            num_nodes: N.
        """
        return extract_subgraphs(edge_index, num_nodes, self.subgraph_sizes, self.seed, self.subgraph_overlap)

    def _with_ring(
        self, nodes: npt.NDArray[np.float32], edges: npt.NDArray[np.float32], regions: RegionStatistics
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        if self.ring is None:
            return nodes, edges
        return (
            np.concatenate([nodes, ring_node_features(regions, self.ring)[0]], axis=1),
            np.concatenate([edges, ring_edge_features(regions, self.ring)[0]], axis=1),
        )

    def for_reward(self, file: RewardFile) -> Self:
        """The same settings for images that a reward file is to judge: what it says of the objects, unless the settings
        say something else, and the channels that it asks for."""
        update: dict[str, Any] = {}
        if self.objects is None and file.objects is not None:
            update |= {"objects": file.objects, "objects_in": file.units.length}
        if not self.derived:
            update["derived"] = file.pictures
        # checked anew, for what superpixels do may follow from the objects
        return type(self)(**dict(self) | update)

    def derived_pictures(self, unit: UnitImage) -> dict[str, Pixels]:
        """Name -> (H, W) float32 of the channels that the reward asks for and that are made from those of the image."""
        return {channel_name(channel): channel_picture(unit, channel).astype(np.float32) for channel in self.derived}

    def look(
        self,
        raw: npt.NDArray[np.floating],
        limits: Limits | None = None,
        noise: Sequence[float] | None = None,
        size: PixelSize | None = None,
        grounds: tuple[Map, Map] | None = None,
    ) -> View:
        """An image, or a part of one, in [0, 1] on its working grids, with its relative brightness.

        Args:
            raw: (C, H, W) finite intensities as stored.
            limits, noise: of the whole image, the noise on each working grid; those of raw if not given.
            size: of the pixels, as the file says it.
            grounds: of a part of a volume, on its working grid (z, h, w), the local background, and that of the
                inverted volume.
        """
        unit = self.normalisation.apply(raw, limits)
        signal = self.signal(unit, size)
        scales, spacing = [], self.spacing(size)
        for number, zoom in enumerate(self.zooms(size)):
            picture, objects = zoom.to_working(signal.picture), zoom.to_working(signal.objects)
            known, apart = None if noise is None else noise[number], zoom.spacing(spacing)
            lines = self.superpixels.lines(picture, apart)
            if lines is None and (self.shows_lines or "lines" in self.ways):
                # between objects there are lines of the ground
                outlined = self.objects is None or self.objects.way == "outlined"
                seen = picture.mean(axis=0).astype(np.float64)
                lines = ridge_map(seen if outlined else 1 - objects, spacing=apart)
            brightness = relative_brightness(
                objects,
                known,
                noise_floor=self.least_brightness,
                least=self.contrast_floor,
                spacing=apart,
                grounds=grounds,
            )
            scales.append(Scale(zoom, picture, objects, brightness, lines))
        return View(unit, signal.objects, tuple(scales), self.steepness, self.smoothing, spacing)

    def signal(self, unit: UnitImage, size: PixelSize | None = None) -> Signal:
        """What is looked at in a normalised image. size: of the pixels, as the file says it."""
        return signal_of(unit, self.objects, self.widths(size)[1], self.zooms(size)[0], self.spacing(size))

    def cut(self, view: View) -> Labels:
        """(H, W) superpixels of a view whose blur is not corrected, ids 0..N-1."""
        first = view.scales[0]
        ids = self.superpixels(first.picture, first.brightness)
        return first.zoom.superpixels_to_image(ids, view.shape)

    def correct(self, view: View, slope: float | None = None) -> View:
        """The view with its blur corrected. slope: `outline_slope` of the whole image, if the view is a part of one."""
        return view.corrected(self.blur_correction, slope)

    def maps(self, view: View) -> tuple[dict[str, Map], dict[str, npt.NDArray[np.int32]]]:
        """The (H, W) maps and group maps that features are taken from, of a corrected view; of its window alone."""
        first = view.scales[0]
        maps, groups = feature_maps(first.picture, first.brightness)
        if self.shows_lines and first.lines is not None:
            maps["lines"] = first.lines
        return (
            {name: first.zoom.to_image(values, view.shape, view.window) for name, values in maps.items()},
            {name: first.zoom.groups_to_image(values, view.shape, view.window) for name, values in groups.items()},
        )

    def count_proposals(
        self,
        view: View,
        ids: npt.NDArray[np.integer],
        otsu: Sequence[float] | None = None,
    ) -> ProposalCounts:
        """What the ways of looking propose to the superpixels of an image, or of a part of one.

        Args:
            view: a corrected view.
            ids: (h, w) superpixels in the window of the view.
            otsu: `otsu_threshold` of the whole image on each working grid; those of the view if not given.
        """
        return ProposalCounts.of(ids, enumerate(self._proposed(view, otsu)))

    def _proposed(self, view: View, otsu: Sequence[float] | None) -> Iterator[Labels]:
        """The (H, W) segments of each way of looking on each working grid, in the window of the view."""
        assert self.proposals is not None
        for number, scale in enumerate(view.scales):
            known = otsu_threshold(brightness_histogram(scale.objects)) if otsu is None else otsu[number]
            for way in self.ways:
                seen = np.clip(scale.brightness.level, 0.0, 1.5)
                if way == "lines":
                    assert scale.lines is not None
                    seen = scale.lines
                views = self.proposals.views(
                    way, seen, scale.objects, known, self.objects is not None, scale.brightness.spacing
                )
                for _, labels in views:
                    yield scale.zoom.segments_to_image(labels, view.shape, view.window)
