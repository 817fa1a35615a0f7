"""What the reward file knows of final objects."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.environment import LabelObjects, label_objects
from rlseg.graph import Sample
from rlseg.rewards import LENGTHS, Channel, Measurements, Reward, channel_name, unit_of
from rlseg.rewards.terms import DescriptorTerm


def measure_objects(
    sample: Sample, labels: npt.NDArray[np.int32], reward: Reward, found: LabelObjects | None = None
) -> dict[str, npt.NDArray[np.float64]]:
    """What the reward file knows of the objects 1..n of an image: its descriptors and their reward.

    Intensities are in the unit of the file, lengths and areas in px. If the file speaks of um, these follow in um, in
    columns whose names end in _um, _um2 or _um3.

    Args:
        sample: the image.
        labels: (H, W), 0 = background, every number from 1 to n.
        reward: the compiled reward file.
        found: the tables of the objects, if they are there already.

    Returns:
        Column name -> (n,), the descriptors in the order of the file, then "reward".
    """
    file = reward.file
    properties = {
        (term.property, _suffix(term.channel)): (term.property, term.channel)
        for group in file.rewards.values()
        for term in getattr(group, "terms", {}).values()
        if isinstance(term, DescriptorTerm)
    }
    found = label_objects(sample, labels) if found is None else found
    per_pixel = reward.length_per_pixel(found.segments.regions)
    measurements = Measurements(found.segments, file.units, per_pixel)
    columns = {}
    for (name, suffix), (_, channel) in sorted(properties.items()):
        column = f"{name}{suffix}"
        values = found.of_objects(measurements.value(name, channel))
        power = LENGTHS.get(unit_of(name, file.volumes)) if file.units.length == "um" else None
        if power is None:
            columns[column] = values
        else:
            columns[column] = values / per_pixel**power
            columns[f"{column}_um{power if power > 1 else ''}"] = values
    return columns | {"reward": found.of_objects(reward.evaluate(found.segments).foreground_score)}


def _suffix(channel: Channel) -> str:
    return "" if channel == 0 else f"_{channel_name(channel).replace(' ', '_')}"
