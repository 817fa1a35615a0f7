"""An image in tiles has the objects that it has as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from nuclei import TRAIN, Run
from partitions import adjusted_rand

from rlseg.errors import RlsegError
from rlseg.io.read import RawImage, read_image
from rlseg.prediction.confidence import critic_values, mean_over_objects
from rlseg.prediction.one_image import segment_image
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.tiling.tiles import Tiling
from rlseg.prediction.tiling.workers import Cluster, Threads
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.reward import Reward


def mosaic(height: int, width: int) -> np.ndarray:
    """(1, height, width) of images that follow each other."""
    images = [read_image(path).pixels[0] for path in sorted((TRAIN / "images").iterdir())]
    tiles = [image for image in images if image.shape == (256, 256)]
    rows, columns = -(-height // 256), -(-width // 256)
    blocks = [[tiles[(7 * r + 3 * c) % len(tiles)] for c in range(columns)] for r in range(rows)]
    return np.block(blocks)[None, :height, :width].astype(np.float32)


def differing(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the objects of either that the other does not have with an IoU above .9."""
    a, b = one.ravel().astype(np.int64), other.ravel().astype(np.int64)
    keys, shared = np.unique(a * (b.max() + 1) + b, return_counts=True)
    u, v = keys // (b.max() + 1), keys % (b.max() + 1)
    iou = shared / (np.bincount(a)[u] + np.bincount(b)[v] - shared)
    same = int(((iou > 0.9) & (u > 0) & (v > 0)).sum())
    return 1 - same / max(int(a.max()), int(b.max()), 1)


@pytest.fixture(scope="module")
def predictor(trained: Run) -> Predictor:
    return Predictor(trained.folder / "checkpoints" / "best.ckpt", "cpu")


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return mosaic(420, 500)


TILING = Tiling(side=192, halo=128)


def test_71_72_tiles_change_nothing(predictor: Predictor, image: np.ndarray) -> None:
    whole = predictor(image)
    tiled = predictor.large(image, TILING, Threads(2), measure=True)
    assert tiled.labels.max() > 20
    assert adjusted_rand(tiled.labels, whole.labels) >= 0.999
    assert differing(tiled.labels, whole.labels) <= 0.005
    assert set(np.unique(tiled.labels)) == set(range(tiled.labels.max() + 1))
    assert tiled.edge_index.max() + 1 == pytest.approx(whole.sample.regions.num_nodes, rel=0.02)


def test_103_the_table_of_a_tiled_image_is_that_of_the_whole(trained_guided: Run, image: np.ndarray) -> None:
    """Objects are compared where both found the same."""
    predictor = Predictor(trained_guided.best, "cpu")
    raw = RawImage(image, np.dtype(np.float32))
    whole, tiled = (segment_image(predictor, raw, "x", tiling, Threads(2), True) for tiling in (None, TILING))
    assert list(whole.columns) == list(tiled.columns)
    assert "stability" in whole.columns
    pairs, pixels = np.unique(np.stack([whole.labels.ravel(), tiled.labels.ravel()]), axis=1, return_counts=True)
    sizes = np.bincount(whole.labels.ravel()), np.bincount(tiled.labels.ravel())
    same = (pairs > 0).all(axis=0) & (pixels == sizes[0][pairs[0]]) & (pixels == sizes[1][pairs[1]])
    one, other = pairs[:, same] - 1
    assert len(one) > 0.9 * whole.labels.max() > 10
    stable = np.abs(tiled.columns["stability"][other] - whole.columns["stability"][one])
    assert np.median(stable) < 1e-9, "most are proposed the same, pixel by pixel"
    for name in whole.columns.keys() - {"q"}:
        # the relative brightness of some tiles differs a little
        close = np.isclose(tiled.columns[name][other], whole.columns[name][one], rtol=0.02, atol=0.02)
        assert close.mean() > 0.95, name


def test_the_critic_is_asked_about_the_graph_of_a_large_image(trained_guided: Run, image: np.ndarray) -> None:
    """In one tile: sub-graphs grow from edges in the order of their numbers, which several tiles give differently."""
    predictor = Predictor(trained_guided.best, "cpu")
    found = predictor.large(image, Tiling(side=512), Threads(2), measure=True)
    assert found.edge_values is not None
    q = mean_over_objects(found.edge_values, found.edge_index, found.superpixels, found.labels)
    whole = predictor(image)
    np.testing.assert_array_equal(found.labels, whole.labels)
    np.testing.assert_allclose(q, critic_values(predictor.module, whole), atol=1e-4)


PLACES = """\
version: 1
name: places
units: {length: px, intensity: unit}
geometry: {center: image}
classes:
  background: {kind: area, over: 1500}
  flat: {kind: descriptor, property: contrast, under: 0.08}
rewards:
  foreground:
    terms:
      size: {kind: descriptor, property: area, expected: 150, scale: 200}
      near: {kind: distance_to_center, expected: [0, 150], scale: 30}
      many: {kind: object_count, of: foreground, expected: 60, scale: 30}
      cover: {kind: coverage, of: foreground, expected: 0.2, scale: 0.1}
      apart: {kind: spacing, expected: 20, scale: 10}
  background: 0.3
  flat: 0
"""


def test_104_rules_about_the_whole_image_mean_the_same_in_tiles(trained: Run, image: np.ndarray) -> None:
    predictor = Predictor(trained.folder / "checkpoints" / "best.ckpt", "cpu")
    predictor.module.reward = predictor.module.environment.reward = Reward(parse_reward(PLACES))
    whole, tiled = predictor(image), predictor.large(image, TILING, Threads(2))
    assert 10 < whole.labels.max() == pytest.approx(tiled.labels.max(), rel=0.05)
    assert adjusted_rand(tiled.labels, whole.labels) >= 0.999


@pytest.mark.parametrize("pixels", [np.zeros((1, 300, 200)), np.full((1, 200, 300), 7.0)], ids=["zeros", "constant"])
def test_nothing_to_see(predictor: Predictor, pixels: np.ndarray) -> None:
    found = predictor.large(pixels.astype(np.float32), Tiling(side=64, halo=32), Threads(1), measure=True)
    assert not found.labels.any()


@pytest.mark.parametrize("tiling", [None, TILING], ids=["whole", "tiled"])
@pytest.mark.parametrize("learner", ["trained", "trained_guided"], ids=["arrays", "torch"])
def test_networks_that_give_no_numbers_are_an_error(
    learner: str, tiling: Tiling | None, tmp_path: Path, image: np.ndarray, request: pytest.FixtureRequest
) -> None:
    content = request.getfixturevalue(learner).content()
    weights = {
        name: torch.full_like(w, torch.nan) if w.is_floating_point() else w for name, w in content["state_dict"].items()
    }
    torch.save(content | {"state_dict": weights}, tmp_path / "diverged.ckpt")
    predictor = Predictor(tmp_path / "diverged.ckpt", "cpu")
    assert (predictor.policy is None) == (learner == "trained_guided")
    with pytest.raises(RlsegError, match="the networks give no numbers for dish_3: the weights have diverged"):
        segment_image(predictor, RawImage(image, np.dtype(np.float32)), "dish_3", tiling, Threads(1), False)


@pytest.mark.slow
def test_a_cluster_finds_what_threads_find(predictor: Predictor, image: np.ndarray) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as local:
        cluster = Cluster(local.scheduler_address)
        assert cluster.count == 2
        found = predictor.large(image, TILING, cluster)
        cluster.close()
    assert (found.labels == predictor.large(image, TILING, Threads(2)).labels).all()


def test_a_cluster_that_is_not_there_is_said() -> None:
    with pytest.raises(RlsegError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        Cluster("tcp://127.0.0.1:9")


@pytest.mark.slow
def test_71_a_mosaic_of_2048_pixels(predictor: Predictor) -> None:
    image = mosaic(2048, 2048)
    whole = predictor(image).labels
    tiled = predictor.large(image, Tiling(), Threads(2)).labels
    assert adjusted_rand(tiled, whole) >= 0.999
    assert differing(tiled, whole) <= 0.005
