"""What a user of scikit-image writes in ten minutes, for objects of any look: four recipes, each in many settings.

    python -m experiments.baselines.recipes experiments/data/domains/coins --width 42 --areas 100 4000

The settings of a recipe (bright or dark, how much opening, how to split, ...) are those that one would try, and the
best of them is chosen with the truth of the very images that it is scored on: more than anyone could do who has no
truth. Like a reward file, each recipe is told the width of an object and the areas of the smallest and of the largest.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy import ndimage as ndi
from skimage.feature import peak_local_max
from skimage.filters import sato, threshold_local, threshold_otsu
from skimage.measure import label
from skimage.segmentation import felzenszwalb, watershed

from experiments.baselines import classical
from experiments.results.command import one_line_errors
from rlseg.arrays import AnyLabels, Bools, Floats, Labels, Pixels
from rlseg.errors import RlsegError
from rlseg.metrics import ImageScores, by_image, score_image


@dataclass(frozen=True)
class Known:
    """What one knows of the objects without measuring.

    Attributes:
        width: the typical short diameter, px.
        smallest, largest: areas, px.
    """

    width: float
    smallest: int
    largest: int


Recipe = Callable[[Pixels, Known], Iterator[tuple[str, Labels]]]
"""Of a (C, H, W) image in [0, 1]: the name of each setting, and its (H, W) int32 objects 1..n, 0 = background."""

# In widths of an object:
OPENINGS = (0.0, 0.1, 0.2, 0.35)  # radius of the disc
APART = (0.0, 0.5, 1.0)  # between the centres of two touching objects at least; 0 = they are not split
WINDOWS = (1.5, 3.0, 6.0)  # of the local threshold
LINES = (0.07, 0.15, 0.25)  # sigma of the line filter


def grays(image: Pixels) -> Iterator[tuple[str, Floats]]:
    """The mean of the channels of a (C, H, W) image, and if there are several each of them: names and (H, W)."""
    yield "", image.mean(axis=0).astype(np.float64)
    if len(image) > 1:
        yield from ((f", channel {number}", channel.astype(np.float64)) for number, channel in enumerate(image, 1))


def polarities(image: Pixels) -> Iterator[tuple[str, Floats]]:
    """Each of `grays` for bright objects, and inverted for dark ones."""
    for name, gray in grays(image):
        yield f"bright{name}", gray
        yield f"dark{name}", 1 - gray


def otsu_recipe(image: Pixels, known: Known) -> Iterator[tuple[str, Labels]]:
    """Otsu's threshold, looser or stricter; opened, holes filled, split by the watershed of the distance."""
    for name, gray in polarities(image):
        smooth = ndi.gaussian_filter(gray, 1)
        for share in (0.8, 1.0, 1.2):
            mask = smooth > share * threshold_otsu(smooth)
            yield from split_masks(mask, known, f"{name}, {share:g} of the threshold")
        if "channel" not in name:
            yield f"{name}, as tuned for the nuclei", keep(classical.otsu_watershed(gray), known.smallest)


def local_recipe(image: Pixels, known: Known) -> Iterator[tuple[str, Labels]]:
    """Brighter by an offset than the Gaussian mean of a window; then as `otsu_recipe`."""
    for name, gray in polarities(image):
        smooth = ndi.gaussian_filter(gray, 1)
        for share, offset in product(WINDOWS, (0.0, 0.02, 0.05)):
            window = 2 * round(share * known.width / 2) + 1
            mask = smooth > threshold_local(smooth, window, offset=-offset)
            yield from split_masks(mask, known, f"{name}, window {window} px, offset {offset:g}")
        if "channel" not in name:
            yield f"{name}, as tuned for the nuclei", keep(classical.local_threshold(gray), known.smallest)


def rim_recipe(image: Pixels, known: Known) -> Iterator[tuple[str, Labels]]:
    """Lines by the filter of Sato, watershed of the lines from what lies between them, without what is too large."""
    for (name, gray), wide in product(polarities(image), LINES):
        sigma = wide * known.width
        lines = sato(gray, [sigma], black_ridges=False)
        for level in (1.0, 0.5, 0.25):
            between = lines <= level * threshold_otsu(lines)
            depth = ndi.distance_transform_edt(between)
            starts = {
                f"each gap opened by {r:.0f} px": label(opened(between, depth, r), connectivity=1) for r in radii(known)
            }
            for apart in (share * known.width for share in APART if share):
                starts[f"centres {apart:.0f} px apart"] = peaks(ndi.gaussian_filter(depth, 1), apart)
            for start, seeds in starts.items():
                found = keep(watershed(lines, keep(seeds, 1)), known.smallest, known.largest)
                yield f"{name} rims, sigma {sigma:.1f} px, {level:g} of Otsu's threshold, from {start}", found


def graph_recipe(image: Pixels, known: Known) -> Iterator[tuple[str, Labels]]:
    """Felzenszwalb's segments of all channels, without what is too large, or on one side of Otsu's threshold."""
    gray = image.mean(axis=0)
    middle = threshold_otsu(gray)
    for scale, sigma in product((30, 100, 300, 1000), (0.8, 1.6)):
        segments = felzenszwalb(image, scale, sigma, known.smallest, channel_axis=0)
        mean = ndi.mean(gray, segments, np.arange(segments.max() + 1))
        for name, wanted in (("any", np.ones(len(mean), bool)), ("bright", mean > middle), ("dark", mean < middle)):
            found = keep(np.where(wanted[segments], segments + 1, 0), known.smallest, known.largest)
            yield f"{name}, scale {scale}, sigma {sigma}", found


RECIPES: dict[str, Recipe] = {
    "Otsu + distance watershed": otsu_recipe,
    "local threshold": local_recipe,
    "rim filter + watershed": rim_recipe,
    "Felzenszwalb": graph_recipe,
}


def split_masks(mask: Bools, known: Known, name: str) -> Iterator[tuple[str, Labels]]:
    """A mask opened more or less, holes filled, touching objects split or not, small ones dropped."""
    depth = ndi.distance_transform_edt(mask)
    for radius in radii(known):
        filled = np.asarray(ndi.binary_fill_holes(opened(mask, depth, radius)))
        inside = ndi.gaussian_filter(ndi.distance_transform_edt(filled), 1)
        for apart in (share * known.width for share in APART):
            objects = watershed(-inside, peaks(inside, apart), mask=filled) if apart else label(filled, connectivity=1)
            split = f"centres {apart:.0f} px apart" if apart else "not split"
            for smallest in (known.smallest, 3 * known.smallest):
                yield f"{name}, opened by {radius:.0f} px, {split}, from {smallest} px", keep(objects, smallest)


def radii(known: Known) -> list[float]:
    """Of the openings, px, whole numbers."""
    return sorted({float(round(share * known.width)) for share in OPENINGS})


def opened(mask: Bools, depth: Floats, radius: float) -> Bools:
    """The opening of a mask by a disc; what lies beyond the border of the image counts as mask.

    Args:
        mask: (H, W).
        depth: (H, W) distance of each of its pixels to the nearest one outside, px.
        radius: of the disc, px.
    """
    if radius == 0 or not mask.any() or mask.all():
        return mask
    core = depth > radius
    return np.asarray(ndi.distance_transform_edt(~core) <= radius) if core.any() else core


def peaks(depth: Floats, apart: float) -> Labels:
    """The maxima of the smoothed (H, W) distance to the outside of a mask, at least so many px apart: (H, W), 1..n."""
    places = peak_local_max(depth, min_distance=max(1, round(apart)), threshold_abs=1, exclude_border=False)
    found = np.zeros(depth.shape, np.int32)
    found[tuple(places.T)] = np.arange(1, len(places) + 1)
    return found


def keep(labels: AnyLabels, smallest: int, largest: float = np.inf) -> Labels:
    """The objects of an (H, W) image with so many px, numbered from 1 in their order; the others become 0."""
    area = np.bincount(labels.ravel())
    good = (area >= smallest) & (area <= largest) & (np.arange(len(area)) > 0)
    return np.where(good, np.cumsum(good), 0)[labels].astype(np.int32)


@dataclass(frozen=True)
class Best:
    """The best setting of a recipe.

    Attributes:
        setting: its name; settings: how many were tried.
        scores: of each image.
    """

    setting: str
    settings: int
    scores: list[ImageScores]


Score = Callable[[AnyLabels, Labels], ImageScores]
"""Of found and true labels."""


def best_setting(
    recipe: Recipe, pairs: Iterable[tuple[Pixels, Labels]], known: Known, score: Score = score_image
) -> Best:
    """The setting with the largest mAP by image on these very images; the first one of several.

    Args:
        recipe: one of RECIPES.
        pairs: (C, H, W) images in [0, 1] and (H, W) truths.
        known: of the objects.
        score: of found and true labels.
    """
    scores: dict[str, list[ImageScores]] = {}
    for image, truth in pairs:
        for setting, found in recipe(image, known):
            scores.setdefault(setting, []).append(score(found, truth))
    best = max(scores, key=lambda setting: float(np.mean([one.summary.mean_ap for one in scores[setting]])))
    return Best(best, len(scores), scores[best])


def compare(pairs: Sequence[tuple[Pixels, Labels]], known: Known, score: Score = score_image) -> Mapping[str, Best]:
    """The best setting of each recipe, by the recipe's name."""
    return {name: best_setting(recipe, pairs, known, score) for name, recipe in RECIPES.items()}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that say what is known of the objects."""
    parser.add_argument("--width", type=float, required=True, help="typical short diameter of an object, px")
    parser.add_argument("--areas", type=int, nargs=2, required=True, help="of the smallest and largest objects, px")


def known_of(options: argparse.Namespace) -> Known:
    """What the options of `add_options` say.

    Raises:
        RlsegError: they contradict each other.
    """
    smallest, largest = options.areas
    if options.width <= 0 or not 0 < smallest <= largest:
        raise RlsegError(
            f"objects {options.width:g} px wide with {smallest} to {largest} px", "say for example --areas 60 4000"
        )
    return Known(options.width, smallest, largest)


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="with images/ and labels/")
    add_options(parser)
    options = parser.parse_args(arguments)
    pairs = classical.load(options.folder / "images", options.folder / "labels", gray=False)
    print("| recipe | mAP | AP50 | best setting |\n| --- | --- | --- | --- |")
    for name, best in compare(pairs, known_of(options)).items():
        found = by_image(best.scores)
        print(f"| {name} | {found.mean_ap:.3f} | {found.ap50:.3f} | {best.setting}: best of {best.settings} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
