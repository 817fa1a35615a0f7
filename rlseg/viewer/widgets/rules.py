"""The widget of the rules: from a few outlines to a reward file whose numbers are moved while one looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtWidgets import QFileDialog, QSizePolicy, QVBoxLayout, QWidget

from rlseg.arrays import Labels
from rlseg.errors import RlsegError
from rlseg.io import RawImage
from rlseg.viewer.readers import OUTLINES
from rlseg.viewer.session import Drawn, Found, Rules, Scene, drawn_labels, measure_rules, write_text
from rlseg.viewer.widgets.background import Background
from rlseg.viewer.widgets.layers import colours, hide, planes_of_layer, put
from rlseg.viewer.widgets.number_row import NumberRow
from rlseg.viewer.widgets.pointer import Pointer
from rlseg.viewer.widgets.rules_form import RulesForm

OBJECTS, SUPERPIXELS, REWARD, EDGES, CANDIDATE = (
    "objects by reward",
    "superpixels",
    "reward",
    "edge decisions",
    "best candidate",
)
EDGE_COLOURS = {1: (0.2, 0.75, 0.35, 1.0), 2: (0.95, 0.25, 0.25, 1.0)}
"""Merged green, cut red, as in the pictures of a training."""


@dataclass(frozen=True)
class _State:
    """What was computed together: rules, the image by them, what is drawn on it, and what was found."""

    rules: Rules
    scene: Scene
    drawn: Drawn
    found: Found


class RulesWidget(QWidget):
    """Draw, measure, move, look.

    Args:
        napari_viewer: the viewer; napari gives it by this name.

    Attributes:
        form: the boxes and buttons.
        state: what is shown; None before anything was measured or opened.
    """

    def __init__(self, napari_viewer: Any) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.form = RulesForm(napari_viewer)
        self.state: _State | None = None
        self.rows: list[NumberRow] = []
        self.background = Background(self)
        self._image: tuple[object, RawImage] | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.form)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.pointer = Pointer(napari_viewer, lambda: self.form.image.layer, self._clicked, self._pointed)
        self.background.failed.connect(self._failed)
        form = self.form
        form.outline.clicked.connect(self.add_outlines)
        form.measure.clicked.connect(self.measure)
        form.open.clicked.connect(lambda: self._ask_open())
        form.save.clicked.connect(lambda: self._ask_save())
        form.least.valueChanged.connect(lambda _: self.search())
        for box in form.shown.values():
            box.toggled.connect(lambda _: self._show_layers())
        self.destroyed.connect(lambda: self.pointer.forget())

    def add_outlines(self) -> None:
        """A shapes layer to draw on, with the tool for polygons."""
        image = self.form.image.layer
        if image is None:
            self.form.say("open an image first", wrong=True)
            return
        place = {"scale": image.scale[-2:], "translate": image.translate[-2:], "units": tuple(image.units)[-2:]}
        layer = self.viewer.add_shapes(name="outlines", ndim=2, face_color="#ffaa2840", edge_color="#ffaa28", **place)
        layer.mode = "add_polygon_lasso"
        self.form.drawn.choose(layer)

    def measure(self) -> None:
        """Write rules from what is drawn, and search by them."""
        try:
            image, drawn = self._open_image(), self._drawn()
        except RlsegError as error:
            self._failed(error)
            return
        labels, notes = drawn
        least = self.form.least.value()
        self._wait("measuring ...")

        def work() -> _State:
            rules = measure_rules(image, labels)
            rules = Rules(rules.text, (*notes, *rules.report))
            scene = Scene.of(image, rules)
            return _State(rules, scene, scene.drawn(labels), scene.search(rules, least))

        self.background.ask(work, self._show_new)

    def open_rules(self, path: str | Path) -> None:
        """Take the rules of a file, and search by them."""
        try:
            rules, image = Rules.of_file(path), self._open_image()
            labels = self._drawn()[0] if self.form.drawn.layer is not None else _nothing(image)
        except RlsegError as error:
            self._failed(error)
            return
        least = self.form.least.value()
        self._wait(f"searching by {Path(path).name} ...")

        def work() -> _State:
            scene = Scene.of(image, rules)
            return _State(rules, scene, scene.drawn(labels), scene.search(rules, least))

        self.background.ask(work, self._show_new)

    def save_rules(self, path: str | Path) -> None:
        """Write the rules as they are now: a file, or the reward file of a project's folder."""
        if self.state is None:
            self.form.say("measure some outlines or open a reward file first", wrong=True)
            return
        try:
            self.form.say(f"written: {write_text(Path(path), self.state.rules.text)}")
        except RlsegError as error:
            self._failed(error)

    def move(self, place: Sequence[str], low: float | None, high: float | None, scale: float | None) -> None:
        """Change a number of the rules and search again."""
        if self.state is None:
            return
        try:
            self._search_by(self.state.rules.moved(place, low, high, scale))
        except RlsegError as error:
            self._failed(error)

    def search(self) -> None:
        """Search again by the rules as they are."""
        if self.state is not None:
            self._search_by(self.state.rules)

    def explain(self, row: int, column: int) -> str:
        """Say why there is an object at a place, or why not, and show the best candidate there."""
        if self.state is None:
            return ""
        try:
            said = self.state.found.explain(row, column)
        except RlsegError:
            return ""  # beside the image
        self.form.show_text(said.text)
        if said.candidate is not None:
            put(
                self.viewer,
                "labels",
                CANDIDATE,
                said.candidate.astype(np.uint8),
                self.form.image.layer,
                contour=2,
                visible=True,
            )
        else:
            hide(self.viewer, CANDIDATE)
        return str(said.text)

    def _search_by(self, rules: Rules) -> None:
        state = self.state
        assert state is not None
        # from now on the next number is moved in these rules, also before their search is over
        self.state = state = _State(rules, state.scene, state.drawn, state.found)
        least = self.form.least.value()

        def work() -> _State:
            scene = state.scene
            drawn = state.drawn
            if not scene.suits(scene.image, rules):
                scene = Scene.of(scene.image, rules)
                drawn = scene.drawn(drawn.labels)
            return _State(rules, scene, drawn, scene.search(rules, least))

        self.background.ask(work, self._show)

    def _show_new(self, state: _State) -> None:
        """Rules that were not there before: new rows."""
        self.form.setEnabled(True)
        self.rows = [NumberRow(number) for number in state.rules.numbers]
        for row in self.rows:
            row.moved.connect(self.move)
        self.form.show_rows(self.rows)
        self.form.show_text("\n".join(state.rules.report))
        self.state = state
        self._show(state)

    def _show(self, state: _State) -> None:
        newest = self.state.rules if self.state is not None else state.rules
        self.state = _State(newest, state.scene, state.drawn, state.found)
        drawn = state.drawn
        for row in self.rows:
            number = newest.number(row.number.place)
            row.show_values(number, drawn.values(number, state.found.reward), state.found.values(number))
        self.form.say(state.found.sentence)
        self._show_layers()

    def _show_layers(self) -> None:
        if self.state is None:
            return
        found, image, shown = self.state.found, self.form.image.layer, self.form.shown
        if image is None:
            return
        put(self.viewer, "labels", OBJECTS, found.labels, image, colormap=colours(found.colours), features=found.table)
        others: dict[str, tuple[str, Any, dict[str, Any]]] = {
            SUPERPIXELS: ("labels", lambda: found.superpixels, {"contour": 1, "opacity": 0.6}),
            REWARD: ("image", lambda: found.reward_picture, {"colormap": "viridis", "contrast_limits": (0.0, 1.0)}),
            EDGES: ("labels", lambda: found.edges, {"colormap": colours(EDGE_COLOURS)}),
        }
        for name, (kind, data, settings) in others.items():
            if shown[name].isChecked():
                put(self.viewer, kind, name, data(), image, visible=True, **settings)
            else:
                hide(self.viewer, name)

    def _open_image(self) -> RawImage:
        """The plane of the chosen layer that is seen; the same object as long as it is the same plane."""
        layer = self.form.image.layer
        if layer is None:
            raise RlsegError("no image is open", "open one, or take a sample: File > Open Sample > rlseg")
        channels = self.form.channels.isChecked()
        planes = planes_of_layer(layer, channels)
        first = self.viewer.dims.ndim - layer.ndim
        step = tuple(self.viewer.dims.current_step)[first : first + len(planes.stack)]
        key = (id(layer), id(layer.data), channels, step)
        if self._image is None or self._image[0] != key:
            self._image = key, planes.at(step)
        return self._image[1]

    def _drawn(self) -> tuple[Labels, tuple[str, ...]]:
        layer, image = self.form.drawn.layer, self.form.image.layer
        if layer is None:
            raise RlsegError("no layer is chosen to draw in", "press New outlines, or paint in a labels layer")
        size = planes_of_layer(image, self.form.channels.isChecked()).size
        if hasattr(layer, "shape_type"):
            corners = (corners[:, -2:] for corners in layer.data)
            return drawn_labels(list(zip(layer.shape_type, corners, strict=True)), size)
        data = np.asarray(layer.data)
        data = data[self.viewer.dims.current_step[: data.ndim - 2]] if data.ndim > 2 else data
        return drawn_labels(data, size, OUTLINES in layer.metadata)

    def _clicked(self, row: int, column: int) -> None:
        if self.form.explain.isChecked():
            self.explain(row, column)

    def _pointed(self, row: int, column: int) -> None:
        if self.state is None:
            return
        labels = self.state.found.labels
        inside = 0 <= row < labels.shape[0] and 0 <= column < labels.shape[1]
        label = int(labels[row, column]) if inside else 0
        self.form.pointed.setText(self.state.found.about(label) if label else "")

    def _ask_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a reward file", "", "Reward files (*.yaml *.yml)")
        if path:
            self.open_rules(path)

    def _ask_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the reward file", "reward.yaml", "Reward files (*.yaml)")
        if path:
            self.save_rules(path)

    def _wait(self, said: str) -> None:
        self.form.setEnabled(False)
        self.form.say(said)

    def _failed(self, error: Exception) -> None:
        self.form.setEnabled(True)
        if not isinstance(error, RlsegError):
            raise error
        self.form.say(str(error), wrong=True)


def _nothing(image: RawImage) -> Labels:
    high, wide = image.pixels.shape[1:]
    return np.zeros((high, wide), np.int32)
