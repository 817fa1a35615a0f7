"""A page about a training that opens in any browser: images, objects to look at, curves, and how to go on."""

from __future__ import annotations

from rlseg.prediction.report.write import write_report

__all__ = ["write_report"]
