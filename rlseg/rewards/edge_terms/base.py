"""The base of the priors on single edges, and what they may look at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from rlseg.arrays import Floats
from rlseg.rewards.model import Model
from rlseg.rewards.properties import Measurements


@dataclass(frozen=True)
class EdgeScene:
    """K partitions of one image and the actions that led to them.

    Attributes:
        measurements: the segments, with the units and the geometry of the file.
        actions: (K, E) in [0, 1]; 1 = cut. What the partition did with each edge, 0 or 1, if no actions are known.
    """

    measurements: Measurements
    actions: Floats


class EdgeTerm(Model, ABC):
    """A prior on single edges: turns the rewards of edges into others, given what was done with them.

    A new one is one new file in this folder, which says in an `EdgeKey` where it stands in a reward file.

    Attributes:
        EXAMPLE: the value of the term's key under `edges:`, a YAML flow mapping.
    """

    EXAMPLE: ClassVar[str] = ""

    @abstractmethod
    def pay(self, reward: Floats, scene: EdgeScene) -> Floats:
        """New rewards.

        Args:
            reward: (K, E) what the edges are paid without this term.
            scene: the partitions and actions.

        Returns:
            (K, E) floats, in [0, 1] if `reward` is and the term does not say otherwise.
        """


@dataclass(frozen=True)
class EdgeKey:
    """Where a prior on single edges stands in a reward file.

    Attributes:
        name: the key under `edges:`.
        terms: the annotation of what can stand there: a class, or several that are told apart.
        text: what it does, in one line.
        place: priors are applied in ascending order, those of equal place by their names.
        in_intensity: whether its numbers are in the file's unit of intensity.
        volumes: whether it also pays edges of volumes.
    """

    name: str
    terms: Any
    text: str
    place: int = 0
    in_intensity: bool = False
    volumes: bool = False


def center_distances(measurements: Measurements, points: Floats) -> Floats:
    """(P,) distance of (P, 2) points in pixels from the centre of the geometry, in the file's unit of length."""
    geometry = measurements.geometry
    assert geometry is not None  # the loader has seen to it, see GeometryReference
    center = geometry.center_px(measurements.segments.regions.shape, measurements.pixel_size)
    row, column = (points - center).T
    distances: Floats = (row**2 + column**2) ** 0.5 * measurements.pixel_size
    return distances
