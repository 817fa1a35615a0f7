"""Networks whose weights are not those of a start, exported as ONNX, and how far a runtime is from torch on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch

from rlseg.agent import Actor, ActorConfig, FeatureConfig, FeatureExtractor, UnionGraph
from rlseg.agent.config import LearnedFeatureConfig
from rlseg.models.onnx import PIXELS, POLICY, write_onnx

NODE, EDGE, CHANNELS = 11, 7, 2
CLOSE = 1e-5
FEATURES = {
    "measured": FeatureConfig(),
    "both": FeatureConfig(unet=LearnedFeatureConfig()),
    "learned": FeatureConfig(
        handcrafted=False, handcrafted_edges=False, unet=LearnedFeatureConfig(widths=(8, 12, 20, 24), out_channels=5)
    ),
    "nodes alone": FeatureConfig(handcrafted_edges=False),
}
ACTOR = ActorConfig(width=24, depth=3, mu_bound=2.0)

Runtime = Callable[[dict[str, np.ndarray]], Sequence[np.ndarray]]
"""What a runtime makes of inputs, of which it takes those that the file names."""


class Both(torch.nn.Module):
    """The networks by their names in a checkpoint."""

    def __init__(self, features: FeatureConfig, actor: ActorConfig = ACTOR) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.features, self.settings = features, actor
        self.networks = FeatureExtractor(features, NODE, EDGE, CHANNELS)
        self.learner = torch.nn.Module()
        self.learner.actor = Actor(self.networks.node_dim, self.networks.edge_dim, actor)
        for values in self.parameters():
            values.data += 0.3 * torch.randn_like(values) * values.abs().mean()
        for standard in (self.networks.node_standard, self.networks.edge_standard):
            standard.mean.normal_()
            standard.std.uniform_(0.5, 2)
        self.eval()

    def export(self, folder: Path) -> dict[str, Path]:
        """The files by their names."""
        settings = {"features": self.features.model_dump(), "actor": self.settings.model_dump()}
        settings["columns"] = {"node": NODE, "edge": EDGE, "channels": CHANNELS}
        files = write_onnx({"state_dict": self.state_dict(), "hyper_parameters": settings}, folder)
        assert [file.name for file in files] == ([POLICY] if self.features.unet is None else [POLICY, PIXELS])
        return {file.name: file for file in files}

    @torch.no_grad()
    def policy_difference(self, run: Runtime, sizes: Iterable[tuple[int, int]]) -> float:
        """The largest one to torch, over graphs of so many nodes and about so many edges."""
        rng = np.random.default_rng(0)
        worst = 0.0
        for nodes, edges in sizes:
            pairs = np.sort(rng.choice(nodes, (2, 2 * edges)) if edges else np.empty((2, 0), int), axis=0)
            pairs = np.unique(pairs[:, pairs[0] < pairs[1]], axis=1)[:, :edges].astype(np.int64)
            pixels = 1 if self.features.unet is None else self.features.unet.out_channels
            given = {
                "node_features": rng.normal(size=(nodes, NODE)).astype(np.float32),
                "edge_features": rng.normal(size=(pairs.shape[1], EDGE)).astype(np.float32),
                "pixel_features": rng.normal(size=(nodes, pixels)).astype(np.float32),
                "edge_index": pairs,
            }
            node, edge, pooled, index = (torch.as_tensor(values) for values in given.values())
            parts = self.networks.join(node, edge, index, None if self.features.unet is None else pooled)
            mean, deviation = self.learner.actor(*parts, UnionGraph.single(index, nodes))
            for mine, theirs in zip((mean, deviation, mean.sigmoid()), run(given), strict=True):
                assert mine.shape == theirs.shape == (pairs.shape[1],)
                worst = max([worst, *np.abs(mine.numpy() - theirs)])
        return worst

    @torch.no_grad()
    def pixel_difference(self, run: Runtime, shapes: Iterable[tuple[int, int, int]]) -> float:
        """The largest one to torch, over images of these shapes (B, H, W), as a share of the largest feature."""
        rng = np.random.default_rng(0)
        worst = 0.0
        for number, *size in shapes:
            images = rng.uniform(size=(number, CHANNELS, *size)).astype(np.float32)
            (found,) = run({"images": images})
            mine = self.networks.unet(torch.as_tensor(images)).numpy()
            assert mine.shape == found.shape
            worst = max(worst, float(np.abs(mine - found).max() / np.abs(mine).max()))
        return worst
