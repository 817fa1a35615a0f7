"""A reward file without what looks at the whole partition."""

from __future__ import annotations

from rlseg.errors import RlsegError
from rlseg.rewards.classes import AreaRule
from rlseg.rewards.group import Group
from rlseg.rewards.language import FOREGROUND, RewardFile


def rules_of_single_segments(file: RewardFile) -> tuple[RewardFile, tuple[str, ...]]:
    """A reward file whose foreground scores do not depend on how the rest of the image is partitioned.

    Terms that look at the whole partition (`Term.sees_partition`) are left out, the others of their class weigh as
    before, and so are `at_most` and `tracks.pay`; class rules that do (`ClassRule.PARTITION`) match
    nothing. Classes that the foreground's terms do not ask for are paid nothing, for only the foreground is meant.

    Returns:
        The file; and what was left out of the foreground's, as "class/term", "class NAME" and "class.at_most".

    Raises:
        RlsegError: nothing is left of the foreground.
    """
    rules, rewards, left_out = dict(file.classes), dict(file.rewards), []
    for name, rule in file.classes.items():
        if type(rule).PARTITION:
            rules[name] = AreaRule(kind="area", under=0)
            left_out.append(f"class {name}")
    for name, group in file.rewards.items():
        if not isinstance(group, Group):
            continue
        kept = {key: term for key, term in group.terms.items() if not term.sees_partition}
        rewards[name] = group.model_copy(update={"terms": kept, "at_most": None}) if kept else 0.0
        if name == FOREGROUND:
            left_out += [f"{name}/{key}" for key in group.terms if key not in kept]
            left_out += [f"{name}.at_most"] if group.at_most is not None else []
            if not kept:
                raise RlsegError(
                    f"all terms of the foreground look at the whole partition ({', '.join(group.terms)}): "
                    "there is nothing that a search could judge single objects by",
                    "add a term on single objects; a training starts without a search with model.imitation.steps: 0",
                )
    foreground = rewards[FOREGROUND]
    asked = isinstance(foreground, Group) and any(any(term.needed_classes()) for term in foreground.terms.values())
    if not asked:
        rewards = {name: found if name == FOREGROUND else 0.0 for name, found in rewards.items()}
    tracks = file.tracks
    if tracks is not None and tracks.pay:
        tracks = tracks.model_copy(update={"pay": 0.0})
        left_out.append("tracks.pay")
    return file.model_copy(update={"classes": rules, "rewards": rewards, "tracks": tracks}), tuple(left_out)
