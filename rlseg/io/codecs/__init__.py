"""Compressors with a look at how large a piece becomes before memory is taken for it."""

from __future__ import annotations

from rlseg.io.codecs.inflation import InflationError
from rlseg.io.codecs.tiff_pieces import check_pieces

__all__ = ["InflationError", "check_pieces"]
