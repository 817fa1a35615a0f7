"""Tracks as a graph: objects of frames are its nodes, links from frame to frame and from parent to child its edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rlseg.arrays import AnyLabels

Node = tuple[int, int]
"""Frame and number of the track."""


@dataclass(frozen=True)
class Lineage:
    """Label images whose numbers last, and what comes from what.

    Attributes:
        labels: (T, H, W) or T images (H, W) of one size, 0 = background, else the number of the track.
        parent: track -> the track that it comes from, for those that come from one.
    """

    labels: Sequence[AnyLabels] | AnyLabels
    parent: dict[int, int]

    def nodes(self) -> list[Node]:
        """All objects."""
        return [(t, int(one)) for t, image in enumerate(self.labels) for one in np.unique(image) if one]

    def edges(self) -> dict[tuple[Node, Node], bool]:
        """Earlier and later object of every link -> whether it leads from a parent to its child.

        A track that is not there in some frames goes on after them.

        Raises:
            ValueError: a track or its parent occurs in no frame, or a track begins before its parent has ended.
        """
        frames: dict[int, list[int]] = {}
        for t, one in self.nodes():
            frames.setdefault(one, []).append(t)
        found = {((t, one), (later, one)): False for one, there in frames.items() for t, later in pairwise(there)}
        for child, parent in self.parent.items():
            if child not in frames or parent not in frames:
                raise ValueError(f"track {child} with its parent {parent}: one of them is in no frame")
            if frames[child][0] <= frames[parent][-1]:
                raise ValueError(f"track {child} begins in frame {frames[child][0]}, before its parent {parent} ends")
            found[(frames[parent][-1], parent), (frames[child][0], child)] = True
        return found
