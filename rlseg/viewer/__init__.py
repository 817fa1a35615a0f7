"""The package inside napari: a session without any windows, and the widgets, readers and writers around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names

if TYPE_CHECKING:
    from rlseg.viewer.open import open_viewer

__all__ = ["open_viewer"]

# loaded when asked for: napari looks for what it names in napari.yaml, and nothing else
__getattr__ = lazy_names(__name__, {"open": ("open_viewer",)})
