"""What a reward file pays for label images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Labels
from rlseg.data import Preparation
from rlseg.environment import Comparison, cut_along
from rlseg.errors import RlsegError
from rlseg.io import RawImage, image_of, read_labels
from rlseg.rewards import Reward
from rlseg.rewards.language import RewardFile, load_reward


def compare(
    raw: RawImage,
    labels: Labels,
    truth: Labels | None = None,
    name: str = "",
    preparation: Preparation = Preparation(),
) -> Comparison:
    """`rlseg.environment.cut_along` for an image that is not prepared yet.

    Args:
        raw: the image.
        labels: (H, W), 0 = background.
        truth: another (H, W), or None.
        name: of the sample.
        preparation: of the training that is to be compared with.
    """
    # the labels take the place of the truth, which a preparation may ask for
    prepare = preparation.model_copy(update={"intersect_with_truth": False})
    return cut_along(prepare(raw.pixels, name, pixel_size=raw.pixel_size), labels, truth)


@dataclass(frozen=True)
class LabelScores:
    """What a label image is paid, segment by segment.

    Attributes:
        table: column name -> (n,) for every piece of the background 0, then for every other label: label; class;
            "CLASS/TERM", the score of each term, NaN for segments of other classes; reward, 0..1.
        reward: mean over the edges between superpixels, what a training raises.
        all_merged, all_split: the same for one single segment, and for every superpixel by itself. Both should be less.
    """

    table: dict[str, npt.NDArray[Any]]
    reward: float
    all_merged: float
    all_split: float


def score_labels(
    reward: RewardFile | str | Path,
    image: Any,
    labels: Any,
    pixel_size: float | None = None,
    preparation: Preparation = Preparation(),
) -> LabelScores:
    """Score a label image by a reward file.

    Args:
        reward: the file, or its path.
        image: a file, or an array (H, W) or (C, H, W) of intensities as they would be stored in a file; of volumes
            (Z, H, W) or (C, Z, H, W).
        labels: (H, W) whole numbers, 0 = background, or a file.
        pixel_size: um per pixel, instead of what the file says; for reward files in um.
        preparation: of the training whose rewards are to be compared with.

    Raises:
        RlsegError: the reward file is wrong or needs the pixel size, or image and labels do not fit together.
    """
    file = load_reward(reward) if isinstance(reward, str | Path) else reward
    raw = image_of(image, volume=preparation.volume)
    shape = raw.pixels.shape[1:]
    of_volume = shape if preparation.volume else None
    given = read_labels(Path(labels), of_volume) if isinstance(labels, str | Path) else np.asarray(labels)
    if given.dtype.kind not in "ui" or given.shape != shape or given.min() < 0:
        raise RlsegError(
            f"labels must be whole numbers >= 0 of the image's shape {shape}, got {given.dtype} {given.shape}",
            "one number an object, 0 for background",
        )
    # numbered without gaps, for labels may be any; 0 is the background also where there is none
    names, number = np.unique(np.append(0, given), return_inverse=True)
    numbered = number[1:].reshape(given.shape).astype(np.int32)
    comparison = compare(raw, numbered, preparation=preparation)
    outcome = comparison.judge(Reward(file, pixel_size))
    breakdown, segments = outcome.breakdown, outcome.segments
    # the segment of each label in the order of the labels, the pieces of the background first
    present, first = np.unique(comparison.partitions[0].labels, return_index=True)
    label = np.where(present < len(names), present, 0)
    order = np.argsort(label, kind="stable")
    mine, label = segments.labels[0][first][order], label[order]
    table: dict[str, npt.NDArray[Any]] = {
        "label": names[label],
        "class": np.array(breakdown.class_names)[breakdown.segment_class[mine]],
    }
    table |= {name: scores[mine] for name, scores in breakdown.terms.items()}
    table["reward"] = breakdown.segment_score[mine]
    given_reward, merged, split = (float(mean) for mean in outcome.mean_reward[:3])
    return LabelScores(table, given_reward, merged, split)
