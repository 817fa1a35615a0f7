"""Prior: objects lie in a ring around a centre, with one background inside and one outside of it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Tag

from rlseg.arrays import Floats, np
from rlseg.rewards.edge_terms.base import EdgeKey, EdgeScene, EdgeTerm, center_distances
from rlseg.rewards.geometry import Geometry, GeometryReference
from rlseg.rewards.model import Model, Positive


class RadialKernel(Model):
    """height exp(-(d / width)^2 / 2), d being the distance from a circle around the centre."""

    at: Annotated[Literal["center", "ring", "border"], GeometryReference("border_radius", when=("border",))]
    """center: distance from the centre itself; ring: from the middle of the ring; border: from border_radius."""
    width: Positive
    """In the file's unit of length."""
    height: Positive = 1.0
    """The value at d = 0."""

    def log(self, distance: Floats, geometry: Geometry) -> Floats:
        """Logarithm of the kernel. distance: (E,) from the centre, in the file's unit of length."""
        return np.log(self.height) - 0.5 * ((distance - _radius(self.at, geometry)) / self.width) ** 2


def _radius(at: str, geometry: Geometry) -> float:
    """Radius of the circle a kernel sits on: j, the middle of the ring, or m, the border, or 0, the centre."""
    if at == "ring":
        assert geometry.ring is not None
        return (geometry.ring[0] + geometry.ring[1]) / 2
    if at == "border":
        assert geometry.border_radius is not None
        return geometry.border_radius
    return 0.0


class KernelPrior(EdgeTerm):
    """Eq. 5-7 of arXiv:2107.02600: edges far from the ring are paid for being merged, those in it what objects earn.

    With h the distance from the centre of the mean of the centroids of the edge's two superpixels, j the middle of the
    ring, r_o the reward without this term, a the action (1 = cut) and K_f, K_b the kernels at h:

        r = K_f r_o + K_b (1 - a),   K_b = inner_background for h <= j, outer_background beyond.

    The kernels are divided by their sum, so that r stays in [0, 1]. With `normalise: false` they are not, which is
    Eq. 7 as printed, in [0, height of K_f + height of K_b]. Nothing is clipped: with heights of 1, as printed, r can
    reach 2; with heights of 0.5 it is half of Eq. 7, in [0, 1], which ranks partitions in the same order.
    """

    EXAMPLE: ClassVar[str] = (
        "{foreground: {at: ring, width: 70}, inner_background: {at: center, width: 22},"
        " outer_background: {at: border, width: 4}}"
    )

    foreground: Annotated[RadialKernel, GeometryReference("center", "ring")]
    """What the rewards of objects are multiplied by."""
    inner_background: RadialKernel
    """What 1 - action is multiplied by inside the middle of the ring."""
    outer_background: RadialKernel
    """What 1 - action is multiplied by outside of it."""
    normalise: bool = True
    """Divide the kernels by their sum; false for Eq. 7 as printed."""

    def pay(self, reward: Floats, scene: EdgeScene) -> Floats:
        """(K, E) floats."""
        measurements = scene.measurements
        geometry, regions = measurements.geometry, measurements.segments.regions
        assert geometry is not None  # the loader has seen to it
        centers = regions.moments[:, :2] / regions.area[:, None]
        between = (centers[regions.edge_index[0]] + centers[regions.edge_index[1]]) / 2
        distance = center_distances(measurements, between)
        inside = distance <= _radius("ring", geometry)
        inner, outer = (k.log(distance, geometry) for k in (self.inner_background, self.outer_background))
        fore, back = self.foreground.log(distance, geometry), np.where(inside, inner, outer)
        if self.normalise:
            # the shares come from the logarithms, for far from everything both kernels are 0
            total = np.logaddexp(fore, back)
            fore, back = fore - total, back - total
        return np.exp(fore) * reward + np.exp(back) * (1.0 - scene.actions)


class FlatPrior(EdgeTerm):
    """Eq. 5-7 with a flat top: in the ring edges are paid what objects earn, outside of it for being merged.

    r = k r_o + (1 - k) (1 - a) with k = exp(-(d / (falloff depth))^2 / 2), d the distance of the mean of the edge's
    cracks from the ring (0 inside), depth = outer - inner radius, r_o the reward without this term and a the action
    (1 = cut). In [0, 1]. One number instead of the six of the kernels.
    """

    EXAMPLE: ClassVar[str] = "{ring: flat, falloff: 0.12}"

    ring: Annotated[Literal["flat"], GeometryReference("center", "ring", when=("flat",))]
    """Chooses this form."""
    falloff: Positive = 0.12
    """How quickly the pay of the objects ends outside the ring, as a share of the ring's depth."""

    def pay(self, reward: Floats, scene: EdgeScene) -> Floats:
        """(K, E) floats in [0, 1] if `reward` is."""
        measurements = scene.measurements
        geometry = measurements.geometry
        assert geometry is not None  # the loader has seen to it
        assert geometry.ring is not None
        inner, outer = geometry.ring
        distance = center_distances(measurements, measurements.segments.regions.crack_means)
        beyond = np.maximum(np.maximum(inner - distance, distance - outer), 0.0)
        share = np.exp(-0.5 * (beyond / (self.falloff * (outer - inner))) ** 2)
        return share * reward + (1.0 - share) * (1.0 - scene.actions)


def _form(value: Any) -> str:
    flat = "ring" in value if isinstance(value, dict) else isinstance(value, FlatPrior)
    return "<flat>" if flat else "<kernels>"


RadialPrior = Annotated[
    Annotated[FlatPrior, Tag("<flat>")] | Annotated[KernelPrior, Tag("<kernels>")], Discriminator(_form)
]
KEY = EdgeKey("radial_prior", RadialPrior, "Pay for merging away from a ring of objects; applied last.", place=1)
