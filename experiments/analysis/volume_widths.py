"""What a search finds in volumes whose objects are of any width, on their working grid and on their own.

    python -m experiments.analysis.volume_widths 0.5:1 3:3 3:9

Each word is how many times as large drawings are as the usual ones (objects about 14 px wide), and how many px planes
are apart. The same three drawings (seeds 100, 101, 102) are searched by rewards/volume.yaml, whose lengths are as many
times as large, without any training. Printed are mAP and AP50 of what the superpixels show and of refined outlines,
the superpixels of a volume, seconds of CPU of preparing and searching one, and the peak resident memory of the process
that has done all three.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from collections.abc import Sequence

import numpy as np
import yaml

from experiments import ROOT
from experiments.drawings.volumes import draw_volume
from experiments.results.command import one_line_errors
from rlseg.data import Preparation
from rlseg.environment import Refinement, refine_objects
from rlseg.metrics import score_image
from rlseg.prediction import search_sample
from rlseg.rewards import Reward
from rlseg.rewards.language import RewardFile, parse_reward

SEEDS = (100, 101, 102)
WIDTH = 13.7  # px, of rewards/volume.yaml
SETTINGS = {"volume": True, "superpixels": {"kind": "level_sets", "merge_cost": 0.2}}


def scaled(times: float) -> RewardFile:
    """The rules of volumes for objects so many times as wide."""
    known = yaml.safe_load((ROOT / "rewards" / "volume.yaml").read_text(encoding="utf-8"))
    known["objects"]["width"] = [times * width for width in known["objects"]["width"]]
    known["classes"]["background"]["over"] *= times**3
    known["classes"]["debris"]["under"] *= times**3
    for name in ("minor_axis", "major_axis"):
        term = known["rewards"]["foreground"]["terms"][name]
        term["expected"] = [times * length for length in term["expected"]]
        term["scale"] *= times
    return parse_reward(yaml.safe_dump(known), "rewards/volume.yaml")


def row(times: float, distance: int, own: bool) -> str:
    """What is found, in a line. own: whether volumes are looked at as they are."""
    file = scaled(times)
    reward = Reward(file)
    width = {"working_width": WIDTH * times} if own else {}
    prepare = Preparation.model_validate(SETTINGS | width | {"plane_distance": distance}).for_reward(file)
    prepare(draw_volume(0, distance, (30, 40, 40), times).image)  # compiled loops are loaded
    found = []
    for seed in SEEDS:
        drawn = draw_volume(seed, distance, times=times)
        began = time.process_time()
        sample = prepare(np.rint(255 * drawn.image))
        labels = search_sample(sample, reward).labels
        taken = time.process_time() - began
        refined = refine_objects(sample, labels, reward, Refinement(loss=0.3))
        one, other = (score_image(some, drawn.truth).summary for some in (labels, refined))
        found.append((one.mean_ap, one.ap50, other.mean_ap, other.ap50, sample.regions.num_nodes, taken))
    mean = np.mean(found, axis=0)
    (zoom,) = prepare.zooms()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return (
        f"{times:g} times, planes {distance} px apart, {'own grid' if own else zoom}: mAP {mean[0]:.3f}, AP50 "
        f"{mean[1]:.3f}, refined {mean[2]:.3f}, {mean[3]:.3f}, {mean[4]:.0f} superpixels, {mean[5]:.1f} s, "
        f"{memory:.2f} GiB"
    )


@one_line_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sizes", nargs="+", metavar="TIMES:PX", help="of the drawings")
    options = parser.parse_args(arguments)
    # each in a process of its own, which says how much memory it took
    context = multiprocessing.get_context("spawn")
    for word in options.sizes:
        times, distance = word.split(":")
        for own in (True, False):
            with context.Pool(1) as pool:
                print(pool.apply(row, (float(times), int(distance), own)), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
