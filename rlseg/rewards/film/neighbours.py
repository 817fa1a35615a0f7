"""What the frames before and after an image hold, as far as those who judge the image know it."""

from __future__ import annotations

from dataclasses import dataclass

from rlseg.regions import NEIGHBOURS, RegionStatistics
from rlseg.rewards.film.frame import FrameObjects


@dataclass(frozen=True)
class Side:
    """A neighbouring frame.

    Attributes:
        objects: that were found there.
        drift: rows and columns that the whole picture has moved between the two frames, later minus earlier.
    """

    objects: FrameObjects
    drift: tuple[int, int]


@dataclass(frozen=True)
class Neighbours:
    """The frames around one of a film. They stay as they are, whatever a policy makes of the frame.

    Attributes:
        here: the objects that were found in the frame itself, among which sisters of a half are looked for.
        before, after: the neighbouring frames; None at the ends of the film, and for an image that is none of a film.
    """

    here: FrameObjects
    before: Side | None = None
    after: Side | None = None

    @classmethod
    def none(cls) -> Neighbours:
        """Of an image without any: whatever is in it is paid as if it went on."""
        return cls(FrameObjects.nothing())

    @classmethod
    def of(cls, regions: RegionStatistics) -> Neighbours | None:
        """Those that an image was told of, or None. regions: of the image, or of its turned or mirrored copy."""
        found: Neighbours | None = regions.of_image.get(NEIGHBOURS)
        return found

    def tell(self, regions: RegionStatistics) -> None:
        """Let those who judge an image know them. regions: of the image, measured and not turned."""
        regions.of_image[NEIGHBOURS] = self
