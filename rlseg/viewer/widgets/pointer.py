"""Clicks and hovering on an open image, beside whatever napari does with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rlseg.viewer.widgets.layers import pixel_at

_STILL = 4.0
"""A click that moves by more pixels of the screen was meant to move the image."""


class Pointer:
    """Tells where somebody clicks and points.

    Args:
        viewer: the viewer.
        layer: gives the image layer whose rows and columns count, or None.
        clicked: told row and column; not while somebody draws.
        pointed: the same for every place that the mouse comes by.
    """

    def __init__(
        self,
        viewer: Any,
        layer: Callable[[], Any],
        clicked: Callable[[int, int], None],
        pointed: Callable[[int, int], None],
    ) -> None:
        self._viewer, self._layer, self._clicked, self._pointed = viewer, layer, clicked, pointed
        viewer.mouse_drag_callbacks.append(self._drag)
        viewer.mouse_move_callbacks.append(self._move)

    def forget(self) -> None:
        """Listen no more."""
        for listeners, mine in (
            (self._viewer.mouse_drag_callbacks, self._drag),
            (self._viewer.mouse_move_callbacks, self._move),
        ):
            if mine in listeners:
                listeners.remove(mine)

    def _drag(self, viewer: Any, event: Any) -> Iterator[None]:
        start, moved = tuple(event.pos), False
        yield
        while event.type == "mouse_move":
            moved = moved or _far(start, event.pos)
            yield
        moved = moved or _far(start, event.pos)
        active = viewer.layers.selection.active
        drawing = active is not None and str(active.mode) not in ("pan_zoom", "transform")
        layer = self._layer()
        if not moved and not drawing and layer is not None:
            self._clicked(*pixel_at(layer, event.position))

    def _move(self, viewer: Any, event: Any) -> None:
        layer = self._layer()
        if layer is not None:
            self._pointed(*pixel_at(layer, event.position))


def _far(start: Sequence[float], now: Sequence[float]) -> bool:
    return max(abs(now[0] - start[0]), abs(now[1] - start[1])) > _STILL
