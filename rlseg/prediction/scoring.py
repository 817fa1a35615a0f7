"""What a reward file pays for label images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.arrays import AnyFloats, Ints, Labels
from rlseg.data import Preparation
from rlseg.data.superpixels import intersect_with_truth
from rlseg.environment import Outcome, SegmentationEnvironment
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.io import image_of, read_labels
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

    def judge(self, reward: Reward) -> Outcome:
        """The rewards of all partitions, in their order."""
        table = np.stack([partition.labels for partition in self.partitions])
        return SegmentationEnvironment(reward, threads=1).judge(self.sample, table)


def compare(raw: AnyFloats, labels: Labels, truth: Labels | None = None, name: str = "") -> Comparison:
    """Cut the superpixels of an image along label images of it.

    A label is one segment, also the background 0, as in every label image. "All split" are the superpixels that
    the labels know nothing of.

    Args:
        raw: (C, H, W) intensities as stored.
        labels: (H, W), 0 = background.
        truth: another (H, W), or None.
        name: of the sample.
    """
    prepare = Preparation()
    before = prepare(raw, name).superpixels
    ids = intersect_with_truth(before, labels)
    if truth is not None:
        ids = intersect_with_truth(ids, truth)
    sample = replace(prepare(raw, name, superpixels=ids), truth=truth)
    first = np.unique(sample.superpixels, return_index=True)[1]
    partitions = [
        Partition("given", labels.ravel()[first].astype(np.int64)),
        Partition("all merged", np.zeros(len(first), np.int64)),
        Partition("all split", before.ravel()[first].astype(np.int64)),
    ]
    if truth is not None:
        partitions.append(Partition("truth", truth.ravel()[first].astype(np.int64)))
    return Comparison(sample, tuple(partitions), labels)


@dataclass(frozen=True)
class LabelScores:
    """What a label image is paid, segment by segment.

    Attributes:
        table: column name -> (n,) for every label, the background 0 included: label; class; "CLASS/TERM", the score of
            each term, NaN for segments of other classes; reward, 0..1.
        reward: mean over the edges between superpixels, what a training raises.
        all_merged, all_split: the same for one single segment, and for every superpixel by itself. Both should be less.
    """

    table: dict[str, npt.NDArray[Any]]
    reward: float
    all_merged: float
    all_split: float


def score_labels(
    reward: RewardFile | str | Path, image: Any, labels: Any, pixel_size: float | None = None
) -> LabelScores:
    """Score a label image by a reward file.

    Args:
        reward: the file, or its path.
        image: a file, or an array (H, W) or (C, H, W) of intensities as they would be stored in a file.
        labels: (H, W) whole numbers, 0 = background, or a file.
        pixel_size: um per pixel, for reward files in um.

    Raises:
        RlsegError: the reward file is wrong or needs the pixel size, or image and labels do not fit together.
    """
    file = load_reward(reward) if isinstance(reward, str | Path) else reward
    raw = image_of(image)
    given = read_labels(Path(labels)) if isinstance(labels, str | Path) else np.asarray(labels)
    if given.dtype.kind not in "ui" or given.shape != raw.shape[1:] or given.min() < 0:
        raise RlsegError(
            f"labels must be whole numbers >= 0 of the image's shape {raw.shape[1:]}, got {given.dtype} {given.shape}",
            "one number an object, 0 for background",
        )
    # numbered from 0 without gaps, for labels may be any
    names, number = np.unique(given, return_inverse=True)
    comparison = compare(raw, number.reshape(given.shape).astype(np.int32))
    outcome = comparison.judge(Reward(file, pixel_size))
    breakdown, segments = outcome.breakdown, outcome.segments
    # the segment of each label, in the order of the labels
    present, first = np.unique(comparison.partitions[0].labels, return_index=True)
    mine = segments.labels[0][first]
    table: dict[str, npt.NDArray[Any]] = {
        "label": names[present],
        "class": np.array(breakdown.class_names)[breakdown.segment_class[mine]],
    }
    table |= {name: scores[mine] for name, scores in breakdown.terms.items()}
    table["reward"] = breakdown.segment_score[mine]
    given_reward, merged, split = (float(mean) for mean in outcome.mean_reward[:3])
    return LabelScores(table, given_reward, merged, split)
