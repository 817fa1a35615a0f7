"""How far to trust an object, without any label."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from rlseg.environment import Segmentation
from rlseg.graph import collate
from rlseg.prediction.measured import measure_objects
from rlseg.training import SegmentationModule


def object_columns(module: SegmentationModule, found: Segmentation) -> dict[str, npt.NDArray[np.float64]]:
    """What is known of the final objects 1..n: descriptors, and one or two measures of confidence.

    Args:
        module: the trained networks and the reward.
        found: its segmentation of an image.

    Returns:
        Column name -> (n,): the descriptors of the reward file in its units; "reward", the reward file's own score of
        the object, 0..1; and for a learner with a critic "q", see `critic_values`.
    """
    columns = measure_objects(found.sample, found.labels, module.reward)
    q = critic_values(module, found)
    return columns if q is None else columns | {"q": q}


@torch.no_grad()
def critic_values(module: SegmentationModule, found: Segmentation) -> npt.NDArray[np.float64] | None:
    """What the critic expects around each object: the mean over its pixels of the Q of their superpixel.

    The Q of an edge is the mean over the sub-graphs that hold it, that of a superpixel the mean over its edges. It
    counts neighbours and background as well, so it lies nearer to the mean of the image than the object's own reward.

    Returns:
        (n,) in the units of the reward, or None for a learner without a critic.
    """
    batch = collate([found.sample]).to(module.device)
    actions = torch.from_numpy(found.actions)[None].to(module.device)
    values = module.learner.edge_values(module.state(batch), actions, [found.outcome])
    if values is None:
        return None
    edge = values[0].double().cpu().numpy()
    ends, count = found.sample.edge_index.ravel(), found.sample.regions.num_nodes
    of_node = np.bincount(ends, np.tile(edge, 2), count) / np.maximum(np.bincount(ends, minlength=count), 1)
    labels = found.labels.ravel()
    total = np.bincount(labels, of_node[found.sample.superpixels.ravel()])
    return (total / np.maximum(np.bincount(labels), 1))[1:]
