"""Reward from labels, where there are some: how well the actions on sub-graphs agree with the true cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from rlseg.arrays import Bools, Floats, Ints, np
from rlseg.regions import majority
from rlseg.rewards.model import Model, Positive

if TYPE_CHECKING:
    import numpy.typing as npt

# Labels up to this number index a table as they are; sorting the pixels costs more.


class Supervised(Model):
    """Sub-graph Dice between actions and true cuts, mixed into the rewards of images that have labels.

    Reward of a sub-graph = (r + w dice) / (1 + w), r being the mean reward of its edges by the rules, w the weight and
    dice the mean of that of cutting and that of merging, see `dice_reward` (A.10 of arXiv:2107.02600). Images without
    labels are rewarded by the rules alone; without this section labels are never looked at.
    """

    weight: Positive = Field(examples=["1.0"])
    """What the labels count, relative to all rules together."""

    def extra(self, rules: Floats, dice: Floats) -> Floats:
        """What is added to the rewards of sub-graphs, (rules + w dice) / (1 + w) - rules. All of the same shape."""
        return (dice - rules) * (self.weight / (1.0 + self.weight))


def true_cuts(superpixels: npt.NDArray[np.int32], truth: npt.NDArray[np.int32], edge_index: Ints) -> Bools:
    """Which edges the truth cuts: those whose superpixels mostly lie under different labels.

    Args:
        superpixels: (H, W) ids 0..N-1.
        truth: (H, W) labels >= 0, 0 = background.
        edge_index: (2, E).

    Returns:
        (E,) True = cut. Of two labels that cover a superpixel equally the smaller one counts.
    """
    owner = majority(superpixels, truth)
    cuts: Bools = owner[edge_index[0]] != owner[edge_index[1]]
    return cuts


def dice_reward(actions: npt.NDArray[np.floating], truth_cut: Bools, subgraphs: Ints) -> Floats:
    """Sub-graph Dice of A.10: (dice(a, t) + dice(1 - a, 1 - t)) / 2 with dice(x, t) = 2 <x, t> / (<x, x> + <t, t>).

    Args:
        actions: (K, E) in [0, 1]; 1 = cut.
        truth_cut: (E,) True where the truth cuts.
        subgraphs: (S, k) edge numbers, k >= 1.

    Returns:
        (K, S) in [0, 1]; a dice of two zero vectors is 1.
    """
    cut = np.asarray(actions, dtype=np.float64)[:, subgraphs]
    wanted = truth_cut[subgraphs].astype(np.float64)
    return (_dice(cut, wanted) + _dice(1.0 - cut, 1.0 - wanted)) / 2


def _dice(x: Floats, t: Floats) -> Floats:
    size = (x * x).sum(axis=-1) + (t * t).sum(axis=-1)
    return np.divide(2 * (x * t).sum(axis=-1), size, out=np.ones_like(size), where=size > 0)
