"""Stains and colours of colour images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Map, Pixels
from rlseg.rewards import Colour, Stain

# of each stain the matrix of scikit-image that separates it from its usual companions, and its column
_STAINS: dict[Stain, tuple[str, int]] = {
    "hematoxylin": ("hed_from_rgb", 0),
    "eosin": ("hed_from_rgb", 1),
    "dab": ("hed_from_rgb", 2),
    "aec": ("hax_from_rgb", 1),
    "pas": ("hpx_from_rgb", 1),
    "alcian_blue": ("ahx_from_rgb", 0),
    "fast_blue": ("rbd_from_rgb", 1),
    "fast_red": ("rbd_from_rgb", 0),
    "feulgen": ("fgx_from_rgb", 0),
    "light_green": ("fgx_from_rgb", 1),
    "methyl_blue": ("bpx_from_rgb", 0),
    "methyl_green": ("gdx_from_rgb", 0),
    "orange_g": ("bro_from_rgb", 2),
    "ponceau_fuchsin": ("bpx_from_rgb", 1),
}
# degrees around the circle of hues
_HUES: dict[Colour, float] = {
    "red": 0, "brown": 25, "orange": 30, "yellow": 60, "green": 120, "cyan": 180, "blue": 240, "purple": 275,
    "magenta": 300, "pink": 340,
}  # fmt: skip
_HUE_WIDTH = 60.0
_LEAST = 1e-6


def stain_picture(light: Pixels, stain: Stain) -> Map:
    """A transmitted-light image as it would look with one stain alone.

    Colour deconvolution (A. Ruifrok, D. Johnston, Quantification of histochemical staining by color deconvolution,
    2001), then the law of Lambert and Beer with the one concentration.

    Args:
        light: (3, H, W) red, green and blue, 1 = as bright as without any tissue.
        stain: which.

    Returns:
        (H, W) in [0, 1], 1 = nothing of the stain.
    """
    from skimage.color import colorconv, separate_stains  # takes long to import, and most images are gray

    matrix, column = _STAINS[stain]
    amount = separate_stains(np.moveaxis(light, 0, -1).astype(np.float64), getattr(colorconv, matrix))[..., column]
    return np.asarray(_LEAST ** np.maximum(amount, 0))


def colour_picture(light: Pixels, colour: Colour) -> npt.NDArray[np.float64]:
    """How much of a colour each pixel has: the chroma, as far as the hue is within 60 degrees of the colour's.

    Args:
        light: (3, H, W) red, green and blue in [0, 1].
        colour: which.

    Returns:
        (H, W) in [0, 1]; 0 for greys and other colours.
    """
    from skimage.color import rgb2hsv  # as above

    hsv = rgb2hsv(np.moveaxis(light, 0, -1).astype(np.float64))
    away = np.abs((hsv[..., 0] * 360 - _HUES[colour] + 180) % 360 - 180)
    return np.asarray(hsv[..., 1] * hsv[..., 2] * np.clip(1 - away / _HUE_WIDTH, 0, 1))
