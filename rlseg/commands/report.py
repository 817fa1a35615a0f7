"""`rlseg report`: the page about a training, written anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from rlseg.commands.images_of_run import data_of, run_of
from rlseg.errors import RlsegError
from rlseg.models import model_of
from rlseg.prediction import Predictor
from rlseg.prediction.report import write_report
from rlseg.training import see_neighbours

__all__ = ["main"]


def main(args: list[str]) -> int:
    """Run `rlseg report ARGS`.

    Args:
        args: what follows `rlseg report`.

    Returns:
        0.

    Raises:
        RlsegError: the run cannot be used, its images are not there, or the page cannot be written.
        SystemExit: the command line is wrong (exit code 2).
    """
    text = "A page about a training, report.html in its folder, that opens in any browser and needs nothing else."
    parser = argparse.ArgumentParser(prog="rlseg report", description=text)
    text = "folder of a run of rlseg fit, like runs/mine/version_0, or its checkpoint; or a project, for its newest run"
    parser.add_argument("run", type=Path, help=text)
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there instead of into the run's folder")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PACKAGE", help="terms of your own come from this package"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    options = parser.parse_args(args)
    model = model_of(options.run)
    run = run_of(model)
    if run is None:
        raise RlsegError(
            f"{options.run} is no folder of a run", "rlseg fit prints where it writes: runs/NAME/version_0"
        )
    predictor = Predictor(model, options.device, options.allow)
    data = data_of(run, model)
    data.prepare_samples("validate")
    see_neighbours(data, "validate", predictor.reward, predictor.min_score)
    print(f"report: {write_report(run, model, predictor, data.validation_samples, options.output)}")
    return 0
