"""Two touching nuclei for the page about the objective: how several ways of looking see them, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from experiments import ROOT
from rlseg.arrays import Bools, Floats, Ints, Labels
from rlseg.data import Preparation, Proposing, View, brightness_histogram, otsu_threshold
from rlseg.data.proposing import _LEVELS, _RISES
from rlseg.environment import label_objects
from rlseg.environment.merge_tree import MergeTree
from rlseg.graph import Sample
from rlseg.io import read_image, read_labels
from rlseg.regions import majority
from rlseg.rewards import Reward, of_single_segments
from rlseg.rewards.language import load_reward
from rlseg.rewards.measure import Segments

FOLDER = ROOT / "experiments" / "data" / "nuclei" / "train"
RULES = ROOT / "rewards" / "nuclei.yaml"
NAME = "5d2c98fd6fda"
PAIR = (6, 8)  # labels of two nuclei that touch
WINDOW = 40  # px around them
LEVELS, RISES = _LEVELS["brighter"], _RISES["brighter"]
SHARE = 0.25  # of the image; nothing larger is a candidate of the search
SOME_RISES = (0.0, 0.1, 0.25, 0.75, 2.0)


@dataclass(frozen=True)
class NucleiExample:
    """An image with its labels.

    Attributes:
        sample: as a training gets it, with N superpixels.
        truth: (H, W) labels, 0 = background.
        views: (V, H, W) the segmentations that the ways of looking make, 0 = none; mask by mask, and of each all rises.
        by_rises: (R, H, W) those of the first mask, cut by SOME_RISES.
    """

    sample: Sample
    truth: Labels
    views: Labels
    by_rises: Labels

    @property
    def masks(self) -> tuple[str, ...]:
        """Names of the masks, in the order of the views."""
        return (*(f"> {level:g}" for level in LEVELS), "Otsu")

    @cached_property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns around the pair."""
        middle = np.argwhere(np.isin(self.truth, PAIR)).mean(axis=0).round().astype(int)
        row, column = np.clip(middle - WINDOW // 2, 0, np.array(self.truth.shape) - WINDOW).tolist()
        return slice(row, row + WINDOW), slice(column, column + WINDOW)

    @cached_property
    def seen(self) -> Ints:
        """(V, N) the proposed segment that each superpixel lies in, -1 if in none."""
        regions = self.sample.regions
        assert regions.proposals is not None
        return regions.proposals.labels(regions.area)

    @cached_property
    def candidates(self) -> Mapping[str, Bools]:
        """(N,) the superpixels of one nucleus of the pair, of both, and of the upper half of one."""
        regions = self.sample.regions
        shown = majority(self.sample.superpixels, self.truth)
        one = shown == PAIR[0]
        row = regions.moments[:, 0] / regions.area
        upper = one & (row < np.average(row[one], weights=regions.area[one]))
        return {"a nucleus": one, "the pair": np.isin(shown, PAIR), "a piece": upper}

    def overlaps(self, candidate: Bools) -> tuple[Floats, Ints]:
        """(V,) the largest IoU of a candidate (N,) with a segment of each view, and (V,) that segment, -1 if none."""
        area = self.sample.regions.area
        best, which = np.zeros(len(self.seen)), np.full(len(self.seen), -1)
        for view, labels in enumerate(self.seen):
            for segment in np.unique(labels[candidate & (labels >= 0)]):
                inside = labels == segment
                overlap = area[candidate & inside].sum() / area[candidate | inside].sum()
                if overlap > best[view]:
                    best[view], which[view] = overlap, segment
        return best, which

    def judge(self, candidates: Bools) -> tuple[Floats, Floats]:
        """What the shipped rules pay each candidate (C, N) by itself, and its stability: (C,), (C,)."""
        segments = Segments(self.sample.regions, candidates.astype(np.int64))
        ids = segments.labels[np.arange(len(candidates)), candidates.argmax(axis=1)]
        reward, _ = of_single_segments(Reward(load_reward(str(RULES))))
        return reward.evaluate(segments).foreground_score[ids], segments.descriptor("stability")[ids]

    def searched(self) -> Bools:
        """(C, N) what the search chooses from where the pair lies, each once: proposals and nodes of the merge tree."""
        pair, regions = self.candidates["the pair"], self.sample.regions
        found = [labels == s for labels in self.seen for s in np.unique(labels[pair & (labels >= 0)])]
        tree = MergeTree.of(regions, self.sample.guide, SHARE * float(regions.area.sum()))
        start, members = tree.leaves_of(np.arange(len(tree.parent)))
        for mine in np.split(members, start[1:-1]):
            if pair[mine].any():
                found.append(np.isin(np.arange(len(pair)), mine))
        return np.unique(np.stack(found), axis=0)

    def stability_of(self, labels: Labels) -> Floats:
        """(n,) of the objects of an (H, W) label image, as they are outlined."""
        objects = label_objects(self.sample, labels)
        return objects.of_objects(objects.segments.descriptor("stability"))


@cache
def nuclei_example() -> NucleiExample:
    """The image of the page."""
    raw = read_image(FOLDER / "images" / f"{NAME}.png")
    truth = read_labels(FOLDER / "labels" / f"{NAME}.png", (raw.pixels.shape[1], raw.pixels.shape[2]))
    prepare = Preparation()
    view = prepare.correct(prepare.look(raw.pixels))
    by_rises = _views(view, Proposing(levels=LEVELS[:1], rises=SOME_RISES))[: len(SOME_RISES)]
    return NucleiExample(prepare(raw.pixels, NAME), truth, _views(view, Proposing()), by_rises)


def _views(view: View, proposing: Proposing) -> Labels:
    brightness = view.unit.pixels.mean(axis=0).astype(np.float64)
    otsu = otsu_threshold(brightness_histogram(brightness))
    return np.stack([labels for _, labels in proposing.views("brighter", view.level, brightness, otsu)])
