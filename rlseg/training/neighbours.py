"""Trainings look at the frames before and after, where the reward pays objects for going on there."""

from __future__ import annotations

from collections.abc import Sequence

from rlseg.data import ImageFolder, Samples
from rlseg.environment import FilmFrames
from rlseg.graph import Sample
from rlseg.io import Bars
from rlseg.rewards import Reward


def see_neighbours(data: ImageFolder, stage: str, reward: Reward, min_score: float) -> None:
    """Search all frames for objects, and let each frame know those beside it. Nothing if the reward does not ask.

    Args:
        data: whose samples of the stage ("fit", "validate" or "test") are prepared.
        stage: see there.
        reward: the rules.
        min_score: what an object is paid at least, 0..1.

    Raises:
        RlsegError: images are no films, or their frames differ in size.
    """
    if not reward.looks_at_neighbours:
        return

    def look(films: Sequence[tuple[str, Samples]]) -> _Known:
        known = _Known()
        with Bars() as bars:
            bar = bars.add("looking at frames before and after", sum(len(frames) for _, frames in films))
            for name, samples in films:
                frames = FilmFrames(reward, min_score, name)
                for number, sample in enumerate(samples):
                    frames.add(sample)
                    known.frames[sample.name] = (frames, number)
                    bar.advance()
        return known

    data.tell_neighbours(stage, look)


class _Known:
    """What lies around each frame, by its name."""

    def __init__(self) -> None:
        self.frames: dict[str, tuple[FilmFrames, int]] = {}

    def __call__(self, sample: Sample) -> None:
        """Tell a frame."""
        frames, number = self.frames[sample.name]
        frames.around(number).tell(sample.regions)
