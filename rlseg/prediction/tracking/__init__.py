"""Objects keep their number through a film: frames linked by the section `tracks` of a reward file."""

from __future__ import annotations

from rlseg.prediction.tracking.film import Film, TrackedObjects
from rlseg.prediction.tracking.jointly import JointFilm, Judges, left_alone, search_film
from rlseg.prediction.tracking.keeping import Found, doubtful_from, link_found
from rlseg.prediction.tracking.link import check_frames, link_film
from rlseg.prediction.tracking.linking import distance_of_planes, length_of_pixel, link_by, track_labels
from rlseg.prediction.tracking.results import film_table, read_lineage, write_results

__all__ = [
    "Film",
    "Found",
    "JointFilm",
    "Judges",
    "TrackedObjects",
    "check_frames",
    "distance_of_planes",
    "doubtful_from",
    "film_table",
    "left_alone",
    "length_of_pixel",
    "link_by",
    "link_film",
    "link_found",
    "read_lineage",
    "search_film",
    "track_labels",
    "write_results",
]
