"""StarDist and Cellpose by their own code and with their own weights, where both are on this machine.

    python -m experiments.baselines.pretrained --json runs/results/baselines_pretrained.json

Nothing is downloaded: what is missing is said, in the table as well. StarDist's `2D_versatile_fluo` and Cellpose's
`nuclei` have been trained on images and labels of BBBC038, from which experiments/data/nuclei is taken: their scores
there are not those of images they have never seen.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from experiments.baselines.classical import NUCLEI, load, score
from experiments.results.command import one_line_errors
from experiments.results.score_table import write_rows
from rlseg.arrays import AnyFloats, Labels
from rlseg.metrics import by_image

Method = Callable[[AnyFloats], Labels]


class MissingError(Exception):
    """What a method lacks, in words."""


def package(name: str) -> Any:
    """Import a module.

    Raises:
        MissingError: it cannot be imported.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingError(f"the package {name.split('.')[0]} ({error})") from None


def stardist(weights: Path) -> Method:
    """StarDist2D of a folder with config.json and weights_best.h5.

    Raises:
        MissingError: package or weights.
    """
    models = package("stardist.models")
    # keras puts an archive's content into a folder of its own, which depends on its version
    inside = [weights, weights / weights.name, weights.with_name(f"{weights.name}_extracted") / weights.name]
    folder = next((one for one in inside if (one / "config.json").is_file()), None)
    if folder is None:
        raise MissingError(f"the weights of StarDist in {weights}")
    model = models.StarDist2D(None, name=folder.name, basedir=str(folder.parent))

    def segment(image: AnyFloats) -> Labels:
        low, high = np.percentile(image, [1, 99.8])  # as its own examples do
        return np.asarray(model.predict_instances((image - low) / max(high - low, 1e-9))[0], np.int32)

    return segment


def cellpose(weights: Path) -> Method:
    """CellposeModel of a file of weights, with the diameter it was trained for.

    Raises:
        MissingError: package or weights.
    """
    models = package("cellpose.models")
    if not weights.is_file():
        raise MissingError(f"the weights of Cellpose in {weights}")
    model = models.CellposeModel(gpu=False, pretrained_model=str(weights))
    return lambda image: np.asarray(model.eval(image)[0], np.int32)


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    models = Path(os.environ.get("CELLPOSE_LOCAL_MODELS_PATH", Path.home() / ".cellpose" / "models"))
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=Path, default=NUCLEI / "images", help="folder of images")
    parser.add_argument("--labels", type=Path, default=NUCLEI / "labels", help="folder of their truths")
    parser.add_argument("--stardist", type=Path, default=home / "models" / "StarDist2D" / "2D_versatile_fluo")
    parser.add_argument("--cellpose", type=Path, default=models / "nucleitorch_0")
    parser.add_argument("--json", type=Path, help="file for the scores")
    options = parser.parse_args(arguments)
    pairs = load(options.images, options.labels)
    rows: list[dict[str, Any]] = []
    for name, make, weights in (("StarDist", stardist, options.stardist), ("Cellpose", cellpose, options.cellpose)):
        try:
            found = by_image(score(make(weights), pairs))
            rows.append({"method": name, **found.as_dict()})
            print(f"| {name} | {found.mean_ap:.3f} | {found.ap50:.3f} | {found.ap75:.3f} |", flush=True)
        except MissingError as missing:
            rows.append({"method": name, "note": f"not available: {missing}"})
            print(f"| {name} | not available: {missing} |", flush=True)
    write_rows(options.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
