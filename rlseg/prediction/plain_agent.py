"""Policies on arrays: of which models there are some, and how they see large images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from rlseg.agent import ActorConfig, FeatureConfig, PlainPolicy
from rlseg.arrays import Floats, Ints
from rlseg.environment import ObjectTable

# what a checkpoint says of its model; one that says more or less is not of this version
_SETTINGS = {
    *("reward_text", "learner", "features", "actor", "critic", "imitation", "refinement", "min_score"),
    *("constant_share", "clip", "threads", "seed", "columns"),
}
_WITHOUT_CRITIC = "policy_gradient"
_Seen = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], Ints]


def policy_of(content: Mapping[str, Any]) -> PlainPolicy | None:
    """The policy of a model on arrays; None if it needs torch, or is unusual in any way.

    Args:
        content: of `read_arrays`.
    """
    weights, settings = content["state_dict"], content["hyper_parameters"]
    if settings.keys() != _SETTINGS or settings["learner"].get("kind") != _WITHOUT_CRITIC:
        return None
    try:
        columns = settings["columns"]
        policy = PlainPolicy(
            {name: values for name, values in weights.items() if name != "steps_done"},
            FeatureConfig.model_validate(settings["features"]),
            ActorConfig.model_validate(settings["actor"]),
        )
        # two nodes and an edge, to see that all shapes fit
        nodes, edges = np.zeros((2, columns["node"]), np.float32), np.zeros((1, columns["edge"]), np.float32)
        tried = policy.actions(nodes, edges, np.array([[0], [1]]))
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError):
        return None
    return policy if tried.shape == (1,) else None


class PlainAgent:
    """A policy on arrays and the one graph of a large image; see `rlseg.prediction.tiling.Agent`."""

    sees_pixels = False

    def __init__(self, policy: PlainPolicy) -> None:
        self._policy = policy

    def pixel_features(self, unit: npt.NDArray[np.float32], spacing: tuple[float, ...]) -> npt.NDArray[np.float32]:
        """There are none."""
        raise NotImplementedError

    def look(
        self, nodes: npt.NDArray[np.float32], edges: npt.NDArray[np.float32], edge_index: Ints, pooled: Floats | None
    ) -> _Seen:
        """(N, Dn) and (E, De) measured features, and (2, E) edges, as they are."""
        return nodes, edges, edge_index

    def actions(self, state: _Seen) -> Floats:
        """(E,) the mode of the policy, 1 = cut."""
        return self._policy.actions(*state).astype(np.float64)

    def edge_values(self, state: _Seen, actions: Floats, objects: ObjectTable) -> None:
        """There is no critic."""
