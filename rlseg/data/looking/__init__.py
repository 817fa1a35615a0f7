"""What is looked at: where the objects show, brighter than the ground, on a grid on which they have one size."""

from __future__ import annotations

from rlseg.data.looking.signal import Signal, channel_picture, signal_of
from rlseg.data.looking.zoom import Zoom

__all__ = ["Signal", "Zoom", "channel_picture", "signal_of"]
