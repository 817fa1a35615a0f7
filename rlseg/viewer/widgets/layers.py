"""The layers of a viewer: chosen in a box, and filled again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.layers import Image, Labels, Layer, Shapes
from napari.utils.colormaps import DirectLabelColormap
from qtpy.QtWidgets import QComboBox

from rlseg.viewer.readers import PATH
from rlseg.viewer.session import Planes, planes_of

KINDS: dict[str, tuple[type[Layer], ...]] = {"image": (Image,), "drawn": (Shapes, Labels), "labels": (Labels,)}
OURS = "made by rlseg"
"""Key in the metadata of layers that are results: nobody has drawn them."""


class LayerBox(QComboBox):
    """A box with the layers of some kind, always those that there are.

    Args:
        viewer: whose layers.
        kind: one of `KINDS`; of what is drawn, results of this package are left out.
    """

    def __init__(self, viewer: Any, kind: str) -> None:
        super().__init__()
        self._viewer, self._kind = viewer, kind
        self.activated.connect(self._show)
        for event in (viewer.layers.events.inserted, viewer.layers.events.removed, viewer.layers.events.reordered):
            event.connect(self._refresh)
        self._refresh()

    def forget(self) -> None:
        """Listen no more, for the widget is closed."""
        events = self._viewer.layers.events
        for event in (events.inserted, events.removed, events.reordered):
            event.disconnect(self._refresh)

    @property
    def layer(self) -> Any:
        """The chosen one, None if there is none."""
        return next((layer for layer in self._viewer.layers if layer.name == self.currentText()), None)

    def choose(self, layer: Any) -> None:
        """Choose a layer of the viewer."""
        self._refresh()
        self.setCurrentText(layer.name)

    def _show(self, number: int) -> None:
        """What somebody chooses is to be seen, and of the images of a project no other: results lie on it."""
        chosen = self.layer
        if chosen is None:
            return
        chosen.visible = True
        if PATH in chosen.metadata:
            for layer in self._viewer.layers:
                if layer is not chosen and PATH in layer.metadata:
                    layer.visible = False

    def _refresh(self, event: Any = None) -> None:
        before = self.currentText()
        names = [
            layer.name
            for layer in self._viewer.layers
            if isinstance(layer, KINDS[self._kind]) and (self._kind == "labels" or OURS not in layer.metadata)
        ]
        if names == [self.itemText(number) for number in range(self.count())]:
            return
        self.blockSignals(True)
        self.clear()
        self.addItems(names)
        # a new layer is what one wants to use, unless another was chosen or it is hidden
        seen = [layer.name for layer in self._viewer.layers if layer.visible and layer.name in names]
        newest = (seen or names or [""])[-1]
        self.setCurrentText(before if before in names else newest)
        self.blockSignals(False)
        if self.currentText() != before:
            self.currentTextChanged.emit(self.currentText())


def planes_of_layer(layer: Any, channels: bool) -> Planes:
    """The planes of an image layer.

    Args:
        layer: the layer.
        channels: whether the axis before the last two is the channel.

    Raises:
        RlsegError: it has none.
    """
    data = layer.data[0] if layer.multiscale else layer.data
    colours = bool(layer.rgb)
    return planes_of(data, colours, channels, tuple(layer.scale), tuple(layer.units))


def put(viewer: Any, kind: str, name: str, data: Any, like: Any, **settings: Any) -> Any:
    """Show a result: in the layer of that name if there is one, else in a new one.

    Args:
        viewer: where.
        kind: labels or image.
        name: of the layer.
        data: an array; its last two axes are rows and columns.
        like: the image layer that it lies on.
        settings: of the layer, also if it is there already.

    Returns:
        The layer.
    """
    layer = next((known for known in viewer.layers if known.name == name and OURS in known.metadata), None)
    if layer is not None and layer.ndim == np.ndim(data):
        layer.data = data
    else:
        # whoever draws goes on drawing
        active = viewer.layers.selection.active
        axes = min(np.ndim(data), like.ndim)
        place = {"scale": like.scale[-axes:], "translate": like.translate[-axes:], "units": tuple(like.units)[-axes:]}
        layer = getattr(viewer, f"add_{kind}")(data, name=name, metadata={OURS: True}, **place)
        if active is not None and active in viewer.layers:
            viewer.layers.selection.active = active
    for key, value in settings.items():
        setattr(layer, key, value)
    return layer


def hide(viewer: Any, name: str) -> None:
    """Show a result no more, if it is there; it is kept, for napari may be about to draw it."""
    for layer in viewer.layers:
        if layer.name == name and OURS in layer.metadata:
            layer.visible = False


def colours(of: Mapping[int, tuple[float, ...]]) -> DirectLabelColormap:
    """Label -> colour as a map; all other labels are clear."""
    clear = (0.0, 0.0, 0.0, 0.0)
    known: dict[int | None, tuple[float, ...]] = {None: clear, 0: clear}
    known.update(of.items())
    return DirectLabelColormap(color_dict=known)


def pixel_at(layer: Any, position: Any) -> tuple[int, int]:
    """Row and column of a layer at a place of the world, which may lie outside of it."""
    row, column = layer.world_to_data(position)[-2:]
    return int(np.floor(row + 0.5)), int(np.floor(column + 0.5))
