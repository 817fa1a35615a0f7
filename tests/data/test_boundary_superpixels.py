"""Line map and superpixels of images with bright boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import blobs, connected, voronoi
from pydantic import ValidationError
from scipy import ndimage
from skimage.measure import label

from experiments.drawings.embryo import draw_embryo
from rlseg.data.superpixels.boundary import BoundarySeeds, merge_over_weakest
from rlseg.data.superpixels.ridges import ridge_map
from rlseg.metrics import score_image, superpixel_ceiling


def walls(seed: int, shape: tuple[int, int] = (70, 90), count: int = 15) -> tuple[np.ndarray, np.ndarray]:
    """A (1, H, W) image of bright blurred lines between cells, and the (H, W) cells."""
    cells = voronoi(np.random.default_rng(seed), shape, count)
    line = ndimage.maximum_filter(cells, 2) != ndimage.minimum_filter(cells, 2)
    noise = np.random.default_rng(seed + 1).normal(0, 0.01, shape)
    return np.clip(0.2 + ndimage.gaussian_filter(line * 1.0, 1) + noise, 0, 1).astype(np.float32)[None], cells


def slow_ridges(image: np.ndarray, sigma: float, window: float, floor: float, gain: float) -> np.ndarray:
    """Pixel by pixel: Gaussian derivatives as sums over the mirrored image, eigenvalues by a library."""
    reach = int(4 * sigma + 0.5)
    x = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (x / sigma) ** 2)
    kernel /= kernel.sum()
    first, second = -x / sigma**2 * kernel, (x**2 / sigma**4 - 1 / sigma**2) * kernel
    padded = np.pad(image, reach, mode="symmetric")
    response = np.empty_like(image)
    for r in range(image.shape[0]):
        for c in range(image.shape[1]):
            part = padded[r : r + 2 * reach + 1, c : c + 2 * reach + 1]
            down, right, cross = second @ part @ kernel, kernel @ part @ second, first @ part @ first
            response[r, c] = sigma**2 * max(-np.linalg.eigvalsh([[down, cross], [cross, right]])[0], 0)
    # the window is smooth: the library's filter serves both
    strength = np.sqrt(ndimage.gaussian_filter(response**2, window))
    return np.minimum(response / (gain * (strength + floor)), 1)


@pytest.mark.parametrize(("sigma", "window"), [(1.2, 12.0), (0.8, 4.0)])
def test_line_map_against_a_slow_one(sigma: float, window: float) -> None:
    image = walls(0, (24, 30), 6)[0][0].astype(np.float64)
    fast = ridge_map(image, sigma, window, 0.02, 2.5)
    # the library cuts its kernels off a little differently
    assert fast == pytest.approx(slow_ridges(image, sigma, window, 0.02, 2.5), abs=2e-3)
    assert fast.max() > 0.5


def test_only_bright_lines_count() -> None:
    line = np.zeros((40, 40))
    line[20] = 0.5
    found = ridge_map(line)
    assert found[20, 20] == found.max() > 0.3
    assert ridge_map(0.5 - line)[20].max() < 1e-3
    step = np.repeat([0.0, 0.5], 20)[None].repeat(40, 0)
    assert ridge_map(step)[:, :19].max() == pytest.approx(0, abs=1e-3)
    # along the line nothing changes, so that lines are found at the border of the image, too
    assert found[20] == pytest.approx(np.full(40, found[20, 20]))
    # faint lines count nearly as much, down to the floor
    assert ridge_map(0.3 * line, floor=0.001)[20, 20] > 0.95 * found[20, 20]
    assert ridge_map(0.01 * line)[20, 20] < 0.1 * found[20, 20]


def check(ids: np.ndarray, shape: tuple[int, int], min_size: int) -> None:
    assert ids.shape == shape
    assert ids.dtype == np.int32
    area = np.bincount(ids.ravel())
    assert area.min() >= min(min_size, ids.size)
    assert connected(ids)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    channels=st.integers(1, 3),
    min_size=st.sampled_from([1, 14, 60]),
)
def test_complete_partitions_of_images_of_any_shape(
    seed: int, height: int, width: int, channels: int, min_size: int
) -> None:
    image = blobs(seed, (height, width), channels)
    image = (image - image.min()) / max(np.ptp(image), 1)
    method = BoundarySeeds(min_size=min_size)
    ids = method(image)
    check(ids, (height, width), min_size)
    assert (ids == method(image)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (4, 1), (30, 40)])
@pytest.mark.parametrize("value", [0.0, 0.7, 1.0])
def test_constant_images_are_one_superpixel(shape: tuple[int, int], value: float) -> None:
    image = np.full((2, *shape), value, np.float32)
    assert (BoundarySeeds(min_size=1)(image) == 0).all()
    assert BoundarySeeds().lines(image).max() < 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_cells_between_lines_are_found(seed: int) -> None:
    image, cells = walls(seed)
    ids = BoundarySeeds()(image)
    ceiling = score_image(superpixel_ceiling(ids, cells + 1), cells + 1).summary
    assert ceiling.ap50 > 0.9
    assert ids.max() < 400
    # a threshold that lines do not reach leaves fewer seeds, and cells that are joined for good
    coarse = BoundarySeeds(threshold=0.9, smooth=4)(image)
    assert coarse.max() < ids.max()


def test_the_ceiling_on_a_drawn_embryo() -> None:
    drawn = draw_embryo(3)
    ids = BoundarySeeds()(drawn.image)
    assert 300 < ids.max() < 900
    assert score_image(superpixel_ceiling(ids, drawn.truth), drawn.truth).summary.ap50 > 0.9


def slow_merge(labels: np.ndarray, lines: np.ndarray, min_size: int) -> np.ndarray:
    """Rounds in which every small superpixel is joined over its weakest boundary, by dictionaries."""
    labels = labels.copy()
    while True:
        area = {int(n): int((labels == n).sum()) for n in np.unique(labels)}
        small = [n for n in area if area[n] < min_size]
        if not small or len(area) == 1:
            return labels
        cracks: dict[tuple[int, int], list[float]] = {}
        for r in range(labels.shape[0]):
            for c in range(labels.shape[1]):
                for y, x in ((r + 1, c), (r, c + 1)):
                    if y < labels.shape[0] and x < labels.shape[1] and labels[r, c] != labels[y, x]:
                        pair = (int(min(labels[r, c], labels[y, x])), int(max(labels[r, c], labels[y, x])))
                        cracks.setdefault(pair, []).append((lines[r, c] + lines[y, x]) / 2)
        weakest = [min((np.mean(v), p) for p, v in cracks.items() if n in p)[1] for n in small]
        group = {n: n for n in area}
        for u, v in weakest:
            old, new = group[v], group[u]
            group = {n: new if g == old else g for n, g in group.items()}
        labels = np.vectorize(group.get)(labels)


@pytest.mark.parametrize("seed", range(5))
def test_small_superpixels_join_over_the_weakest_boundary(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # cells of seeds between the pixels may fall into pieces
    labels = (label(voronoi(rng, (20, 24), 60), background=-1, connectivity=1) - 1).astype(np.int32)
    lines = rng.random((20, 24))
    fast, slow = merge_over_weakest(labels, lines, 14), slow_merge(labels, lines, 14)
    pairs = np.unique(np.stack([fast.ravel(), slow.ravel()]), axis=1)
    assert pairs.shape[1] == fast.max() + 1 == len(np.unique(slow)) < 50
    check(fast, (20, 24), 14)


@pytest.mark.parametrize("wrong", [{"sigma": 0}, {"threshold": 0}, {"smooth": -1}, {"min_size": 0}, {"seeds": 3}])
def test_impossible_settings(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BoundarySeeds(**wrong)  # type: ignore[arg-type]


def test_bright_ground_is_no_line_and_a_filter_that_says_so_is_refused() -> None:
    bright = np.full((20, 20), 0.9)
    assert ridge_map(bright, sigma=0.7).max() < 0.05 < 0.25 < ridge_map(bright, sigma=0.5).max()
    # the sampled second derivative of a Gaussian of half a pixel finds a line wherever it is bright
    second = ndimage.gaussian_filter(bright, 0.5, order=(2, 0))
    assert second.max() < -0.4
    with pytest.raises(ValidationError, match=r"greater than or equal to 0\.7"):
        BoundarySeeds(sigma=0.5)
