"""What a model found on the images it was validated on, which what it finds later is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from rlseg.arrays import AnyFloats, Floats

RANKS = np.linspace(0, 1, 21)
# of images, those aside that give the lowest and the highest numbers
IMAGES = (0.05, 0.5, 0.95)
# Objects are paid much less if it is less than this share of what the lowest image of the validation got; a few objects
# must be paid less still. On the nuclei, rings and discs none of their own images is (tests/slow/test_unlike.py)
MUCH_LESS, MUCH_LESS_OF_FEW = 0.8, 0.5
FEW = 5
# an image should have objects where this many are expected, and has none to speak of if it has less than a tenth
EXPECTED, NONE = 3.0, 0.1
CAUSES = "another magnification (--width) or channel, an inverted image, or outliers among the intensities?"
OF_VOLUMES = (
    "planes farther apart or nearer (--plane-distance), other axes (--axes), another magnification or channel, "
    "an inverted image, or outliers among the intensities?"
)

Number = Annotated[float, Field(allow_inf_nan=False)]

TINY = 1e-12
"""What is paid less is paid nothing."""


class Reference(BaseModel):
    """Rewards and numbers of the objects on the images of the validation. Travels with the checkpoint.

    Attributes:
        images: how many had been validated on.
        object_reward: the 0, 5, ..., 100 % quantiles of the reward of all objects; empty if there were none.
        image_reward: the 5, 50 and 95 % quantiles, over images, of the mean reward of an image's objects; as well.
        density: the 5, 50 and 95 % quantiles, over images, of the number of objects on a million pixels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    images: int = Field(ge=1)
    object_reward: tuple[Number, ...]
    image_reward: tuple[Number, Number, Number] | tuple[()]
    density: tuple[Number, Number, Number]

    @model_validator(mode="after")
    def _whole(self) -> Reference:
        if len(self.object_reward) != (len(RANKS) if self.image_reward else 0):
            raise ValueError(f"object_reward has {len(self.object_reward)} quantiles")
        return self

    @classmethod
    def of(cls, found: Sequence[tuple[AnyFloats, int]]) -> Reference:
        """Of at least one image. found: for each the (n,) rewards of its objects, and its number of pixels."""
        rewards = [np.asarray(reward, np.float64) for reward, _ in found if len(reward)]
        density = [len(reward) / pixels * 1e6 for reward, pixels in found]
        low, middle, high = (float(value) for value in np.quantile(density, IMAGES))
        if not rewards:
            return cls(images=len(found), object_reward=(), image_reward=(), density=(low, middle, high))
        least, usual, most = (float(value) for value in np.quantile([reward.mean() for reward in rewards], IMAGES))
        return cls(
            images=len(found),
            object_reward=tuple(np.quantile(np.concatenate(rewards), RANKS).tolist()),
            image_reward=(least, usual, most),
            density=(low, middle, high),
        )

    def rank(self, rewards: AnyFloats) -> Floats:
        """(n,) the share of the objects of the validation that were paid less than each of (n,) objects, in [0, 1].

        NaN if there were none.
        """
        if not self.object_reward:
            return np.full(len(rewards), np.nan)
        # between numbers next to nothing a slope is infinite, and some versions of numpy return that
        known, asked = (np.where(np.abs(x) < TINY, 0.0, x) for x in (np.array(self.object_reward), rewards))
        return np.interp(asked, known, RANKS)

    def remark(self, rewards: AnyFloats, pixels: int, volume: bool = False) -> str | None:
        """What is odd about the objects of an image, in one line; None if nothing is.

        Args:
            rewards: (n,) of its objects.
            pixels: of the image.
            volume: whether it is one, for which other reasons are likely.
        """
        causes = OF_VOLUMES if volume else CAUSES
        if not len(rewards) and not self.object_reward:
            return "no objects, as on the images of the training, where this model found none: it has to be trained on"
        count, expected = len(rewards), self.density[0] * pixels / 1e6
        if expected >= EXPECTED and count < NONE * expected:
            found = f"{count} object{'s' if count != 1 else ''}" if count else "no objects"
            return f"{found} where images of the training have {expected:.0f} or more on as many pixels: {causes}"
        if not count or not self.image_reward:
            return None
        (low, _, high), mean = self.image_reward, float(np.mean(rewards))
        if mean >= low * (MUCH_LESS if count >= FEW else MUCH_LESS_OF_FEW):
            return None
        paid = f"{count} objects are paid {mean:.2f} on average" if count > 1 else f"only object is paid {mean:.2f}"
        usual = f"{low:.2f} to {high:.2f}" if f"{low:.2f}" != f"{high:.2f}" else f"{low:.2f}"
        return f"its {paid}, those on images of the training {usual}: {causes}"
