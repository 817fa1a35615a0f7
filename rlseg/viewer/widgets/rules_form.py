"""The boxes and buttons of the widget of the rules."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from rlseg.viewer.widgets.layers import LayerBox
from rlseg.viewer.widgets.parts import say_in

WIDTH = 62
"""Letters in a line of an explanation."""
OPTIONAL = ("superpixels", "reward", "edge decisions")


class RulesForm(QWidget):
    """What is seen; what it does is said in `RulesWidget`.

    Args:
        viewer: whose layers can be chosen.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.image, self.drawn = LayerBox(viewer, "image"), LayerBox(viewer, "drawn")
        self.channels = QCheckBox("the first of three axes is the channel")
        self.outline = QPushButton("New outlines")
        self.outline.setToolTip("a layer to draw in: polygons and ellipses around objects, or lines across round ones")
        self.measure = QPushButton("Measure")
        self.measure.setToolTip("write a reward file from the objects that are drawn")
        self.open, self.save = QPushButton("Open ..."), QPushButton("Save ...")
        self.least = QDoubleSpinBox()
        self.least.setRange(0.0, 1.0)
        self.least.setSingleStep(0.05)
        self.least.setValue(0.3)
        self.least.setKeyboardTracking(False)
        self.explain = QCheckBox("a click explains a place")
        self.explain.setChecked(True)
        self.shown = {name: QCheckBox(name) for name in OPTIONAL}
        self.said, self.pointed = QLabel(), QLabel()
        self.explained = QPlainTextEdit()
        self._rows = QScrollArea()
        self._arrange()

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layers = QFormLayout()
        layers.addRow("image", self.image)
        layers.addRow("", self.channels)
        layers.addRow("drawn", self.drawn)
        layout.addLayout(layers)
        layout.addLayout(_beside(self.outline, self.measure, self.open, self.save))
        layout.addLayout(_beside(QLabel("objects are paid at least"), self.least, self.explain))
        layout.addLayout(_beside(QLabel("also show"), *self.shown.values()))
        for label in (self.said, self.pointed):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(label)
        # a long line on an object must not widen the window
        self.pointed.setMinimumHeight(2 * self.pointed.fontMetrics().height())
        self._rows.setWidgetResizable(True)
        self._rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows.setMinimumWidth(470)
        self.explained.setReadOnly(True)
        self.explained.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.explained.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.explained.setPlaceholderText("click on a missed or a false object, and read here what is the reason")
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self._rows)
        parts.addWidget(self.explained)
        parts.setSizes([420, 180])
        layout.addWidget(parts, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def show_rows(self, rows: Sequence[QWidget]) -> None:
        """Fill the middle. rows: one for each number."""
        inside = QWidget()
        layout = QVBoxLayout(inside)
        for row in rows:
            layout.addWidget(row)
        layout.addStretch()
        self._rows.setWidget(inside)

    def show_text(self, text: str) -> None:
        """A text with tables in it: long sentences are broken, lines of tables are not."""
        lines = (
            textwrap.fill(line, WIDTH, subsequent_indent="  ") if "  " not in line.strip() else line
            for line in text.splitlines()
        )
        self.explained.setPlainText("\n".join(lines))

    def say(self, text: str, wrong: bool = False) -> None:
        """One sentence on what happened; in orange if it went wrong."""
        say_in(self.said, text, wrong)


def _beside(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    return row
