"""Objects keep their number through a film: frames linked by the section `tracks` of a reward file."""

from __future__ import annotations

from rlseg.prediction.tracking.film import Film, TrackedObjects
from rlseg.prediction.tracking.link import check_frames, link_film

__all__ = ["Film", "TrackedObjects", "check_frames", "link_film"]
