"""From the folder of a run to its page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.io import atomic
from rlseg.models import read_curves, version
from rlseg.pictures import Rgb
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.report.findings import look
from rlseg.prediction.report.page import About, page
from rlseg.rewards.language import read_document

NAME = "report.html"
SUPERPIXELS = "superpixels.png", "superpixels.txt"
"""What a training leaves that has chosen its superpixels."""


def write_report(
    run: Path,
    model: Path,
    predictor: Predictor,
    samples: Sequence[Sample],
    output: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write report.html, one page that needs nothing else.

    Args:
        run: folder of the run.
        model: its checkpoint, and predictor: what was made of it.
        samples: images to look at, as the training prepared them for its validation.
        output: where to write instead of into the run's folder.
        say: told how far it is, now and then.

    Returns:
        Where it is.

    Raises:
        RlsegError: there is no image, or the file cannot be written.
    """
    if not samples:
        raise RlsegError("there is no image to report on", "the training has none for validation")
    config = run / "config.yaml"
    config_text = config.read_text(encoding="utf-8") if config.is_file() else ""
    about = About(
        run=run,
        model=model,
        steps=int(predictor.module.steps_done),
        curves=read_curves(run),
        reward_text=predictor.module.reward.file.resolved_yaml(),
        config_text=config_text,
        epochs=epochs_of(config_text),
        made_by=f"rlseg {version()}",
        tried=_tried(run),
    )
    text = page(about, look(predictor.module, samples, say))
    target = run / NAME if output is None else output
    with atomic(target) as file:
        file.write(text.encode())
    return target


def epochs_of(config_text: str) -> int | None:
    """trainer.max_epochs of a configuration; None if it sets no end, or cannot be read."""
    tree, problems = read_document(config_text, "config.yaml", what="configuration")
    settings = None if tree is None or problems else tree.plain()
    trainer = settings.get("trainer") if isinstance(settings, dict) else None
    epochs = trainer.get("max_epochs") if isinstance(trainer, dict) else None
    return epochs if isinstance(epochs, int) and epochs > 0 else None


def _tried(run: Path) -> tuple[Rgb, str] | None:
    picture, table = (run / name for name in SUPERPIXELS)
    try:
        with Image.open(picture) as drawn:
            return np.asarray(drawn.convert("RGB")), table.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
