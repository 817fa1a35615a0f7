"""The frames of a film before anything is learned: what a search finds on each, for the frames beside it."""

from __future__ import annotations

from rlseg.arrays import np
from rlseg.environment.search import search_objects
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.regions import of_pixels
from rlseg.rewards import Reward, of_single_segments
from rlseg.rewards.film import FrameObjects, Neighbours, Side, drift_between


class FilmFrames:
    """What a search by the rules finds on the frames of a film, one after the other.

    Of a frame no more is held than its objects, packed.

    Args:
        reward: with a section `tracks`.
        min_score: what an object is paid at least, 0..1.
        name: of the film, for messages.

    Raises:
        RlsegError: the reward says nothing of single objects.
    """

    def __init__(self, reward: Reward, min_score: float, name: str) -> None:
        assert reward.file.tracks is not None
        self._reward, self._rules, self._min_score, self._name = reward, reward.file.tracks, min_score, name
        self._single = of_single_segments(reward)[0]
        self._frames: list[FrameObjects] = []
        self._drift: list[tuple[int, int]] = []

    def add(self, sample: Sample) -> None:
        """Look at the next frame.

        Raises:
            RlsegError: it is of another size than the one before, or its pixel size is not known and the rules are in
                um.
        """
        score = self._single.evaluate
        found = search_objects(sample.regions, sample.guide, lambda s: score(s).foreground_score, self._min_score)
        owners = np.where(found.chosen, found.labels + 1, 0).astype(np.int32)
        limit = self._rules.drift / self._reward.length_per_pixel(sample.regions, sample.name)
        self._append(FrameObjects.of(of_pixels(owners, sample.superpixels), self._rules.needed), limit)

    def add_nothing(self, shape: tuple[int, int]) -> None:
        """Take a frame with nothing on it. shape: its height and width."""
        self._append(FrameObjects.of(np.zeros(shape, np.int32), self._rules.needed), 0.0)

    def _append(self, objects: FrameObjects, limit: float) -> None:
        if self._frames and self._frames[-1].packed.shape != objects.packed.shape:
            one, other = (" x ".join(map(str, of.packed.shape)) for of in (self._frames[-1], objects))
            raise RlsegError(
                f"the frames of {self._name} differ in size: number {len(self._frames)} is {one} px, the next {other}",
                "a film is a folder of images of one size",
            )
        self._frames.append(objects)
        if len(self._frames) > 1:
            self._drift.append(drift_between(self._frames[-2], self._frames[-1], limit))

    def around(self, number: int) -> Neighbours:
        """What lies around a frame. number: from 0; the frame after it has been looked at."""
        last = len(self._frames) - 1
        return Neighbours(
            here=self._frames[number],
            before=Side(self._frames[number - 1], self._drift[number - 1]) if number > 0 else None,
            after=Side(self._frames[number + 1], self._drift[number]) if number < last else None,
        )
