"""Whether a training and a prediction work, as a user would start them."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile

from rlseg.commands.doctor.line import Line
from rlseg.commands.fit import main as run_fit
from rlseg.commands.predict import main as run_predict
from rlseg.errors import RlsegError

REWARD = """\
version: 1
name: selftest
units: {length: px}
classes:
  background: {kind: area, over: 700}
rewards:
  foreground: {terms: {circle: {kind: circle_coverage, radius: [6, 12]}}}
  background: 0.3
"""


def selftest_lines() -> list[Line]:
    """One step of training on a drawn image, and a prediction, in a folder of their own that is deleted."""
    began = time.perf_counter()
    said = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="rlseg-doctor-") as folder:
        logging.disable(logging.INFO)  # Lightning's lines go to the terminal itself
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                _try(Path(folder))
        except (RlsegError, SystemExit) as error:
            told = said.getvalue().strip().splitlines()
            return [Line("self-test", f"failed: {error} {told[-1] if told else ''}".rstrip(), problem=True)]
        finally:
            logging.disable(logging.NOTSET)
    seconds = time.perf_counter() - began
    return [Line("self-test", f"a step of training and a prediction work, {seconds:.1f} s")]


def _try(folder: Path) -> None:
    (folder / "images").mkdir()
    (folder / "reward.yaml").write_text(REWARD, encoding="utf-8")
    pixels = _three_discs()
    for name in ("a", "b"):
        tifffile.imwrite(folder / "images" / f"{name}.tif", pixels, photometric="minisblack")
    run_fit(
        [
            *("fit", "--model.reward", str(folder / "reward.yaml"), "--data.images", str(folder / "images")),
            *("--data.preparation.superpixels.kind", "gradient_watershed", "--model.imitation.steps", "0"),
            *("--data.batch_size", "1", "--data.batches_per_epoch", "1", "--data.workers", "1"),
            *("--trainer.max_epochs", "1", "--trainer.devices", "1", "--trainer.enable_progress_bar", "false"),
            *("--trainer.logger.save_dir", str(folder), "--trainer.logger.name", "run"),
        ]
    )
    last = folder / "run" / "version_0" / "checkpoints" / "last.ckpt"
    run_predict([str(last), str(folder / "images" / "a.tif"), "--output", str(folder / "labels")])
    shape = tifffile.imread(folder / "labels" / "a.tif").shape
    if shape != pixels.shape:
        raise RlsegError(f"labels of shape {shape} for an image of shape {pixels.shape}")


def _three_discs() -> npt.NDArray[np.uint8]:
    """(64, 64) bright discs on a dark, noisy ground."""
    row, column = np.ogrid[:64, :64]
    image = 40 + 8 * np.random.default_rng(0).standard_normal((64, 64))
    for y, x, radius in ((16, 16, 8), (44, 20, 10), (30, 46, 9)):
        image[(row - y) ** 2 + (column - x) ** 2 < radius**2] += 120
    return np.clip(image, 0, 255).astype(np.uint8)
