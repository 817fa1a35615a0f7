import pytest
import torch

from rlseg.agent.config import UNetConfig
from rlseg.agent.unet import UNet, pad_to_multiple, pooling_of

SMALL = UNetConfig(widths=(4, 8, 8), out_channels=3)


@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 7, 8, 17])
@pytest.mark.parametrize("width", [1, 2, 3, 6, 16])
def test_every_size_comes_back_finite_with_finite_gradients(height, width):
    net = UNet(2, SMALL)
    out = net(torch.randn(1, 2, height, width))
    assert out.shape == (1, 3, height, width)
    out.square().sum().backward()
    assert torch.isfinite(out).all()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters())


@pytest.mark.parametrize("widths", [(4,), (16, 32, 64), (5, 6, 7, 12)])
def test_depth_and_odd_widths(widths):
    net = UNet(1, UNetConfig(widths=widths, out_channels=2))
    assert net(torch.randn(2, 1, 9, 10)).shape == (2, 2, 9, 10)


def test_images_of_a_stack_do_not_see_each_other():
    net = UNet(1, SMALL)
    stack = torch.randn(3, 1, 12, 9)
    alone = torch.cat([net(image[None]) for image in stack])
    torch.testing.assert_close(net(stack), alone)


def test_padding_reflects_where_the_side_is_long_enough_and_repeats_where_it_is_not():
    image = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]])[None, None]
    padded = pad_to_multiple(image, (4, 4))
    assert padded.shape == (1, 1, 4, 8)
    assert padded[0, 0, 0].tolist() == [1, 2, 3, 4, 5, 4, 3, 2]
    assert (padded == padded[:, :, :1]).all()


def test_no_padding_where_none_is_needed():
    image = torch.randn(1, 1, 8, 4)
    assert pad_to_multiple(image, (4, 4)) is image


def test_every_pixel_of_the_image_reaches_its_own_feature():
    net = UNet(1, SMALL)
    image = torch.randn(1, 1, 7, 6, requires_grad=True)
    for row, column in [(0, 0), (3, 2), (6, 5)]:
        (gradient,) = torch.autograd.grad(net(image)[0, :, row, column].sum(), image)
        assert gradient[0, 0, row, column] != 0


@pytest.mark.parametrize(
    ("spacing", "expected"),
    [
        ((1, 1), [(2, 2)] * 3),
        ((1, 1, 1), [(2, 2, 2)] * 3),
        ((1.4, 1, 1), [(2, 2, 2)] * 3),
        ((2, 1, 1), [(1, 2, 2), (2, 2, 2), (2, 2, 2)]),
        ((3, 1, 1), [(1, 2, 2), (1, 2, 2), (2, 2, 2)]),
        ((9, 1, 1), [(1, 2, 2)] * 3),
        ((0.5, 1, 1), [(2, 1, 1), (2, 2, 2), (2, 2, 2)]),
    ],
)
def test_planes_that_are_far_apart_stay_until_voxels_are_about_cubes(spacing, expected):
    assert list(pooling_of(spacing, 3)) == expected


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 5), (5, 6, 3), (8, 8, 4)])
@pytest.mark.parametrize("distance", [1.0, 3.0])
def test_volumes_of_every_size_come_back_finite_with_finite_gradients(shape, distance):
    net = UNet(2, SMALL, dimensions=3)
    volume = torch.randn(2, *shape, requires_grad=True)
    (out,) = net.of_images([volume], [(distance, 1.0, 1.0)])
    assert out.shape == (3, *shape)
    out[:, -1, -1, -1].square().sum().backward()
    assert torch.isfinite(out).all()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters())
    assert volume.grad[:, -1, -1, -1].abs().min() > 0


def test_a_volume_is_seen_as_slowly_as_its_planes_are_apart():
    """Each volume with its own planes: alone and beside one of the same size whose voxels are cubes."""
    net = UNet(1, SMALL, dimensions=3)
    volume = torch.randn(1, 8, 8, 8)
    apart, cubes, again = net.of_images([volume] * 3, [(4.0, 1.0, 1.0), (1.0, 1.0, 1.0), (4.0, 1.0, 1.0)])
    assert not torch.allclose(apart, cubes)
    torch.testing.assert_close(apart, again)
    torch.testing.assert_close(cubes, net(volume[None])[0])


def test_planes_that_are_alike_are_seen_as_an_image_where_kernels_reach_no_other_plane():
    """With weights in the middle plane alone the network of volumes is that of images, plane by plane."""
    flat, deep = UNet(1, SMALL), UNet(1, SMALL, dimensions=3)
    weights = {}
    for name, values in flat.state_dict().items():
        if values.ndim == 4:
            size = values.shape[-1]
            middle = torch.zeros(*values.shape[:2], size, size, size)
            middle[:, :, size // 2] = values
            values = middle
        weights[name] = values
    deep.load_state_dict(weights)
    image = torch.randn(1, 9, 10)
    (found,) = deep.of_images([image[:, None].repeat(1, 3, 1, 1)], [(99.0, 1.0, 1.0)])
    torch.testing.assert_close(found, flat(image[None])[0][:, None].repeat(1, 3, 1, 1), atol=1e-5, rtol=1e-4)
