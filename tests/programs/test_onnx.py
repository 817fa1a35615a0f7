"""The networks as ONNX, run by onnxruntime: the numbers of torch, whatever the sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nuclei import Run

from rlseg.__main__ import main
from rlseg.agent import Actor, ActorConfig, FeatureConfig, FeatureExtractor, UnionGraph
from rlseg.agent.config import LearnedFeatureConfig
from rlseg.io.read import read_image
from rlseg.models.onnx import PIXELS, POLICY, write_onnx
from rlseg.prediction.predictor import Predictor

pytestmark = [pytest.mark.programs, pytest.mark.filterwarnings("default")]
CLOSE = 1e-5
FEATURES = {
    "measured": FeatureConfig(),
    "both": FeatureConfig(unet=LearnedFeatureConfig()),
    "learned": FeatureConfig(
        handcrafted=False, handcrafted_edges=False, unet=LearnedFeatureConfig(widths=(8, 12, 20, 24), out_channels=5)
    ),
    "nodes alone": FeatureConfig(handcrafted_edges=False),
}


class Both(torch.nn.Module):
    """The networks by their names in a checkpoint, with weights that are not those of a start."""

    def __init__(self, features: FeatureConfig, actor: ActorConfig) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.networks = FeatureExtractor(features, 11, 7, 2)
        self.learner = torch.nn.Module()
        self.learner.actor = Actor(self.networks.node_dim, self.networks.edge_dim, actor)
        for values in self.parameters():
            values.data += 0.3 * torch.randn_like(values) * values.abs().mean()
        for standard in (self.networks.node_standard, self.networks.edge_standard):
            standard.mean.normal_()
            standard.std.uniform_(0.5, 2)


def sessions(model: Both, features: FeatureConfig, actor: ActorConfig, folder: Path) -> dict[str, Any]:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    settings = {"features": features.model_dump(), "actor": actor.model_dump()}
    settings["columns"] = {"node": 11, "edge": 7, "channels": 2}
    files = write_onnx({"state_dict": model.state_dict(), "hyper_parameters": settings}, folder)
    assert [file.name for file in files] == ([POLICY] if features.unet is None else [POLICY, PIXELS])
    return {file.name: runtime.InferenceSession(file, providers=["CPUExecutionProvider"]) for file in files}


@pytest.mark.parametrize("name", FEATURES)
def test_agreement(name: str, tmp_path: Path) -> None:
    features, actor = FEATURES[name], ActorConfig(width=24, depth=3, mu_bound=2.0)
    model = Both(features, actor).eval()
    run = sessions(model, features, actor, tmp_path)
    rng = np.random.default_rng(0)
    worst = 0.0
    for nodes, edges in ((1, 0), (2, 1), (40, 0), (300, 800), (5000, 20_000)):
        pairs = np.sort(rng.choice(nodes, (2, 2 * edges)) if edges else np.empty((2, 0), int), axis=0)
        pairs = np.unique(pairs[:, pairs[0] < pairs[1]], axis=1)[:, :edges].astype(np.int64)
        given = {
            "node_features": rng.normal(size=(nodes, 11)).astype(np.float32),
            "edge_features": rng.normal(size=(pairs.shape[1], 7)).astype(np.float32),
            "pixel_features": rng.normal(size=(nodes, features.unet.out_channels if features.unet else 1)),
            "edge_index": pairs,
        }
        given["pixel_features"] = given["pixel_features"].astype(np.float32)
        session = run[POLICY]
        found = session.run(None, {value.name: given[value.name] for value in session.get_inputs()})
        tensors = {key: torch.as_tensor(values) for key, values in given.items()}
        with torch.no_grad():
            pooled = None if features.unet is None else tensors["pixel_features"]
            parts = model.networks.join(
                tensors["node_features"], tensors["edge_features"], tensors["edge_index"], pooled
            )
            mean, deviation = model.learner.actor(*parts, UnionGraph.single(tensors["edge_index"], nodes))
        for mine, theirs in zip((mean, deviation, mean.sigmoid()), found, strict=True):
            assert mine.shape == theirs.shape == (pairs.shape[1],)
            worst = max([worst, *np.abs(mine.numpy() - theirs)])
    print(name, "policy", worst)
    assert 0 < worst < CLOSE


@pytest.mark.parametrize("name", ["both", "learned"])
def test_pixels_of_any_size(name: str, tmp_path: Path) -> None:
    features, actor = FEATURES[name], ActorConfig()
    model = Both(features, actor).eval()
    session = sessions(model, features, actor, tmp_path)[PIXELS]
    rng = np.random.default_rng(0)
    worst = 0.0
    for shape in ((1, 1, 1), (2, 1, 9), (1, 3, 2), (1, 5, 8), (3, 16, 16), (1, 61, 47), (2, 130, 97), (1, 256, 256)):
        images = rng.uniform(size=(shape[0], 2, *shape[1:])).astype(np.float32)
        (found,) = session.run(None, {"images": images})
        with torch.no_grad():
            mine = model.networks.unet(torch.as_tensor(images)).numpy()
        assert mine.shape == found.shape
        worst = max(worst, float(np.abs(mine - found).max()))
    print(name, "pixels", worst, float(np.abs(mine).max()))
    assert 0 < worst < CLOSE


def test_what_the_file_says(tmp_path: Path) -> None:
    features, actor = FEATURES["both"], ActorConfig()
    run = sessions(Both(features, actor), features, actor, tmp_path)
    for session in run.values():
        assert "superpixels" in session.get_modelmeta().custom_metadata_map["task"]
    assert [value.name for value in run[POLICY].get_outputs()] == ["mean", "deviation", "action"]
    assert run[PIXELS].get_inputs()[0].shape == ["batch", 2, "height", "width"]


def test_a_trained_model_on_an_image(trained: Run, folder: Path, tmp_path: Path) -> None:
    """`rlseg export --onnx`, and the cuts that a prediction makes."""
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    assert main(["export", str(trained.best), str(tmp_path / "model"), "--onnx"]) == 0
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"model.yaml", "model.safetensors", POLICY}
    predictor = Predictor(tmp_path / "model")
    assert predictor.policy is not None
    image = min((folder / "images").iterdir())
    sample = predictor.preparation(read_image(image).pixels, image.stem)
    known = predictor.policy.actions(sample.node_features, sample.edge_features, sample.edge_index)
    session = runtime.InferenceSession(tmp_path / "model" / POLICY, providers=["CPUExecutionProvider"])
    given = {"node_features": sample.node_features, "edge_features": sample.edge_features}
    (action,) = session.run(["action"], given | {"edge_index": sample.edge_index})
    print(np.abs(action - known).max(), len(known))
    np.testing.assert_allclose(action, known, atol=CLOSE)
