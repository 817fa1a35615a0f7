"""template_shape: against Hu's invariants on the mask, on turned and scaled shapes, and what its file says wrongly."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import DIHEDRAL, masks, random_segments, turned
from reward_text import compiled, read
from scenes import ODD, odd
from skimage.draw import polygon2mask
from skimage.measure import moments_central, moments_hu, moments_normalized
from term_properties import properties_of
from work import calls_of

from rlseg.graph.rag import measure_regions
from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward
from rlseg.rewards.terms.template_shape import TemplateShapeTerm

TERM = "rewards: {{foreground: {{terms: {{shape: {{kind: template_shape, {}}}}}}}}}"
ART = ["..##..", "..##..", "######", "..##..", "..###."]
SHAPES = {
    "disc": [[np.cos(t), np.sin(t)] for t in np.linspace(0, 2 * np.pi, 40, endpoint=False)],
    "ellipse": [[2 * np.cos(t), np.sin(t)] for t in np.linspace(0, 2 * np.pi, 40, endpoint=False)],
    "L": [[0, 0], [0, 3], [1, 3], [1, 1], [3, 1], [3, 0]],
    "T": [[0, 0], [0, 3], [1, 3], [1, 2], [3, 2], [3, 1], [1, 1], [1, 0]],
    "triangle": [[0, 0], [0, 2], [1.73, 1]],
}


test_range_names_and_place = properties_of(
    "{kind: template_shape, mask: ['#####', '##...'], scale: 1}",
    "{kind: template_shape, polygon: [[0, 0], [0, 20], [9, 20], [9, 0]], scale: 1, scale_free: false, kernel: linear}",
)


def slow_features(mask: np.ndarray) -> np.ndarray:
    """The seven log-scaled invariants of a mask of square pixels, with scikit-image."""
    central = moments_central(mask.astype(float))
    central[2, 0] += mask.sum() / 12
    central[0, 2] += mask.sum() / 12
    features = []
    for value, order in zip(moments_hu(moments_normalized(central)), (1, 2, 2, 2, 4, 3, 4), strict=True):
        value = abs(value) if len(features) == 6 else value
        features.append(np.sign(value) * np.log(1 + abs(value) / 0.05**order) / order)
    return np.array(features)


def scores(segments: Segments, keys: str) -> np.ndarray:
    return compiled(TERM.format(keys)).evaluate(segments).terms["foreground/shape"]


def of_mask(mask: np.ndarray) -> Segments:
    ids = np.unique(mask, return_inverse=True)[1].reshape(mask.shape).astype(np.int32)
    return Segments(measure_regions(np.zeros((1, *mask.shape)), ids), np.arange(ids.max() + 1)[None])


def drawn(name: str, area: float, angle: float) -> np.ndarray:
    """A shape of about this area on the pixel grid."""
    points = np.array(SHAPES[name])
    x, y = points.T
    size = np.sqrt(area / abs((x * np.roll(y, 1) - y * np.roll(x, 1)).sum() / 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = size * (points - points.mean(axis=0)) @ turn
    points = points - points.min(axis=0) + 2.3
    return polygon2mask(tuple(np.ceil(points.max(axis=0) + 3).astype(int)), points)


def polygon(name: str) -> str:
    return f"polygon: {np.round(SHAPES[name], 6).tolist()}"


def check(segments: Segments) -> None:
    template = np.array([list(row) for row in ART]) == "#"
    got = scores(segments, f"mask: {ART}, scale: 1.5, kernel: linear")
    sized = scores(segments, f"mask: {ART}, scale: 1.5, kernel: linear, scale_free: false")
    for m, mask in enumerate(masks(segments)):
        distance = np.linalg.norm(slow_features(mask) - slow_features(template))
        assert got[m] == pytest.approx(max(0, 1 - distance / 1.5), abs=1e-6)
        distance = np.hypot(distance, np.log(mask.sum() / template.sum()) / 2)
        assert sized[m] == pytest.approx(max(0, 1 - distance / 1.5), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 40))
def test_against_the_slow_reference(seed: int, pieces: int) -> None:
    check(random_segments(seed, pieces=pieces, shape=(19, 23)))


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name))


@pytest.mark.parametrize("turn", DIHEDRAL)
def test_turned_and_mirrored_templates_fit_exactly(turn: tuple[int, bool]) -> None:
    mask = np.pad(turned(np.array([list(row) for row in ART]) == "#", *turn), ((3, 8), (1, 5)))
    assert scores(of_mask(mask), f"mask: {ART}, scale: 0.001")[1] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", SHAPES)
def test_the_own_shape_wins_at_any_angle_and_size(name: str) -> None:
    for area in (150, 600):
        for angle in np.linspace(0, 2 * np.pi, 12):
            segments = of_mask(drawn(name, area, angle))
            found = {other: scores(segments, f"{polygon(other)}, scale: 0.3")[1] for other in SHAPES}
            assert max(found, key=lambda other: found[other]) == name
            assert found[name] > 0.75


def test_size_counts_if_it_should() -> None:
    segments = of_mask(drawn("L", 400, 0.4))
    points = (np.array(SHAPES["L"]) * np.sqrt(400 / 5)).round(3)
    keys = "polygon: {}, scale: 0.3, scale_free: {}"
    same = scores(segments, keys.format(points.tolist(), "false"))[1]
    double = scores(segments, keys.format((2 * points).tolist(), "false"))[1]
    assert same > 0.95
    assert double == pytest.approx(np.exp(-((np.log(4) / 2 / 0.3) ** 2) / 2), rel=0.1)
    assert scores(segments, keys.format((2 * points).tolist(), "true"))[1] > 0.95


def test_polygons_are_in_the_unit_of_the_file_and_masks_in_pixels() -> None:
    mask = np.zeros((40, 40), bool)
    mask[5:15, 5:25] = True
    head = "version: 1\nname: t\nunits: {length: um}\n"
    rectangle = "polygon: [[0, 0], [0, 5], [2.5, 5], [2.5, 0]]"
    for template in (rectangle, f"mask: {['#' * 20] * 10}"):
        file = parse_reward(head + TERM.format(f"{template}, scale: 0.3, scale_free: false"))
        reward = Reward(file, pixel_size=0.25)
        assert reward.evaluate(of_mask(mask)).terms["foreground/shape"][1] == pytest.approx(1)


def test_a_pixel_is_a_square() -> None:
    pixel = np.zeros((5, 5), bool)
    pixel[2, 2] = True
    assert scores(of_mask(pixel), "polygon: [[0, 0], [0, 1], [1, 1], [1, 0]], scale: 0.001")[1] == pytest.approx(1)


def test_monotone_in_the_distance_from_the_template() -> None:
    """Ellipses of ever longer axes against a disc."""
    rows, columns = np.indices((120, 120)) - 59.5
    found = [
        scores(of_mask((rows / (12 * a)) ** 2 + (columns * a / 12) ** 2 <= 1), f"{polygon('disc')}, scale: 0.5")[1]
        for a in (1.0, 1.15, 1.3, 1.5, 1.8, 2.2)
    ]
    assert (np.diff(found) < 0).all()
    assert found[0] > 0.99


def test_the_example_is_right_and_survives_a_round_trip() -> None:
    example = yaml.safe_load(TemplateShapeTerm.EXAMPLE)
    assert TemplateShapeTerm.model_validate(example).polygon is not None
    file = read("rewards: {foreground: {terms: {shape: " + TemplateShapeTerm.EXAMPLE + "}}}")
    assert parse_reward(file.resolved_yaml()) == file
    again = read(TERM.format(f"mask: {ART}, scale: 1"))
    assert parse_reward(again.resolved_yaml()) == again


@pytest.mark.parametrize(
    ("keys", "message", "at"),
    [
        ("scale: 1", "polygon or mask is needed", "{kind"),
        (f"scale: 1, polygon: [[0, 0], [0, 1], [1, 1]], mask: {ART}", "only one of polygon and mask", "['..##"),
        ("scale: 1, polygn: [[0, 0], [0, 1], [1, 1]]", "unknown key 'polygn'", "polygn"),
        ("scale: 1, polygon: [[0, 0], [0, 1]]", "at least 3 different points, got 2", "[[0, 0]"),
        ("scale: 1, polygon: [[0, 0], [0, 1], [0, 1], [0, 0]]", "at least 3 different points, got 2", "[[0, 0]"),
        ("scale: 1, polygon: [[0, 0], [1, 1], [2, 2]]", "the points lie on a line", "[[0, 0]"),
        ("scale: 1, polygon: [[0, 0], [1, 1], [0, 1], [1, 0]]", r"from \[0, 0\] to \[1, 1\] meets", "[[0, 0]"),
        ("scale: 1, polygon: [[0, 0], [0, 1, 7], [1, 1]]", r"value 2: must be \[row, column\], got 3", "[0, 1, 7]"),
        ("scale: 1, polygon: [[0, 0], [0, x], [1, 1]]", "value 2, value 2: must be a number", "x]"),
        ("scale: 1, polygon: [[0, 0], [0, 1e300], [1, 1]]", "must be at most 1000000", "1e300"),
        ("scale: 1, polygon: 5", "must be a list", "5"),
        ("scale: 1, mask: ['..', '#']", "equally long", "['..'"),
        ("scale: 1, mask: ['..', 'x#']", "equally long and made of", "['..'"),
        ("scale: 1, mask: ['..', '..']", "no '#'", "['..'"),
        ("scale: 1, mask: []", "no '#'", "[]"),
        ("scale: 1, mask: [5]", "must be text", "5]"),
        ("scale: 1, mask: cell.png", "this is text", "cell.png"),
        ("polygon: [[0, 0], [0, 1], [1, 1]]", "'scale' is required", "{kind"),
        ("scale: 1, kernel: ratio, polygon: [[0, 0], [0, 1], [1, 1]]", "'ratio' is not one of", "ratio"),
    ],
)
def test_errors_point_at_the_place(keys: str, message: str, at: str) -> None:
    with pytest.raises(RewardFileError, match=message) as caught:
        read(TERM.format(keys))
    (problem,) = caught.value.problems
    assert problem.span is not None
    assert problem.span.source.lines[problem.span.line][problem.span.column :].startswith(at)


def test_many_partitions_are_measured_at_once() -> None:
    segments = random_segments(0, partitions=32, pieces=20, shape=(64, 64), count=200)
    reward = compiled(TERM.format(f"mask: {ART}, scale: 0.5"))

    def calls(labels: np.ndarray) -> int:
        return calls_of(lambda: reward.evaluate(Segments(segments.regions, labels)))

    calls(segments.labels[:1])  # compiled
    assert calls(segments.labels) < 8 * calls(segments.labels[:1])  # of 32 partitions, one by one 32 times
