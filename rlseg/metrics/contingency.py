"""How many pixels each pair of a truth label and a predicted label shares: all scores follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rlseg.arrays import AnyLabels, Floats, Ints
from rlseg.regions import majority


@dataclass(frozen=True)
class Contingency:
    """The P pairs of labels that share at least one pixel (a sparse T x S table).

    Attributes:
        truth_labels: (T,) int64, the label values of the truth, sorted; 0 is background.
        prediction_labels: (S,) int64, the same of the prediction.
        truth: (P,) int64, row of each pair: an index into truth_labels.
        prediction: (P,) int64, column of each pair: an index into prediction_labels.
        pixels: (P,) int64, number of pixels of each pair, at least 1.
    """

    truth_labels: Ints
    prediction_labels: Ints
    truth: Ints
    prediction: Ints
    pixels: Ints

    @classmethod
    def count(cls, prediction: AnyLabels, truth: AnyLabels) -> Contingency:
        """Count the pairs of two label images of equal shape (any number of axes), O(n log n) for n pixels.

        Raises:
            ValueError: shapes differ, a dtype is not an integer, or a label is negative.
        """
        _check(prediction, truth)
        t, s = truth.ravel().astype(np.int64), prediction.ravel().astype(np.int64)
        width = int(s.max(initial=0)) + 1
        if int(t.max(initial=0)) * width + width > np.iinfo(np.int64).max:
            raise ValueError("labels are too large to be counted: number them from 1 first")
        pairs, pixels = np.unique(t * width + s, return_counts=True)
        truth_labels, row = np.unique(pairs // width, return_inverse=True)
        prediction_labels, column = np.unique(pairs % width, return_inverse=True)
        return cls(truth_labels, prediction_labels, row, column, pixels.astype(np.int64))

    @cached_property
    def truth_area(self) -> Ints:
        """(T,) pixels of each truth label."""
        return np.bincount(self.truth, self.pixels, len(self.truth_labels)).astype(np.int64)

    @cached_property
    def prediction_area(self) -> Ints:
        """(S,) pixels of each predicted label."""
        return np.bincount(self.prediction, self.pixels, len(self.prediction_labels)).astype(np.int64)

    @cached_property
    def num_truth(self) -> int:
        """Number of objects in the truth: its labels other than 0."""
        return int(np.count_nonzero(self.truth_labels))

    @cached_property
    def num_prediction(self) -> int:
        """Number of predicted objects: labels other than 0."""
        return int(np.count_nonzero(self.prediction_labels))

    @cached_property
    def foreground(self) -> npt.NDArray[np.bool_]:
        """(P,) True for the pairs of two objects, False where one side is background."""
        return (self.truth_labels[self.truth] > 0) & (self.prediction_labels[self.prediction] > 0)

    @cached_property
    def iou(self) -> Floats:
        """(P,) intersection over union of each pair, in (0, 1]; 0 where one side is background."""
        union = self.truth_area[self.truth] + self.prediction_area[self.prediction] - self.pixels
        return np.where(self.foreground, self.pixels / union, 0.0)

    def without_truth_background(self) -> Contingency:
        """The table of the pixels whose truth is not background."""
        keep = self.truth_labels[self.truth] > 0
        truth_labels, row = np.unique(self.truth_labels[self.truth[keep]], return_inverse=True)
        labels, column = np.unique(self.prediction_labels[self.prediction[keep]], return_inverse=True)
        return Contingency(truth_labels, labels, row, column, self.pixels[keep])


def superpixel_ceiling(superpixels: AnyLabels, truth: AnyLabels) -> npt.NDArray[np.int32]:
    """The best that superpixels allow: each takes the truth label that holds most of its pixels.

    Args:
        superpixels: (H, W) ids from 0.
        truth: (H, W) labels, 0 = background.

    Returns:
        (H, W) int32 label image with the truth's label values. Of equally frequent labels the smallest wins.

    Raises:
        ValueError: as `Contingency.count`.
    """
    _check(superpixels, truth)
    return majority(superpixels, truth)[superpixels].astype(np.int32)


def _check(prediction: AnyLabels, truth: AnyLabels) -> None:
    if prediction.shape != truth.shape:
        raise ValueError(f"prediction has shape {prediction.shape}, truth has shape {truth.shape}")
    for name, labels in (("prediction", prediction), ("truth", truth)):
        if not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(f"{name} must hold integers, got {labels.dtype}")
        if labels.size and labels.min() < 0:
            raise ValueError(f"{name} holds a negative label: {labels.min()}")
