"""From an image to a sample: what is put together, and that it does not depend on anything else."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import blobs, connected, voronoi
from pydantic import ValidationError

from rlseg.data.maps import feature_maps
from rlseg.data.normalise import Normalisation
from rlseg.data.prepare import Preparation
from rlseg.data.superpixels.boundary import BoundarySeeds
from rlseg.data.superpixels.brightness import relative_brightness
from rlseg.data.superpixels.gradient import GradientWatershed
from rlseg.data.superpixels.mutex import MutexWatershed
from rlseg.graph.intersection import intersect_with_truth
from rlseg.graph.ring import RingGeometry, ring_edge_features, ring_node_features
from rlseg.graph.sample import Sample
from rlseg.metrics import score_image, superpixel_ceiling

RING = RingGeometry(center=(20, 30), ring=(5, 15))
PREPARATIONS = [
    Preparation(),
    Preparation(superpixels=GradientWatershed()),
    Preparation(superpixels=MutexWatershed(), guide="gradient"),
    Preparation(superpixels=BoundarySeeds(), ring=RING),
]
NAMES = ["level sets", "watershed", "mutex", "boundary seeds"]


def check(sample: Sample, channels: int, shape: tuple[int, int]) -> None:
    nodes, edges = sample.regions.num_nodes, sample.regions.num_edges
    assert sample.image.shape == (channels, *shape)
    assert sample.image.dtype == sample.node_features.dtype == sample.edge_features.dtype == np.float32
    assert sample.level.dtype == sample.guide.dtype == np.float32
    assert sample.level.shape == sample.superpixels.shape == shape
    assert sample.guide.shape == (edges,)
    assert sample.node_features.shape[0] == nodes
    assert sample.edge_features.shape[0] == edges
    for values in (sample.image, sample.level, sample.guide, sample.node_features, sample.edge_features):
        assert np.isfinite(values).all()
    assert sample.regions.intensity_sum.shape == (nodes, channels + 1)
    assert sample.regions.level_channel == channels
    assert 0 <= sample.level.min() <= sample.level.max() <= 1.5


@pytest.mark.parametrize("preparation", PREPARATIONS, ids=NAMES)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (5, 3), (8, 8), (48, 33)])
@pytest.mark.parametrize("content", ["blobs", "black", "constant"])
def test_1_2_4_any_image(preparation: Preparation, channels: int, shape: tuple[int, int], content: str) -> None:
    image = blobs(0, shape, channels)
    if content != "blobs":
        image = np.full_like(image, 0 if content == "black" else 4000)
    check(preparation(image), channels, shape)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), preparation=st.sampled_from(PREPARATIONS))
def test_the_same_every_time(seed: int, preparation: Preparation) -> None:
    one, two = preparation(blobs(seed)), preparation(blobs(seed))
    assert (one.superpixels == two.superpixels).all()
    assert (one.node_features == two.node_features).all()
    assert (one.edge_features == two.edge_features).all()
    assert all((one.subgraphs[k] == two.subgraphs[k]).all() for k in one.subgraphs)


def test_raw_units_do_not_matter() -> None:
    """Eight times the intensities plus an offset: the same image in [0, 1], and the way back in scale and offset."""
    raw = blobs(1)
    one, two = Preparation()(raw), Preparation()(raw * 8 + 1024)
    assert two.image == pytest.approx(one.image, abs=1e-5)
    back = two.image[0] * two.regions.scale[0] + two.regions.offset[0]
    assert back == pytest.approx(raw[0] * 8 + 1024, rel=1e-5)
    assert two.regions.scale[-1] == 1.0  # the relative brightness has no unit
    assert two.regions.offset[-1] == 0.0


def test_features_regions_and_guide_come_from_one_set_of_maps() -> None:
    sample = Preparation()(blobs(2, channels=2))
    unit = Normalisation().apply(blobs(2, channels=2))
    brightness = relative_brightness(unit.pixels.mean(axis=0).astype(np.float64))
    maps, groups = feature_maps(unit.pixels, brightness)
    assert list(maps) == ["channel0", "channel1", "gradient", "brightness", "depth"]
    assert maps["channel1"] == pytest.approx(np.sqrt(unit.pixels[1]))
    assert (sample.level == maps["brightness"].astype(np.float32)).all()
    total = [maps["brightness"][sample.superpixels == n].sum() for n in range(sample.regions.num_nodes)]
    assert sample.regions.intensity_sum[:, 2] == pytest.approx(np.array(total))
    # three columns a map, four of the shape, one of proposals; three a map, one a group, two of the length, three
    assert sample.node_features.shape[1] == 3 * len(maps) + 4 + 1
    assert sample.edge_features.shape[1] == 3 * len(maps) + len(groups) + 2 + 3


def test_guide_is_the_brightness_on_the_cracks_and_lowest_between_touching_things() -> None:
    rows, columns = np.indices((60, 80))
    discs = [(rows - 30) ** 2 + (columns - c) ** 2 < 12**2 for c in (28, 50)]
    raw = (100 + 800 * (discs[0] | discs[1])).astype(np.float32)[None]
    shapes = relative_brightness(Normalisation().apply(raw).pixels[0].astype(np.float64)).shapes
    assert shapes.max() == 1
    ids = intersect_with_truth(voronoi(np.random.default_rng(0), (60, 80), 60), shapes)
    sample = Preparation()(raw, superpixels=ids)
    shape_of = np.array([shapes[ids == n][0] for n in range(ids.max() + 1)])
    between = shape_of[sample.edge_index[0]] != shape_of[sample.edge_index[1]]
    level = sample.regions.edge_intensity[:, 1] / sample.regions.edge_length
    assert sample.guide == pytest.approx(level - 2 * between, abs=1e-5)
    assert 0 < between.sum() < len(between) / 2
    assert sample.guide[between].max() < sample.guide[~between].min()


def test_a_ring_adds_columns_and_changes_nothing_else() -> None:
    with_ring, without = Preparation(ring=RING)(blobs(2)), Preparation()(blobs(2))
    nodes, edges = without.node_features.shape[1], without.edge_features.shape[1]
    assert (with_ring.superpixels == without.superpixels).all()
    assert (with_ring.node_features[:, :nodes] == without.node_features).all()
    assert (with_ring.edge_features[:, :edges] == without.edge_features).all()
    assert (with_ring.node_features[:, nodes:] == ring_node_features(without.regions, RING)[0]).all()
    assert (with_ring.edge_features[:, edges:] == ring_edge_features(without.regions, RING)[0]).all()
    assert (with_ring.guide == without.guide).all()


def test_superpixels_between_lines_are_measured_on_the_lines_and_joined_last_across_them() -> None:
    method = BoundarySeeds()
    raw = blobs(2)
    sample = Preparation(superpixels=method, proposals=None)(raw)
    same_superpixels = Preparation(proposals=None)(raw, superpixels=sample.superpixels)
    assert sample.node_features.shape[1] == same_superpixels.node_features.shape[1] + 3
    assert sample.edge_features.shape[1] == same_superpixels.edge_features.shape[1] + 3
    lines = method.lines(Normalisation().apply(raw).pixels)
    u, v = sample.edge_index[:, 0]
    ids = sample.superpixels
    cracks = [
        (lines[here][mixed] + lines[there][mixed]) / 2
        for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:]))
        for mixed in [(np.minimum(ids[here], ids[there]) == u) & (np.maximum(ids[here], ids[there]) == v)]
    ]
    assert sample.guide[0] == pytest.approx(-np.concatenate(cracks).mean(), abs=1e-6)


def test_subgraphs_follow_sizes_and_seed() -> None:
    sample = Preparation(subgraph_sizes=(5, 2, 10**5))(blobs(3))
    assert list(sample.subgraphs) == [2, 5, 10**5]
    assert sample.subgraphs[10**5].shape == (0, 10**5)
    other = Preparation(subgraph_sizes=(5, 2, 10**5), seed=1)(blobs(3))
    assert not np.array_equal(other.subgraphs[5], sample.subgraphs[5])
    more = Preparation(subgraph_sizes=(5, 2, 10**5), subgraph_overlap=2)(blobs(3))
    assert more.subgraphs[5].size > 2 * more.regions.num_edges > 1.1 * sample.subgraphs[5].size
    assert more.subgraphs[10**5].shape == (0, 10**5)


@pytest.mark.parametrize("preparation", PREPARATIONS, ids=NAMES)
def test_34_precomputed_superpixels_are_used_and_renumbered(preparation: Preparation) -> None:
    given = voronoi(np.random.default_rng(0), (48, 64), 30)
    for ids in (given, given * 7 + 3, given.astype(np.int64) * 10**9):
        assert (preparation(blobs(4), superpixels=ids).superpixels == given).all()


def test_truth_changes_nothing_unless_asked_for() -> None:
    truth = (blobs(5)[0] > 400).astype(np.int32)
    with_truth, without = Preparation()(blobs(5), truth=truth), Preparation()(blobs(5))
    assert (with_truth.superpixels == without.superpixels).all()
    assert (with_truth.node_features == without.node_features).all()
    assert with_truth.truth is truth
    assert without.truth is None


@pytest.mark.parametrize("given", [False, True], ids=["computed", "precomputed"])
def test_intersection_with_the_truth(given: bool) -> None:
    rng = np.random.default_rng(0)
    truth = voronoi(rng, (48, 64), 9)
    ids = voronoi(rng, (48, 64), 20) if given else None
    sample = Preparation(intersect_with_truth=True)(blobs(6), truth=truth, superpixels=ids)
    assert connected(sample.superpixels)
    assert score_image(superpixel_ceiling(sample.superpixels, truth), truth).summary.mean_ap == 1.0
    with pytest.raises(ValueError, match="needs labels"):
        Preparation(intersect_with_truth=True)(blobs(6))


@pytest.mark.parametrize(
    "settings",
    [
        {"subgraph_sizes": (0,)},
        {"subgraph_size": (6,)},
        {"subgraph_overlap": -1},
        {"superpixels": {"kind": "slic"}},
        {"ring": {"center": [1, 2], "ring": [5, 4]}},
        {"superpixels": {"kind": "level_sets", "min_size": 3}},
    ],
)
def test_unknown_or_impossible_settings(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Preparation(**settings)  # type: ignore[arg-type]


def test_the_gradient_guides_the_search_where_only_colours_differ() -> None:
    """Four stripes, red, red, green, green, equally bright: the crack in the middle is the last to be joined."""
    rng = np.random.default_rng(0)
    image = np.zeros((3, 40, 40), np.float32)
    image[0, :, :20] = image[1, :, 20:] = 200.0
    image += rng.random(image.shape).astype(np.float32)
    stripes = np.repeat(np.arange(4), 10)[None].repeat(40, axis=0)
    sample = Preparation(guide="gradient")(image, superpixels=stripes)
    assert sample.edge_index.T.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert sample.guide.argmin() == 1
    assert sample.guide[1] < 5 * sample.guide[[0, 2]].min()


def test_settings_survive_json() -> None:
    """The checkpoint carries them as text."""
    for superpixels in (GradientWatershed(sigma=2), BoundarySeeds(threshold=0.2)):
        before = Preparation(superpixels=superpixels, ring=RING, subgraph_sizes=(3, 4), seed=5)
        assert Preparation.model_validate_json(before.model_dump_json()) == before


def test_the_usual_preparation_imports_nothing_that_takes_longer_than_itself() -> None:
    code = (
        "import sys, numpy; from rlseg.data import Preparation; "
        "Preparation()(numpy.random.default_rng(0).random((1, 64, 64))); "
        "print(sorted({'torch', 'scipy.ndimage', 'scipy.linalg', 'scipy.sparse', 'skimage', 'PIL'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert said.stdout == "[]\n", said.stderr
