"""A table of the objects of a layer: a row and an object are chosen together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

MOST_ROWS = 5000
"""Of objects that are listed; the layer has all of them in its features."""


class ObjectTable(QTableWidget):
    """The objects of a labels layer, a row each.

    Args:
        viewer: moves to the object of a row that is chosen.
    """

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self._viewer = viewer
        self._layer: Any = None
        self._row_of: dict[int, int] = {}
        self._where: list[tuple[float, ...]] = []
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.itemSelectionChanged.connect(self._row_chosen)

    def show_objects(self, layer: Any, table: Mapping[str, Any]) -> None:
        """Fill it, and listen to the layer.

        Args:
            layer: with the objects.
            table: column -> (n,) values; index is the label, centroid_row and centroid_col are pixels.
        """
        if self._layer is not None:
            self._layer.events.selected_label.disconnect(self._label_chosen)
        self._layer = layer
        layer.events.selected_label.connect(self._label_chosen)
        labels = np.asarray(table["index"])[:MOST_ROWS]
        self._row_of = {int(label): row for row, label in enumerate(labels)}
        planes = [np.asarray(table[name]) for name in table if name.startswith("plane_")]
        rows, columns = np.asarray(table["centroid_row"]), np.asarray(table["centroid_col"])
        self._where = [(*(float(p[n]) for p in planes), float(rows[n]), float(columns[n])) for n in range(len(labels))]
        self.setSortingEnabled(False)
        self.clear()
        self.setRowCount(len(labels))
        self.setColumnCount(len(table))
        self.setHorizontalHeaderLabels(list(table))
        for column, values in enumerate(table.values()):
            for row, value in enumerate(np.asarray(values)[:MOST_ROWS].tolist()):
                item = QTableWidgetItem()
                # as a number, so that sorting is by size
                item.setData(Qt.ItemDataRole.DisplayRole, round(value, 3) if isinstance(value, float) else value)
                item.setData(Qt.ItemDataRole.UserRole, int(labels[row]))
                self.setItem(row, column, item)
        self.setSortingEnabled(True)

    def choose(self, label: int) -> None:
        """Choose the row of an object; none if it is no object of the table."""
        for row in range(self.rowCount()):
            if self.item(row, 0).data(Qt.ItemDataRole.UserRole) == label:
                self.blockSignals(True)
                self.selectRow(row)
                self.blockSignals(False)
                return
        self.clearSelection()

    def _row_chosen(self) -> None:
        chosen = self.selectedItems()
        if not chosen or self._layer is None or self._layer not in self._viewer.layers:
            return
        label = int(chosen[0].data(Qt.ItemDataRole.UserRole))
        where = self._layer.data_to_world(self._where[self._row_of[label]])
        with self._layer.events.selected_label.blocker(self._label_chosen):
            self._layer.selected_label = label
        for axis, place in enumerate(where[:-2]):
            self._viewer.dims.set_point(self._viewer.dims.ndim - len(where) + axis, place)
        self._viewer.camera.center = tuple(where[-2:])

    def _label_chosen(self, event: Any = None) -> None:
        self.choose(int(self._layer.selected_label))
