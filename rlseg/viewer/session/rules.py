"""The rules that are being made: a text, what it says, and how it is measured from drawn objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rlseg.arrays import Labels
from rlseg.io import RawImage
from rlseg.prediction.outlined import OutlinedImage, rules_from_images, without_border
from rlseg.rewards.language import RewardFile, load_reward, parse_reward
from rlseg.viewer.session.numbers import Number, numbers_of, rewritten


@dataclass(frozen=True)
class Rules:
    """A reward file that is being worked on. Its text is all there is: what is changed, is changed there.

    Attributes:
        text: YAML that stands for itself, without `extends`.
        report: lines on how it was measured.
    """

    text: str
    report: tuple[str, ...] = ()

    @classmethod
    def of_file(cls, path: str | Path) -> Rules:
        """Read a reward file; what it extends is merged into it.

        Raises:
            RewardFileError: something in it is wrong.
        """
        file = load_reward(path)
        text = Path(path).read_text(encoding="utf-8")
        if any(line.startswith("extends") for line in text.splitlines()):
            return cls(file.resolved_yaml(), (f"{path} extends another file: both are merged, comments are gone",))
        return cls(text)

    @cached_property
    def file(self) -> RewardFile:
        """What the text says.

        Raises:
            RewardFileError: something in it is wrong.
        """
        return parse_reward(self.text)

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """What can be moved."""
        return numbers_of(self.file)

    def number(self, place: Sequence[str]) -> Number:
        """The one at a place of the file."""
        return next(number for number in self.numbers if number.place == tuple(place))

    def moved(
        self, place: Sequence[str], low: float | None = None, high: float | None = None, scale: float | None = None
    ) -> Rules:
        """The rules with other numbers at one place, see `Number`.

        Raises:
            RlsegError: these numbers cannot stand there.
        """
        changed = Rules(rewritten(self.text, tuple(place), low, high, scale), self.report)
        _ = changed.file
        return changed


def measure_rules(image: RawImage, labels: Labels, name: str = "measured") -> Rules:
    """Rules from objects that were drawn on an image: what `rlseg reward measure` writes.

    Args:
        image: the image.
        labels: (H, W), 0 = nothing drawn. What touches the border is left out.
        name: of the reward.

    Raises:
        RlsegError: fewer than three whole objects are drawn.
    """
    whole, cut_off = without_border(labels)
    found = rules_from_images([OutlinedImage("image", image, whole, cut_off)], name=name)
    return Rules(found.text, (*found.notes, *found.report))
