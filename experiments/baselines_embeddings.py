"""Contrastive embeddings as a segmentation of their own: superpixels joined by the distance of their embeddings.

    python experiments/baselines_embeddings.py circles runs/pretrain/version_0/checkpoints/last.ckpt
    python experiments/baselines_embeddings.py embryo runs/pretrain_embryo/version_0/checkpoints/last.ckpt

The embedding is that of `rlseg pretrain`, trained without labels on the images in TRAIN. Two ways to cut the graph of
superpixels by the distances on its edges: the multicut at the best of 21 biases (with and without the lengths of the edges),
and all superpixels in one object that are linked by edges with a distance below the best of 21 thresholds (single linkage).
Both constants are chosen with the labels of some training images.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from embryo_report import ceiling, multicuts, objects_in_ring, true_partition
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from rlseg.agent.features import embedding_distance
from rlseg.agent.pooling import pool_mean
from rlseg.checkpoint import read_checkpoint
from rlseg.data.files import find_images
from rlseg.data.prepare import Preparation
from rlseg.data.prepare_files import prepare_files
from rlseg.errors import RlsegError
from rlseg.metrics import by_image, score_image, superpixel_ceiling
from rlseg.pretraining import PretrainingModule
from rlseg.sample import Sample

Labels = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]
Method = Callable[[Sample], Labels]

DISC_AREAS = (200, 1760)  # as in baselines_circles.py
SHARES = np.linspace(0.5, 99.5, 21)


@dataclass(frozen=True)
class Task:
    """How the partitions of one kind of images are judged.

    Attributes:
        whole: truth -> a label for every pixel, backgrounds included.
        objects: partition -> its segments that may be objects, the others 0.
        ceiling: the superpixels projected to the truth, as a partition.
        choose: what the constants make as large as they can, of a row.
    """

    whole: Callable[[Labels], Labels]
    objects: Callable[[Labels], Labels]
    ceiling: Method
    choose: Callable[[Mapping[str, Any]], float]


def discs(partition: Labels) -> Labels:
    """The segments of the area of a disc; the others become 0."""
    ids = np.unique(partition, return_inverse=True)[1].reshape(partition.shape)
    area = np.bincount(ids.ravel())
    kept = (area >= DISC_AREAS[0]) & (area <= DISC_AREAS[1])
    return np.where(kept, np.arange(1, len(area) + 1), 0)[ids]


def projected(sample: Sample) -> Labels:
    """Each superpixel as the true label that covers most of it, 0 = background."""
    assert sample.truth is not None
    return superpixel_ceiling(sample.superpixels, sample.truth)


TASKS = {
    "circles": Task(lambda truth: truth + 1, discs, projected, lambda row: row["mAP"]),
    "embryo": Task(true_partition, objects_in_ring, ceiling, lambda row: -row["VI"]),
}


class Embedding:
    """(E,) distances of the embeddings of neighbouring superpixels; each image is embedded once."""

    def __init__(self, module: PretrainingModule) -> None:
        self.module = module.eval()
        self.found: dict[str, Floats] = {}

    @torch.no_grad()
    def __call__(self, sample: Sample) -> Floats:
        """Root mean square difference of the mean embeddings at the two ends of every edge."""
        if sample.name not in self.found:
            pixels = self.module.unet.of_images([torch.from_numpy(sample.image)])[0]
            means = pool_mean(pixels, torch.from_numpy(sample.superpixels), sample.regions.num_nodes)
            distance = embedding_distance(means, torch.from_numpy(sample.edge_index))
            self.found[sample.name] = distance[:, 0].double().numpy()
        return self.found[sample.name]


def linked(evidence: Callable[[Sample], Floats], share: float) -> Method:
    """Superpixels in one object where edges link them whose distance is below a percentile of the image's distances."""

    def partition(sample: Sample) -> Labels:
        values, count = evidence(sample), sample.regions.num_nodes
        u, v = sample.edge_index[:, values < np.percentile(values, share)]
        return connected_components(coo_array((np.ones(len(u)), (u, v)), (count, count)))[1][sample.superpixels]

    return partition


def score(method: Method, samples: Sequence[Sample], task: Task) -> dict[str, Any]:
    """Means over images: mAP and AP50 of the objects, variation of information of all pixels in bits."""
    whole, objects = [], []
    for sample in samples:
        assert sample.truth is not None
        partition = method(sample)
        whole.append(score_image(partition + 1, task.whole(sample.truth)))
        objects.append(score_image(task.objects(partition), sample.truth))
    pixels, found = by_image(whole), by_image(objects)
    total = pixels.vi_split + pixels.vi_merge
    return {
        "mAP": found.mean_ap,
        "AP50": found.ap50,
        "VI": total,
        "VI split": pixels.vi_split,
        "VI merge": pixels.vi_merge,
    }


def report(task: Task, checkpoint: Path, train: Path, test: Path, chosen_on: int) -> list[dict[str, Any]]:
    """The rows of the table."""
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
    rows = [{"method": "superpixels projected to the truth", **score(task.ceiling, samples, task), "setting": ""}]
    for name, candidates in {
        "contrastive embedding, multicut": multicuts(Embedding(module)),
        "contrastive embedding, single linkage": {
            f"below percentile {share:.1f}": linked(Embedding(module), share) for share in SHARES
        },
    }.items():
        marks = {setting: task.choose(score(method, chosen, task)) for setting, method in candidates.items()}
        best = max(marks, key=lambda setting: marks[setting])
        note = f"{best}: best of {len(candidates)} on {len(chosen)} training images"
        rows.append({"method": name, **score(candidates[best], samples, task), "setting": note})
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("task", choices=sorted(TASKS))
    parser.add_argument("checkpoint", type=Path, help="of rlseg pretrain")
    parser.add_argument("--train", type=Path, help="folder with images/ and labels/; default: runs/data/TASK/train")
    parser.add_argument("--test", type=Path, help="the same; default: runs/data/TASK/test")
    parser.add_argument("--chosen-on", type=int, default=8, help="number of training images that choose constants")
    parser.add_argument("--json", type=Path, help="also write the table there")
    options = parser.parse_args(arguments)
    data = Path("runs/data") / options.task
    train, test = options.train or data / "train", options.test or data / "test"
    try:
        rows = report(TASKS[options.task], options.checkpoint, train, test, options.chosen_on)
    except RlsegError as error:
        print(error, file=sys.stderr)
        return 2
    print("| " + " | ".join(rows[0]) + " |\n" + "| --- " * len(rows[0]) + "|")
    for row in rows:
        print("| " + " | ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values()) + " |")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps({"rows": rows}, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
