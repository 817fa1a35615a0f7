"""The networks as ONNX, by the reference that the standard comes with: the numbers of torch, whatever the sizes.

What onnxruntime makes of them, of large graphs on several threads too, is in tests/programs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from exported import CLOSE, FEATURES, Both, Runtime
from nuclei import Run
from onnx.reference import ReferenceEvaluator
from packaging.version import Version

from rlseg.__main__ import main
from rlseg.io.read import read_image
from rlseg.models.onnx import PIXELS, POLICY
from rlseg.prediction.predictor import Predictor

# up to 1.22 it gathers nothing from (N, D) as (0,), not as (0, D), and takes minutes for the network on pixels in 1.18
pytestmark = pytest.mark.skipif(Version(onnx.__version__) < Version("1.23"), reason="graphs without edges fail")


def runtime(path: Path) -> Runtime:
    evaluator = ReferenceEvaluator(str(path))
    return lambda given: evaluator.run(None, {name: given[name] for name in evaluator.input_names})


@pytest.mark.parametrize("name", FEATURES)
def test_policy(name: str, tmp_path: Path) -> None:
    model = Both(FEATURES[name])
    worst = model.policy_difference(
        runtime(model.export(tmp_path)[POLICY]), ((1, 0), (2, 1), (40, 0), (30, 200), (100, 150))
    )
    assert 0 < worst < CLOSE


@pytest.mark.parametrize("name", ["both", "learned"])
def test_pixels(name: str, tmp_path: Path) -> None:
    model = Both(FEATURES[name])
    shapes = ((1, 1, 1), (2, 1, 9), (1, 3, 2), (1, 8, 16), (1, 5, 8), (1, 21, 17))
    assert 0 < model.pixel_difference(runtime(model.export(tmp_path)[PIXELS]), shapes) < CLOSE


def test_a_trained_model_on_an_image(trained: Run, folder: Path, tmp_path: Path) -> None:
    """`rlseg export --onnx`, and the cuts that a prediction makes."""
    assert main(["export", str(trained.best), str(tmp_path / "model"), "--onnx"]) == 0
    predictor = Predictor(tmp_path / "model")
    assert predictor.policy is not None
    image = min((folder / "images").iterdir())
    sample = predictor.preparation(read_image(image).pixels, image.stem)
    known = predictor.policy.actions(sample.node_features, sample.edge_features, sample.edge_index)
    given = {"node_features": sample.node_features, "edge_features": sample.edge_features}
    *_, action = runtime(tmp_path / "model" / POLICY)(given | {"edge_index": sample.edge_index})
    assert len(known) > 20
    np.testing.assert_allclose(action, known, atol=CLOSE)
