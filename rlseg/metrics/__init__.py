"""Scores of label images against a truth: AP, mAP, PQ, variation of information, adapted Rand error."""

from rlseg.metrics.contingency import Contingency, superpixel_ceiling
from rlseg.metrics.matching import THRESHOLDS, match
from rlseg.metrics.partition import adapted_rand_error, variation_of_information
from rlseg.metrics.scores import ImageScores, Summary, by_image, pooled, score_image

__all__ = [
    "THRESHOLDS",
    "Contingency",
    "ImageScores",
    "Summary",
    "adapted_rand_error",
    "by_image",
    "match",
    "pooled",
    "score_image",
    "superpixel_ceiling",
    "variation_of_information",
]
