import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlseg.agent.pooling import pool_images, pool_mean


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5), st.integers(0, 1000))
def test_pooling_is_the_mean_over_each_superpixel(height, width, nodes, seed):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(3, height, width, generator=generator)
    labels = torch.randint(0, nodes, (height, width), generator=generator, dtype=torch.int32)
    pooled = pool_mean(features, labels, nodes)
    assert pooled.shape == (nodes, 3)
    for node in range(nodes):
        inside = features[:, labels == node]
        expected = inside.mean(1) if inside.shape[1] else torch.zeros(3)
        torch.testing.assert_close(pooled[node], expected)


def test_a_flat_table_of_pixels_is_as_good():
    features, labels = torch.randn(2, 4, 5), torch.randint(0, 3, (4, 5))
    assert torch.equal(pool_mean(features, labels, 3), pool_mean(features.flatten(1), labels.flatten(), 3))


def test_each_pixel_gets_an_equal_share_of_the_gradient():
    features = torch.zeros(1, 1, 5, requires_grad=True)
    labels = torch.tensor([[0, 0, 0, 1, 1]])
    (pool_mean(features, labels, 2) * torch.tensor([[3.0], [4.0]])).sum().backward()
    torch.testing.assert_close(features.grad, torch.tensor([[[1.0, 1, 1, 2, 2]]]))


def test_images_of_different_sizes_follow_one_another():
    features = [torch.randn(2, 3, 4), torch.randn(2, 1, 1), torch.randn(2, 5, 2)]
    labels = [torch.randint(0, 4, (3, 4)), torch.zeros(1, 1, dtype=torch.int64), torch.randint(0, 2, (5, 2))]
    pooled = pool_images(features, labels, [4, 1, 2])
    apart = torch.cat([pool_mean(f, s, n) for f, s, n in zip(features, labels, [4, 1, 2], strict=True)])
    assert torch.equal(pooled, apart)
