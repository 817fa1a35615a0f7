"""Turned and mirrored samples are what measuring the turned image would give."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cached_property

import numpy as np
import pytest
from partitions import DIHEDRAL, blobs, looked_at, random_regions, same_proposals, turned

from rlseg.data.augment import transform_regions, transform_sample
from rlseg.data.maps import feature_maps
from rlseg.data.normalise import Normalisation
from rlseg.data.prepare import Preparation
from rlseg.data.superpixels.brightness import relative_brightness
from rlseg.graph.features import edge_features, node_features
from rlseg.graph.proposed import with_proposals
from rlseg.graph.rag import measure_regions
from rlseg.graph.sample import Sample
from rlseg.graph.sums import FeatureSums
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure import outline
from rlseg.rewards.measure.catalogue import DESCRIPTORS
from rlseg.rewards.measure.segments import Segments

RAW = blobs(7, (40, 57), channels=2)
TRUTH = (RAW[0] > 400).astype(np.int32)
SAMPLE = Preparation()(RAW, "x", TRUTH)
PLACE_AND_DIRECTION = {"centroid_row", "centroid_col", "orientation"}


def same_tables(one: RegionStatistics, other: RegionStatistics) -> None:
    same_proposals(one.proposals, other.proposals)
    for field in fields(RegionStatistics):
        if field.name == "proposals":
            continue
        a, b = np.asarray(getattr(one, field.name)), np.asarray(getattr(other, field.name))
        assert a.shape == b.shape, field.name
        assert a.dtype == b.dtype, field.name
        if a.dtype.kind == "f":
            assert a == pytest.approx(b, abs=1e-9), field.name
        else:
            assert (a == b).all(), field.name


def measured(quarter_turns: int, flip: bool) -> tuple[RegionStatistics, np.ndarray, np.ndarray]:
    """Regions, node and edge features of the turned image, its turned maps and the turned superpixels."""
    unit = Normalisation().apply(RAW)
    brightness = relative_brightness(unit.pixels.mean(axis=0).astype(np.float64))
    maps, groups = feature_maps(unit.pixels, brightness)
    maps, groups = ({n: turned(m, quarter_turns, flip) for n, m in named.items()} for named in (maps, groups))
    stack = [*turned(unit.pixels, quarter_turns, flip), maps["brightness"].astype(np.float32)]
    scale, offset = np.append(unit.scale, 1.0), np.append(unit.offset, 0.0)
    regions = measure_regions(stack, turned(SAMPLE.superpixels, quarter_turns, flip), scale, offset, level_channel=2)
    # what the views show belongs to the superpixels, wherever they lie
    regions = replace(regions, proposals=SAMPLE.regions.proposals)
    sums = FeatureSums.of(regions, maps, groups)
    features = node_features(sums)[0], edge_features(sums)[0]
    assert regions.proposals is not None
    return regions, *with_proposals(*features, regions.proposals, regions.area, regions.edge_index)


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
def test_all_eight_are_measured_the_same(quarter_turns: int, flip: bool) -> None:
    got = transform_sample(SAMPLE, quarter_turns, flip)
    regions, nodes, edges = measured(quarter_turns, flip)
    same_tables(got.regions, regions)
    assert got.node_features == pytest.approx(nodes, abs=1e-5)
    assert got.edge_features == pytest.approx(edges, abs=1e-5)
    for name in ("image", "level", "above", "below", "truth"):
        one, other = getattr(got, name), turned(getattr(SAMPLE, name), quarter_turns, flip)
        assert one.dtype == other.dtype
        assert one.flags.c_contiguous
        assert (one == other).all()
    assert got.name == "x"
    assert got.guide is SAMPLE.guide
    assert got.subgraphs is SAMPLE.subgraphs
    assert got.regions.shape == got.image.shape[1:] == ((40, 57) if quarter_turns % 2 == 0 else (57, 40))


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (12, 30)])
def test_regions_of_any_shape(shape: tuple[int, int], quarter_turns: int, flip: bool) -> None:
    rng = np.random.default_rng(0)
    regions = random_regions(1, shape=shape, count=7)
    image = rng.random((2, *shape))
    before = measure_regions(image, regions.superpixels)
    after = measure_regions(turned(image, quarter_turns, flip), turned(regions.superpixels, quarter_turns, flip))
    same_tables(transform_regions(before, quarter_turns, flip), after)


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL[1:])
def test_descriptors_are_those_of_the_turned_image(quarter_turns: int, flip: bool) -> None:
    labels = np.random.default_rng(2).integers(0, 9, (3, SAMPLE.regions.num_nodes))
    before = Segments(SAMPLE.regions, labels)
    after = Segments(transform_sample(SAMPLE, quarter_turns, flip).regions, labels)
    expected = Segments(measured(quarter_turns, flip)[0], labels)
    for name in sorted(set(DESCRIPTORS) - {"centroid_col", "centroid_row", "orientation"}):
        for channel in range(3):
            got = after.descriptor(name, channel)
            assert got == pytest.approx(expected.descriptor(name, channel), rel=1e-8, abs=1e-8), name
            if name not in PLACE_AND_DIRECTION:
                assert got == pytest.approx(before.descriptor(name, channel), rel=1e-8, abs=1e-8), name


def test_nothing_to_do_returns_the_sample() -> None:
    assert transform_sample(SAMPLE, 0, False) is SAMPLE
    assert transform_sample(SAMPLE, 4, False) is SAMPLE
    assert transform_sample(SAMPLE, -8, False) is SAMPLE


def test_there_and_back() -> None:
    for quarter_turns, flip in DIHEDRAL:
        back = -quarter_turns if not flip else quarter_turns  # turning and mirroring do not commute
        again = transform_sample(transform_sample(SAMPLE, quarter_turns, flip), back, flip)
        same_tables(again.regions, SAMPLE.regions)
        assert (again.image == SAMPLE.image).all()
    assert (transform_sample(SAMPLE, 5, True).image == transform_sample(SAMPLE, 1, True).image).all()


def test_a_sample_without_truth() -> None:
    sample = Preparation()(RAW)
    assert transform_sample(sample, 1, True).truth is None


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
def test_proposals_to_other_regions_turn_with_them(quarter_turns: int, flip: bool) -> None:
    """A turned image whose regions are others than those that were proposed to proposes the same to them."""
    known = SAMPLE.regions.proposals
    assert known is not None
    rows, columns = np.indices(RAW.shape[1:])
    ids = np.unique(rows // 6 * 100 + columns // 9, return_inverse=True)[1].reshape(RAW.shape[1:]).astype(np.int32)
    given = replace(SAMPLE, proposed_to=(SAMPLE.superpixels, known), regions=replace(SAMPLE.regions, proposals=None))
    expected = given.proposals_of(ids, ids.max() + 1)
    moved = transform_sample(given, quarter_turns, flip)
    same_proposals(moved.proposals_of(turned(ids, quarter_turns, flip), ids.max() + 1), expected)
    same_proposals(expected, SAMPLE.proposals_of(ids, ids.max() + 1))


@pytest.mark.parametrize("overlap", [0, 2])
def test_preparing_the_turned_image_is_about_the_same(overlap: int) -> None:
    """Only the local background, sampled every fourth pixel, knows directions; the brightness hardly changes."""
    prepare = Preparation(subgraph_overlap=overlap)
    sample = prepare(RAW, "x", TRUTH)
    for quarter_turns, flip in DIHEDRAL[1:]:
        moved = transform_sample(sample, quarter_turns, flip)
        raw, ids = turned(RAW, quarter_turns, flip), turned(sample.superpixels, quarter_turns, flip)
        anew: Sample = prepare(raw, "x", turned(TRUTH, quarter_turns, flip), ids)
        assert (anew.superpixels == moved.superpixels).all()
        assert (anew.edge_index == moved.edge_index).all()
        assert all((anew.subgraphs[k] == moved.subgraphs[k]).all() for k in moved.subgraphs)
        assert (anew.truth == moved.truth).all()
        assert abs(anew.level - moved.level).mean() < 0.02
        channels = np.s_[:, :2]
        assert anew.regions.intensity_sum[channels] == pytest.approx(moved.regions.intensity_sum[channels])


def measure_all(regions: RegionStatistics) -> dict[str, object]:
    """What is kept with the regions for all copies, once every descriptor has been asked for."""
    labels = np.random.default_rng(3).integers(0, regions.num_nodes, (2, regions.num_nodes))
    segments = Segments(regions, labels)
    for name in DESCRIPTORS:
        for channel in range(regions.intensity_sum.shape[1]):
            segments.descriptor(name, channel)
    return regions.turnless


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL[1:])
@pytest.mark.parametrize("shape", [(1, 9), (12, 30), (40, 41)])
def test_tables_that_turned_copies_share_are_those_measured_anew(
    shape: tuple[int, int], quarter_turns: int, flip: bool
) -> None:
    """Bit for bit, whichever copy was measured first: a resumed training may begin with another one."""
    regions = looked_at(random_regions(1, shape=shape, count=shape[0] * shape[1] // 12 + 1))
    kept = measure_all(regions)
    moved = transform_regions(regions, quarter_turns, flip)
    assert moved.turnless is kept
    anew = measure_all(replace(moved))
    assert set(anew) == set(kept) == {"crack_intensity", "crack_jump", "beyond_intensity", "of_superpixels"}
    assert anew is not kept
    for name in ("crack_intensity", "crack_jump", "beyond_intensity"):
        for one, other in zip(np.asarray(kept[name]), np.asarray(anew[name]), strict=True):
            np.testing.assert_array_equal(one, other)
    assert set(anew["of_superpixels"]) == {"_perimeters", "_hull_areas", "_hull_diameters", "_stability"}  # type: ignore[call-overload]
    for name in kept["of_superpixels"]:  # type: ignore[attr-defined]
        np.testing.assert_array_equal(kept["of_superpixels"][name], anew["of_superpixels"][name])  # type: ignore[index]


def test_superpixels_are_measured_once_for_all_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    compiled = outline.perimeters

    def count(labels: np.ndarray, *rest: object) -> np.ndarray:
        calls.append(len(labels))
        return compiled(labels, *rest)

    monkeypatch.setattr(outline, "perimeters", count)
    fresh = replace(SAMPLE, regions=replace(SAMPLE.regions))
    labels = np.random.default_rng(2).integers(0, 9, (5, fresh.regions.num_nodes))
    for number, (quarter_turns, flip) in enumerate(DIHEDRAL[1:] + DIHEDRAL):
        copy = transform_sample(fresh, quarter_turns, flip)
        Segments(copy.regions, labels).descriptor("perimeter")
        assert calls.count(1) == 1, f"of the single superpixels, copy {number}"
    assert calls.count(5) == 15


def test_a_copy_keeps_nothing_that_moves() -> None:
    """All other tables that are measured once an image know places: each copy has its own."""
    regions = replace(SAMPLE.regions)
    measure_all(regions)
    tables = [name for name, table in vars(RegionStatistics).items() if isinstance(table, cached_property)]
    moves = sorted(set(tables) - {"turnless"})
    for name in moves:
        getattr(regions, name)
    moved = transform_regions(regions, 1, False)
    assert not set(moves) & set(vars(moved))
