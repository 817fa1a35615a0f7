"""Over-segmentations of an image into superpixels, the nodes of its graph: by kind, each in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.data.superpixels.auto import AutoSuperpixels
from rlseg.data.superpixels.background import VolumeGround, coarse_picture, ground_steps
from rlseg.data.superpixels.base import Superpixels
from rlseg.data.superpixels.blur import BlurCorrection, outline_slope, outline_slopes
from rlseg.data.superpixels.boundary import BoundarySeeds
from rlseg.data.superpixels.brightness import Brightness, depth, noise_level, pixel_differences, relative_brightness
from rlseg.data.superpixels.fragments import merge_fragments, renumber
from rlseg.data.superpixels.gradient import GradientWatershed
from rlseg.data.superpixels.levels import LevelSets
from rlseg.data.superpixels.mutex import MutexWatershed
from rlseg.data.superpixels.ridges import ridge_map
from rlseg.kinds import any_of, find_kinds

SUPERPIXELS = find_kinds(__name__, Superpixels)  # type: ignore[type-abstract]

if TYPE_CHECKING:
    AnySuperpixels = Superpixels
else:
    AnySuperpixels = any_of(SUPERPIXELS)

__all__ = [
    "SUPERPIXELS",
    "AnySuperpixels",
    "AutoSuperpixels",
    "BlurCorrection",
    "BoundarySeeds",
    "Brightness",
    "GradientWatershed",
    "LevelSets",
    "MutexWatershed",
    "Superpixels",
    "VolumeGround",
    "coarse_picture",
    "depth",
    "ground_steps",
    "merge_fragments",
    "noise_level",
    "outline_slope",
    "outline_slopes",
    "pixel_differences",
    "relative_brightness",
    "renumber",
    "ridge_map",
]
