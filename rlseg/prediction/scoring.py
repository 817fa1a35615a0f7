"""What a reward file pays for label images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints, Labels
from rlseg.data import Preparation
from rlseg.data.superpixels import intersect_with_truth
from rlseg.environment import Outcome, SegmentationEnvironment, Verdict, split_background, verdict_on
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.io import RawImage, image_of, read_labels
from rlseg.regions import majority
from rlseg.rewards import Reward
from rlseg.rewards.language import RewardFile, load_reward


@dataclass(frozen=True)
class Partition:
    """One way to put the N superpixels of an image into segments: its name and (N,) labels."""

    name: str
    labels: Ints


@dataclass(frozen=True)
class Comparison:
    """An image whose superpixels were cut along the outlines of label images.

    Attributes:
        sample: the image; its truth is the one that was given, or None.
        partitions: the labels that were given, all merged, all split, and the truth if there is one.
        labels: (H, W) the labels that were given.
    """

    sample: Sample
    partitions: tuple[Partition, ...]
    labels: Labels

    def verdict(self, reward: Reward, outlined: bool) -> Verdict:
        """What the rules say of the true objects, or where there is no truth of those given.

        Args:
            reward: the rules.
            outlined: whether they are judged as they are outlined; else as the superpixels show them that were not cut
                along outlines, each of which belongs to the label that most of its pixels have: training has no others.
        """
        labels = self.labels if self.sample.truth is None else self.sample.truth
        before = np.arange(self.sample.regions.num_nodes) if outlined else self.partitions[2].labels
        shown = majority(before[self.sample.superpixels], labels)[before]
        return verdict_on(reward, self.sample, shown, labels)

    def judge(self, reward: Reward) -> Outcome:
        """The rewards of all partitions, in their order."""
        table = np.stack([partition.labels for partition in self.partitions])
        return SegmentationEnvironment(reward, threads=1).judge(self.sample, table)


def compare(
    raw: RawImage,
    labels: Labels,
    truth: Labels | None = None,
    name: str = "",
    preparation: Preparation = Preparation(),
) -> Comparison:
    """Cut the superpixels of an image along label images of it.

    A label is one segment; the background 0 is as many as it has pieces that hang together. "All split" are the
    superpixels that the labels know nothing of.

    Args:
        raw: the image.
        labels: (H, W), 0 = background.
        truth: another (H, W), or None.
        name: of the sample.
        preparation: of the training that is to be compared with.
    """
    # the labels take the place of the truth, which a preparation may ask for
    prepare = preparation.model_copy(update={"intersect_with_truth": False})
    # what else is seen is seen once, of the superpixels that are cut
    before = prepare.model_copy(update={"proposals": None})(raw.pixels, name).superpixels
    return cut_along(prepare, raw, before, labels, truth, name)


def cut_along(
    prepare: Preparation, raw: RawImage, before: Labels, labels: Labels, truth: Labels | None, name: str
) -> Comparison:
    """`compare` with superpixels that are known: `before`, (H, W) ids from 0, as `prepare` finds them."""
    ids = intersect_with_truth(before, labels)
    if truth is not None:
        ids = intersect_with_truth(ids, truth)
    sample = replace(prepare(raw.pixels, name, superpixels=ids, pixel_size=raw.pixel_size), truth=truth)
    first = np.unique(sample.superpixels, return_index=True)[1]
    partitions = [
        Partition("given", _projected(sample, labels)),
        Partition("all merged", np.zeros(len(first), np.int64)),
        Partition("all split", before.ravel()[first].astype(np.int64)),
    ]
    if truth is not None:
        partitions.append(Partition("truth", _projected(sample, truth)))
    return Comparison(sample, tuple(partitions), labels)


def _projected(sample: Sample, labels: Labels) -> Ints:
    first = np.unique(sample.superpixels, return_index=True)[1]
    return split_background(labels.ravel()[first].astype(np.int64), sample.edge_index)


@dataclass(frozen=True)
class LabelScores:
    """What a label image is paid, segment by segment.

    Attributes:
        table: column name -> (n,) for every piece of the background 0, then for every other label: label; class;
            "CLASS/TERM", the score of each term, NaN for segments of other classes; reward, 0..1.
        reward: mean over the edges between superpixels, what a training raises.
        all_merged, all_split: the same for one single segment, and for every superpixel by itself. Both should be less.
    """

    table: dict[str, npt.NDArray[Any]]
    reward: float
    all_merged: float
    all_split: float


def score_labels(
    reward: RewardFile | str | Path,
    image: Any,
    labels: Any,
    pixel_size: float | None = None,
    preparation: Preparation = Preparation(),
) -> LabelScores:
    """Score a label image by a reward file.

    Args:
        reward: the file, or its path.
        image: a file, or an array (H, W) or (C, H, W) of intensities as they would be stored in a file.
        labels: (H, W) whole numbers, 0 = background, or a file.
        pixel_size: um per pixel, instead of what the file says; for reward files in um.
        preparation: of the training whose rewards are to be compared with.

    Raises:
        RlsegError: the reward file is wrong or needs the pixel size, or image and labels do not fit together.
    """
    file = load_reward(reward) if isinstance(reward, str | Path) else reward
    raw = image_of(image)
    given = read_labels(Path(labels)) if isinstance(labels, str | Path) else np.asarray(labels)
    shape = raw.pixels.shape[1:]
    if given.dtype.kind not in "ui" or given.shape != shape or given.min() < 0:
        raise RlsegError(
            f"labels must be whole numbers >= 0 of the image's shape {shape}, got {given.dtype} {given.shape}",
            "one number an object, 0 for background",
        )
    # numbered without gaps, for labels may be any; 0 is the background also where there is none
    names, number = np.unique(np.append(0, given), return_inverse=True)
    numbered = number[1:].reshape(given.shape).astype(np.int32)
    comparison = compare(raw, numbered, preparation=preparation)
    outcome = comparison.judge(Reward(file, pixel_size))
    breakdown, segments = outcome.breakdown, outcome.segments
    # the segment of each label in the order of the labels, the pieces of the background first
    present, first = np.unique(comparison.partitions[0].labels, return_index=True)
    label = np.where(present < len(names), present, 0)
    order = np.argsort(label, kind="stable")
    mine, label = segments.labels[0][first][order], label[order]
    table: dict[str, npt.NDArray[Any]] = {
        "label": names[label],
        "class": np.array(breakdown.class_names)[breakdown.segment_class[mine]],
    }
    table |= {name: scores[mine] for name, scores in breakdown.terms.items()}
    table["reward"] = breakdown.segment_score[mine]
    given_reward, merged, split = (float(mean) for mean in outcome.mean_reward[:3])
    return LabelScores(table, given_reward, merged, split)
