"""The settings of a preparation, and what follows of them from what the objects look like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from rlseg.data.looking import Zoom
from rlseg.data.normalise import Normalisation
from rlseg.data.proposing import Look, Proposing
from rlseg.data.superpixels import AnySuperpixels, AutoSuperpixels, BlurCorrection
from rlseg.errors import RlsegError
from rlseg.graph import RingGeometry
from rlseg.io import PixelSize
from rlseg.rewards import Channel, Objects

# ranges of widths over 1 : 3 are looked at on several working grids
_RANGE = 3.0
_USUAL_WIDTH = 15.0
# pixels whose sides differ by a larger share than this are not square
MOST_UNEVEN = 0.01


Guide = Literal["brightness", "gradient", "lines"]


class Appearance(BaseModel):
    """What the objects look like, and how images are looked at.

    Where a setting is null it follows from `objects`; without those, objects are taken to be bright and 15 px wide.

    Attributes:
        objects: the section of that name in the reward file, which `rlseg fit` puts here.
        objects_in: the unit of length of that section.
        derived: channels made from those of the image, which the reward file asks for; `rlseg fit` puts them here.
        working_width: px, the width that the objects have on the grid on which superpixels are found; at least
            that in volumes, unless they are nearly as wide as they are.
        normalisation: of the raw intensities, image by image.
        superpixels: the over-segmentation.
        ring: adds features relative to a ring around a known place, the same in all images, or none.
        blur: what "half way up an outline" means in blurred images; with `objects` nothing else than in sharp ones.
        noise_floor: what stands out by less than so many times the noise counts as this bright, so that noise is no
            object. Lower where dim objects lie beside very bright ones in a noisy image: theirs is then the full
            relative brightness too. 10 with `objects`, else 40.
        least_contrast: the same in units of the normalised image. 0.2 with `objects`, else 0.
        intersect_with_truth: cut the superpixels along the TRUE outlines. Needs labels; gives an upper bound on what
            perfect superpixels would allow, never a label-free result.
        guide: which superpixels the search that starts a training joins first: those with bright cracks between them
            (objects brighter than the ground, or made so) or those without a gradient on their cracks (objects of any
            colour) or those without a line of the ground, or of a rim, on their cracks. Lines for outlined objects
            and for superpixels that follow lines, else brightness.
        proposals: the ways of looking whose segments the search chooses from and `stability` compares with, or none.
        pixel_size: um per pixel of images whose files do not say it; only reward files in um ask for it.
        trained_on: um per pixel of the images of the training, if it is known; `rlseg fit` puts it here.
        subgraph_sizes: numbers of edges k over which rewards are averaged.
        subgraph_overlap: 0: as few sub-graphs as cover all edges, which share little. n: compact ones, each whatever
            others hold, until every edge lies in n of each size (docs/results/overlap.md).
        seed: of the sub-graphs' order.
        volume: whether planes belong together, (Z, H, W) (docs/volumes.md); images are taken by themselves.
        plane_distance: of a volume whose file does not say it, in sides of a pixel: 1 where voxels are cubes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    objects: Objects | None = None
    objects_in: Literal["px", "um"] = "px"
    derived: tuple[Channel, ...] = ()
    working_width: Annotated[float, Field(ge=4, le=100)] = _USUAL_WIDTH
    normalisation: Normalisation = Normalisation()
    superpixels: AnySuperpixels = Field(default=AutoSuperpixels(), validate_default=True)
    ring: RingGeometry | None = None
    blur: BlurCorrection | None = None
    noise_floor: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    least_contrast: Annotated[float, Field(ge=0, lt=1)] | None = None
    intersect_with_truth: bool = False
    guide: Guide | None = None
    proposals: Proposing | None = Proposing()
    pixel_size: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    trained_on: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    subgraph_sizes: tuple[Annotated[int, Field(ge=1)], ...] = (6, 12, 32)
    subgraph_overlap: Annotated[int, Field(ge=0, le=16)] = 0
    seed: int = 0
    volume: bool = False
    plane_distance: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _of_volumes(self) -> Self:
        if not self.volume:
            if self.plane_distance is not None:
                raise ValueError("plane_distance is that of a volume: say volume: true")
            return self
        for what, wrong in (
            ("objects that are different from the ground", self._look == "different"),
            (f"superpixels of the kind {self.superpixels.kind}", not self.superpixels.usual.VOLUMES),
            ("rings", self.ring is not None),
            ("corrections of blur", self.blur is not None and self.blur.slope > 0),
            ("channels made from others", bool(self.derived)),
        ):
            if wrong:
                raise ValueError(f"there are no {what} for volumes yet (docs/volumes.md)")
        return self

    @property
    def _look(self) -> str:
        return "brighter" if self.objects is None else self.objects.way

    @property
    def blur_correction(self) -> BlurCorrection:
        """The blur that is corrected; none with `objects`, for what it does was measured on nuclei."""
        if self.blur is not None:
            return self.blur
        return BlurCorrection() if self.objects is None and not self.volume else BlurCorrection(slope=0)

    @property
    def least_brightness(self) -> float:
        """The noise floor."""
        if self.noise_floor is not None:
            return self.noise_floor
        return 40.0 if self.objects is None else 10.0

    @property
    def contrast_floor(self) -> float:
        """The least contrast."""
        if self.least_contrast is not None:
            return self.least_contrast
        return 0.0 if self.objects is None else 0.2

    @property
    def guided_by(self) -> Guide:
        """The guide."""
        if self.superpixels.follows_lines or (self.guide is None and self._outlined):
            return "lines"
        return self.guide or "brightness"

    @property
    def _outlined(self) -> bool:
        return self.objects is not None and self.objects.way == "outlined"

    @property
    def ways(self) -> tuple[Look, ...]:
        """The ways in which segments are proposed: of the settings, or by what the objects look like."""
        if self.proposals is not None and self.proposals.look is not None:
            return (self.proposals.look,)
        if self.objects is not None and not self.volume:
            return ("brighter", "lines")
        lines = (
            self.superpixels.follows_lines or self.guide in ("gradient", "lines") or (self._outlined and self.volume)
        )
        return ("lines",) if lines else ("brighter",)

    @property
    def shows_lines(self) -> bool:
        """Whether features look at lines."""
        return self.guided_by == "lines" or (self.objects is not None and not self.volume)

    @property
    def shows_proposals(self) -> bool:
        """Whether the features tell the networks what is proposed."""
        if self.proposals is None:
            return False
        if self.proposals.shown is None:
            return not self._outlined if self.objects is not None else self.ways == ("brighter",)
        return self.proposals.shown

    @property
    def steepness(self) -> float:
        """Of the relief that outlines are refined on: a blurred line is about .6 of its crest at its edge, where a wide
        bright thing is .5, and .61 ** 1.4 = .5."""
        return 1.4 if self._outlined else 1.0

    @property
    def smoothing(self) -> float:
        """Of that relief, in working pixels; the profile of a rim would not bear more."""
        return 0.5 if self.objects is None or self._outlined else 1.0

    def size_of_pixels(self, of_file: PixelSize | None) -> tuple[float, ...]:
        """Height and width in um: what a file says, else what the settings say, else 0; of a volume the distance of its
        planes first."""
        known = 0.0 if self.pixel_size is None else self.pixel_size
        size = (known, known) if of_file is None else (of_file.row, of_file.column)
        return (self.spacing(of_file)[0] * size[0], *size) if self.volume else size

    def spacing(self, of_file: PixelSize | None = None) -> tuple[float, ...]:
        """Sides of a pixel in px: (1, 1); of a volume how far its planes are apart first: what a file says, else what
        the settings say.

        Raises:
            RlsegError: nobody says it, or pixels are not square.
        """
        if not self.volume:
            return 1.0, 1.0
        if of_file is not None and abs(of_file.row - of_file.column) > MOST_UNEVEN * max(of_file.row, of_file.column):
            raise RlsegError(
                f"pixels of a volume must be square within its planes, these are {of_file.row:g} um high and "
                f"{of_file.column:g} um wide",
                "resample the planes",
            )
        if of_file is not None and of_file.plane is not None:
            return of_file.plane / of_file.column, 1.0, 1.0
        if self.plane_distance is None:
            raise RlsegError(
                "how far the planes of a volume are apart is not known: its file does not say it",
                "say data.preparation.plane_distance (on the command line --plane-distance) in sides of a pixel: "
                "1 where voxels are cubes",
            )
        return self.plane_distance, 1.0, 1.0

    def check_spacing(self, path: Path, of_file: PixelSize | None) -> None:
        """See to it that `spacing` is known. path: of the image, for messages.

        Raises:
            RlsegError: see `spacing`.
        """
        try:
            self.spacing(of_file)
        except RlsegError as error:
            raise RlsegError(f"{path}: {error.message}", error.hint) from None

    def refuse_other_kind(self, axes: int) -> None:
        """See to it that an image is one, and with `volume` a volume. axes: 2 or 3, without the channels.

        Raises:
            RlsegError: it is the other one.
        """
        if (axes == 3) != self.volume:
            raise RlsegError(
                "this is a volume, but the preparation is for images"
                if axes == 3
                else "this is an image, but the preparation is for volumes",
                "data.preparation.volume: true takes the planes of a stack as one volume",
            )

    def widths(self, size: PixelSize | None = None) -> tuple[float, float]:
        """Smallest and largest short diameter of the objects in px.

        Args:
            size: of the pixels, as the file says it.

        Raises:
            RlsegError: the widths are in um, and the size of the pixels is not known.
        """
        if self.objects is None:
            return self.working_width, self.working_width
        low, high = self.objects.widths
        if self.objects_in == "px":
            return low, high
        side = float(np.sqrt(np.prod(self.size_of_pixels(size)[-2:])))
        if not side > 0:
            raise RlsegError(
                "objects.width is in um, but the pixel size of an image is not known",
                "give it with --data.pixel_size (training) or --pixel-size, or write the reward file in px",
            )
        return low / side, high / side

    def zooms(self, size: PixelSize | None = None) -> tuple[Zoom, ...]:
        """The working grids of an image, the finest first.

        Args:
            size: of the pixels, as the file says it.

        Raises:
            RlsegError: see `widths` and `spacing`; or a volume is to be looked at on several grids.
        """
        if self.objects is None:
            return (Zoom(),)
        low, high = self.widths(size)
        count = max(int(np.ceil(np.log(high / low) / np.log(_RANGE) - 1e-9)), 1)
        middles = [low * (high / low) ** ((k + 0.5) / count) for k in range(count)]
        if not self.volume:
            return tuple(dict.fromkeys(Zoom.of(width, self.working_width) for width in middles))
        if count > 1:
            raise RlsegError(
                f"objects {low:g} to {high:g} px wide ask for {count} working grids, but volumes are looked at on "
                "one alone yet",
                f"name a range of at most 1 : {_RANGE:g}, or leave out objects",
            )
        return (Zoom.of_volume(middles[0], self.working_width, self.spacing(size)[0]),)
