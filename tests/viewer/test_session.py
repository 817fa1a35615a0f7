"""From a few outlines to objects that are redrawn and explained, without any window."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.errors import RlsegError
from rlseg.io import RawImage
from rlseg.io.read import read_image, read_labels
from rlseg.viewer import samples
from rlseg.viewer.session import Found, Number, Rules, Scene, drawn_labels, histogram, measure_rules, planes_of

SIZE = ("rewards", "foreground", "terms", "size")


@pytest.fixture(scope="module")
def image() -> RawImage:
    data, settings, kind = samples.nuclei()[0]
    assert (kind, settings["name"]) == ("image", "nuclei")
    return planes_of(data, False).at()


@pytest.fixture(scope="module")
def outlined() -> np.ndarray:
    return samples.nuclei()[1][0]


@pytest.fixture(scope="module")
def rules(image: RawImage, outlined: np.ndarray) -> Rules:
    return measure_rules(image, outlined)


@pytest.fixture(scope="module")
def scene(image: RawImage, rules: Rules) -> Scene:
    return Scene.of(image, rules, "nuclei")


@pytest.fixture(scope="module")
def found(scene: Scene, rules: Rules) -> Found:
    return scene.search(rules)


def test_what_is_drawn_is_found_again(found: Found, outlined: np.ndarray) -> None:
    for number in range(1, 11):
        drawn = outlined == number
        label = np.bincount(found.labels[drawn]).argmax()
        assert label > 0
        mine = found.labels == label
        assert (drawn & mine).sum() > 0.6 * (drawn | mine).sum()
    assert found.rewards.min() > 0.3
    assert found.sentence.startswith(f"{found.labels.max()} objects, paid 0.")


def test_tables_pictures_and_sentences_agree(found: Found) -> None:
    table, count = found.table, found.labels.max()
    assert table["index"].tolist() == list(range(1, count + 1))
    assert table["area"].tolist() == np.bincount(found.labels.ravel())[1:].tolist()
    assert {"reward", "size score"} <= set(table)
    row, column = np.argwhere(found.labels == 3)[0]
    assert found.reward_picture[row, column] == pytest.approx(found.rewards[2])
    assert found.reward_picture[found.labels == 0].max() == 0
    assert found.about(3).startswith(f"object 3: paid {found.rewards[2]:.2f} (")
    assert set(found.colours) == set(range(1, count + 1))
    best, worst = found.rewards.argmax() + 1, found.rewards.argmin() + 1
    assert found.colours[best][1] > found.colours[worst][1] - 1e-9
    assert found.superpixels.min() == 1


def test_edges_are_cut_around_objects_and_merged_inside(found: Found) -> None:
    inside = found.labels > 0
    outline = np.zeros_like(inside)
    for axis in (0, 1):
        differs = np.diff(found.labels, axis=axis) != 0
        first = differs.nonzero()
        outline[first] = True
    assert (found.edges[outline] == 2).all()
    merged = found.edges == 1
    assert merged.any()
    assert (merged & inside).sum() == merged.sum()


def test_a_moved_number_changes_what_is_found(scene: Scene, rules: Rules, found: Found) -> None:
    number = rules.number(SIZE)
    assert number.low is not None
    assert number.high is not None
    stricter = scene.search(rules.moved(SIZE, number.low + 6, number.high + 20))
    assert stricter.values(number).mean() > found.values(number).mean()
    assert stricter.labels.max() < found.labels.max()
    assert scene.suits(scene.image, rules.moved(SIZE, 5, 6))


def test_histograms_count_all_objects(scene: Scene, rules: Rules, found: Found, outlined: np.ndarray) -> None:
    drawn = scene.drawn(outlined)
    for number in rules.numbers:
        shown = histogram(number, drawn.values(number, found.reward), found.values(number))
        assert shown.drawn.sum() == 10
        assert shown.found.sum() == found.labels.max()
        for end in (number.low, number.high):
            assert end is None or shown.low < end < shown.high
    areas = drawn.values(rules.number(("classes", "background")), found.reward)
    assert areas.tolist() == np.bincount(outlined.ravel())[1:].tolist()


def test_a_histogram_of_nothing_still_has_an_axis() -> None:
    shown = histogram(Number(SIZE, 0.0, None, None, None, ""), np.array([np.nan]), np.empty(0))
    assert shown.low < shown.high
    assert shown.drawn.sum() == shown.found.sum() == 0


def test_a_place_is_explained(scene: Scene, rules: Rules, found: Found) -> None:
    row, column = np.argwhere(found.labels == 1)[0]
    said = found.explain(int(row), int(column))
    assert said.cause == "kept"
    assert "object 1 of" in said.text
    # the same object under rules that one term spoils
    number = rules.number(SIZE)
    assert number.low is not None
    stricter = scene.search(rules.moved(SIZE, 200, 300, 1))
    assert stricter.labels.max() == 0
    why = stricter.explain(int(row), int(column))
    assert why.cause == "reward"
    assert "the term size gives it 0.00" in why.reason
    assert "made by the search" in why.text
    assert "policy" not in why.text
    with pytest.raises(RlsegError, match="outside of the image"):
        found.explain(0, 256)


def test_a_class_that_takes_an_object_is_named(scene: Scene, rules: Rules, found: Found) -> None:
    largest = found.table["area"].argmax() + 1
    row, column = np.argwhere(found.labels == largest)[0]
    why = scene.search(rules.moved(("classes", "background"), None, 150.0)).explain(int(row), int(column))
    assert why.cause == "reward"
    assert "the class background takes it" in why.reason


def test_too_little_is_drawn(image: RawImage, outlined: np.ndarray) -> None:
    with pytest.raises(RlsegError, match="at least 3 are needed"):
        measure_rules(image, np.where(outlined < 3, outlined, 0))
    for nothing in ([], np.zeros((256, 256), np.int32)):
        with pytest.raises(RlsegError, match="nothing is drawn yet"):
            drawn_labels(nothing, (256, 256))
    with pytest.raises(RlsegError, match=r"\(20, 20\), the image has shape \(256, 256\)"):
        drawn_labels(np.ones((20, 20), int), (256, 256))


def test_sample_images_are_those_of_their_files() -> None:
    folder = samples._HERE
    for name, (picture, outlined) in {"nuclei": samples.nuclei(), "discs": samples.discs()}.items():
        assert np.asarray(picture[0]).shape[:2] == outlined[0].shape == (256, 256)
        assert len(read_image(folder / f"{name}.png").pixels) == (3 if picture[1].get("rgb") else 1)
        assert len(np.unique(read_labels(folder / f"{name}_outlined.png"))) == (11 if name == "nuclei" else 6)


def test_labels_that_end_with_their_last_object_are_continued() -> None:
    """Regions of ImageJ do not say how large their image is."""
    part = np.zeros((5, 4), np.int32)
    part[1:3, 1:3] = 7
    labels, _ = drawn_labels(part, (8, 9), of_file=True)
    assert labels.shape == (8, 9)
    assert (labels[:5, :4] == part).all()
    assert labels.sum() == part.sum()
    for size, of_file in (((8, 9), False), ((4, 9), True)):
        with pytest.raises(RlsegError, match=r"the labels have shape \(5, 4\), the image has shape"):
            drawn_labels(part, size, of_file)
