"""Objects keep their number through a film: frames linked by the section `tracks` of a reward file."""

from __future__ import annotations

from rlseg.prediction.tracking.film import Film, TrackedObjects
from rlseg.prediction.tracking.link import check_frames, link_film
from rlseg.prediction.tracking.linking import link_by
from rlseg.prediction.tracking.results import film_table, read_lineage, write_results

__all__ = [
    "Film",
    "TrackedObjects",
    "check_frames",
    "film_table",
    "link_by",
    "link_film",
    "read_lineage",
    "write_results",
]
