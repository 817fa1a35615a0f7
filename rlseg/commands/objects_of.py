"""What a reward file says of the objects is how images are looked at, unless the user says otherwise."""

from __future__ import annotations

from typing import Any

from rlseg.rewards import MixedChannel
from rlseg.rewards.language import load_reward, stored_reward


def take_over_objects(settings: Any, allow: tuple[str, ...]) -> None:
    """Put the section `objects` of the reward file, and the channels that it asks for, into `data.preparation`, unless
    somebody has said something else there; see `Preparation.for_reward`.

    Args:
        settings: of fit, changed in place.
        allow: packages from which terms may be imported.

    Raises:
        RewardFileError: the reward file is wrong.
    """
    preparation = settings.data.preparation
    if settings.model.reward is None and settings.model.reward_text is None:
        return
    if settings.model.reward_text is not None:
        file = stored_reward(settings.model.reward_text, "model.reward_text", allow)
    else:
        file = load_reward(settings.model.reward, allow=allow)
    if preparation.objects is None and file.objects is not None:
        # plain values: the parser accepts no namespace where one of several forms may stand
        preparation.objects = file.objects.model_dump()
        preparation.objects_in = file.units.length
    if not preparation.derived:
        preparation.derived = tuple(one.model_dump() if isinstance(one, MixedChannel) else one for one in file.pictures)
