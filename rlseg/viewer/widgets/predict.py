"""The lower half of the second widget: a trained model finds the objects of the open layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rlseg.errors import RlsegError
from rlseg.models import model_of
from rlseg.prediction import Model, load_model
from rlseg.prediction.places import explain_object
from rlseg.viewer.session import Predicted, predict_planes
from rlseg.viewer.widgets.background import Background
from rlseg.viewer.widgets.layers import LayerBox, planes_of_layer, put
from rlseg.viewer.widgets.object_table import ObjectTable
from rlseg.viewer.widgets.parts import say_in, with_folder
from rlseg.viewer.widgets.pointer import Pointer


class PredictBox(QWidget):
    """Choose a model, predict, look at the objects.

    Args:
        viewer: the viewer.

    Attributes:
        predicted: the objects of the last prediction; None before one.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.viewer = viewer
        self.predicted: Predicted | None = None
        self.image = LayerBox(viewer, "image")
        self.model = QLineEdit()
        self.model.setPlaceholderText("project, run or checkpoint")
        self.channels = QCheckBox("the first of three axes is the channel")
        self.width = QDoubleSpinBox()
        self.width.setRange(0.0, 10000.0)
        self.width.setSpecialValueText("as in the training")
        self.start, self.stop = QPushButton("Predict"), QPushButton("Stop")
        self.explain = QCheckBox("a click explains a place")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.table = ObjectTable(viewer)
        self.explained = QPlainTextEdit()
        self.explained.setReadOnly(True)
        self.explained.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.explained.hide()
        self.background = Background(self)
        self._stopped = False
        self._known: tuple[tuple[Path, int], Model] | None = None
        self._arrange()
        self.pointer = Pointer(viewer, lambda: self.image.layer, self._clicked, lambda row, column: None)
        self.start.clicked.connect(lambda: self.predict())
        self.stop.clicked.connect(self._stop)
        self.stop.setEnabled(False)
        self.explain.toggled.connect(self.explained.setVisible)
        self.background.failed.connect(self._failed)
        self.background.moved.connect(lambda done, all_: self.say(f"plane {done + 1} of {all_} ..."))
        self.destroyed.connect(lambda: self.pointer.forget())

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        form.addRow("model", with_folder(self.model, "A project of rlseg, or the folder of a run"))
        form.addRow("image", self.image)
        form.addRow("", self.channels)
        form.addRow("width of objects, px", self.width)
        layout.addLayout(form)
        buttons = QHBoxLayout()
        for widget in (self.start, self.stop, self.explain):
            buttons.addWidget(widget)
        layout.addLayout(buttons)
        layout.addWidget(self.said)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.explained)

    def say(self, text: str, wrong: bool = False) -> None:
        """One sentence on what happened; in orange if it went wrong."""
        say_in(self.said, text, wrong)

    def predict(self) -> None:
        """Find the objects of the chosen layer, each plane by itself."""
        layer, path = self.image.layer, self.model.text().strip()
        if layer is None or not path:
            self.say("open an image first" if layer is None else "name a project, a run or a checkpoint", wrong=True)
            return
        width = self.width.value() or None
        channels = self.channels.isChecked()
        self._stopped = False

        def work() -> Predicted | None:
            return predict_planes(self._model(Path(path)), planes_of_layer(layer, channels), width, self._go_on)

        self.start.setEnabled(False)
        self.stop.setEnabled(True)
        self.say("predicting ...")
        self.background.ask(work, lambda found: self._show(found, layer))

    def _go_on(self, done: int, total: int) -> bool:
        self.background.say(done, total)
        return not self._stopped

    def _stop(self) -> None:
        self._stopped = True
        self.say("stops after this plane ...")

    def _model(self, path: Path) -> Model:
        """The model that is meant, read again if it was written again."""
        checkpoint = model_of(path)
        key = checkpoint, checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        if self._known is None or self._known[0] != key:
            self._known = key, load_model(checkpoint)
        return self._known[1]

    def _show(self, found: Predicted | None, layer: Any) -> None:
        self.start.setEnabled(True)
        self.stop.setEnabled(False)
        if found is None:
            self.say("stopped; nothing is shown")
            return
        self.predicted = found
        result = put(self.viewer, "labels", f"{layer.name} objects", found.labels, layer, features=found.table)
        self.table.show_objects(result, found.table)
        count = len(found.table["index"])
        self.say("\n".join([f"{count} object{'' if count == 1 else 's'}", *found.remarks]))

    def _clicked(self, row: int, column: int) -> None:
        layer = self.image.layer
        if layer is None or self.predicted is None:
            return
        first = self.viewer.dims.ndim - layer.ndim
        planes = planes_of_layer(layer, self.channels.isChecked())
        high, wide = planes.size
        if not (0 <= row < high and 0 <= column < wide):
            return
        step = tuple(self.viewer.dims.current_step)[first : first + len(planes.stack)]
        self.table.choose(int(self.predicted.labels[(*step, row, column)]))
        if not self.explain.isChecked():
            return
        path, width = Path(self.model.text().strip()), self.width.value() or None

        def work() -> str:
            return explain_object(self._model(path).predictor, planes.at(step).pixels, column, row, width=width).text

        self.background.ask(work, self.explained.setPlainText)

    def _failed(self, error: Exception) -> None:
        self.start.setEnabled(True)
        self.stop.setEnabled(False)
        if not isinstance(error, RlsegError):
            raise error
        self.say(str(error), wrong=True)
