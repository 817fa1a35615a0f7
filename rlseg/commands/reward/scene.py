"""An image with given segmentations, each represented exactly by superpixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Labels
from rlseg.data.prepare import Preparation
from rlseg.data.superpixels.truth import intersect_with_truth
from rlseg.environment.environment import Outcome, SegmentationEnvironment
from rlseg.graph.sample import Sample
from rlseg.io.read import read_image, read_labels
from rlseg.rewards.reward import Reward


@dataclass(frozen=True)
class Partition:
    """One way to put the N superpixels of an image into segments: its name and (N,) labels."""

    name: str
    labels: npt.NDArray[np.int64]


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


def read_comparison(image: Path, labels: Path, truth: Path | None = None) -> Comparison:
    """Read an image and label images of it.

    A label is one segment, also the background 0, as in every label image. "All split" are the superpixels that
    the labels know nothing of.

    Args:
        image: PNG or TIFF.
        labels: label image.
        truth: another one, or None.

    Raises:
        RlsegError: a file cannot be used, or the shapes do not fit.
    """
    raw = read_image(image).pixels
    shape = (raw.shape[1], raw.shape[2])
    given = read_labels(labels, shape)
    real = None if truth is None else read_labels(truth, shape)
    return compare(raw, given, real, image.stem)


def compare(raw: npt.NDArray[np.floating], labels: Labels, truth: Labels | None = None, name: str = "") -> Comparison:
    """`read_comparison` of arrays: raw (C, H, W), labels and truth (H, W)."""
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
