"""Several samples as one disjoint graph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from partitions import blobs

from rlseg.data.prepare import Preparation
from rlseg.graph.batch import Batch, collate
from rlseg.graph.sample import Sample

SIZES = [(3, 10), (3,), (10, 40)]
SHAPES = [(20, 31), (1, 1), (33, 16)]


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """Three images of different shape; the second is one superpixel; all with other sub-graph sizes."""
    return [
        Preparation(subgraph_sizes=sizes)(blobs(seed, shape, channels=2), str(seed))
        for seed, (shape, sizes) in enumerate(zip(SHAPES, SIZES, strict=True))
    ]


@pytest.fixture(scope="module")
def batch(samples: list[Sample]) -> Batch:
    return collate(samples)


def test_offsets(samples: list[Sample], batch: Batch) -> None:
    nodes = [sample.regions.num_nodes for sample in samples]
    edges = [sample.regions.num_edges for sample in samples]
    assert nodes[1] == 1
    assert edges[1] == 0
    assert batch.node_start == (0, nodes[0], nodes[0] + 1, sum(nodes))
    assert batch.edge_start == (0, edges[0], edges[0], sum(edges))
    assert batch.num_nodes == sum(nodes) == len(batch.node_features)
    assert batch.num_edges == sum(edges) == len(batch.edge_features) == batch.edge_index.shape[1]
    assert all(type(n) is int for n in (*batch.node_start, *batch.edge_start))


def test_each_part_is_its_sample(samples: list[Sample], batch: Batch) -> None:
    for n, sample in enumerate(samples):
        nodes = slice(batch.node_start[n], batch.node_start[n + 1])
        edges = slice(batch.edge_start[n], batch.edge_start[n + 1])
        assert (batch.node_image[nodes] == n).all()
        assert (batch.edge_image[edges] == n).all()
        assert np.array_equal(batch.node_features[nodes], sample.node_features)
        assert np.array_equal(batch.edge_features[edges], sample.edge_features)
        assert np.array_equal(batch.edge_index[:, edges] - batch.node_start[n], sample.edge_index)
        assert np.array_equal(batch.images[n], sample.image)
        assert np.array_equal(batch.superpixels[n], sample.superpixels)
        assert batch.samples[n] is sample
    assert (batch.node_image[batch.edge_index[0]] == batch.edge_image).all()
    assert (batch.node_image[batch.edge_index[1]] == batch.edge_image).all()


def test_subgraphs_stay_in_their_image(samples: list[Sample], batch: Batch) -> None:
    assert sorted(batch.subgraphs) == [3, 10, 40]
    for size, members in batch.subgraphs.items():
        images = batch.edge_image[members]
        assert members.shape[1] == size
        assert (images == images[:, :1]).all()
        for n, sample in enumerate(samples):
            own = members[images[:, 0] == n] - batch.edge_start[n]
            assert np.array_equal(own, sample.subgraphs.get(size, np.empty((0, size))))


def test_a_size_that_no_image_has_is_empty(samples: list[Sample]) -> None:
    only = collate([samples[1]])
    assert only.subgraphs[3].shape == (0, 3)
    assert only.edge_index.shape == (2, 0)
    assert only.num_edges == 0


def test_types(batch: Batch) -> None:
    for name in ("edge_index", "node_image", "edge_image"):
        assert getattr(batch, name).dtype == torch.int64, name
    assert all(t.dtype == torch.int64 for t in (*batch.superpixels, *batch.subgraphs.values()))
    assert all(t.dtype == torch.float32 for t in (*batch.images, batch.node_features, batch.edge_features))


def test_one_sample_is_a_batch(samples: list[Sample]) -> None:
    batch = collate([samples[0]])
    assert batch.node_start == (0, samples[0].regions.num_nodes)
    assert np.array_equal(batch.edge_index, samples[0].edge_index)


def test_a_view_with_negative_strides(samples: list[Sample]) -> None:
    """What numpy's flips give becomes a tensor as well."""
    flipped = replace(samples[0], image=samples[0].image[..., ::-1])
    assert np.array_equal(collate([flipped]).images[0], flipped.image)


def test_to_moves_every_tensor(batch: Batch) -> None:
    moved = batch.to("meta")
    tensors = [*moved.images, *moved.superpixels, *moved.subgraphs.values()]
    tensors += [v for v in vars(moved).values() if isinstance(v, torch.Tensor)]
    assert len(tensors) == 3 + 3 + 3 + 5
    assert all(tensor.is_meta for tensor in tensors)
    assert moved.samples is batch.samples
    assert moved.node_start == batch.node_start
    assert list(moved.subgraphs) == list(batch.subgraphs)


def test_shortcuts(samples: list[Sample]) -> None:
    assert samples[0].superpixels is samples[0].regions.superpixels
    assert samples[0].edge_index is samples[0].regions.edge_index
