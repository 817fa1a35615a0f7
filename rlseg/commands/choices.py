"""Settings that are one of several kinds, such as `model.learner: {kind: guided, samples: 8}`.

The parser of the command line takes the settings of one class after the other and keeps the first that fits, whatever
kind was asked for. So these settings are put together here, from the configuration files and the words of the command
line in their order, and the parser gets each as one finished value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from rlseg.data.superpixels import SUPERPIXELS
from rlseg.errors import RlsegError
from rlseg.rewards.words import nearest
from rlseg.training.learners import LEARNERS

Kinds = Mapping[str, type[BaseModel]]
Place = Callable[..., str | None]

CHOICES: dict[str, Kinds] = {"model.learner": LEARNERS, "data.preparation.superpixels": SUPERPIXELS}
"""Key -> kind -> class. Where no kind is named, that of DEFAULTS is meant."""
DEFAULTS = {"model.learner": "policy_gradient", "data.preparation.superpixels": "level_sets"}
# how learners were asked for before each had its settings in one place
RENAMED = {"sac": "guided", "policy_gradient": "policy_gradient"}


@dataclass
class Choice:
    """What was said of one key so far.

    Attributes:
        key: like model.learner.
        kind: the last that was named, or that of the default.
        settings: of that kind.
        said: whether anything was.
    """

    key: str
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    said: bool = False

    def add(self, given: Any, where: str) -> None:
        """Take over settings; those of another kind are forgotten when a kind is named.

        Args:
            given: a mapping, with or without kind.
            where: it stands, for messages.

        Raises:
            RlsegError: it is something else, or there is no such kind.
        """
        kinds = CHOICES[self.key]
        if self.key == "model.learner" and isinstance(given, str) and given in RENAMED:
            new = "--model.learner.kind {}" if where.startswith("--") else "learner: {{kind: {}}}"
            raise RlsegError(f"{where} {given} is now said as {new.format(RENAMED[given])}")
        if not isinstance(given, Mapping):
            raise RlsegError(
                f"{where}: expected settings with a kind, got {given!r:.60}", f"known kinds: {', '.join(sorted(kinds))}"
            )
        given = _without_class(given, kinds)
        kind = given.pop("kind", self.kind)
        if not isinstance(kind, str) or kind not in kinds:
            raise RlsegError(f"{where}: there is no kind {kind!r:.60}", f"known kinds: {', '.join(sorted(kinds))}")
        if kind != self.kind:
            self.kind, self.settings = kind, {}
        self.settings |= given
        self.said = True

    def value(self, place: Place) -> dict[str, Any]:
        """The finished value as the parser reads it, with all settings.

        Args:
            place: where a key stands in a file, if it does.

        Raises:
            RlsegError: a setting is unknown or wrong.
        """
        found = CHOICES[self.key][self.kind]
        known = sorted(found.model_fields.keys() - {"kind"})
        for name in self.settings.keys() - set(known):
            near = nearest(name, known)
            raise RlsegError(
                f"{self._where(name, place)}: {self.key} of kind {self.kind} has no such setting",
                f"did you mean {near}?" if near else f"known settings: {', '.join(known)}",
            )
        try:
            whole = found.model_validate(self.settings)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            said = first["msg"].removeprefix("Value error, ")
            got = "" if not name else f", got {first['input']!r:.60}"
            raise RlsegError(f"{self._where(name, place, str(first['input']))}: {said}{got}") from error
        # with all defaults written out: the parser would fill in what another kind said under the same name
        settings = whole.model_dump(mode="json")
        if self.kind == DEFAULTS[self.key]:
            return settings
        return {"class_path": f"{found.__module__}.{found.__name__}", "init_args": settings}

    def _where(self, name: str, place: Place, value: str | None = None) -> str:
        """A setting, and where it stands if it does in a file."""
        found = place(f"{self.key}.{name}", value) if name else None
        key = f"{self.key}.{name}".rstrip(".")
        return f"{found}: {key}" if found else key


def put_together(args: Sequence[str], files: Mapping[str, Any], read: Callable[[str], Any], place: Place) -> list[str]:
    """The command line with each choice as one word at its end, and nothing of it before.

    Args:
        args: the command line.
        files: what the configuration files say, by their names on the command line.
        read: the value of a word.
        place: where a key stands in a file, if it does.

    Raises:
        RlsegError: a choice cannot be made.
    """
    choices = {key: Choice(key, DEFAULTS[key]) for key in CHOICES}
    spoken: dict[str, dict[str, Any]] = {key: {} for key in CHOICES}  # by words in a row, whatever their order
    rest: list[str] = []

    def take_over() -> None:
        for key, said in spoken.items():
            if said:
                choices[key].add(dict(said), f"--{key}")
                said.clear()

    words = iter(range(len(args)))
    for number in words:
        name, equal, value = args[number].partition("=")
        following = args[number + 1] if number + 1 < len(args) else ""
        if name in ("--config", "-c"):
            take_over()
            file = value if equal else following
            _refuse_old(file, files.get(file))
            for choice in choices.values():
                given = part_of(files.get(file), choice.key)
                if given is not None:
                    spot = place(f"{choice.key}.kind", str(part_of(given, "kind"))) or place(choice.key, str(given))
                    choice.add(given, f"{spot or file}: {choice.key}")
        key = next((key for key in CHOICES if name == f"--{key}" or name.startswith(f"--{key}.")), None)
        above = next((key for key in CHOICES if key.startswith(f"{name.removeprefix('--')}.")), None)
        if name.endswith(".help") or (key is None and (above is None or not name.startswith("--"))):
            _refuse_old_word(name)
            rest.append(args[number])
            continue
        if not equal:
            value = following
            next(words, None)
        content = read(value)
        if key is None:  # a mapping around choices, like --data.preparation "{superpixels: {...}}"
            for key in CHOICES:
                inner = key.removeprefix(f"{name.removeprefix('--')}.")
                given = part_of(content, inner) if inner != key else None
                if given is not None:
                    take_over()
                    choices[key].add(given, f"--{key}")
                    content = _without(content, inner.split("."))
            if content != {}:
                rest.append(f"{name}={content if isinstance(content, str) else json.dumps(content)}")
            continue
        if name != f"--{key}":
            spoken[key][name.removeprefix(f"--{key}.").removeprefix("init_args.")] = content
        elif isinstance(content, Mapping):
            spoken[key] |= _without_class(content, CHOICES[key])
        else:
            choices[key].add(content, f"--{key}")
    take_over()
    more = [f"--{key}={json.dumps(choice.value(place))}" for key, choice in choices.items() if choice.said]
    return [*rest, *more]


def part_of(content: Any, key: str) -> Any:
    """What stands at a key like a.b.c of nested mappings, None if nothing does."""
    for part in key.split("."):
        content = content.get(part) if isinstance(content, Mapping) else None
    return content


def without_choices(content: Any) -> Any:
    """A configuration without the choices, which the command line says by then."""
    for key in CHOICES:
        content = _without(content, key.split("."))
    return content


def as_parsed(key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with their kind, as a checkpoint holds them, in the form that the parser reads."""
    choice = Choice(key, DEFAULTS[key])
    choice.add(given, key)
    return choice.value(lambda _: None)


def _without(content: Any, parts: Sequence[str]) -> Any:
    if not isinstance(content, Mapping) or parts[0] not in content:
        return content
    if len(parts) == 1:
        return {name: value for name, value in content.items() if name != parts[0]}
    return {**content, parts[0]: _without(content[parts[0]], parts[1:])}


def _without_class(given: Mapping[str, Any], kinds: Kinds) -> dict[str, Any]:
    """`class_path` and `init_args` as `kind` and settings."""
    if "class_path" not in given:
        return dict(given)
    name = str(given["class_path"]).rpartition(".")[2]
    kind = next((kind for kind, found in kinds.items() if found.__name__ == name), str(given["class_path"]))
    settings = given.get("init_args") or {}
    return {**(dict(settings) if isinstance(settings, Mapping) else {"init_args": settings}), "kind": kind}


def _refuse_old(file: str, content: Any) -> None:
    model = part_of(content, "model")
    for name, kind in RENAMED.items():
        if isinstance(model, Mapping) and name in model:
            kind = str(part_of(model[name], "actor_loss") or kind)
            raise RlsegError(f"{file}: model.{name} is now said as model.learner: {{kind: {kind}, ...}}")


def _refuse_old_word(name: str) -> None:
    if name == "--model.sac.actor_loss":
        raise RlsegError(f"{name} is now said as --model.learner.kind")
    for old in RENAMED:
        if name == f"--model.{old}" or name.startswith(f"--model.{old}."):
            setting = name.removeprefix(f"--model.{old}")
            raise RlsegError(f"{name} is now said as --model.learner{setting}")


def help_of(key: str) -> str:
    """What `--help` says of a choice: all its kinds, and how to see their settings."""
    names = {kind: found.__name__ for kind, found in sorted(CHOICES[key].items())}
    first = next(iter(names.values()))
    return (
        f"settings of one of the kinds {', '.join(names)}: --{key}.kind NAME, and --{key}.SETTING for its settings, "
        f"which --{key}.help {first} (or {', '.join(list(names.values())[1:])}) shows"
    )
