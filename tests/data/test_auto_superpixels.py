"""Superpixels of the kind auto where nobody has chosen: the usual kind, bit by bit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from drawn_discs import discs

from rlseg.data.prepare import Preparation
from rlseg.data.superpixels import AutoSuperpixels, BoundarySeeds, LevelSets
from rlseg.data.superpixels.base import Superpixels
from rlseg.graph.sample import Sample
from rlseg.rewards import Objects


def same(one: Sample, other: Sample) -> bool:
    names = ("superpixels", "node_features", "edge_features", "guide", "level")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@pytest.mark.parametrize(
    ("look", "usual"),
    [(None, LevelSets()), ("brighter", LevelSets()), ("darker", LevelSets()), ("outlined", BoundarySeeds())],
)
def test_it_makes_the_usual_kind(look: str | None, usual: Superpixels) -> None:
    objects = None if look is None else Objects.model_validate({"width": 13, "look": look})
    image = discs(look or "brighter", 48)[0]
    automatic = Preparation(objects=objects)
    assert automatic.superpixels.kind == "auto"
    assert automatic.superpixels.usual == usual
    assert same(automatic(image), Preparation(objects=objects, superpixels=usual)(image))
    assert automatic.ways == Preparation(objects=objects, superpixels=usual).ways
    assert automatic.shows_lines == Preparation(objects=objects, superpixels=usual).shows_lines


@pytest.mark.parametrize("superpixels", [AutoSuperpixels(), {"kind": "auto"}])
def test_outlined_objects_however_it_is_said(superpixels: object) -> None:
    outlined = {"width": 13, "look": "outlined"}
    preparation = Preparation.model_validate({"objects": outlined, "superpixels": superpixels})
    again = Preparation.model_validate(preparation.model_dump(mode="json"))
    for one in (
        preparation,
        again,
        pickle.loads(pickle.dumps(preparation)),
        Preparation(objects=Objects.model_validate(outlined)),
    ):
        assert one.superpixels.usual == BoundarySeeds()
        assert one == preparation
    # the same settings, of other objects
    other = Preparation.model_validate(dict(preparation) | {"objects": None})
    assert other.superpixels.usual == LevelSets()
    assert Preparation().superpixels.usual == LevelSets()


def test_other_kinds_are_what_they_are() -> None:
    assert BoundarySeeds(sigma=2).usual == BoundarySeeds(sigma=2)
