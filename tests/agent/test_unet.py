import pytest
import torch

from rlseg.agent.config import UNetConfig
from rlseg.agent.unet import UNet, pad_to_multiple

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
    padded = pad_to_multiple(image, 4)
    assert padded.shape == (1, 1, 4, 8)
    assert padded[0, 0, 0].tolist() == [1, 2, 3, 4, 5, 4, 3, 2]
    assert (padded == padded[:, :, :1]).all()


def test_no_padding_where_none_is_needed():
    image = torch.randn(1, 1, 8, 4)
    assert pad_to_multiple(image, 4) is image


def test_every_pixel_of_the_image_reaches_its_own_feature():
    net = UNet(1, SMALL)
    image = torch.randn(1, 1, 7, 6, requires_grad=True)
    for row, column in [(0, 0), (3, 2), (6, 5)]:
        (gradient,) = torch.autograd.grad(net(image)[0, :, row, column].sum(), image)
        assert gradient[0, 0, row, column] != 0
