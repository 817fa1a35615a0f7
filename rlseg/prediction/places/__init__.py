"""Places in images: why there is an object, or why it was missed, and whose fault that is."""

from __future__ import annotations

from rlseg.prediction.places.explain import explain_object, explain_place
from rlseg.prediction.places.explanation import SAID, Explanation
from rlseg.prediction.places.picture import draw_place
from rlseg.prediction.places.scores import Judge, Scored, scored_segment
from rlseg.prediction.places.searched import search_whole

__all__ = [
    "SAID",
    "Explanation",
    "Judge",
    "Scored",
    "draw_place",
    "explain_object",
    "explain_place",
    "scored_segment",
    "search_whole",
]
