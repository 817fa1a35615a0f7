"""Instance segmentation learned from rules that you write down, without annotations.

    import rlseg

    model = rlseg.load_model("runs/mine/version_0/checkpoints/best.ckpt")
    found = model.segment("image.tif")          # labels, and a table of the objects

What stands in `__all__` is for users of Python, and stays; docs/python.md has examples. Everything is loaded when it
is first asked for. `rlseg.command(["fit", "--config", "mine.yaml"])` trains.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rlseg.arrays import lazy_names

if TYPE_CHECKING:
    from rlseg import metrics
    from rlseg.__main__ import main as command
    from rlseg.data import Preparation, prepare_image
    from rlseg.errors import RlsegError
    from rlseg.graph import Sample
    from rlseg.io import RawImage, Reading, read_image, read_labels
    from rlseg.models import Curve, load_curves
    from rlseg.pictures import draw_overlay
    from rlseg.prediction import LabelScores, Model, Objects, load_model, score_labels, search_image
    from rlseg.prediction.places import Explanation, explain_object
    from rlseg.prediction.tracking import Film, track_labels
    from rlseg.rewards.language import RewardFile, RewardFileError, load_reward, parse_reward
    from rlseg.rewards.lint import check_reward

    __version__: str

__all__ = [
    "Curve",
    "Explanation",
    "Film",
    "LabelScores",
    "Model",
    "Objects",
    "Preparation",
    "RawImage",
    "Reading",
    "RewardFile",
    "RewardFileError",
    "RlsegError",
    "Sample",
    "__version__",
    "check_reward",
    "command",
    "draw_overlay",
    "explain_object",
    "load_curves",
    "load_model",
    "load_reward",
    "metrics",
    "parse_reward",
    "prepare_image",
    "read_image",
    "read_labels",
    "score_labels",
    "search_image",
    "track_labels",
]

_public = lazy_names(
    __name__,
    {
        "data": ("Preparation", "prepare_image"),
        "errors": ("RlsegError",),
        "graph": ("Sample",),
        "io": ("RawImage", "Reading", "read_image", "read_labels"),
        "models": ("Curve", "load_curves"),
        "pictures": ("draw_overlay",),
        "prediction": ("LabelScores", "Model", "Objects", "load_model", "score_labels", "search_image"),
        "prediction.places": ("Explanation", "explain_object"),
        "prediction.tracking": ("Film", "track_labels"),
        "rewards.language": ("RewardFile", "RewardFileError", "load_reward", "parse_reward"),
        "rewards.lint": ("check_reward",),
    },
)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module(f"{__name__}.models").version()
    if name == "metrics":
        return import_module(f"{__name__}.metrics")
    if name == "command":
        return import_module(f"{__name__}.__main__").main
    return _public(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
