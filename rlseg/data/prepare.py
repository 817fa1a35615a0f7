"""From an image to a `Sample`: everything that does not depend on the action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from rlseg.arrays import Map
from rlseg.data.maps import feature_maps
from rlseg.data.normalise import Limits, Normalisation
from rlseg.data.proposing import Look, Proposing, brightness_histogram, otsu_threshold
from rlseg.data.superpixels import (
    AnySuperpixels,
    BlurCorrection,
    LevelSets,
    relative_brightness,
    renumber,
    ridge_map,
)
from rlseg.data.view import View, measure_unit_image
from rlseg.graph import (
    FeatureSums,
    ProposalCounts,
    RingGeometry,
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


class Preparation(BaseModel):
    """How an image becomes a graph. Travels with the checkpoint, so that prediction repeats it exactly.

    Attributes:
        normalisation: of the raw intensities, image by image.
        superpixels: the over-segmentation.
        ring: adds features relative to a ring around a known place, the same in all images, or none.
        blur: what "half way up an outline" means in blurred images.
        intersect_with_truth: cut the superpixels along the TRUE outlines. Needs labels; gives an upper bound on what
            perfect superpixels would allow, never a label-free result.
        guide: which superpixels the search that starts a training joins first: those with bright cracks between them
            (objects brighter than the ground) or those without a gradient on their cracks (objects of any colour).
            With superpixels between stained lines (kind boundary_seeds) it is those without a line on their cracks.
        proposals: the ways of looking whose segments the search chooses from and `stability` compares with, or none.
        pixel_size: um per pixel of images whose files do not say it; only reward files in um ask for it.
        subgraph_sizes: numbers of edges k over which rewards are averaged.
        seed: of the sub-graphs' order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    normalisation: Normalisation = Normalisation()
    superpixels: AnySuperpixels = LevelSets()
    ring: RingGeometry | None = None
    blur: BlurCorrection = BlurCorrection()
    intersect_with_truth: bool = False
    guide: Literal["brightness", "gradient"] = "brightness"
    proposals: Proposing | None = Proposing()
    pixel_size: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    subgraph_sizes: tuple[Annotated[int, Field(ge=1)], ...] = (6, 12, 32)
    seed: int = 0

    def __call__(
        self,
        raw: npt.NDArray[np.floating],
        name: str = "",
        truth: npt.NDArray[np.int32] | None = None,
        superpixels: npt.NDArray[np.integer] | None = None,
        pixel_size: PixelSize | None = None,
    ) -> Sample:
        """Prepare one image.

        Args:
            raw: (C, H, W) finite intensities as stored.
            name: identifies the sample.
            truth: (H, W) labels, 0 = background; kept for evaluation, and used for nothing else unless
                intersect_with_truth is set.
            superpixels: (H, W) precomputed ids >= 0 in place of the over-segmentation.
            pixel_size: what the file says; that of the settings if None.

        Returns:
            Image, graph, features, sub-graphs and guide.

        Raises:
            ValueError: intersect_with_truth is set and there is no truth.
        """
        view = self.look(raw)
        ids = self.superpixels(view.unit.pixels, view.brightness) if superpixels is None else renumber(superpixels)
        view = self.correct(view)
        if self.intersect_with_truth:
            if truth is None:
                raise ValueError("intersect_with_truth needs labels")
            ids = intersect_with_truth(ids, truth)
        regions = measure_unit_image(view.unit, view.level, ids, self.size_of_pixels(pixel_size))
        maps, groups = self.maps(view)
        sums = FeatureSums.of(regions, maps, groups)
        nodes, _ = node_features(sums)
        edges, names = edge_features(sums)
        guide = self._guide(dict(zip(names, edges.T, strict=True)))
        if self.proposals is not None:
            found = self.count_proposals(view, maps.get("lines"), ids).by_majority(regions.area, regions.edge_index)
            regions = replace(regions, proposals=found)
            if self.shows_proposals("lines" in maps):
                nodes, edges = with_proposals(nodes, edges, found, regions.area, regions.edge_index)
        if self.ring is not None:
            nodes = np.concatenate([nodes, ring_node_features(regions, self.ring)[0]], axis=1)
            edges = np.concatenate([edges, ring_edge_features(regions, self.ring)[0]], axis=1)
        return Sample(
            name=name,
            image=view.unit.pixels,
            regions=regions,
            node_features=nodes,
            edge_features=edges,
            subgraphs=extract_subgraphs(regions.edge_index, regions.num_nodes, self.subgraph_sizes, self.seed),
            level=view.level.astype(np.float32),
            above=view.brightness.above.astype(np.float32),
            below=view.brightness.below.astype(np.float32),
            guide=guide,
            truth=truth,
        )

    def count_proposals(
        self,
        view: View,
        lines: Map | None,
        ids: npt.NDArray[np.integer],
        otsu: float | None = None,
        window: tuple[slice, slice] = (slice(None), slice(None)),
    ) -> ProposalCounts:
        """What the ways of looking propose to the superpixels of an image, or of a part of one.

        Args:
            view: a corrected view.
            lines: (H, W) strength of lines if the superpixels follow some; made here where they are asked for.
            ids: (h, w) superpixels in the window.
            otsu: `otsu_threshold` of the whole image; that of the view if not given.
            window: rows and columns of the view that are counted; all of them if not given.
        """
        assert self.proposals is not None
        brightness = view.unit.pixels.mean(axis=0).astype(np.float64)
        look = self._way_of_looking(lines is not None)
        seen = view.level
        if look == "lines":
            seen = ridge_map(brightness) if lines is None else lines
        otsu = otsu_threshold(brightness_histogram(brightness)) if otsu is None else otsu
        views = self.proposals.views(look, seen, brightness, otsu)
        return ProposalCounts.of(ids, ((number, labels[window]) for number, labels in views))

    def shows_proposals(self, lines: bool) -> bool:
        """Whether the features tell the networks what is proposed. lines: whether the superpixels follow lines."""
        if self.proposals is None:
            return False
        shown = self.proposals.shown
        return self._way_of_looking(lines) == "brighter" if shown is None else shown

    def _way_of_looking(self, lines: bool) -> Look:
        assert self.proposals is not None
        return self.proposals.look or ("lines" if lines or self.guide == "gradient" else "brighter")

    def size_of_pixels(self, of_file: PixelSize | None) -> tuple[float, float]:
        """Height and width in um: what a file says, else what the settings say, else 0."""
        if of_file is not None:
            return of_file.row, of_file.column
        known = 0.0 if self.pixel_size is None else self.pixel_size
        return known, known

    def look(self, raw: npt.NDArray[np.floating], limits: Limits | None = None, noise: float | None = None) -> View:
        """An image, or a part of one, in [0, 1] with its relative brightness.

        Args:
            raw: (C, H, W) finite intensities as stored.
            limits, noise: of the whole image; those of raw if not given.
        """
        unit = self.normalisation.apply(raw, limits)
        return View(unit, relative_brightness(unit.pixels.mean(axis=0).astype(np.float64), noise))

    def correct(self, view: View, slope: float | None = None) -> View:
        """The view with its blur corrected. slope: `outline_slope` of the whole image, if the view is a part of one."""
        return replace(view, brightness=self.blur(view.brightness, slope))

    def maps(self, view: View) -> tuple[dict[str, Map], dict[str, npt.NDArray[np.int32]]]:
        """The (H, W) maps and group maps that features are taken from, of a corrected view."""
        maps, groups = feature_maps(view.unit.pixels, view.brightness)
        lines = self.superpixels.lines(view.unit.pixels)
        if lines is not None:
            maps["lines"] = lines
        return maps, groups

    def _guide(self, feature: Mapping[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
        """(E,) the larger, the earlier the search joins the two ends of an edge. feature: name -> (E,)."""
        if "lines_on_cracks" in feature:
            return -feature["lines_on_cracks"]
        if self.guide == "gradient":
            return -feature["gradient_on_cracks"]
        # a crack between two bulges counts as darker than any other: touching things are joined last
        return feature["brightness_on_cracks"] - 2 * (1 - feature["bulge_same"])
