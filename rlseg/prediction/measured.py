"""What the reward file knows of final objects."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.environment import label_objects
from rlseg.graph import Sample
from rlseg.rewards import Measurements, Reward
from rlseg.rewards.terms import DescriptorTerm


def measure_objects(
    sample: Sample, labels: npt.NDArray[np.int32], reward: Reward
) -> dict[str, npt.NDArray[np.float64]]:
    """What the reward file knows of the objects 1..n of an image: its descriptors in its units, and their reward.

    Args:
        sample: the image.
        labels: (H, W), 0 = background, every number from 1 to n.
        reward: the compiled reward file.

    Returns:
        Column name -> (n,), the descriptors in the order of the file, then "reward".
    """
    properties = {
        (term.property, term.channel)
        for group in reward.file.rewards.values()
        for term in getattr(group, "terms", {}).values()
        if isinstance(term, DescriptorTerm)
    }
    found = label_objects(sample, labels)
    measurements = Measurements(found.segments, reward.file.units, reward.pixel_size)
    columns = {
        name if channel == 0 else f"{name}_{channel}": found.of_objects(measurements.value(name, channel))
        for name, channel in sorted(properties)
    }
    return columns | {"reward": found.of_objects(reward.evaluate(found.segments).foreground_score)}
