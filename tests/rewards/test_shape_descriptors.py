"""Orientation, Feret diameter, Crofton perimeter and Euler number on shapes that are hard for them, and on discs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import DIHEDRAL, masks, random_segments
from reward_text import compiled
from skimage.measure import regionprops
from skimage.transform import rotate

from rlseg.data.augment import transform_regions
from rlseg.graph.rag import measure_regions
from rlseg.rewards.kernels import deviation_on_circle
from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

EXACT = ("feret_diameter_max", "perimeter_crofton", "euler_number")


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Angle between two axes in degrees, 0 to 90."""
    return abs((one - other + 90) % 180 - 90)


def of_mask(mask: np.ndarray) -> Segments:
    """The mask as segment 1 of a partition into inside and outside (segment 0 if it fills the image)."""
    ids = np.unique(mask, return_inverse=True)[1].reshape(mask.shape).astype(np.int32)
    return Segments(measure_regions(np.zeros((1, *mask.shape)), ids), np.arange(ids.max() + 1)[None])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 40), height=st.integers(1, 30), width=st.integers(1, 30))
def test_outline_measures_are_those_of_regionprops(seed: int, pieces: int, height: int, width: int) -> None:
    """Partitions into segments of several pieces, with holes, at the border, of one pixel."""
    segments = random_segments(seed, pieces=pieces, shape=(height, width))
    props = [regionprops(mask.astype(np.uint8))[0] for mask in masks(segments)]
    for name in EXACT:
        expected = [getattr(p, name) for p in props]
        assert segments.descriptor(name) == pytest.approx(expected, rel=1e-12, abs=1e-12), name
    assert segments.centroid == pytest.approx(np.array([p.centroid for p in props]), abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0.05, 0.95), height=st.integers(1, 12), width=st.integers(1, 12))
def test_outline_measures_of_noise(seed: int, share: float, height: int, width: int) -> None:
    """Every pattern of 2 x 2 pixels, corners that touch, holes in holes."""
    mask = np.random.default_rng(seed).random((height, width)) < share
    segments = of_mask(mask)
    for m, piece in enumerate(masks(segments)):
        expected = regionprops(piece.astype(np.uint8))[0]
        for name in EXACT:
            assert segments.descriptor(name)[m] == pytest.approx(getattr(expected, name), rel=1e-12, abs=1e-12)


def test_orientation_of_plain_shapes() -> None:
    line = np.zeros((9, 9), bool)
    line[2:7, 4] = True
    diagonal = np.eye(9, dtype=bool)
    square, pixel = np.zeros((9, 9), bool), np.zeros((9, 9), bool)
    square[3:6, 2:5] = pixel[3, 4] = True
    cases = [(line, 0.0), (line.T, 90.0), (diagonal, 45.0), (diagonal[:, ::-1], -45.0), (square, -45.0), (pixel, -45.0)]
    for mask, angle in cases:
        for canvas in (mask, np.pad(mask, ((900, 3), (2, 700)))):
            assert of_mask(canvas).descriptor("orientation")[1] == angle
            assert np.degrees(regionprops(mask.astype(np.uint8))[0].orientation) == pytest.approx(angle)


def test_orientation_turns_with_the_image() -> None:
    labels = np.random.default_rng(0).integers(0, 9, (2, 60))
    regions = random_segments(3).regions
    before = Segments(regions, labels[:, : regions.num_nodes])
    for quarter_turns, flip in DIHEDRAL:
        after = Segments(transform_regions(regions, quarter_turns, flip), labels[:, : regions.num_nodes])
        expected = before.descriptor("orientation") + 90 * quarter_turns
        assert apart(after.descriptor("orientation"), -expected if flip else expected) == pytest.approx(0, abs=1e-6)


def test_euler_number_counts_pieces_and_holes() -> None:
    art = ["#####....", "#.#.#.###", "#####.#.#", "......###", "#........", ".#......."]
    mask = np.array([list(row) for row in art]) == "#"
    segments = of_mask(mask)
    # three pieces, the last of which touches at a corner; three holes
    assert segments.descriptor("euler_number")[1] == 3 - 3
    assert segments.descriptor("euler_number")[0] == regionprops((~mask).astype(np.uint8))[0].euler_number


def test_discs() -> None:
    """Crofton's perimeter is close to the circle's and hardly turns; the Feret diameter is at most a pixel too long."""
    rows, columns = np.indices((64, 64))
    for radius in (5.0, 10.0, 20.0):
        segments = of_mask((rows - 31) ** 2 + (columns - 31) ** 2 <= radius**2)
        assert segments.descriptor("perimeter_crofton")[1] == pytest.approx(2 * np.pi * radius, rel=0.09)
        assert 2 * radius <= segments.descriptor("feret_diameter_max")[1] <= 2 * radius + 1.5
    bar = np.zeros((81, 81))
    bar[20:61, 36:45] = 1
    lengths = [of_mask(rotate(bar, t) > 0.5).descriptor("feret_diameter_max")[1] for t in range(0, 180, 15)]
    assert np.ptp(lengths) < 1.5
    assert lengths[0] == np.sqrt(41**2 + 8**2)  # the midpoints of pixel sides, not the corners


TERM = "rewards: {{foreground: {{terms: {{term: {{kind: descriptor, property: orientation, {}}}}}}}}}"


@pytest.mark.parametrize(
    ("expected", "score"),
    [
        ("90", 1.0),
        ("-90", 1.0),
        ("270", 1.0),
        ("80", 0.5),
        ("-80", 0.5),
        ("100", 0.5),
        ("[-80, -70]", 0.5),
        ("[85, 95]", 1.0),
        ("[-95, -85]", 1.0),
        ("[-70, 80]", 0.5),
        ("[0, 180]", 1.0),
        ("[-45, 300]", 1.0),
        ("0", 0.0),
    ],
)
def test_angles_are_compared_on_the_circle(expected: str, score: float) -> None:
    level = np.zeros((9, 9), bool)
    level[4, 2:7] = True
    reward = compiled(TERM.format(f"expected: {expected}, scale: 20, kernel: linear"))
    assert reward.evaluate(of_mask(level)).terms["foreground/term"][1] == pytest.approx(score)


@settings(max_examples=100, deadline=None)
@given(
    low=st.integers(-400, 400),
    length=st.integers(0, 400),
    values=st.lists(st.integers(-400, 400), min_size=1, max_size=9),
)
def test_the_circle_against_all_turns(low: int, length: int, values: list[int]) -> None:
    got = deviation_on_circle(np.array(values, float), low, low + length, 180.0)
    turns = range(-1080, 1081, 180)
    assert got.tolist() == [min(max(low - v - t, v + t - low - length, 0) for t in turns) for v in values]


@pytest.mark.parametrize("key", ["side: above", "side: below", "kernel: ratio"])
def test_angles_have_no_side_and_no_ratio(key: str) -> None:
    scale = "" if "ratio" in key else ", scale: 10"
    with pytest.raises(RewardFileError, match=r"comes round again after 180 degrees") as caught:
        compiled(TERM.format(f"expected: 30, {key}{scale}"))
    (problem,) = caught.value.problems
    assert problem.span is not None
    line = problem.span.source.lines[problem.span.line]
    assert line[problem.span.column :].startswith("orientation")
    assert problem.hint == f"remove {key}"


def test_raw_and_unit_evidence() -> None:
    segments = random_segments(2)  # raw = 100 unit + 7
    text = "rewards: {foreground: {terms: {t: {kind: descriptor, property: %s, expected: %g, scale: %g}}}}"
    for name, offset in (("boundary_evidence", 0), ("outline_intensity", 7)):
        unit = compiled(text % (name, 0.4, 0.1))
        head = "version: 1\nname: raw\nunits: {length: px, intensity: raw}\n"
        raw = Reward(parse_reward(head + text % (name, 40 + offset, 10)))
        one, other = (r.evaluate(segments).terms["foreground/t"] for r in (unit, raw))
        assert one == pytest.approx(other), name
