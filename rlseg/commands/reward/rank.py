"""`rlseg reward rank`: whether a reward file pays outlined objects more than what a training could end in instead."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rlseg.commands.notes import warn_of_each
from rlseg.commands.reward.preparation import Prepared
from rlseg.commands.reward.scene import read_truth
from rlseg.commands.reward.table import table
from rlseg.io import find_outlines, read_image
from rlseg.prediction import Ranking, rank
from rlseg.rewards import Reward
from rlseg.rewards.language import load_reward


def run(
    file: str,
    images: Path,
    labels: Path,
    pixel_size: float | None,
    allow: Sequence[str],
    prepared: Prepared,
) -> int:
    """Print what the truth and worse versions of it are paid.

    Args:
        file: the reward file.
        images, labels: an image and its label image or other outlines, or folders or patterns of them.
        pixel_size: um per pixel, or None for what the image files say.
        prepared: how images are read and prepared.
        allow: packages whose terms the file may import.

    Raises:
        RlsegError: a file cannot be used, or nothing is outlined.
    """
    reward = Reward(load_reward(file, allow=allow), pixel_size)
    prepared = prepared.for_reward(reward.file)
    rankings = [_rank(reward, image, truth, prepared) for image, truth in _pairs(images, labels)]
    prepared.say()
    sys.stdout.write("\n".join([*ranking_lines(rankings), verdict_line(rankings)]) + "\n")
    return 0


def _pairs(images: Path, labels: Path) -> list[tuple[Path, Path]]:
    if images.is_file() and labels.is_file():
        return [(images, labels)]
    notes: list[str] = []
    found = find_outlines(labels, images, notes.append)
    warn_of_each(notes)
    return [(file.image, file.path) for file in found if file.image is not None]


def _rank(reward: Reward, image: Path, labels: Path, prepared: Prepared) -> Ranking:
    raw = read_image(image, reading=prepared.reading, volume=prepared.preparation.volume)
    truth = read_truth(labels, raw.pixels.shape[1:], image.stem)
    return rank(reward, raw, truth, image.stem, prepared.preparation)


def ranking_lines(rankings: Sequence[Ranking]) -> list[str]:
    """A row for each version: mean edge reward of truth and version, and on how many images the truth gets more."""
    rows = []
    for version in dict.fromkeys(name for ranking in rankings for name in ranking):
        pairs = [ranking[version] for ranking in rankings if version in ranking]
        truth, other = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
        first = sum(a > b for a, b in pairs)
        rows.append((version, f"{truth:.3f}", f"{other:.3f}", f"{first} of {len(pairs)}"))
    return table(("version of the objects", "truth", "version", "truth first"), rows, right=(1, 2, 3))


def verdict_line(rankings: Sequence[Ranking]) -> str:
    """Whether the truth is paid most, and else what is paid more most often."""
    winners = [[name for name, (truth, other) in ranking.items() if other >= truth] for ranking in rankings]
    first = sum(not names for names in winners)
    share = f"truth first on {first} of {len(rankings)} image{'s' if len(rankings) > 1 else ''}"
    if first == len(rankings):
        return f"{share}: nothing worse is paid as much"
    most, count = Counter(name for names in winners for name in names).most_common(1)[0]
    often = f" (on {count} of them)" if len(rankings) > 1 else ""
    return f"{share}: {most} is paid as much or more{often}, which a training with these rules may end in"
