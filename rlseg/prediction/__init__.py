"""Images in, files out: a trained model applied to files of any size, and label images scored by a reward file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names

if TYPE_CHECKING:
    from rlseg.prediction.confidence import object_columns
    from rlseg.prediction.files import Prediction, Wishes
    from rlseg.prediction.film_files import FilmPrediction
    from rlseg.prediction.model import Model, load_model
    from rlseg.prediction.predictor import Predictor
    from rlseg.prediction.ranking import Ranking, rank
    from rlseg.prediction.scoring import LabelScores, compare, score_labels
    from rlseg.prediction.searching import search_image, search_sample
    from rlseg.prediction.table import Objects, object_table

__all__ = [
    "FilmPrediction",
    "LabelScores",
    "Model",
    "Objects",
    "Prediction",
    "Predictor",
    "Ranking",
    "Wishes",
    "compare",
    "load_model",
    "object_columns",
    "object_table",
    "rank",
    "score_labels",
    "search_image",
    "search_sample",
]

# loaded when asked for: scoring labels must not wait for the networks
__getattr__ = lazy_names(
    __name__,
    {
        "confidence": ("object_columns",),
        "film_files": ("FilmPrediction",),
        "files": ("Prediction", "Wishes"),
        "model": ("Model", "load_model"),
        "predictor": ("Predictor",),
        "ranking": ("Ranking", "rank"),
        "scoring": ("LabelScores", "compare", "score_labels"),
        "searching": ("search_image", "search_sample"),
        "table": ("Objects", "object_table"),
    },
)
