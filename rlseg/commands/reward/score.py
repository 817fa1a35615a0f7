"""`rlseg reward score`: what a reward pays for a segmentation, and whether a degenerate one is paid more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rlseg.commands.reward.preparation import Prepared
from rlseg.commands.reward.scene import read_comparison
from rlseg.commands.reward.table import table
from rlseg.commands.reward.values import value_lines
from rlseg.commands.reward.verdict import verdict_lines
from rlseg.environment import Comparison, Outcome
from rlseg.rewards import Reward
from rlseg.rewards.language import load_reward


def run(
    file: str,
    image: Path,
    labels: Path,
    truth: Path | None,
    pixel_size: float | None,
    allow: Sequence[str],
    prepared: Prepared,
) -> int:
    """Print the rewards of a segmentation, of all merged, of all split and of the truth, and values of its objects.

    Args:
        file: the reward file.
        image, labels, truth: image files; the truth may be None.
        pixel_size: um per pixel, or None for what the image file says.
        prepared: how images are read and prepared.
        allow: packages whose terms the file may import.

    Raises:
        RlsegError: a file cannot be used.
    """
    reward = Reward(load_reward(file, allow=allow), pixel_size)
    prepared = prepared.for_reward(reward.file)
    comparison = read_comparison(image, labels, prepared, truth)
    prepared.say()
    outcome = comparison.judge(reward)
    regions = comparison.regions
    size = " x ".join(map(str, regions.superpixels.shape))
    lines = [
        f"{reward.file.name} on {image}: {size} {'voxels' if regions.is_volume else 'px'}, "
        f"{regions.num_nodes} superpixels, {regions.num_edges} edges",
        "",
        *score_lines(reward, comparison, outcome),
        "",
        *value_lines(reward, comparison, outcome),
        *verdict_lines([comparison], reward),
        *warnings(comparison, outcome),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def score_lines(reward: Reward, comparison: Comparison, outcome: Outcome) -> list[str]:
    """A column for each partition: segments, mean reward and mean of each term by class, mean edge reward."""
    breakdown = outcome.breakdown
    partition = outcome.segments.partition
    columns = range(len(comparison.partitions))
    rows: list[tuple[str, ...]] = []

    def add(name: str, values: np.ndarray, inside: np.ndarray) -> None:
        chosen = [values[inside & (partition == k)] for k in columns]
        rows.append((name, *(f"{part.mean():.3f}" if len(part) else "-" for part in chosen)))

    for index, name in enumerate(breakdown.class_names):
        members = breakdown.segment_class == index
        rows.append((f"{name}: segments", *(str(int((members & (partition == k)).sum())) for k in columns)))
        for tag, scores in breakdown.terms.items():
            if tag.startswith(f"{name}/"):
                add(f"  {tag.removeprefix(f'{name}/')}", np.nan_to_num(scores), members)
        add("  reward", breakdown.segment_score, members)
    rows.append(("mean edge reward", *(f"{mean:.3f}" for mean in outcome.mean_reward)))
    header = ("", *(partition.name for partition in comparison.partitions))
    lines = table(header, rows, right=tuple(i + 1 for i in columns))
    if breakdown.non_finite:
        lines.append(f"{breakdown.non_finite} scores were not finite and count as 0")
    return lines


def warnings(comparison: Comparison, outcome: Outcome) -> list[str]:
    """A line for every degenerate partition that is paid more than the given one or the truth."""
    mean = dict(zip((partition.name for partition in comparison.partitions), outcome.mean_reward, strict=True))
    return [
        f"warning: {degenerate} is paid {mean[degenerate]:.3f}, more than the "
        f"{'given segmentation' if name == 'given' else name} ({mean[name]:.3f}): training would end there"
        for name in ("given", "truth")
        if name in mean
        for degenerate in ("all merged", "all split")
        if mean[degenerate] > mean[name]
    ]
