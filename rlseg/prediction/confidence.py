"""How far to trust an object, without any label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels
from rlseg.environment import ObjectTable, Segmentation
from rlseg.jit import jit
from rlseg.prediction.measured import measure_objects

if TYPE_CHECKING:
    from rlseg.training import Segmenter


def object_columns(module: Segmenter, found: Segmentation) -> dict[str, npt.NDArray[np.float64]]:
    """What is known of the final objects 1..n: descriptors, and one or two measures of confidence.

    Args:
        module: the trained networks and the reward.
        found: its segmentation of an image.

    Returns:
        Column name -> (n,): the descriptors of the reward file in its units; "reward", the reward file's own score of
        the object, 0..1; and for a learner with a critic "q", see `critic_values`.
    """
    columns = measure_objects(found.sample, found.labels, module.reward, found.objects)
    q = critic_values(module, found)
    return columns if q is None else columns | {"q": q}


def critic_values(module: Segmenter, found: Segmentation) -> Floats | None:
    """What the critic expects around each object, see `mean_over_objects`; None for a learner without a critic."""
    if not module.learner.has_critic:
        return None
    import torch  # not at the top: most predictions need neither a critic nor torch

    from rlseg.graph import collate

    batch = collate([found.sample]).to(module.device)
    actions = torch.from_numpy(found.actions)[None].to(module.device)
    objects = ObjectTable.of(found.outcome.segments)
    with torch.no_grad():
        values = module.learner.edge_values(module.state(batch), actions, [objects])
    assert values is not None  # there is a critic
    edge = values[0].double().cpu().numpy()
    return mean_over_objects(edge, found.sample.edge_index, found.sample.superpixels, found.labels)


def mean_over_objects(edge: Floats, edge_index: Ints, superpixels: Labels, labels: Labels) -> Floats:
    """The mean over the pixels of each object of the Q of their superpixel.

    The Q of an edge is the mean over the sub-graphs that hold it, that of a superpixel the mean over its edges. It
    counts neighbours and background as well, so it lies nearer to the mean of the image than the object's own reward.

    Args:
        edge: (E,) Q of the edges edge_index (2, E) between the N superpixels.
        superpixels: (H, W) or (Z, H, W) ids 0..N-1.
        labels: of this shape, objects 1..n, 0 = background.

    Returns:
        (n,) in the units of the reward.
    """
    ends, count = edge_index.ravel(), int(superpixels.max()) + 1
    of_node = np.bincount(ends, np.tile(edge, 2), count) / np.maximum(np.bincount(ends, minlength=count), 1)
    rows = (-1, labels.shape[-1])
    total, pixels = _over_pixels(of_node, superpixels.reshape(rows), labels.reshape(rows), int(labels.max()))
    return total / np.maximum(pixels, 1)


@jit
def _over_pixels(of_node: Floats, superpixels: Labels, labels: Labels, objects: int) -> tuple[Floats, Floats]:
    """(n,) sum over the pixels of each object, and their number."""
    total, pixels = np.zeros(objects), np.zeros(objects)
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            n = labels[r, c] - 1
            if n >= 0:
                total[n] += of_node[superpixels[r, c]]
                pixels[n] += 1
    return total, pixels
