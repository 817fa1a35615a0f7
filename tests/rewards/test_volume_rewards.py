"""Reward files about volumes: what they may ask for, and that nobody judges a volume by the numbers of an image."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.errors import RlsegError
from rlseg.graph import measure_regions
from rlseg.rewards import TERM_KINDS, Measurements, Reward
from rlseg.rewards.language import RewardFileError, parse_reward
from rlseg.rewards.lint import find_unreachable
from rlseg.rewards.measure import Segments

ROUND = "{kind: descriptor, property: sphericity, expected: 1, scale: 0.2, side: below}"
BALLS = f"""
version: 1
name: balls
dimensions: 3
units: {{length: px, intensity: unit}}
classes:
  large: {{kind: area, over: 40}}
rewards:
  large: 0.0
  foreground:
    terms:
      round: {ROUND}
      size: {{kind: descriptor, property: area, expected: 16, scale: 8}}
"""


def segments(
    spacing: tuple[float, ...] = (2.0, 1.0, 1.0), size: tuple[float, ...] = (0.0,) * 3, bright: float = 0.0
) -> Segments:
    """A cube of 2 x 2 x 2 voxels in a ground of 5 x 6 x 6."""
    ids = np.zeros((5, 6, 6), np.int32)
    ids[2:4, 2:4, 2:4] = 1
    image = bright * (ids[None] == 1).astype(float)
    return Segments(measure_regions(image, ids, pixel_size=size, spacing=spacing), np.array([[0, 1]]))


def test_a_volume_is_judged_in_px_whose_side_is_that_of_a_pixel_within_a_plane() -> None:
    breakdown = Reward(parse_reward(BALLS)).evaluate(segments())
    assert breakdown.segment_class.tolist() == [0, 1]
    assert breakdown.terms["foreground/size"][1] == 1.0  # 8 voxels of 2 px^3
    assert breakdown.edge_score.shape == (1, 1)


EVERY = """
version: 1
name: every
dimensions: 3
units: {length: px, intensity: unit}
classes:
  ground: {kind: descriptor, property: border_share, over: 0.2}
rewards:
  ground:
    terms:
      beside: {kind: neighbour_score, of: foreground}
      covers: {kind: coverage, expected: 0.9, scale: 0.1, side: below}
  foreground:
    terms:
      alike: {kind: peers, property: area, expected: [10, 20], scale: 8}
      share: {kind: coverage, expected: 0.1, scale: 0.1, kernel: linear, side: above}
      count: {kind: object_count, of: foreground, expected: 2, scale: 1, kernel: linear}
      inside: {kind: touches_border, wanted: false}
      bright: {kind: descriptor, property: contrast, expected: 0.5, scale: 0.5, kernel: linear}
edges: {boundary_evidence: {weight: 0.5, measure: step, between: [0.0, 0.5]}}
"""


def test_every_kind_for_volumes_judges_them() -> None:
    volume = segments(bright=0.5)
    breakdown = Reward(parse_reward(EVERY)).evaluate(volume)
    ground, cube = breakdown.segment_class.tolist()
    assert (ground, cube) == (0, 1)
    found = {name: float(np.nanmax(values)) for name, values in breakdown.terms.items()}
    assert found["ground/beside"] == pytest.approx(breakdown.segment_score[1])
    assert found["ground/covers"] == 1.0  # 172 of 180 voxels
    assert found["foreground/alike"] == found["foreground/inside"] == found["foreground/bright"] == 1.0
    assert found["foreground/share"] == 1.0  # 8 of 180 voxels
    assert found["foreground/count"] == 0.0  # one is there
    # a cut where the brightness makes a step of .5
    assert breakdown.edge_score[0, 0] == pytest.approx(0.5 + 0.5 * breakdown.foreground_score[1])
    kinds = {kind for kind, term in TERM_KINDS.items() if term.VOLUMES}
    assert kinds == {term.kind for reward in parse_reward(EVERY).rewards.values() for term in reward.terms.values()} | {
        "good_object_count"
    }


def test_micrometres_are_those_of_the_file() -> None:
    file = parse_reward(BALLS.replace("length: px", "length: um"))
    known = segments(size=(1.0, 0.5, 0.5))
    assert Measurements(known, file.units, Reward(file).length_per_pixel(known.regions)).value("area")[1] == 16 / 8
    with pytest.raises(RlsegError, match="pixel size of the image is not known"):
        Reward(file).evaluate(segments())


def test_images_and_volumes_are_not_mixed() -> None:
    flat = np.zeros((4, 4), np.int32)
    image = Segments(measure_regions(np.zeros((1, 4, 4)), flat), np.array([[0]]))
    with pytest.raises(RlsegError, match=r"is for volumes \(dimensions: 3\), and this is an image"):
        Reward(parse_reward(BALLS)).evaluate(image)
    of_images = BALLS.replace("dimensions: 3\n", "").replace("sphericity", "circularity")
    with pytest.raises(RlsegError, match="is for images, and this is a volume"):
        Reward(parse_reward(of_images)).evaluate(segments())
    assert "dimensions" not in parse_reward(of_images).resolved_yaml()
    assert parse_reward(parse_reward(BALLS).resolved_yaml()) == parse_reward(BALLS)


def test_names_are_suggested_and_no_more_is_asked_than_there_is() -> None:
    with pytest.raises(RewardFileError, match="did you mean 'sphericity'"):
        parse_reward(BALLS.replace("property: sphericity", "property: sphericty"))
    assert not list(find_unreachable(parse_reward(BALLS)))
    (found,) = find_unreachable(parse_reward(BALLS.replace("expected: 1,", "expected: 1.5,")))
    assert "sphericity is at most 1" in found.message


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("property: sphericity", "property: circularity", 12, "'circularity' is a property of images alone"),
        ("property: sphericity", "property: perimeter", 12, "'perimeter' is a property of images alone"),
        ("{kind: area, over: 40}", "{kind: descriptor, property: perimeter, over: 9}", 7, "of images alone"),
        ("dimensions: 3", "dimensions: 2", 12, "'sphericity' is a property of volumes alone"),
        ("dimensions: 3\n", "", 11, "if the file is about volumes, say dimensions: 3 at its top"),
        ("dimensions: 3", "dimensions: 4", 4, "dimensions"),
        (ROUND, "{kind: spacing, expected: 9, scale: 2}", 12, "the kind 'spacing' is for images alone"),
        ("rewards:\n", "geometry: {center: image}\nrewards:\n", 8, "the section 'geometry' is for images alone"),
        ("rewards:\n", "supervised: {weight: 1.0}\nrewards:\n", 8, "the section 'supervised' is for images alone"),
        ("rewards:\n", "objects: {width: 9, look: different}\nrewards:\n", 8, "'different' is for images alone"),
        ("rewards:\n", "objects: {width: 9, channel: {colour: red}}\nrewards:\n", 8, "a channel made from others"),
        ("    terms:", "    at_border: continued\n    terms:", 11, "'continued' is for images alone"),
        ("rewards:\n", "edges: {radial_prior: {weight: 0.1}}\nrewards:\n", 8, "for images alone"),
        (ROUND, "{kind: descriptor, property: intensity_mean, channel: strongest, expected: 0.5, scale: 1}", 12,
         "rewards.foreground.terms.round.channel: the channel 'strongest' is for images alone"),
        (ROUND, "{kind: peers, property: intensity_mean, channel: mean, expected: 0.5, scale: 1}", 12,
         "rewards.foreground.terms.round.channel: the channel 'mean' is for images alone"),
        ("{kind: area, over: 40}", "{kind: descriptor, property: intensity_mean, channel: {weights: [1]}, over: 1}", 7,
         "channel: a channel made from others is for images alone"),
        ("rewards:\n",
         "edges: {boundary_evidence: {weight: 0.1, between: [0, 1], channel: strongest}}\nrewards:\n", 8,
         "edges.boundary_evidence.channel: the channel 'strongest' is for images alone"),
    ],
)  # fmt: skip
def test_what_volumes_have_not_is_an_error_at_its_place(old: str, new: str, line: int, said: str) -> None:
    text = BALLS.replace(old, new)
    assert text != BALLS
    with pytest.raises(RewardFileError) as error:
        parse_reward(text)
    assert said in str(error.value)
    assert any(found.span is not None and found.span.line + 1 == line for found in error.value.problems), error.value
