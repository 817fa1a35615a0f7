"""The networks of a model on the one graph of a large image, whose pixels they never see as a whole."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
import numpy.typing as npt
import torch

from rlseg.agent import SquashedNormal, UnionGraph
from rlseg.arrays import Floats, Ints
from rlseg.data import Preparation
from rlseg.environment import ObjectTable
from rlseg.graph import Batch
from rlseg.training import Segmenter, State


class WholeGraph:
    """Actor, critic and UNet of a model, for `rlseg.prediction.tiling`.

    Args:
        module: the model.
        preparation: of the images; it has the sub-graphs that the critic judges.
    """

    def __init__(self, module: Segmenter, preparation: Preparation) -> None:
        self.module = module
        self.preparation = preparation

    @property
    def sees_pixels(self) -> bool:
        """Whether `pixel_features` are wanted."""
        return self.module.networks.unet is not None

    @torch.no_grad()
    def pixel_features(self, unit: npt.NDArray[np.float32], spacing: tuple[float, ...]) -> npt.NDArray[np.float32]:
        """(F, h, w) features of a part (C, h, w) of the image in [0, 1], whose pixels have these sides in px."""
        assert self.module.networks.unet is not None
        pixels = torch.from_numpy(unit).to(self.module.device)
        return self.module.networks.unet.of_images([pixels], [spacing])[0].cpu().numpy()

    @torch.no_grad()
    def look(
        self, nodes: npt.NDArray[np.float32], edges: npt.NDArray[np.float32], edge_index: Ints, pooled: Floats | None
    ) -> State:
        """What the networks see.

        Args:
            nodes: (N, Dn), edges: (E, De) measured features.
            edge_index: (2, E).
            pooled: (N, F) means of the pixel features over the superpixels, if there are any.
        """
        device = self.module.device
        values = None if pooled is None else torch.from_numpy(pooled).float().to(device)
        index = torch.from_numpy(edge_index).to(device)
        seen = self.module.networks.join(
            torch.from_numpy(nodes).to(device), torch.from_numpy(edges[:]).to(device), index, values
        )
        graph = UnionGraph.single(index, len(nodes))
        subgraphs = {}
        if self.module.learner.has_critic:
            found = self.preparation.subgraphs(edge_index, len(nodes))
            subgraphs = {size: torch.from_numpy(ids).to(device) for size, ids in found.items()}
        batch = Batch(
            samples=(),
            node_features=seen[0],
            edge_features=seen[1],
            edge_index=index,
            node_image=graph.node_image,
            edge_image=graph.edge_image,
            node_start=(0, len(nodes)),
            edge_start=(0, edge_index.shape[1]),
            subgraphs=subgraphs,
        )
        return State(batch, graph, *seen, _nothing_to_recall)

    @torch.no_grad()
    def actions(self, state: State) -> Floats:
        """(E,) the mode of the policy, 1 = cut."""
        mean, std = self.module.learner.actor(state.nodes, state.edges, state.graph)
        return SquashedNormal(mean, std).mode().double().cpu().numpy()

    @torch.no_grad()
    def edge_values(self, state: State, actions: Floats, objects: ObjectTable) -> Floats | None:
        """(E,) what the critic expects, see `Learner.edge_values`; None without a critic."""
        tried = torch.from_numpy(actions).float()[None].to(self.module.device)
        values = self.module.learner.edge_values(state, tried, [objects])
        return None if values is None else values[0].double().cpu().numpy()


def _nothing_to_recall(names: object) -> NoReturn:
    raise NotImplementedError("a large image is no training image")
