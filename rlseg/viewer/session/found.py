"""What a search has found: objects, what they are paid and why, as tables, pictures and sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels
from rlseg.environment import Segmentation
from rlseg.errors import RlsegError
from rlseg.pictures import cracks, green_to_red
from rlseg.prediction.places import Explanation, explain_place
from rlseg.rewards import Measurements, Reward
from rlseg.rewards.language import FOREGROUND
from rlseg.viewer.session.numbers import Number

MERGED, CUT = 1, 2
"""Labels of the edges between superpixels."""


@dataclass(frozen=True)
class Found:
    """The n objects that a search has found in an image.

    Attributes:
        segmentation: the image, its superpixels and the objects.
        reward: the rules.
        min_score: what is paid less is no object.
        seconds: that the search took.
    """

    segmentation: Segmentation
    reward: Reward
    min_score: float
    seconds: float

    @property
    def labels(self) -> Labels:
        """(H, W), 0 = background, objects 1..n."""
        return self.segmentation.labels

    @cached_property
    def segment(self) -> Ints:
        """(n,) the segment of the search's partition that each object is."""
        present, first = np.unique(self.labels, return_index=True)
        superpixels = self.segmentation.sample.superpixels.ravel()[first[present > 0]]
        return self.segmentation.outcome.segments.labels[0][superpixels]

    @property
    def rewards(self) -> Floats:
        """(n,) what each object is paid, 0..1."""
        return self.segmentation.outcome.breakdown.foreground_score[self.segment]

    @cached_property
    def terms(self) -> dict[str, Floats]:
        """Term -> (n,) its score of each object, 0..1."""
        known, before = self.segmentation.outcome.breakdown.terms, f"{FOREGROUND}/"
        return {
            name.removeprefix(before): np.nan_to_num(scores[self.segment])
            for name, scores in known.items()
            if name.startswith(before)
        }

    @property
    def table(self) -> dict[str, npt.NDArray[np.generic]]:
        """Column -> (n,): index (the label), area in px, reward, then the score in each term."""
        area = self.segmentation.outcome.segments.descriptor("area")[self.segment]
        columns: dict[str, npt.NDArray[np.generic]] = {"index": np.arange(1, len(self.segment) + 1), "area": area}
        columns["reward"] = self.rewards.round(3)
        # a term may have the name of a column
        return columns | {f"{name} score": scores.round(3) for name, scores in self.terms.items()}

    @property
    def sentence(self) -> str:
        """How many there are, what they are paid, and how long it took."""
        count = len(self.segment)
        if not count:
            return f"no object is paid {self.min_score:g} or more ({self.seconds:.2f} s)"
        paid = f"paid {self.rewards.mean():.2f} on average"
        return f"{count} object{'' if count == 1 else 's'}, {paid} ({self.seconds:.2f} s)"

    def about(self, label: int) -> str:
        """One line on an object: what it is paid, and each of its terms, the lowest first. label: 1..n."""
        one = label - 1
        scores = sorted((float(scores[one]), name) for name, scores in self.terms.items())
        told = ", ".join(f"{name} {score:.2f}" for score, name in scores)
        return f"object {label}: paid {self.rewards[one]:.2f}" + (f" ({told})" if told else "")

    def values(self, number: Number) -> Floats:
        """(n,) what a number of the rules is about, of each object; none if it is about no descriptor."""
        if number.about is None:
            return np.empty(0)
        segments, file = self.segmentation.outcome.segments, self.reward.file
        per_pixel = self.reward.length_per_pixel(segments.regions)
        return Measurements(segments, file.units, per_pixel, file.geometry).value(*number.about)[self.segment]

    @property
    def colours(self) -> dict[int, tuple[float, ...]]:
        """Label -> red, green, blue, alpha in [0, 1]: red is paid 0, green 1."""
        rgb = green_to_red(1 - self.rewards) / 255
        return {number: (*colour, 1.0) for number, colour in enumerate(rgb.tolist(), start=1)}

    @property
    def reward_picture(self) -> npt.NDArray[np.float32]:
        """(H, W) what the object at each pixel is paid, 0 where there is none."""
        return np.append(0.0, self.rewards).astype(np.float32)[self.labels]

    @property
    def superpixels(self) -> Labels:
        """(H, W) numbers from 1."""
        return self.segmentation.sample.superpixels + np.int32(1)

    @property
    def edges(self) -> npt.NDArray[np.uint8]:
        """(H, W): pixels on either side of the outlines between superpixels, 1 if these were merged there, 2 if cut."""
        sample = self.segmentation.sample
        first, second = cracks(sample.superpixels)
        segment = self.segmentation.outcome.segments.labels[0][sample.superpixels].ravel()
        what = np.where(segment[first] == segment[second], MERGED, CUT).astype(np.uint8)
        picture = np.zeros(segment.shape, np.uint8)
        for decision in (MERGED, CUT):  # where both meet, the cut is seen
            picture[first[what == decision]] = decision
            picture[second[what == decision]] = decision
        return picture.reshape(sample.superpixels.shape)

    def explain(self, row: int, column: int) -> Explanation:
        """Why there is an object at a place, or which superpixels, rule or term is the reason that there is none.

        Args:
            row, column: in pixels from 0.

        Raises:
            RlsegError: the place lies outside of the image.
        """
        high, wide = self.labels.shape
        if not (0 <= row < high and 0 <= column < wide):
            raise RlsegError(f"row {row}, column {column} is outside of the image, {high} high and {wide} wide")
        return explain_place(self, self._measured, column, row, who="search")

    @cached_property
    def _measured(self) -> Segmentation:
        return replace(self.segmentation, objects=self.segmentation.measured())
