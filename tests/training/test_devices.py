"""The same labels on every device."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from nuclei import Run, crop
from partitions import adjusted_rand
from torch import Tensor

from rlseg.prediction.predictor import Predictor

IMAGES = [crop(number)[0] for number in range(4)]


def labels(predictor: Predictor) -> list[np.ndarray]:
    return [predictor(image).labels for image in IMAGES]


def test_74_labels_do_not_hang_on_the_rounding_of_a_device(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU adds in another order, and if it may it multiplies with fewer digits (TF32: relative errors of 1e-3)."""
    predictor = Predictor(trained.best, "cpu")
    exact = labels(predictor)
    assert max(found.max() for found in exact) > 2
    actor = predictor.module.learner.actor
    forward = type(actor).forward

    def rounded(self: object, *inputs: object) -> tuple[Tensor, Tensor]:
        mu, std = forward(self, *inputs)
        noise = torch.Generator().manual_seed(0)
        return mu * (1 + 1e-3 * torch.randn(mu.shape, generator=noise)), std

    monkeypatch.setattr(type(actor), "forward", rounded)
    for one, other in zip(labels(predictor), exact, strict=True):
        assert adjusted_rand(one, other) >= 0.99


def test_74_without_a_gpu_the_processor_does_it(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    predictor = Predictor(trained.best, "auto")
    assert predictor.module.device.type == "cpu"
    assert [found.tolist() for found in labels(predictor)] == [
        found.tolist() for found in labels(Predictor(trained.best, "cpu"))
    ]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_labels_of_a_gpu(trained: Run) -> None:
    for one, other in zip(labels(Predictor(trained.best, "cuda")), labels(Predictor(trained.best, "cpu")), strict=True):
        assert adjusted_rand(one, other) >= 0.99
