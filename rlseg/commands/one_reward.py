"""A reward is given as a file, as a text, and by the checkpoint: all of them must mean one reward."""

from __future__ import annotations

from typing import Any

from rlseg.commands.differences import differences, show
from rlseg.errors import RlsegError
from rlseg.rewards.language import RewardFile, load_reward, stored_reward


def refuse_two_rewards(path: str | None, text: str | None, owner: str, hint: str, allow: tuple[str, ...]) -> None:
    """See that a reward file says what a resolved text says; comments and `extends` do not count.

    Args:
        path: of the file, or None.
        text: the resolved reward that will be used, or None.
        owner: whose text it is, for the message.
        hint: what to do if they differ.
        allow: packages from which terms may be imported.

    Raises:
        RlsegError: they differ, and the first difference is named; or one of them is wrong.
    """
    if path is None or text is None:
        return
    mine, theirs = _content(load_reward(path, allow=allow)), _content(stored_reward(text, owner, allow))
    found = list(differences(mine, theirs, whole=True))
    if found:
        key, here, there = found[0]
        more = f", and {len(found) - 1} more differ" if len(found) > 1 else ""
        raise RlsegError(
            f"the reward file {path} is not the reward of {owner}: {key} is {show(here)} in the file, "
            f"but {show(there)} there{more}",
            hint,
        )


def _content(file: RewardFile) -> Any:
    return file.model_dump(mode="json", exclude_none=True)
