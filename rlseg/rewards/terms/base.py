"""The base of all reward terms, and what a term may look at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import ClassVar

from rlseg.arrays import Bools, Floats, Ints
from rlseg.rewards.geometry import Geometry
from rlseg.rewards.measure import Segments
from rlseg.rewards.model import ClassReference, Model, Positive, Share
from rlseg.rewards.properties import Measurements


@dataclass(frozen=True)
class Scene:
    """The segments of K partitions, sorted into classes, some of them already scored.

    Attributes:
        measurements: descriptors in the file's units.
        class_names: names of the classes, "foreground" included.
        segment_class: (M,) index into class_names.
        class_scores: class name -> (M,) scores, 0 for segments of other classes; holds at least the classes
            that the term at work refers to with `ClassReference(scored=True)`.
        terms: the terms of the group at work by their names, for those that refer to another (`TermReference`).
    """

    measurements: Measurements
    class_names: tuple[str, ...]
    segment_class: Ints
    class_scores: Mapping[str, Floats]
    terms: Mapping[str, Term] = default(default_factory=dict)

    @property
    def geometry(self) -> Geometry | None:
        """The places the file names, in its units of length; None if it names none."""
        return self.measurements.geometry

    @property
    def segments(self) -> Segments:
        """The segments of all K partitions."""
        return self.measurements.segments

    def members(self, class_name: str) -> Bools:
        """(M,) True for the segments of a class."""
        return self.segment_class == self.class_names.index(class_name)


class TermReference:
    """Marks a field that names another term of the same group, which must be of one of some kinds."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds


class Term(Model, ABC):
    """One prior: gives every segment a score. The parsed object does the work, there is no other.

    Attributes:
        EXAMPLE: the term as it stands in a file, a YAML flow mapping.
        PARTITION: whether it looks at other segments of the partition than the one it scores; or the name of a field,
            if it does where that field is given.
        VOLUMES: whether it also scores segments of volumes.
    """

    EXAMPLE: ClassVar[str] = ""
    PARTITION: ClassVar[bool | str] = False
    VOLUMES: ClassVar[bool] = False
    kind: str
    weight: Positive = 1.0
    """Share in the group, relative to the other weights."""
    min_score: Share = 0.0
    """A segment that scores less than this in this term gets the reward 0 altogether."""

    @abstractmethod
    def score(self, scene: Scene) -> Floats:
        """Scores of all segments; those of segments of other classes are ignored.

        Args:
            scene: the segments and what is known about them.

        Returns:
            (M,) floats in [0, 1], bigger is better; non-finite ones count as 0.
        """

    @property
    def sees_partition(self) -> bool:
        """Whether it has no meaning for a segment by itself, see PARTITION."""
        given = type(self).PARTITION
        return getattr(self, given) is not None if isinstance(given, str) else given

    def sees_beyond(self) -> bool:
        """Whether segments at the border can score better where `Scene.measurements` continues them."""
        return False

    def needed_classes(self) -> Iterator[str]:
        """The classes that must be scored before this term is."""
        for name, field in type(self).model_fields.items():
            if any(isinstance(mark, ClassReference) and mark.scored for mark in field.metadata):
                yield getattr(self, name)
