"""Files of earlier formats as those of today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def upgrade(content: Mapping[str, Any]) -> dict[str, Any]:
    """A checkpoint or exported model of any format in that of today; one of today as it is.

    Format 1 named the learner ("policy_gradient" or "sac") beside the settings of both. What `sac` was stood in its
    `actor_loss`; both forms kept the statistics of a control variate, which the pathwise one does not use. Where
    nothing is said of the normalisation, it was by minimum and maximum; of proposals, there were none.

    Args:
        content: state_dict, hyper_parameters and whatever else.
    """
    if "preparation" in content:
        then: dict[str, Any] = {"normalisation": {"method": "minmax"}, "proposals": None}
        content = {**content, "preparation": then | dict(content["preparation"])}
    settings = dict(content.get("hyper_parameters", {}))
    name = settings.get("learner")
    if not isinstance(name, str):
        return dict(content)
    given = {key: settings.pop(key, {}) for key in ("policy_gradient", "sac")}
    learner = dict(given.get(name, {}))
    kind = learner.pop("actor_loss", "guided") if name == "sac" else name
    foreign = {
        "guided": ("exploration_std", "exploration_share", "target_critic", "tau", "tau_every"),
        "pathwise": ("imagined", "edge_credit_steps"),
    }.get(kind, ())
    settings["learner"] = {"kind": kind} | {key: value for key, value in learner.items() if key not in foreign}
    unused = {"guided": "learner.target.", "pathwise": "learner.control."}.get(kind)
    weights = {
        name: values for name, values in content["state_dict"].items() if unused is None or not name.startswith(unused)
    }
    return {**content, "hyper_parameters": settings, "state_dict": weights}
