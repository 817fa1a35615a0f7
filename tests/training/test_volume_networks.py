"""Pixel networks of volumes: pooled onto superpixels as those of images, with planes as far apart as they are."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from nuclei import ROOT

from experiments.drawings.volumes import draw_volume
from rlseg.agent import FeatureConfig, UNetConfig
from rlseg.agent.pooling import pool_mean
from rlseg.agent.unet import pooling_of
from rlseg.data import Preparation
from rlseg.data.superpixels import LevelSets
from rlseg.errors import RlsegError
from rlseg.graph import Sample, collate
from rlseg.training.module import SegmentationModule
from rlseg.training.pretraining import PretrainingModule


@cache
def sample() -> Sample:
    prepare = Preparation(volume=True, plane_distance=3, superpixels=LevelSets(merge_cost=2.0), subgraph_sizes=(6,))
    return prepare(draw_volume(5, shape=(24, 30, 32)).image, "a")


def test_what_is_pooled_knows_how_far_planes_are_apart() -> None:
    features = FeatureConfig.model_validate({"unet": {"widths": [4, 8], "out_channels": 3}})
    module = SegmentationModule(str(ROOT / "rewards" / "volume.yaml"), features=features)
    module.prepare([sample()])
    assert module.columns is not None
    assert module.columns.dimensions == 3
    batch = collate([sample(), sample()])
    state = module.state(batch)
    unet = module.networks.unet
    assert unet is not None
    volume = torch.from_numpy(sample().image)[None]
    counts, ids = sample().regions.num_nodes, torch.from_numpy(sample().superpixels)
    apart, cubes = (
        pool_mean(unet(volume, pooling_of(spacing, 1))[0], ids, counts) for spacing in ((3, 1, 1), (1, 1, 1))
    )
    torch.testing.assert_close(state.nodes[:, -3:], torch.cat([apart, apart]))
    assert not torch.allclose(apart, cubes)
    state.nodes.square().mean().backward()
    assert all(parameter.grad is not None for parameter in unet.parameters())


def test_columns_of_a_model_without_one_are_those_of_images() -> None:
    """So that models of volumes from before there were any can be read."""
    module = SegmentationModule(str(ROOT / "rewards" / "volume.yaml"))
    module.prepare([sample()])
    assert module.columns is not None
    assert module.columns.dimensions == 2


def test_pretraining_sees_volumes_and_tells_them_from_images() -> None:
    module = PretrainingModule(UNetConfig(widths=(4, 4), out_channels=2))
    module.prepare([sample()])
    loss, _ = module._loss(collate([sample()]))
    loss.backward()
    assert torch.isfinite(loss)
    again = PretrainingModule(**module.hparams)
    again.load_state_dict(module.state_dict())
    image = Preparation()(np.random.default_rng(0).random((1, 30, 30)).astype(np.float32))
    with pytest.raises(RlsegError, match="the checkpoint was trained on volumes, these are images"):
        again.prepare([image])
