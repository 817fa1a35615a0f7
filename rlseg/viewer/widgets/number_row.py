"""One number of the rules: its histogram, and the sliders that move it."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from superqt import QLabeledDoubleRangeSlider, QLabeledDoubleSlider

from rlseg.arrays import Floats
from rlseg.viewer.session import Number, histogram
from rlseg.viewer.widgets.bars import Bars


class NumberRow(QWidget):
    """A term or a class of the rules.

    Args:
        number: what it expects.

    Attributes:
        moved: signal with place, low, high and scale after somebody has moved something.
    """

    moved = Signal(tuple, object, object, object)

    def __init__(self, number: Number) -> None:
        super().__init__()
        self.number = number
        self.bars = Bars()
        both = number.low is not None and number.high is not None
        self.slider = (QLabeledDoubleRangeSlider if both else QLabeledDoubleSlider)(Qt.Orientation.Horizontal)
        self.slider.setObjectName(number.name)
        self.scale: QDoubleSpinBox | None = None
        self._drawn: Floats | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 6, 4)
        layout.setSpacing(1)
        layout.addLayout(self._head())
        layout.addWidget(self.bars)
        layout.addWidget(self.slider)
        self.slider.valueChanged.connect(self._moved)

    def _head(self) -> QHBoxLayout:
        number = self.number
        row = QHBoxLayout()
        about = "" if number.about is None or number.about[0] == number.name else f" ({number.about[0]})"
        unit = f", {number.unit}" if number.unit else ""
        title = QLabel(f"<b>{number.name}</b>{about}: {_verb(number)}{unit}")
        # long names are cut, the numbers are not
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(title, 1)
        if number.scale is not None:
            row.addWidget(QLabel("±"))
            self.scale = QDoubleSpinBox()
            self.scale.setDecimals(4 if number.scale < 1 else 2)
            self.scale.setRange(number.scale / 50, number.scale * 50)
            self.scale.setSingleStep(number.scale / 10)
            self.scale.setValue(number.scale)
            self.scale.setKeyboardTracking(False)
            self.scale.setFixedWidth(100)
            self.scale.setToolTip("scale: the distance that is clearly worse")
            self.scale.valueChanged.connect(self._moved)
            row.addWidget(self.scale)
        return row

    def show_values(self, number: Number, drawn: Floats, found: Floats) -> None:
        """Redraw the histogram; the first time, the slider gets its range by it.

        Args:
            number: as it is now.
            drawn, found: values of the drawn and the found objects.
        """
        self.number = number
        shown = histogram(number, drawn, found)
        if self._drawn is None:
            self._drawn = drawn
            self.slider.blockSignals(True)
            self.slider.setDecimals(3 if shown.high - shown.low < 5 else 1)
            self.slider.setRange(shown.low, shown.high)
            self.slider.setValue(self._ends)
            self.slider.blockSignals(False)
        self.bars.show_histogram(shown, number.low, number.high)

    @property
    def _ends(self) -> float | tuple[float, float]:
        low, high = self.number.low, self.number.high
        if low is not None and high is not None:
            return low, high
        return low if low is not None else high  # type: ignore[return-value]

    def _moved(self, *_: object) -> None:
        value = self.slider.value()
        low, high = value if isinstance(value, tuple) else (value, value)
        number = self.number
        scale = None if self.scale is None else float(self.scale.value())
        self.moved.emit(
            number.place,
            None if number.low is None else float(low),
            None if number.high is None else float(high),
            scale,
        )


def _verb(number: Number) -> str:
    a_class = number.place[0] == "classes"
    if number.high is None:
        return "under" if a_class else "at least"
    if number.low is None:
        return "over" if a_class else "at most"
    return "outside" if a_class else "between"
