"""What a reward file says of the objects is how images are looked at, unless the user says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonargparse import dict_to_namespace

from rlseg.rewards.language import load_reward, stored_reward

if TYPE_CHECKING:
    from rlseg.data import Preparation
    from rlseg.rewards.language import RewardFile


def take_over_objects(settings: Any, allow: tuple[str, ...]) -> None:
    """Put the section `objects` of the reward file into `data.preparation`, if nobody has given another.

    Args:
        settings: of fit, changed in place.
        allow: packages from which terms may be imported.

    Raises:
        RewardFileError: the reward file is wrong.
    """
    preparation = settings.data.preparation
    if preparation.objects is not None or (settings.model.reward is None and settings.model.reward_text is None):
        return
    if settings.model.reward_text is not None:
        file = stored_reward(settings.model.reward_text, "model.reward_text", allow)
    else:
        file = load_reward(settings.model.reward, allow=allow)
    if file.objects is not None:
        preparation.objects = dict_to_namespace(file.objects.model_dump())
        preparation.objects_in = file.units.length


def with_objects(preparation: Preparation, file: RewardFile) -> Preparation:
    """The same for commands without a training: the preparation with the objects of a reward file, if it has none."""
    if preparation.objects is not None or file.objects is None:
        return preparation
    return preparation.model_copy(update={"objects": file.objects, "objects_in": file.units.length})
