"""The networks as ONNX, run by onnxruntime: the numbers of torch, whatever the sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import CLOSE, FEATURES, Both, Runtime
from nuclei import Run

from rlseg.__main__ import main
from rlseg.io.read import read_image
from rlseg.models.onnx import PIXELS, POLICY
from rlseg.prediction.predictor import Predictor

pytestmark = [pytest.mark.programs, pytest.mark.filterwarnings("default")]


def session(path: Path) -> Any:
    runtime = pytest.importorskip("onnxruntime")
    return runtime.InferenceSession(path, providers=["CPUExecutionProvider"])


def runtime(path: Path) -> Runtime:
    run = session(path)
    names = [value.name for value in run.get_inputs()]
    return lambda given: run.run(None, {name: given[name] for name in names})


@pytest.mark.parametrize("name", FEATURES)
def test_agreement(name: str, tmp_path: Path) -> None:
    model = Both(FEATURES[name])
    sizes = ((1, 0), (2, 1), (40, 0), (300, 800), (5000, 20_000))
    worst = model.policy_difference(runtime(model.export(tmp_path)[POLICY]), sizes)
    print(name, "policy", worst)
    assert 0 < worst < CLOSE


@pytest.mark.parametrize("name", ["both", "learned"])
def test_pixels_of_any_size(name: str, tmp_path: Path) -> None:
    model = Both(FEATURES[name])
    shapes = ((1, 1, 1), (2, 1, 9), (1, 3, 2), (1, 5, 8), (3, 16, 16), (1, 61, 47), (2, 130, 97), (1, 256, 256))
    worst = model.pixel_difference(runtime(model.export(tmp_path)[PIXELS]), shapes)
    print(name, "pixels", worst)
    assert 0 < worst < 2 * CLOSE  # 32-bit sums over a whole image


def test_what_the_file_says(tmp_path: Path) -> None:
    run = {name: session(file) for name, file in Both(FEATURES["both"]).export(tmp_path).items()}
    for one in run.values():
        assert "superpixels" in one.get_modelmeta().custom_metadata_map["task"]
    assert [value.name for value in run[POLICY].get_outputs()] == ["mean", "deviation", "action"]
    assert run[PIXELS].get_inputs()[0].shape == ["batch", 2, "height", "width"]


def test_a_trained_model_on_an_image(trained: Run, folder: Path, tmp_path: Path) -> None:
    """`rlseg export --onnx`, and the cuts that a prediction makes."""
    assert main(["export", str(trained.best), str(tmp_path / "model"), "--onnx"]) == 0
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"model.yaml", "model.safetensors", POLICY}
    predictor = Predictor(tmp_path / "model")
    assert predictor.policy is not None
    image = min((folder / "images").iterdir())
    sample = predictor.preparation(read_image(image).pixels, image.stem)
    known = predictor.policy.actions(sample.node_features, sample.edge_features, sample.edge_index)
    given = {"node_features": sample.node_features, "edge_features": sample.edge_features}
    *_, action = runtime(tmp_path / "model" / POLICY)(given | {"edge_index": sample.edge_index})
    print(np.abs(action - known).max(), len(known))
    np.testing.assert_allclose(action, known, atol=CLOSE)
