"""The validation panel: right colours at the right pixels."""

import numpy as np
import pytest

from rlseg.pictures.drawing import enlarge
from rlseg.pictures.panel import (
    draw_edges,
    draw_objects,
    draw_rewards,
    draw_stages,
    green_to_red,
    grid,
    principal_colours,
)

# superpixels   0 0 1 1
#               0 0 1 1
#               2 2 2 2
SUPERPIXELS = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 2, 2]], np.int32)
EDGES = np.array([[0, 0, 1], [1, 2, 2]])
IMAGE = np.linspace(0, 1, 12, dtype=np.float32).reshape(1, 3, 4)


def test_colours_run_from_green_over_yellow_to_red():
    colours = green_to_red(np.array([-1, 0, 0.5, 1, 7, np.nan])).astype(int)
    np.testing.assert_array_equal(colours[0], colours[1])
    np.testing.assert_array_equal(colours[3], colours[4])
    np.testing.assert_array_equal(colours[2], colours[5])
    assert colours[1, 1] > colours[1, 0] + 100  # green
    assert colours[3, 0] > colours[3, 1] + 100  # red
    reds = green_to_red(np.linspace(0, 1, 50))[:, 0].astype(int) - green_to_red(np.linspace(0, 1, 50))[:, 1]
    assert (np.diff(reds) > 0).all()


def test_edges_are_drawn_on_both_sides_of_their_own_cracks_only():
    picture = draw_edges(IMAGE, SUPERPIXELS, EDGES, np.array([0.0, 1.0, 0.5]), scale=1)
    green, red, yellow = green_to_red(np.array([0.0, 1.0, 0.5]))
    for pixel in ((0, 1), (0, 2)):
        np.testing.assert_array_equal(picture[pixel], green)
    for pixel in ((1, 0), (2, 0), (2, 1)):
        np.testing.assert_array_equal(picture[pixel], red)
    np.testing.assert_array_equal(picture[2, 3], yellow)
    assert len(set(picture[0, 0])) == 1  # inside a superpixel: gray


@pytest.mark.parametrize("kept", [[0], [2], []])
def test_pairs_without_an_edge_stay_undrawn(kept):
    picture = draw_edges(IMAGE, SUPERPIXELS, EDGES[:, kept], np.ones(len(kept)), scale=1)
    coloured = np.ptp(picture.astype(int), axis=-1) > 0
    expected = np.zeros((3, 4), bool)
    if kept == [0]:
        expected[:2, 1:3] = True
    if kept == [2]:
        expected[1:, 2:] = True
    np.testing.assert_array_equal(coloured, expected)


def test_rewards_colour_whole_objects():
    objects, rewards = np.array([5, 5, 8]), np.array([1.0, 1.0, 0.0])
    picture = draw_rewards(objects, rewards, SUPERPIXELS, scale=1)
    good, bad = green_to_red(np.array([0.0, 1.0]))
    np.testing.assert_array_equal(picture[0], np.tile(good, (4, 1)))  # one object: no border between 0 and 1
    np.testing.assert_array_equal(picture[1], np.zeros((4, 3)))  # black border above object 8
    np.testing.assert_array_equal(picture[2], np.tile(bad, (4, 1)))


def test_background_of_a_segmentation_shows_the_image():
    labels = np.zeros((9, 9), int)
    labels[:3, :3] = 4
    image = np.random.default_rng(0).random((1, 9, 9))
    picture = draw_objects(image, labels, scale=1)
    np.testing.assert_array_equal(picture[4:, 4:], draw_objects(image, 0 * labels, scale=1)[4:, 4:])
    assert (np.ptp(picture[:3, :3].astype(int), axis=-1) > 20).all()


def test_principal_components_separate_groups_and_ignore_the_sign():
    rng = np.random.default_rng(0)
    features = rng.normal(0, 0.1, (60, 5))
    features[:30, 2] += 10
    colours = principal_colours(features).astype(int)
    assert colours.shape == (60, 3)
    assert abs(colours[:30, 0].mean() - colours[30:, 0].mean()) > 150
    assert colours[:30, 0].mean() > colours[30:, 0].mean()  # largest loading positive
    order = rng.permutation(60)
    np.testing.assert_allclose(principal_colours(features[order]), colours[order], atol=1)


@pytest.mark.parametrize(
    "features",
    [
        np.zeros((4, 3)),
        np.ones((1, 8)),
        np.arange(5.0)[:, None],
        np.array([[np.nan, 1], [np.inf, 2], [0, 3.0]]),
    ],
)
def test_degenerate_features_give_colours_without_warning(features):
    colours = principal_colours(features)
    assert colours.shape == (len(features), 3)
    if (features == features[0]).all():
        assert set(np.unique(colours)) <= {127, 128}


@pytest.mark.parametrize(("truth", "tiles"), [(None, 6), (SUPERPIXELS, 7)])
@pytest.mark.parametrize("edges", [EDGES, np.zeros((2, 0), np.int64)])
def test_panel_holds_all_tiles_side_by_side(truth, tiles, edges):
    image = np.tile(IMAGE, (1, 20, 20))
    superpixels, truth = enlarge(SUPERPIXELS, 20), None if truth is None else enlarge(truth, 20)
    picture = draw_stages(
        image=image,
        superpixels=superpixels,
        edge_index=edges,
        actions=np.full(edges.shape[1], 0.3),
        features=np.eye(3),
        objects=np.array([0, 1, 1]),
        rewards=np.array([0.2, 0.9, 0.9]),
        truth=truth,
    )
    columns = (tiles + 1) // 2
    assert picture.dtype == np.uint8
    assert picture.shape == (2 * (120 + 18) + 4, columns * (160 + 4) + 4, 3)


def test_a_panel_of_sections_counts_the_whole_volume(monkeypatch):
    captions = []
    monkeypatch.setattr("rlseg.pictures.panel.grid", lambda tiles, columns: captions.extend(name for name, _ in tiles))
    graph = {"edge_index": EDGES, "actions": np.full(EDGES.shape[1], 0.3), "features": np.eye(3)}
    objects = {"objects": np.array([0, 1, 1]), "rewards": np.array([0.2, 0.9, 0.9])}
    draw_stages(IMAGE, SUPERPIXELS, **graph, **objects, segmentation=SUPERPIXELS, truth=SUPERPIXELS, counts=(28, 30))
    assert {"segmentation: 28 objects", "truth: 30 objects"} <= set(captions)


def test_grid_places_pictures_row_by_row_and_leaves_them_as_they_are():
    pictures = [np.full((6, 50, 3), value, np.uint8) for value in (60, 120, 180)]
    result = grid([(f"tile {i}", p) for i, p in enumerate(pictures)], columns=2)
    np.testing.assert_array_equal(result[18:24, 4:54], pictures[0])
    np.testing.assert_array_equal(result[18:24, 58:108], pictures[1])
    np.testing.assert_array_equal(result[42:48, 4:54], pictures[2])
    assert (result[4:18, 4:54] > 200).any()  # a caption
