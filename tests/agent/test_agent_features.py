import pytest
import torch

from rlseg.agent.config import FeatureConfig, LearnedFeatureConfig
from rlseg.agent.features import FeatureExtractor, Standardiser, embedding_distance
from rlseg.agent.moments import Moments
from rlseg.agent.pooling import pool_mean

UNET = LearnedFeatureConfig(widths=(4, 8), out_channels=5)
EDGES = torch.tensor([[0, 1, 3], [1, 2, 4]])


def moments(*parts):
    found = Moments(parts[0].shape[1])
    for part in parts:
        found.add(part)
    return found


def batch(sizes=((6, 5), (6, 5))):
    """Two images, three and two superpixels in horizontal bands."""
    images = [torch.randn(1, *size) for size in sizes]
    bands = [torch.arange(h).mul(n).div(h, rounding_mode="floor") for (h, _), n in zip(sizes, (3, 2), strict=True)]
    superpixels = [band[:, None].expand(size).int() for band, size in zip(bands, sizes, strict=True)]
    return torch.randn(5, 4), torch.randn(3, 2), EDGES, images, superpixels, [3, 2]


def test_fitted_columns_have_mean_zero_and_deviation_one_and_constants_stay_finite():
    values = torch.randn(200, 3) * torch.tensor([10.0, 0.1, 0.0]) + torch.tensor([5.0, -3.0, 7.0])
    standard = Standardiser(3)
    standard.fit(moments(values))
    out = standard(values)
    torch.testing.assert_close(out.mean(0), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(out.std(0, correction=0)[:2], torch.ones(2), atol=1e-3, rtol=0)
    torch.testing.assert_close(out[:, 2], torch.zeros(200), atol=1e-4, rtol=0)
    assert standard(torch.full((1, 3), 1e9)).tolist() == [[5.0, 5.0, 5.0]]
    assert standard(torch.full((1, 3), -1e9)).tolist() == [[-5.0, -5.0, -5.0]]


def test_fitted_figures_travel_with_the_state():
    fitted, fresh = Standardiser(2), Standardiser(2)
    fitted.fit(moments(torch.randn(50, 2) * 3 + 1))
    fresh.load_state_dict(fitted.state_dict())
    values = torch.randn(4, 2)
    assert torch.equal(fitted(values), fresh(values))


@pytest.mark.parametrize("shape", [(0, 2), (5, 3)])
def test_fitting_on_nothing_or_on_other_columns_is_refused(shape):
    with pytest.raises(ValueError, match=rf"need 2 columns of values, got {shape[1]} of {shape[0]} rows"):
        Standardiser(2).fit(moments(torch.zeros(shape)))
    with pytest.raises(ValueError, match="shape"):
        Moments(2).add(torch.zeros(2))


@pytest.mark.parametrize("parts", [[50], [1, 49], [0, 10, 0, 39, 1], [1] * 50])
def test_rows_in_parts_have_the_moments_of_all(parts):
    generator = torch.Generator().manual_seed(len(parts))
    scale, middle = torch.tensor([1.0, 1e-3, 0.0]), torch.tensor([0.0, 1e3, 7.0])
    values = torch.randn(50, 3, generator=generator) * scale + middle
    found = moments(*values.split(parts))
    assert found.count == 50
    torch.testing.assert_close(found.mean, values.double().mean(0), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(found.std, values.double().std(0, correction=0), rtol=1e-9, atol=1e-14)


def test_distance_of_equal_ends_is_small_with_a_finite_gradient():
    nodes = torch.ones(2, 4, requires_grad=True)
    distance = embedding_distance(nodes, torch.tensor([[0], [1]]))
    distance.sum().backward()
    assert 0 < distance.item() < 0.01
    assert torch.equal(nodes.grad, torch.zeros(2, 4))


@pytest.mark.parametrize(
    ("handcrafted", "edges", "unet", "node_dim", "edge_dim"),
    [(True, True, None, 4, 2), (True, False, None, 4, 0), (False, True, UNET, 5, 3), (True, True, UNET, 9, 3),
     (False, False, UNET, 5, 1)],
)  # fmt: skip
def test_any_combination_has_the_columns_it_promises(handcrafted, edges, unet, node_dim, edge_dim):
    config = FeatureConfig(handcrafted=handcrafted, handcrafted_edges=edges, unet=unet)
    extractor = FeatureExtractor(config, 4, 2)
    node_values, edge_values = extractor(*batch())
    assert (extractor.node_dim, extractor.edge_dim) == (node_dim, edge_dim)
    assert node_values.shape == (5, node_dim)
    assert edge_values.shape == (3, edge_dim)


@pytest.mark.parametrize("sizes", [((6, 5), (6, 5)), ((6, 5), (9, 4))])
def test_learned_features_are_the_pooled_output_of_the_unet(sizes):
    extractor = FeatureExtractor(FeatureConfig(handcrafted=False, unet=UNET), 4, 2)
    measured, edges, edge_index, images, superpixels, counts = batch(sizes)
    nodes, edge_values = extractor(measured, edges, edge_index, images, superpixels, counts)
    parts = zip(images, superpixels, counts, strict=True)
    expected = torch.cat([pool_mean(extractor.unet(image[None])[0], s, n) for image, s, n in parts])
    torch.testing.assert_close(nodes, expected)
    for e, (u, v) in enumerate(edge_index.t().tolist()):
        rms = ((expected[u] - expected[v]) ** 2).mean().add(1e-6).sqrt()
        torch.testing.assert_close(edge_values[e, -1], rms)


def test_images_keep_their_order_when_sizes_alternate():
    extractor = FeatureExtractor(FeatureConfig(unet=UNET), 4, 2)
    images = [torch.randn(1, 4, 4), torch.randn(1, 6, 4), torch.randn(1, 4, 4)]
    for image, features in zip(images, extractor.unet.of_images(images), strict=True):
        torch.testing.assert_close(features, extractor.unet(image[None])[0])


def test_the_loss_reaches_the_unet_and_not_the_standardisers():
    extractor = FeatureExtractor(FeatureConfig(unet=UNET), 4, 2)
    nodes, edges = extractor(*batch())
    (nodes.sum() + edges.sum()).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in extractor.parameters())
    assert all(name.startswith("unet.") for name, _ in extractor.named_parameters())


def test_a_frozen_unet_gets_no_gradients():
    frozen = LearnedFeatureConfig(widths=(4, 8), weights="some.ckpt", frozen=True)
    extractor = FeatureExtractor(FeatureConfig(unet=frozen), 4, 2)
    nodes, edges = extractor(*batch())
    assert not nodes.requires_grad
    assert not edges.requires_grad
    with pytest.raises(ValueError, match="needs weights"):
        FeatureConfig(unet=LearnedFeatureConfig(frozen=True))
