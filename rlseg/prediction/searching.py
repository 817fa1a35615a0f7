"""The best-paid objects of an image, found without any training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rlseg.data import Preparation
from rlseg.environment import Segmentation, SegmentationEnvironment, search_objects
from rlseg.graph import Sample
from rlseg.io import image_of, square_pixels
from rlseg.prediction.measured import measure_objects
from rlseg.prediction.table import Objects, object_table
from rlseg.rewards import Reward, of_single_segments
from rlseg.rewards.language import RewardFile, load_reward


def search_image(
    reward: RewardFile | str | Path,
    image: Any,
    preparation: Preparation = Preparation(),
    min_score: float = 0.3,
    pixel_size: float | None = None,
) -> Objects:
    """What a reward file likes best on an image: the search that a training starts from.

    It chooses among nested groups of superpixels and what several ways of looking propose.

    The search judges objects one by one: terms that look at the whole partition, such as counts, have no say in it.

    Args:
        reward: the file, or its path.
        image: a file, or an array (H, W) or (C, H, W) of intensities as they would be stored in a file; of volumes
            (Z, H, W) or (C, Z, H, W).
        preparation: how the image becomes superpixels.
        min_score: objects that are paid less are left out, 0..1.
        pixel_size: um per pixel, instead of what the file says; for reward files in um.

    Raises:
        RlsegError: the image cannot be read, or the reward file is wrong, needs the pixel size, or says nothing of
            single objects.
    """
    file = load_reward(reward) if isinstance(reward, str | Path) else reward
    judge = Reward(file, pixel_size).without_neighbours()
    raw = image_of(image, volume=preparation.volume)
    size = raw.pixel_size if pixel_size is None else square_pixels(pixel_size, raw.pixel_size)
    sample = preparation.for_reward(file)(raw.pixels, pixel_size=size)
    labels = search_sample(sample, judge, min_score).labels
    return Objects(labels, object_table(labels, measure_objects(sample, labels, judge)))


def search_sample(sample: Sample, reward: Reward, min_score: float = 0.3) -> Segmentation:
    """The same search of an image that is prepared already.

    Args:
        sample: the image.
        reward: the rules.
        min_score: objects that are paid less are left out, 0..1.

    Returns:
        The objects as the superpixels show them, the partition that they are, and an action for each edge: cut around
        each object and each superpixel that is in none.

    Raises:
        RlsegError: the rules say nothing of single objects, or cannot judge the image.
    """
    single, _ = of_single_segments(reward)
    found = search_objects(sample.regions, sample.guide, lambda s: single.evaluate(s).foreground_score, min_score)
    outcome = SegmentationEnvironment(reward).judge(sample, found.labels[None])
    # a superpixel that the search left aside is no object, whatever it is paid alone
    objects = np.where(found.chosen, outcome.objects(min_score=min_score), 0)
    numbers = np.unique(objects, return_inverse=True)[1].astype(np.int32) + int(objects.min() > 0)
    u, v = found.labels[sample.edge_index]
    return Segmentation(sample, (u != v).astype(np.float32), outcome, numbers[sample.superpixels])
