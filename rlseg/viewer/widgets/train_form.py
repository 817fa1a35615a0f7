"""The boxes, buttons and the picture of the widget of trainings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QPixmap
from qtpy.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from rlseg.viewer.widgets.layers import LayerBox
from rlseg.viewer.widgets.parts import say_in, with_folder


class TrainForm(QWidget):
    """What is seen; what it does is said in `TrainWidget`.

    Args:
        viewer: whose layers can be chosen.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.project, self.images = QLineEdit(), QLineEdit()
        self.project.setPlaceholderText("folder of a project, to make or to go on with")
        self.images.setPlaceholderText("folder of images; the open image if nothing stands here")
        self.image, self.drawn = LayerBox(viewer, "image"), LayerBox(viewer, "drawn")
        self.channels = QCheckBox("the first of three axes is the channel")
        self.make, self.train, self.stop = QPushButton("Make project"), QPushButton("Train"), QPushButton("Stop")
        self.minutes = QDoubleSpinBox()
        self.minutes.setRange(0.0, 10000.0)
        self.minutes.setDecimals(1)
        self.minutes.setSpecialValueText("as the project says")
        self.progress = QProgressBar()
        self.said, self.lines, self.picture = QLabel(), QLabel(), QLabel()
        self._shown: tuple[Path, int] | None = None
        self._arrange()
        self.running(False)

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        form.addRow("project", with_folder(self.project, "The folder of a project"))
        form.addRow("images", with_folder(self.images, "A folder of images"))
        form.addRow("open image", self.image)
        form.addRow("", self.channels)
        form.addRow("drawn", self.drawn)
        form.addRow("minutes at most", self.minutes)
        layout.addLayout(form)
        buttons = QHBoxLayout()
        for button in (self.make, self.train, self.stop):
            buttons.addWidget(button)
        layout.addLayout(buttons)
        layout.addWidget(self.progress)
        # lines that wrap grow: outside of what scrolls they would push the boxes above into each other
        told = QWidget()
        column = QVBoxLayout(told)
        column.setContentsMargins(4, 4, 4, 4)
        for label in (self.said, self.lines):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        self.lines.setStyleSheet("color: gray")
        column.addWidget(self.picture, 1)
        scroll = QScrollArea()
        scroll.setWidget(told)
        scroll.setWidgetResizable(True)
        scroll.setMinimumHeight(220)
        layout.addWidget(scroll, 1)

    def running(self, yes: bool) -> None:
        """What can be pressed. yes: whether a process is at work."""
        self.make.setEnabled(not yes)
        self.train.setEnabled(not yes)
        self.stop.setEnabled(yes)

    def say(self, text: str, wrong: bool = False) -> None:
        """One sentence on what happened; in orange if it went wrong."""
        say_in(self.said, text, wrong)

    def show_lines(self, lines: Sequence[str]) -> None:
        """What the process has said last."""
        self.lines.setText("\n".join(lines))

    def show_picture(self, path: Path) -> None:
        """A validation picture, as wide as there is room; read once."""
        try:
            key = path, path.stat().st_mtime_ns
        except OSError:  # the training has replaced it
            return
        if key == self._shown:
            return
        read = QPixmap(str(path))
        if read.isNull():  # half written
            return
        self._shown = key
        wide = max(self.width() - 40, 200)
        self.picture.setPixmap(read.scaledToWidth(wide, Qt.TransformationMode.SmoothTransformation))
