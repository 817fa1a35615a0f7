"""Working grids."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import label, perimeter
from skimage.segmentation import watershed

from rlseg.data.looking import Zoom

REDUCED = [Zoom(reduce=n) for n in (2, 3, 4, 5)]
ENLARGED = [Zoom(enlarge=n) for n in (2, 3)]
OF_VOLUMES = [Zoom(reduce=2), Zoom(reduce=3, planes=2), Zoom(planes=3), Zoom(enlarge=2), Zoom(enlarge=2, planes=3)]
SHAPE = (13, 20, 23)


@pytest.mark.parametrize(
    ("width", "expected"),
    [(5, Zoom(enlarge=3)), (8, Zoom(enlarge=2)), (11, Zoom()), (15, Zoom()), (20, Zoom()), (30, Zoom(reduce=2)),
     (45, Zoom(reduce=3)), (100, Zoom(reduce=7))],
)  # fmt: skip
def test_brings_a_width_close_to_the_working_one(width: float, expected: Zoom) -> None:
    found = Zoom.of(width, 15)
    assert found == expected
    assert 0.7 < width / found.factor / 15 < 1.4


@pytest.mark.parametrize("zoom", [Zoom(), *REDUCED, *ENLARGED])
def test_there_and_back(zoom: Zoom) -> None:
    """A plane stays a plane, but for the last half pixel at the border."""
    rows, columns = np.indices((60, 47)).astype(np.float64)
    plane = 2 * rows - columns
    working = zoom.to_working(plane)
    assert working.shape == tuple(-(-length * zoom.enlarge // zoom.reduce) for length in plane.shape)
    back = zoom.to_image(working, plane.shape)
    inner = np.s_[6:-6, 6:-6]
    assert back[inner] == pytest.approx(plane[inner], abs=1e-9)
    assert zoom.to_working(plane[None].astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("zoom", [*REDUCED, *ENLARGED])
def test_a_part_is_seen_as_within_the_whole(zoom: Zoom) -> None:
    image = np.random.default_rng(0).random((120, 120))
    step = 4 * zoom.reduce
    part = np.s_[step : step + 60, 2 * step : 2 * step + 60]
    whole, alone = zoom.to_working(image), zoom.to_working(image[part])
    first = [step * zoom.enlarge // zoom.reduce * times for times in (1, 2)]
    same = whole[first[0] : first[0] + alone.shape[0], first[1] : first[1] + alone.shape[1]]
    border = 2 * zoom.enlarge
    assert alone[border:-border, border:-border] == pytest.approx(same[border:-border, border:-border])


@pytest.mark.parametrize("zoom", REDUCED)
def test_no_reduced_superpixel_is_lost_or_broken(zoom: Zoom) -> None:
    noise = np.random.default_rng(0).random((50, 61))
    ids = (watershed(ndimage.gaussian_filter(noise, 0.7)) - 1).astype(np.int32)
    shape = (50 * zoom.reduce - 1, 61 * zoom.reduce - zoom.reduce + 1)
    found = zoom.superpixels_to_image(ids, shape)
    assert found.shape == shape
    assert found.max() == ids.max()
    assert label(found, background=-1, connectivity=1).max() == found.max() + 1
    # the middle of each working pixel is its own
    middle = found[zoom.reduce // 2 :: zoom.reduce, zoom.reduce // 2 :: zoom.reduce]
    kept = ids[: middle.shape[0], : middle.shape[1]]
    assert len(np.unique(np.stack([middle.ravel(), kept.ravel()]), axis=1).T) == len(np.unique(kept))


def test_outlines_of_reduced_superpixels_are_no_stairs() -> None:
    rows, columns = np.indices((40, 40))
    disc = (np.hypot(rows - 19.5, columns - 19.5) < 12).astype(np.int32)
    found = Zoom(reduce=4).superpixels_to_image(disc, (160, 160)) != 0
    rows, columns = np.indices((160, 160))
    true = np.hypot(rows - 79.5, columns - 79.5) < 48
    found = found if found[80, 80] else ~found
    stairs = np.kron(disc, np.ones((4, 4), np.int32)) > 0
    overlap = [(seen & true).sum() / (seen | true).sum() for seen in (found, stairs)]
    assert overlap[0] > max(overlap[1], 0.965)
    assert perimeter(found) < 1.05 * perimeter(true) < 0.95 * perimeter(stairs)


@pytest.mark.parametrize("zoom", ENLARGED)
def test_enlarged_superpixels_hang_together(zoom: Zoom) -> None:
    noise = np.random.default_rng(0).random((60, 60))
    ids = (watershed(ndimage.gaussian_filter(noise, 0.7)) - 1).astype(np.int32)
    found = zoom.superpixels_to_image(ids, (60 // zoom.enlarge, 60 // zoom.enlarge))
    assert label(found, background=-1, connectivity=1).max() == found.max() + 1
    assert sorted(np.unique(found)) == list(range(found.max() + 1))


@pytest.mark.parametrize("zoom", [Zoom(), *REDUCED, *ENLARGED])
def test_segments_are_called_by_a_pixel_of_the_image(zoom: Zoom) -> None:
    shape = (60, 72)
    working = zoom.to_working(np.zeros(shape)).shape
    labels = np.zeros(working, np.int32)
    places = [(working[0] // 4, working[1] // 5), (working[0] // 2, working[1] // 2)]
    for row, column in places:
        labels[row : row + 4, column : column + 4] = row * working[1] + column + 1
    found = zoom.segments_to_image(labels, shape)
    names = np.unique(found[found > 0])
    assert len(names) == 2
    for (row, column), name in zip(places, names, strict=True):
        place = divmod(int(name) - 1, shape[1])
        assert place == pytest.approx((row * zoom.factor, column * zoom.factor), abs=zoom.reduce)
        assert found[place] == name


@pytest.mark.parametrize(
    ("width", "distance", "expected", "apart"),
    [
        (15, 3.0, Zoom(), 3.0),
        (15, 0.25, Zoom(planes=4), 1.0),
        (29, 1.0, Zoom(), 1.0),
        (45, 1.0, Zoom(reduce=3, planes=3), 1.0),
        (45, 2.0, Zoom(reduce=3, planes=2), 4 / 3),  # 1.33 is nearer to 1 than .67
        (45, 9.0, Zoom(reduce=3), 3.0),
        (59, 3.0, Zoom(reduce=3), 1.0),
        (11, 2.0, Zoom(), 2.0),
        (7.5, 1.0, Zoom(enlarge=2), 2.0),
        (7, 1.0, Zoom(enlarge=3), 3.0),
        (7.5, 0.25, Zoom(enlarge=2, planes=2), 1.0),
        (1, 2.0, Zoom(enlarge=4), 8.0),
    ],
)
def test_objects_of_volumes_are_at_least_so_wide_and_near_planes_are_put_together(
    width: float, distance: float, expected: Zoom, apart: float
) -> None:
    found = Zoom.of_volume(width, 15, distance)
    assert found == expected
    assert found.spacing((distance, 1.0, 1.0)) == (pytest.approx(apart), 1.0, 1.0)


@pytest.mark.parametrize("zoom", OF_VOLUMES)
def test_a_volume_there_and_back(zoom: Zoom) -> None:
    """What rises evenly still does, but for the last half voxel at the border; of each channel by itself."""
    z, r, c = np.indices(SHAPE).astype(np.float64)
    volume = 3 * z + 2 * r - c
    working = zoom.to_working(volume)
    assert working.shape == tuple(part.stop for part in zoom.window(tuple(slice(0, n) for n in SHAPE)))
    back = zoom.to_image(working, SHAPE)
    inner = np.s_[3:-3, 4:-4, 4:-4]
    assert back[inner] == pytest.approx(volume[inner], abs=1e-9)
    two = np.stack([volume, -volume])
    np.testing.assert_array_equal(zoom.to_working(two), np.stack([working, -working]))
    np.testing.assert_array_equal(zoom.to_image(zoom.to_working(two), SHAPE)[1], -back)


@pytest.mark.parametrize(
    ("zoom", "window"),
    [(zoom, np.s_[3:9, 5:19]) for zoom in (Zoom(), *REDUCED, *ENLARGED)]
    + [(zoom, np.s_[2:9, 3:17, 5:23]) for zoom in OF_VOLUMES],
)
def test_a_window_is_a_part_of_the_whole(zoom: Zoom, window: tuple[slice, ...]) -> None:
    shape = SHAPE[-len(window) :]
    values = zoom.to_working(np.random.default_rng(0).random(shape))
    numbers = (20 * values).astype(np.int32)
    for found in (zoom.to_image, zoom.groups_to_image, zoom.segments_to_image):
        mine = values if found == zoom.to_image else numbers
        np.testing.assert_array_equal(found(mine, shape, window), found(mine, shape)[window])


@pytest.mark.parametrize("zoom", [Zoom(reduce=2), Zoom(reduce=2, planes=3), Zoom(planes=2)])
def test_outlines_of_a_volume_are_where_most_weight_is(zoom: Zoom) -> None:
    """As linear interpolation of what each superpixel covers, the largest wins."""
    rng = np.random.default_rng(0)
    working = zoom.to_working(np.zeros(SHAPE)).shape
    seeds = np.zeros(working, np.int32)
    seeds.ravel()[rng.choice(seeds.size, 9, replace=False)] = np.arange(1, 10)
    ids = (watershed(rng.random(working), seeds) - 1).astype(np.int32)
    covered = np.stack([zoom.to_image((ids == n).astype(np.float64), SHAPE) for n in range(9)])
    found = zoom.superpixels_to_image(ids, SHAPE)
    second, first = np.sort(covered, axis=0)[-2:]
    clear = first - second > 1e-9
    assert clear.mean() > 0.9
    assert found.max() + 1 == label(found, background=-1, connectivity=1).max()
    pairs = np.unique(np.stack([covered.argmax(axis=0)[clear], found[clear]]), axis=1)
    assert len(np.unique(pairs[1])) == pairs.shape[1]  # none is of two
    assert len(np.unique(pairs[0])) > 5


@pytest.mark.parametrize("zoom", OF_VOLUMES)
def test_segments_of_a_volume_are_called_by_one_of_its_voxels(zoom: Zoom) -> None:
    working = zoom.to_working(np.zeros(SHAPE)).shape
    labels = np.zeros(working, np.int32)
    place = tuple(side // 3 for side in working)
    labels[tuple(slice(at, at + 2) for at in place)] = np.ravel_multi_index(place, working) + 1
    found = zoom.segments_to_image(labels, SHAPE)
    (name,) = np.unique(found[found > 0])
    middle = np.unravel_index(name - 1, SHAPE)
    assert middle == pytest.approx(np.array(place) * (zoom.planes, zoom.factor, zoom.factor), abs=zoom.reduce + 1)
    assert found[middle] == name
