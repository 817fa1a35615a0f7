"""Descriptors of volumes against scikit-image, against what is known of balls, and against loops over voxels."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import marching_cubes, mesh_surface_area, regionprops

import rlseg.regions
from rlseg.data.augment import transform_regions
from rlseg.environment import ObjectTable
from rlseg.graph import measure_regions
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure import DESCRIPTORS, VOLUME_DESCRIPTORS, Segments
from rlseg.rewards.measure.surface import DIRECTIONS, contact_table, crossing_areas

SPACINGS = [(1.0, 1.0, 1.0), (2.0, 1.0, 1.0), (3.0, 1.0, 1.0)]
SHAPE = (7, 12, 11)


def random_regions(seed: int, spacing: tuple[float, ...] = (2.0, 1.0, 1.0)) -> RegionStatistics:
    """Of blobs of some voxels, with two channels of which the second is the relative brightness."""
    rng = np.random.default_rng(seed)
    middles = rng.uniform(0, SHAPE, (15, 3))
    far = ((np.indices(SHAPE).reshape(3, -1).T[:, None] - middles) ** 2).sum(axis=2)
    ids = np.unique(far.argmin(axis=1), return_inverse=True)[1].reshape(SHAPE).astype(np.int32)
    return measure_regions(rng.random((2, *SHAPE)), ids, level_channel=1, spacing=spacing)


def random_segments(seed: int, spacing: tuple[float, ...] = (2.0, 1.0, 1.0)) -> Segments:
    """Two partitions: one superpixel each, and pairs of them wherever they lie."""
    regions = random_regions(seed, spacing)
    nodes = np.arange(regions.num_nodes)
    return Segments(regions, np.stack([nodes, np.random.default_rng(seed).permutation(nodes) // 2]))


def solid(inside: np.ndarray, spacing: tuple[float, ...]) -> Segments:
    """A mask and what is around it, each a segment."""
    regions = measure_regions(np.zeros((1, *inside.shape)), inside.astype(np.int32), spacing=spacing)
    return Segments(regions, np.array([[0, 1]]))


def places(spacing: tuple[float, ...], side: int = 36) -> np.ndarray:
    """(3, Z, H, W) px from the middle of a cube."""
    grid = np.indices((round(side / spacing[0]), side, side)).astype(float)
    middle = (np.array(grid.shape[1:]) - 1) / 2
    return (grid - middle[:, None, None, None]) * np.array(spacing)[:, None, None, None]


@pytest.mark.parametrize(("spacing", "slab"), [*((spacing, 2**22) for spacing in SPACINGS), (SPACINGS[1], 300)])
def test_as_scikit_image_measures(spacing: tuple[float, ...], slab: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rlseg.regions, "SLAB", slab)
    segments = random_segments(0, spacing)
    image = np.random.default_rng(0)
    image.uniform(0, SHAPE, (15, 3))
    channel = image.random((2, *SHAPE))[0]
    names = ["area", "axis_major_length", "axis_minor_length", "equivalent_diameter_area", "extent", "solidity"]
    names += ["euler_number"]
    for k, row in enumerate(segments.labels):
        labels = (row - row.min() + 1)[segments.regions.superpixels]
        for found in regionprops(labels, channel, spacing=spacing):
            m = found.label - 1 + segments.offsets[k]
            for name in names:
                assert segments.descriptor(name)[m] == pytest.approx(getattr(found, name), abs=1e-6), name
            for name in ("intensity_mean", "intensity_min", "intensity_max", "intensity_std"):
                assert segments.descriptor(name)[m] == pytest.approx(getattr(found, name)), name
            middle = found.centroid  # in px
            shown = [segments.descriptor(f"centroid_{axis}")[m] for axis in ("plane", "row", "col")]
            np.testing.assert_allclose(shown, middle)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_ball_and_an_ellipsoid(spacing: tuple[float, ...]) -> None:
    z, r, c = places(spacing)
    ball = solid(z**2 + r**2 + c**2 < 12**2, spacing)
    true = 4 * np.pi * 12**2
    mesh = mesh_surface_area(
        *marching_cubes(np.pad(ball.regions.superpixels, 1).astype(float), 0.5, spacing=spacing)[:2]
    )
    found = ball.descriptor("surface_area")[1]
    assert found == pytest.approx(true, rel=0.04)
    assert abs(found - true) < abs(mesh - true) < 0.25 * true
    assert ball.descriptor("sphericity")[1] > 0.96
    assert ball.descriptor("ellipse_fill")[1] == pytest.approx(1, abs=0.03)
    assert max(ball.descriptor("elongation")[1], ball.descriptor("flatness")[1]) < 0.06
    axes = (8.0, 12.0, 16.0)  # along z, rows and columns
    whole = solid((z / axes[0]) ** 2 + (r / axes[1]) ** 2 + (c / axes[2]) ** 2 < 1, spacing)
    for name, semi in zip(("minor", "middle", "major"), axes, strict=True):
        assert whole.descriptor(f"axis_{name}_length")[1] == pytest.approx(2 * semi, rel=0.05)
    assert whole.descriptor("elongation")[1] == pytest.approx(0.25, abs=0.04)
    assert whole.descriptor("flatness")[1] == pytest.approx(1 / 3, abs=0.05)
    assert whole.descriptor("sphericity")[1] < ball.descriptor("sphericity")[1]


@pytest.mark.parametrize("slab", [200, 2**22], ids=["by planes", "whole"])
def test_surfaces_count_the_pairs_of_voxels_on_both_sides(slab: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rlseg.regions, "SLAB", slab)
    segments = random_segments(1)
    weights = crossing_areas(segments.regions.spacing)
    # half of all 26 neighbours, none of which lies opposite another
    assert len({*DIRECTIONS, *(tuple(-k for k in step) for step in DIRECTIONS)}) == 26
    for m in range(segments.count):
        k = int(segments.partition[m])
        inside = np.pad((segments.labels[k] == m)[segments.regions.superpixels], 1)
        total = 0.0
        for step, weight in zip(DIRECTIONS, weights, strict=True):
            total += weight * np.count_nonzero(inside != np.roll(inside, step, (0, 1, 2)))
        assert segments.descriptor("surface_area")[m] == pytest.approx(total)
    assert contact_table(segments.regions) is contact_table(segments.regions)


def test_pieces_hollows_and_tunnels_are_counted() -> None:
    """A ring has a tunnel, a shell a hollow; what touches at a corner is one piece."""
    ring, shell = np.zeros((2, 5, 5, 5), bool)
    ring[2, 1:4, 1:4] = True
    ring[2, 2, 2] = False
    shell[1:4, 1:4, 1:4] = True
    shell[2, 2, 2] = False
    corners = np.zeros((5, 5, 5), bool)
    corners[0, 0, 0] = corners[1, 1, 1] = corners[4, 4, 4] = True
    found = [solid(inside, (2.0, 1.0, 1.0)).descriptor("euler_number")[1] for inside in (ring, shell, corners)]
    assert found == [0, 2, 2]
    assert solid(shell, (2.0, 1.0, 1.0)).descriptor("solidity")[1] == 26 / 27


def test_outlines_weigh_faces_by_their_area() -> None:
    """A cube with planes 2 px apart: of its six sides two are 4 x 4 px and four 2 x 4 of 2 px^2 each."""
    ids = np.zeros((6, 8, 8), np.int32)
    ids[2:4, 2:6, 2:6] = 1
    image = np.zeros((1, 6, 8, 8))
    image[0, :2] = 0.3  # above it alone
    segments = Segments(measure_regions(image, ids, spacing=(2.0, 1.0, 1.0)), np.array([[0, 1]]))
    share = 16 / (2 * 16 + 4 * 16)
    assert segments.descriptor("surround_mean")[1] == pytest.approx(0.3 * share)
    assert segments.descriptor("outline_intensity")[1] == pytest.approx(0.15 * share)
    assert segments.descriptor("boundary_evidence")[1] == pytest.approx(0.3 * share)
    assert segments.descriptor("contrast")[1] == pytest.approx(-0.3 * share)
    assert segments.descriptor("border_share")[1] == 0
    whole = 2 * 64 + 4 * 6 * 8 * 2
    assert segments.descriptor("border_share")[0] == pytest.approx(whole / (whole + 96))


def test_every_descriptor_is_finite_tells_segments_apart_and_does_not_mix_partitions() -> None:
    segments = random_segments(2)
    one_voxel = np.zeros((3, 3, 3), bool)
    one_voxel[1, 1, 1] = True
    for name in sorted(set(VOLUME_DESCRIPTORS) - {"stability"}):
        values = segments.descriptor(name)
        assert np.isfinite(values).all(), name
        assert np.std(values) > 0, name
        alone = Segments(segments.regions, segments.labels[1:]).descriptor(name)
        np.testing.assert_allclose(values[segments.partition == 1], alone, err_msg=name)
        assert np.isfinite(solid(one_voxel, (1.0, 1.0, 1.0)).descriptor(name)).all(), name
    assert ObjectTable.of(segments).features.shape[:2] == segments.labels.shape


def test_what_has_no_form_in_three_dimensions_is_no_descriptor_of_volumes() -> None:
    segments = random_segments(3)
    for name in set(DESCRIPTORS) - set(VOLUME_DESCRIPTORS):
        with pytest.raises(KeyError):
            segments.descriptor(name)
    assert {"perimeter", "circularity", "orientation", "eccentricity"} <= set(DESCRIPTORS) - set(VOLUME_DESCRIPTORS)


@pytest.mark.parametrize(("turns", "flip"), [(1, False), (2, True), (3, True)])
def test_a_volume_that_is_turned_about_z_is_measured_anew(turns: int, flip: bool) -> None:
    before = random_regions(4)
    image = np.random.default_rng(4)
    image.uniform(0, SHAPE, (15, 3))
    turned = [np.rot90(part, turns, (-2, -1)) for part in (image.random((2, *SHAPE)), before.superpixels)]
    channels, ids = (np.ascontiguousarray(part[..., ::-1] if flip else part) for part in turned)
    after = measure_regions(channels, ids, level_channel=1, spacing=before.spacing)
    moved = transform_regions(before, turns, flip)
    for name in ("superpixels", "box", "moments", "border", "area", "edge_length", "edge_beyond", "edge_jump"):
        np.testing.assert_allclose(getattr(moved, name), getattr(after, name), atol=1e-9, err_msg=name)
    nodes = np.arange(before.num_nodes)[None]
    for name in sorted(set(VOLUME_DESCRIPTORS) - {"stability"}):
        one, other = (Segments(regions, nodes).descriptor(name) for regions in (moved, after))
        # surfaces are those of the volume as it was, the same for all of its copies
        rough = 1e-3 if name in ("sphericity", "surface_area") else 1e-7
        np.testing.assert_allclose(one, other, rtol=rough, atol=1e-6, err_msg=name)
