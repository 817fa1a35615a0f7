"""Contrastive embeddings as a segmentation of their own: superpixels joined by the distance of their embeddings.

    python -m experiments.baselines.embeddings circles
    python -m experiments.baselines.embeddings embryo --json runs/embeddings.json

First the embedding is trained by `rlseg pretrain`, without labels, on the training drawings; its checkpoint is left in
runs/pretrain/TASK/checkpoints/last.ckpt. Then the graph of superpixels is cut by the distances on its edges, in two
ways: by the multicut at the best of 21 biases (with and without the lengths of the edges), and by single linkage, where
all superpixels are one object that are linked by edges below the best of 21 percentiles of the distances of an image.
Both constants are chosen with the labels of some training drawings.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from experiments import ROOT
from experiments.analysis import embryo_report
from experiments.baselines.membranes import Method, best_on, multicuts
from experiments.results.command import one_line_errors
from experiments.results.score_table import ScoreTable
from rlseg.__main__ import main as rlseg
from rlseg.agent import embedding_distance, pool_mean
from rlseg.arrays import Floats, Labels
from rlseg.data import Preparation, prepare_files
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.io import find_images
from rlseg.metrics import by_image, score_image, superpixel_ceiling
from rlseg.models import read_checkpoint
from rlseg.training import PretrainingModule

CONFIG = ROOT / "experiments" / "pretrain.yaml"
DISC_AREAS = (200, 1760)  # as in baselines_circles.py
SHARES = np.linspace(0.5, 99.5, 21)
Scores = Mapping[str, float]


@dataclass(frozen=True)
class Task:
    """One kind of images.

    Attributes:
        score: means of a method over images that have a truth.
        columns: which of them are shown.
        ceiling: the superpixels projected to the truth.
        loss: of some scores, what the constants make as small as they can.
        settings: of the pre-training, beyond the configuration.
    """

    score: Callable[[Method, Sequence[Sample]], Scores]
    columns: tuple[str, ...]
    ceiling: Method
    loss: Callable[[Scores], float]
    settings: tuple[str, ...] = ()


def discs(partition: Labels) -> Labels:
    """The segments of the area of a disc; the others become 0."""
    ids = np.unique(partition, return_inverse=True)[1].reshape(partition.shape)
    area = np.bincount(ids.ravel())
    kept = (area >= DISC_AREAS[0]) & (area <= DISC_AREAS[1])
    return np.where(kept, np.arange(1, len(area) + 1), 0)[ids]


def score_discs(method: Method, samples: Sequence[Sample]) -> Scores:
    """mAP and AP50 of the segments of the area of a disc, and the variation of information of all pixels in bits."""
    whole, objects = [], []
    for sample in samples:
        assert sample.truth is not None
        partition = method(sample)
        whole.append(score_image(partition + 1, sample.truth + 1))
        objects.append(score_image(discs(partition), sample.truth))
    pixels, found = by_image(whole), by_image(objects)
    vi = {"vi": pixels.vi_split + pixels.vi_merge, "vi_split": pixels.vi_split, "vi_merge": pixels.vi_merge}
    return {"mean_ap": found.mean_ap, "ap50": found.ap50, **vi}


def projected(sample: Sample) -> Labels:
    """Each superpixel as the true label that covers most of it."""
    assert sample.truth is not None
    return superpixel_ceiling(sample.superpixels, sample.truth)


def separate(sample: Sample) -> Labels:
    """No two superpixels in one object."""
    return sample.superpixels


TASKS = {
    "circles": Task(
        score_discs, ("mean_ap", "ap50", "vi", "vi_split", "vi_merge"), projected, lambda scores: -scores["mean_ap"]
    ),
    "embryo": Task(
        lambda method, samples: embryo_report.score(method, samples).as_dict(),
        embryo_report.COLUMNS,
        embryo_report.ceiling,
        lambda scores: scores["vi"],
        (
            *("--data.images", "runs/data/embryo/train/images", "--data.batch_size", "1"),
            *("--data.preparation", embryo_report.PREPARATION.model_dump_json(include={"superpixels", "ring"})),
        ),
    ),
}


def pretrain(name: str, settings: tuple[str, ...]) -> Path:
    """Train the embedding; returns its checkpoint.

    Raises:
        SystemExit: something given was wrong, and `rlseg` has said what.
    """
    logger = "--trainer.logger.init_args"
    code = rlseg(["pretrain", "--config", str(CONFIG), f"{logger}.version", name, *settings])
    if code != 0:
        raise SystemExit(code)
    return Path("runs/pretrain") / name / "checkpoints" / "last.ckpt"


class Embedding:
    """(E,) root mean square difference of the mean embeddings at the two ends of every edge; kept for each image."""

    def __init__(self, module: PretrainingModule) -> None:
        self.module = module.eval()
        self.found: dict[int, tuple[Sample, Floats]] = {}  # by identity: a training and a test image may share a name

    @torch.no_grad()
    def __call__(self, sample: Sample) -> Floats:
        """Distances of one image."""
        if id(sample) not in self.found:
            pixels = self.module.unet.of_images([torch.from_numpy(sample.image)])[0]
            means = pool_mean(pixels, torch.from_numpy(sample.superpixels), sample.regions.num_nodes)
            distance = embedding_distance(means, torch.from_numpy(sample.edge_index))
            self.found[id(sample)] = sample, distance[:, 0].double().numpy()
        return self.found[id(sample)][1]


def linked(evidence: Callable[[Sample], Floats], share: float) -> Method:
    """Superpixels in one object where edges link them whose distance is below a percentile of the image's distances."""

    def partition(sample: Sample) -> Labels:
        values, count = evidence(sample), sample.regions.num_nodes
        u, v = sample.edge_index[:, values < np.percentile(values, share)]
        return connected_components(coo_array((np.ones(len(u)), (u, v)), (count, count)))[1][sample.superpixels]

    return partition


def report(task: Task, checkpoint: Path, train: Path, test: Path, chosen_on: int) -> ScoreTable:
    """Print and return the table."""
    content = read_checkpoint(checkpoint, policy=False)
    if "unet" not in content["hyper_parameters"]:
        raise RlsegError(f"{checkpoint} is no checkpoint of rlseg pretrain", "see experiments/pretrain.yaml")
    module = PretrainingModule(**content["hyper_parameters"])
    module.load_state_dict(content["state_dict"])
    preparation = Preparation.model_validate(content["preparation"])
    chosen, samples = (
        prepare_files(find_images(folder / "images", folder / "labels")[:limit], preparation, module.channels)
        for folder, limit in ((train, chosen_on), (test, None))
    )
    table = ScoreTable(task.columns)
    table.add("superpixels projected to the truth", task.score(task.ceiling, samples))
    table.add("superpixels as they are", task.score(separate, samples))
    for name, candidates in {
        "contrastive embedding, multicut": multicuts(Embedding(module)),
        "contrastive embedding, linkage": {
            f"below percentile {share:.1f}": linked(Embedding(module), share) for share in SHARES
        },
    }.items():
        best = best_on(candidates, lambda method: task.loss(task.score(method, chosen)))
        note = f"{best}: best of {len(candidates)} on {len(chosen)} training images"
        table.add(name, task.score(candidates[best], samples), note)
    return table


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("task", choices=sorted(TASKS))
    parser.add_argument("--checkpoint", type=Path, help="of rlseg pretrain; trained first if it is not given")
    parser.add_argument("--train", type=Path, help="folder with images/ and labels/; default: runs/data/TASK/train")
    parser.add_argument("--test", type=Path, help="the same; default: runs/data/TASK/development")
    parser.add_argument("--chosen-on", type=int, default=8, help="number of training images that choose constants")
    parser.add_argument("--json", type=Path, help="also write the table there")
    options = parser.parse_args(arguments)
    task, data = TASKS[options.task], Path("runs/data") / options.task
    train, test = options.train or data / "train", options.test or data / "development"
    checkpoint = options.checkpoint or pretrain(options.task, task.settings)
    table = report(task, checkpoint, train, test, options.chosen_on)
    table.write(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
