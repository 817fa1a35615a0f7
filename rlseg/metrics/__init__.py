"""Scores against a truth: AP, PQ, variation of information, Rand error of label images; SEG, DET, TRA of tracks."""

from rlseg.metrics.contingency import Contingency, superpixel_ceiling
from rlseg.metrics.lineage import Lineage
from rlseg.metrics.matching import THRESHOLDS, match
from rlseg.metrics.partition import adapted_rand_error, variation_of_information
from rlseg.metrics.scores import ImageScores, Summary, by_image, pooled, score_image
from rlseg.metrics.tracking import TrackScores, score_tracks

__all__ = [
    "THRESHOLDS",
    "Contingency",
    "ImageScores",
    "Lineage",
    "Summary",
    "TrackScores",
    "adapted_rand_error",
    "by_image",
    "match",
    "pooled",
    "score_image",
    "score_tracks",
    "superpixel_ceiling",
    "variation_of_information",
]
