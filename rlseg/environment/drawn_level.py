"""At which share of its brightness somebody has drawn the outline of an object."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Floats, Labels
from rlseg.environment.level_cut import cut_at
from rlseg.environment.refine import Refinement, where_to_cut
from rlseg.graph import Sample

# What is tried: people draw between the outermost glimmer and the bright core.
TRIED = tuple(round(0.3 + 0.05 * step, 2) for step in range(11))


def drawn_levels(sample: Sample, labels: Labels) -> Floats:
    """The level of `Refinement.levels` at which an outline would be most like the drawn one.

    Some draw at the foot of the slope between an object and its ground, some half way up, some at the core: of two
    public sets of fluorescent nuclei the outlines of one lie at .5, of the other at .6, which is an eighth of the area.

    Args:
        sample: the image.
        labels: (H, W) drawn objects 1..n, 0 elsewhere; others, that are not drawn, may touch them.

    Returns:
        (n,) the share, one of `TRIED`, with the largest intersection over union; the middle of them where several are
        equally good, and NaN for numbers that do not occur and objects that brightness does not tell from what lies
        around.
    """
    labels = labels.astype(np.int32)
    count = int(labels.max(initial=0))
    relief, zone = where_to_cut(sample, labels, Refinement().reach)
    size = np.bincount(labels.ravel(), minlength=count + 1)
    overlap = np.zeros((len(TRIED), count + 1))
    for row, share in zip(overlap, TRIED, strict=True):
        cut = cut_at(relief, labels, zone, share)
        common = np.bincount(labels[labels == cut], minlength=count + 1)
        row[:] = common / np.maximum(size + np.bincount(cut.ravel(), minlength=count + 1) - common, 1)
    best = overlap.max(axis=0)
    found = np.array(
        [np.median(np.asarray(TRIED)[column == most]) for column, most in zip(overlap.T, best, strict=True)]
    )
    return np.where(best > 0, found, np.nan)[1:]
