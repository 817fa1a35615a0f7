"""What several widgets are made of."""

from __future__ import annotations

from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton


def say_in(label: QLabel, text: str, wrong: bool) -> None:
    """One sentence on what happened; in orange if it went wrong."""
    label.setText(text)
    label.setStyleSheet("color: #ffb050" if wrong else "")


def with_folder(line: QLineEdit, title: str) -> QHBoxLayout:
    """A line for a folder, and a button that asks for one. title: of the question."""
    row = QHBoxLayout()
    ask = QPushButton("...")
    ask.setFixedWidth(30)

    def choose() -> None:
        path = QFileDialog.getExistingDirectory(line, title)
        if path:
            line.setText(path)

    ask.clicked.connect(choose)
    row.addWidget(line)
    row.addWidget(ask)
    return row
