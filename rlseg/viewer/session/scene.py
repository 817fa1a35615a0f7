"""One image with its superpixels, in which objects are searched by the rules, again and again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property

from rlseg.arrays import Floats, Labels
from rlseg.data import Preparation
from rlseg.environment import LabelObjects, label_objects
from rlseg.graph import Sample
from rlseg.io import RawImage
from rlseg.prediction import search_sample
from rlseg.rewards import Measurements, Reward
from rlseg.viewer.session.found import Found
from rlseg.viewer.session.numbers import Number
from rlseg.viewer.session.rules import Rules


@dataclass(frozen=True)
class Scene:
    """An image that is ready to be searched.

    Attributes:
        image: as it was given.
        sample: with its superpixels.
        preparation: by which it was made.
    """

    image: RawImage
    sample: Sample
    preparation: Preparation

    @classmethod
    def of(cls, image: RawImage, rules: Rules, name: str = "image") -> Scene:
        """Prepare an image as a training by these rules would do by default.

        Args:
            image: the image.
            rules: what they say of the objects decides how images are looked at.
            name: of the image, for messages.

        Raises:
            RlsegError: the rules ask for channels or a pixel size that the image has not.
        """
        preparation = Preparation().for_reward(rules.file)
        return cls(image, preparation(image.pixels, name, pixel_size=image.pixel_size), preparation)

    def suits(self, image: RawImage, rules: Rules) -> bool:
        """Whether the image would be prepared in the same way by other rules."""
        return image is self.image and Preparation().for_reward(rules.file) == self.preparation

    def search(self, rules: Rules, min_score: float = 0.3) -> Found:
        """The objects that the rules like best, without any training.

        Args:
            rules: the rules.
            min_score: objects that are paid less are left out, 0..1.

        Raises:
            RlsegError: the rules cannot judge the image.
        """
        began = time.perf_counter()
        reward = Reward(rules.file)
        segmentation = search_sample(self.sample, reward, min_score)
        return Found(segmentation, reward, min_score, time.perf_counter() - began)

    def drawn(self, labels: Labels) -> Drawn:
        """What objects that were drawn measure. labels: (H, W), 0 = nothing."""
        return Drawn(self.sample, labels)


@dataclass(frozen=True)
class Drawn:
    """Drawn objects: the sample, and (H, W) labels."""

    sample: Sample
    labels: Labels

    @cached_property
    def _objects(self) -> LabelObjects:
        return label_objects(self.sample, self.labels)

    def values(self, number: Number, reward: Reward) -> Floats:
        """(n,) what a number of the rules is about, of each object; none if it is about no descriptor."""
        found = self._objects
        if number.about is None:
            return found.of_objects(found.segments.descriptor("area"))[:0]
        per_pixel = reward.length_per_pixel(found.segments.regions)
        measured = Measurements(found.segments, reward.file.units, per_pixel, reward.file.geometry)
        return found.of_objects(measured.value(*number.about))
