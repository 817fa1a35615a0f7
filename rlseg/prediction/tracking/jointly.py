"""Two looks at each frame of a film: at first frames propose objects, then those that were chosen are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Floats, Ints
from rlseg.data import Preparation
from rlseg.environment import (
    Hypotheses,
    Refinement,
    Segmentation,
    SegmentationEnvironment,
    hypotheses_of,
    no_hypotheses,
    refine_and_measure,
    split_background,
)
from rlseg.io import PixelSize, RawImage
from rlseg.prediction.measured import measure_objects
from rlseg.prediction.searching import search_sample
from rlseg.prediction.tracking.joint import SECONDS, choose_jointly
from rlseg.prediction.tracking.keeping import Found
from rlseg.prediction.tracking.linking import length_of_pixel
from rlseg.regions import of_pixels
from rlseg.rewards import Reward, Tracks, of_single_segments
from rlseg.rewards.language import RewardFile
from rlseg.rewards.measure import Segments

LENIENT = 3.0
"""Hypotheses are paid at least this part of what an object must be, where the rules do not say it (`keep`)."""


@dataclass(frozen=True)
class Judges:
    """What decides what an object is paid, and where its outline lies.

    Attributes:
        environment: with the reward.
        refinement: of the outlines, or None.
        min_score: what an object is paid at least that pays by itself.
    """

    environment: SegmentationEnvironment
    refinement: Refinement | None
    min_score: float


class JointFilm:
    """A film whose objects are chosen together with their links.

    What it holds of a frame is its superpixels and hypotheses; the frames themselves are looked at a second time.

    Args:
        judges: of objects.
        rules: of links.

    Raises:
        RlsegError: the reward says nothing of single objects.
    """

    def __init__(self, judges: Judges, rules: Tracks) -> None:
        self._judges, self._rules = judges, rules
        self._single = of_single_segments(judges.environment.reward)[0]
        self._frames: list[Hypotheses] = []
        self._chosen: list[Ints] = []

    def propose(self, found: Segmentation, objects: Ints, of_policy: bool) -> None:
        """Take the hypotheses of the next frame.

        Args:
            found: what the frame alone was segmented into.
            objects: (N,) the same objects 1..n as superpixels, 0 = background, before their outlines were refined.
            of_policy: whether the actions are those of a policy, which says more than what a search has cut.
        """
        least = self._judges.min_score / LENIENT if self._rules.keep is None else self._rules.keep

        def score(segments: Segments) -> Floats:
            return self._single.evaluate(segments).foreground_score

        weights = found.actions if of_policy else None
        paid = _final_scores(found, objects, score)
        self._frames.append(hypotheses_of(found.sample, objects, score, weights, least, self._rules.needed, paid))

    def propose_nothing(self, shape: tuple[int, int]) -> None:
        """Of a frame with nothing on it. shape: its height and width."""
        self._frames.append(no_hypotheses(shape, self._rules.needed))

    def choose(self, per_pixel: float) -> int:
        """Choose among all that was proposed.

        Args:
            per_pixel: side of a pixel of the frames that were looked at, in the file's unit of length.

        Returns:
            How many windows of frames keep what the frames alone chose, see `Choice.unsolved`.
        """
        found = choose_jointly(self._frames, self._rules, per_pixel, self._judges.min_score)
        self._chosen = [frame.owners(chosen) for frame, chosen in zip(self._frames, found.frames, strict=True)]
        return found.unsolved

    def decide(self, number: int, found: Segmentation) -> Segmentation:
        """The chosen objects of a frame, with their outlines.

        Args:
            number: of the frame, from 0.
            found: what it alone was segmented into, from the same superpixels.
        """
        sample, objects = found.sample, self._chosen[number]
        outcome = self._judges.environment.judge(
            sample, split_background(objects, sample.edge_index)[None], found.actions[None]
        )
        labels, measured = of_pixels(objects, sample.superpixels), None
        if self._judges.refinement is not None:
            refined = refine_and_measure(sample, labels, self._judges.environment.reward, self._judges.refinement)
            labels, measured = refined.labels, refined.objects
        return Segmentation(sample, found.actions, outcome, labels, measured)


def _final_scores(found: Segmentation, objects: Ints, score: Callable[[Segments], Floats]) -> Floats:
    """(n,) what objects (N,) 1..n are paid with the outlines that they have in the end; 0 for those that are gone."""
    final = found.measured()
    paid = np.zeros(int(objects.max(initial=0)))
    if not len(final.present):
        return paid
    before = objects[found.sample.superpixels]
    both = (before > 0) & (found.labels > 0)
    pairs = np.zeros((len(paid) + 1, int(found.labels.max()) + 1))
    np.add.at(pairs, (before[both], found.labels[both]), 1)
    values = final.of_objects(score(final.segments))
    paid[pairs[:, final.present].argmax(axis=0) - 1] = values
    return paid


def left_alone(windows: int) -> str:
    """A line about windows of frames that keep what their frames alone chose."""
    some = "one part of the film keeps" if windows == 1 else f"{windows} parts of the film keep"
    return f"{some} the objects that frames show by themselves: no better choice was found in {SECONDS:g} s"


def search_film(
    rules: RewardFile, images: Sequence[RawImage], min_score: float, size: PixelSize | None
) -> tuple[list[Found], int]:
    """What a reward file likes best of a film, objects and links at once; nothing learned.

    Args:
        rules: with a section `tracks`.
        images: the frames.
        min_score: what an object is paid at least that pays by itself.
        size: of the pixels, if it is known.

    Returns:
        The objects of each frame, and how many windows of frames keep what `search_image` finds.

    Raises:
        RlsegError: see `search_image`.
    """
    assert rules.tracks is not None
    reward = Reward(rules, None if size is None or rules.units.length == "px" else size.side).without_neighbours()
    preparation = Preparation().for_reward(rules)
    film = JointFilm(Judges(SegmentationEnvironment(reward), None, min_score), rules.tracks)

    def searched(image: RawImage) -> Segmentation:
        return search_sample(preparation(image.pixels, pixel_size=size or image.pixel_size), reward, min_score)

    for image in images:
        found = searched(image)
        film.propose(found, _of_superpixels(found), False)
    unsolved = film.choose(length_of_pixel(rules, size, "the film"))
    made = []
    for number, image in enumerate(images):
        found = film.decide(number, searched(image))
        made.append(Found(found.labels, measure_objects(found.sample, found.labels, reward)))
    return made, unsolved


def _of_superpixels(found: Segmentation) -> Ints:
    """(N,) the objects of a label image that consists of whole superpixels."""
    first = np.unique(found.sample.superpixels, return_index=True)[1]
    return found.labels.ravel()[first].astype(np.int64)
