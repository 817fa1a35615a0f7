"""How things were said in earlier versions: each ends in one line that says the new word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlseg.errors import RlsegError

# learners were named beside the settings of them all
LEARNERS = {"sac": "guided", "policy_gradient": "policy_gradient"}


def refuse_old_name(key: str, given: Any, where: str) -> None:
    """A learner by its name alone.

    Args:
        key: of the setting.
        given: its value.
        where: it stands; a word of the command line begins with two dashes.
    """
    if key == "model.learner" and isinstance(given, str) and given in LEARNERS:
        new = "--model.learner.kind {}" if where.startswith("--") else "learner: {{kind: {}}}"
        raise RlsegError(f"{where} {given} is now said as {new.format(LEARNERS[given])}")


def refuse_old_section(file: str, model: Any) -> None:
    """A section of its own for the settings of a learner. model: what a file says under `model`."""
    for name, kind in LEARNERS.items():
        if isinstance(model, Mapping) and name in model:
            section = model[name]
            if isinstance(section, Mapping):
                kind = section.get("actor_loss", kind)
            raise RlsegError(f"{file}: model.{name} is now said as model.learner: {{kind: {kind}, ...}}")


def refuse_old_word(name: str) -> None:
    """A word of the command line, without its value."""
    if name == "--model.sac.actor_loss":
        raise RlsegError(f"{name} is now said as --model.learner.kind")
    for old in LEARNERS:
        if name == f"--model.{old}" or name.startswith(f"--model.{old}."):
            setting = name.removeprefix(f"--model.{old}")
            raise RlsegError(f"{name} is now said as --model.learner{setting}")
