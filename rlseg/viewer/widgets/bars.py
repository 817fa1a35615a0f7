"""Two histograms and what is expected, drawn."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QSizePolicy, QWidget

from rlseg.viewer.session import Histogram

DRAWN, FOUND, EXPECTED = QColor(255, 170, 40), QColor(90, 170, 255), QColor(60, 200, 90, 60)


class Bars(QWidget):
    """Drawn objects stand above the line, found ones hang below it, and what is expected is green behind them.

    Attributes:
        shown: the histogram, None before there is one.
        expected: low and high end of what is expected, each None if it does not count.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: Histogram | None = None
        self.expected: tuple[float | None, float | None] = (None, None)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("orange: drawn objects; blue: found ones; green: what is expected")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt calls it
        """Wide as the row, three lines high."""
        return QSize(200, 46)

    def show_histogram(self, shown: Histogram, low: float | None, high: float | None) -> None:
        """Draw it anew.

        Args:
            shown: the counts.
            low, high: of what is expected.
        """
        self.shown, self.expected = shown, (low, high)
        self.update()

    def paintEvent(self, event: Any) -> None:  # noqa: N802 - Qt calls it
        """Draw."""
        if self.shown is None:
            return
        painter = QPainter(self)
        wide, high = self.width(), self.height()
        middle = high * 0.5
        low, top = self.shown.low, self.shown.high

        def across(value: float) -> float:
            return wide * min(max((value - low) / (top - low), 0.0), 1.0)

        first, last = (self.expected[0], self.expected[1])
        left, right = 0.0 if first is None else across(first), float(wide) if last is None else across(last)
        painter.fillRect(QRectF(left, 0, max(right - left, 2.0), high), EXPECTED)
        for counts, colour, up in ((self.shown.drawn, DRAWN, True), (self.shown.found, FOUND, False)):
            most = max(int(counts.max()), 1)
            each = wide / len(counts)
            for number, count in enumerate(counts.tolist()):
                tall = (middle - 2) * count / most
                begin = middle - tall if up else middle
                painter.fillRect(QRectF(number * each, begin, max(each - 1, 1.0), tall), colour)
        painter.setPen(Qt.GlobalColor.gray)
        painter.drawLine(0, int(middle), wide, int(middle))
        painter.end()
