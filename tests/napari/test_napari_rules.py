"""The widget of the rules in the real napari."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlseg.rewards.language.load import load_reward
from rlseg.viewer import samples
from rlseg.viewer.open import furnished
from rlseg.viewer.readers import PATH

pytestmark = pytest.mark.napari
Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture
def rules(viewer: Any, wait: Wait) -> Any:
    """The widget, after measuring the sample of nuclei."""
    widget, _ = furnished(viewer, samples.nuclei(), [])
    widget.measure()
    wait(lambda: widget.background.busy)
    return widget


def press(viewer: Any, layer: Any, row: int, column: int, to: tuple[int, int] | None = None) -> None:
    """The mouse on a pixel of a layer, as the canvas tells it."""
    canvas = viewer.window._qt_viewer.canvas
    scene = canvas._scene_canvas
    world = layer.data_to_world((row, column))
    transform = canvas.view.scene.transform
    first = tuple(round(float(place)) for place in transform.map((world[-1], world[-2]))[:2])  # of the screen
    last = first if to is None else (first[0] + to[0], first[1] + to[1])
    scene.events.mouse_move(pos=first, modifiers=(), button=None)
    press_event = scene.events.mouse_press(pos=first, button=1, modifiers=())
    if to is not None:
        scene.events.mouse_move(pos=last, button=1, modifiers=(), press_event=press_event, last_event=press_event)
    scene.events.mouse_release(pos=last, button=1, modifiers=())


def test_measured_moved_and_redrawn(viewer: Any, rules: Any, wait: Wait, picture: Any) -> None:
    layer = viewer.layers["objects by reward"]
    count = layer.data.max()
    assert count >= 10
    assert list(layer.features["index"]) == list(range(1, count + 1))
    assert "objects, paid 0." in rules.form.said.text()
    size = rules.rows[0]
    assert size.number.name == "size"
    low, high = size.slider.value()
    assert (low, high) == pytest.approx((size.number.low, size.number.high), abs=0.1)
    assert size.bars.shown.drawn.sum() == 10
    before = layer.data.copy()
    size.slider.setValue((low + 5, high + 5))
    wait(lambda: rules.background.busy)
    assert viewer.layers["objects by reward"] is layer
    assert (layer.data != before).any()
    assert size.bars.shown.found.sum() == layer.data.max()
    assert rules.state.rules.number(size.number.place).low == pytest.approx(low + 5, abs=0.06)
    # red is paid little, green much, as many colours as rewards
    rewards, colours = rules.state.found.rewards, np.array([layer.get_color(n + 1) for n in range(layer.data.max())])
    assert colours[rewards.argmax()][0] < colours[rewards.argmin()][0]
    size.scale.setValue(size.scale.value() * 2)
    wait(lambda: rules.background.busy)
    assert rules.state.rules.number(size.number.place).scale == pytest.approx(size.scale.value())
    viewer.layers["nuclei outlined"].visible = False
    assert picture("napari_rules").std() > 10


def test_layers_of_superpixels_reward_and_edges(viewer: Any, rules: Any, picture: Any) -> None:
    for name, box in rules.form.shown.items():
        assert name not in viewer.layers
        box.setChecked(True)
        assert viewer.layers[name].visible
    assert set(np.unique(viewer.layers["edge decisions"].data)) == {0, 1, 2}
    assert viewer.layers["reward"].data.max() <= 1
    viewer.layers["reward"].visible = False
    viewer.layers["nuclei outlined"].visible = False
    picture("napari_edges")
    rules.form.shown["edge decisions"].setChecked(False)
    assert not viewer.layers["edge decisions"].visible


def test_a_click_explains_and_hovering_tells(viewer: Any, rules: Any, wait: Wait, picture: Any) -> None:
    image, objects = viewer.layers["nuclei"], viewer.layers["objects by reward"]
    row, column = (int(x) for x in np.argwhere(objects.data == 3).mean(axis=0))
    viewer.layers.selection.active = image
    press(viewer, image, row, column)
    label = objects.data[row, column]
    assert rules.form.pointed.text().startswith(f"object {label}: paid")
    assert f"row {row}: kept" in rules.form.explained.toPlainText()
    # dragging moves the image and explains nothing
    rules.form.explained.clear()
    press(viewer, image, row, column, to=(40, 30))
    assert rules.form.explained.toPlainText() == ""
    # the same object under a rule that spoils it
    size = rules.rows[0]
    size.slider.setValue((size.slider.maximum() - 1, size.slider.maximum()))
    size.scale.setValue(size.scale.minimum())
    wait(lambda: rules.background.busy)
    assert objects.data[row, column] == 0
    press(viewer, image, row, column)
    said = rules.form.explained.toPlainText()
    assert "missed, because of the reward" in said
    assert "the term size gives" in said.replace("\n  ", " ")
    assert viewer.layers["best candidate"].data[row, column] == 1
    viewer.layers["nuclei outlined"].visible = False
    viewer.reset_view()
    picture("napari_missed")
    # whoever paints does not want explanations
    rules.form.explained.clear()
    drawn = viewer.layers["nuclei outlined"]
    drawn.visible = True  # nobody can paint in what is hidden
    viewer.layers.selection.active, drawn.mode = drawn, "paint"
    press(viewer, image, row, column)
    assert rules.form.explained.toPlainText() == ""


def test_outlines_and_lines_that_are_drawn(viewer: Any, wait: Wait) -> None:
    widget, _ = furnished(viewer, samples.nuclei()[:1], [])
    widget.add_outlines()
    shapes = widget.form.drawn.layer
    assert shapes.name == "outlines"
    widget.measure()
    assert "nothing is drawn yet" in widget.form.said.text()
    labels = samples.nuclei()[1][0]
    for number in range(1, 7):
        rows, columns = np.nonzero(labels == number)
        (top, bottom), (left, right) = ((part.min(), part.max()) for part in (rows, columns))
        box = [(top, left), (top, right), (bottom, right), (bottom, left)]
        if number < 4:
            shapes.add(np.array(box, float), shape_type="ellipse")
        else:
            shapes.add(np.array([(rows.mean(), columns.min()), (rows.mean(), columns.max())]), shape_type="line")
    widget.measure()
    wait(lambda: widget.background.busy)
    assert "6 outlined objects" in widget.state.rules.text
    assert viewer.layers["objects by reward"].data.max() > 6


def test_rules_are_saved_and_opened(viewer: Any, rules: Any, wait: Wait, tmp_path: Path) -> None:
    rules.save_rules(tmp_path / "mine.yaml")
    assert load_reward(tmp_path / "mine.yaml").name == "measured"
    (tmp_path / "bad.yaml").write_text("version: 1\n")
    rules.open_rules(tmp_path / "bad.yaml")
    assert "bad.yaml" in rules.form.said.text()
    rules.open_rules(tmp_path / "mine.yaml")
    wait(lambda: rules.background.busy)
    assert rules.state.rules.text == (tmp_path / "mine.yaml").read_text()


def test_nothing_is_open(viewer: Any) -> None:
    rules, training = furnished(viewer, [], [])
    rules.measure()
    assert "no image is open" in rules.form.said.text()
    rules.add_outlines()
    rules.save_rules("x.yaml")
    assert "measure some outlines" in rules.form.said.text()
    training.train()
    assert "name the folder of a project" in training.form.said.text()
    training.predicting.predict()
    assert "open an image first" in training.predicting.said.text()


def test_a_plane_of_a_stack_that_is_seen(viewer: Any, wait: Wait) -> None:
    (image, _, _), (labels, _, _) = samples.nuclei()
    widget, _ = furnished(
        viewer, [(np.stack([image[::-1], image]), {"name": "stack"}, "image"), (labels, {}, "labels")], []
    )
    viewer.dims.set_current_step(0, 1)
    widget.measure()
    wait(lambda: widget.background.busy)
    found = viewer.layers["objects by reward"].data
    assert found.shape == labels.shape
    assert (found[labels > 0] > 0).mean() > 0.6


def test_of_a_project_the_image_that_is_seen_is_searched(viewer: Any) -> None:
    pixels = np.random.default_rng(0).random((60, 60))
    layers = [
        (pixels, {"name": f"field{n}", "visible": n == 1, "metadata": {PATH: f"field{n}.tif"}}, "image")
        for n in (1, 2, 3)
    ]
    rules, training = furnished(viewer, layers, [])
    assert rules.form.image.currentText() == training.form.image.currentText() == "field1"
    assert viewer.layers.selection.active is viewer.layers["field1"]
    # what somebody chooses is seen, and no other
    box = rules.form.image
    box.setCurrentText("field3")
    box.activated.emit(box.currentIndex())
    assert [layer.visible for layer in viewer.layers] == [False, False, True]
