"""Orientation, Feret diameter, Crofton perimeter, Euler number, places and boundary evidence against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import DIHEDRAL, masks, random_segments, turned
from reward_text import compiled
from scipy import ndimage
from skimage.measure import regionprops
from skimage.transform import rotate

from rlseg.data.augment import transform_regions
from rlseg.graph.rag import measure_regions
from rlseg.rewards.errors import RewardFileError
from rlseg.rewards.kernels import deviation_on_circle
from rlseg.rewards.load import parse_reward
from rlseg.rewards.reward import Reward
from rlseg.rewards.segments import Segments

EXACT = ("feret_diameter_max", "perimeter_crofton", "euler_number")


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Angle between two axes in degrees, 0 to 90."""
    return abs((one - other + 90) % 180 - 90)


def of_mask(mask: np.ndarray) -> Segments:
    """The mask as segment 1 of a partition into inside and outside (segment 0 if it fills the image)."""
    ids = np.unique(mask, return_inverse=True)[1].reshape(mask.shape).astype(np.int32)
    return Segments(measure_regions(np.zeros((1, *mask.shape)), ids), np.arange(ids.max() + 1)[None])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 40), height=st.integers(1, 30), width=st.integers(1, 30))
def test_outline_measures_are_those_of_regionprops(seed: int, pieces: int, height: int, width: int) -> None:
    """Partitions into segments of several pieces, with holes, at the border, of one pixel."""
    segments = random_segments(seed, pieces=pieces, shape=(height, width))
    props = [regionprops(mask.astype(np.uint8))[0] for mask in masks(segments)]
    for name in EXACT:
        expected = [getattr(p, name) for p in props]
        assert segments.descriptor(name) == pytest.approx(expected, rel=1e-12, abs=1e-12), name
    assert segments.centroid == pytest.approx(np.array([p.centroid for p in props]), abs=1e-10)
    assert segments.descriptor("centroid_row") == pytest.approx([p.centroid[0] for p in props], abs=1e-10)
    assert segments.descriptor("centroid_col") == pytest.approx([p.centroid[1] for p in props], abs=1e-10)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0.05, 0.95), height=st.integers(1, 12), width=st.integers(1, 12))
def test_outline_measures_of_noise(seed: int, share: float, height: int, width: int) -> None:
    """Every pattern of 2 x 2 pixels, corners that touch, holes in holes."""
    mask = np.random.default_rng(seed).random((height, width)) < share
    segments = of_mask(mask)
    for m, piece in enumerate(masks(segments)):
        expected = regionprops(piece.astype(np.uint8))[0]
        for name in EXACT:
            assert segments.descriptor(name)[m] == pytest.approx(getattr(expected, name), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("pieces", [1, 4, 60])
@pytest.mark.parametrize("seed", range(4))
def test_orientation_is_that_of_regionprops(seed: int, pieces: int) -> None:
    segments = random_segments(seed, pieces=pieces)
    got = segments.descriptor("orientation")
    assert (got > -90).all()
    assert (got <= 90).all()
    expected = np.degrees([regionprops(mask.astype(np.uint8))[0].orientation for mask in masks(segments)])
    large, small = segments.variances
    # where the axes are equally long but for rounding, any angle is as good
    assert apart(got, expected)[large - small > 1e-6] == pytest.approx(0, abs=1e-6)
    assert (large - small > 1e-6).mean() > 0.9


def test_orientation_of_plain_shapes() -> None:
    line = np.zeros((9, 9), bool)
    line[2:7, 4] = True
    diagonal = np.eye(9, dtype=bool)
    square = np.zeros((9, 9), bool)
    square[3:6, 2:5] = True
    cases = [(line, 0.0), (line.T, 90.0), (diagonal, 45.0), (diagonal[:, ::-1], -45.0), (square, -45.0)]
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


@pytest.mark.parametrize("channel", [0, 1])
def test_boundary_evidence_against_a_slow_reference(channel: int) -> None:
    rng = np.random.default_rng(5)
    image = ndimage.gaussian_filter(rng.random((2, 30, 40)), (0, 1, 1))
    regions = measure_regions(image, random_segments(5, shape=(30, 40)).regions.superpixels)
    segments = Segments(regions, rng.integers(0, 6, (3, regions.num_nodes)))
    for m, mask in enumerate(masks(segments)):
        framed = np.pad(mask, 1, constant_values=False)
        pairs = [
            (image[channel, r, c], image[channel, r + dr, c + dc])
            for r, c in zip(*np.nonzero(mask), strict=True)
            for dr, dc in ((1, 0), (-1, 0), (0, 1), (0, -1))
            if 0 <= r + dr < 30 and 0 <= c + dc < 40 and not mask[r + dr, c + dc]
        ]
        sides = sum((framed & ~np.roll(framed, 1 - 2 * s, axis=a)).sum() for a in (0, 1) for s in (0, 1))
        steps = np.mean([abs(a - b) for a, b in pairs])
        assert segments.descriptor("boundary_evidence", channel)[m] == pytest.approx(steps, abs=1e-9)
        assert segments.descriptor("outline_intensity", channel)[m] == pytest.approx(np.mean(pairs), abs=1e-9)
        assert segments.descriptor("border_share")[m] == pytest.approx(1 - len(pairs) / sides, abs=1e-12)


def test_a_segment_that_fills_the_image() -> None:
    regions = measure_regions(np.full((1, 5, 7), 0.25), np.zeros((5, 7), np.int32))
    segments = Segments(regions, np.zeros((1, 1), np.int64))
    expected = {"boundary_evidence": 0.0, "outline_intensity": 0.25, "border_share": 1.0, "euler_number": 1.0}
    assert {name: segments.descriptor(name)[0] for name in expected} == expected


def test_one_pixel() -> None:
    mask = np.zeros((5, 5), bool)
    mask[2, 3] = True
    segments = of_mask(mask)
    props = regionprops(mask.astype(np.uint8))[0]
    for name in EXACT:
        assert segments.descriptor(name)[1] == pytest.approx(getattr(props, name), rel=1e-14)
    assert segments.descriptor("orientation")[1] == -45
    assert segments.descriptor("border_share")[1] == 0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(0, 9), columns=st.integers(0, 9))
def test_shifting_the_content_changes_nothing_but_places(seed: int, rows: int, columns: int) -> None:
    mask = np.random.default_rng(seed).random((9, 9)) < 0.6
    mask[4, 4], mask[0, 0] = True, False
    here, there = of_mask(np.pad(mask, 2)), of_mask(np.pad(mask, ((2 + rows, 2), (2 + columns, 2))))
    for name in (*EXACT, "orientation", "boundary_evidence", "border_share", "solidity", "axis_minor_length"):
        assert there.descriptor(name)[1] == here.descriptor(name)[1], name
    assert there.centroid[1] - here.centroid[1] == pytest.approx([rows, columns], abs=1e-12)


@pytest.mark.parametrize("turn", DIHEDRAL)
def test_outline_measures_do_not_turn(turn: tuple[int, bool]) -> None:
    mask = np.random.default_rng(8).random((14, 19)) < 0.7
    for name in EXACT:
        one, other = of_mask(mask).descriptor(name)[1], of_mask(turned(mask, *turn)).descriptor(name)[1]
        assert one == pytest.approx(other, rel=1e-12), name


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
