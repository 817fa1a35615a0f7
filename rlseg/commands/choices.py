"""Settings that are one of several kinds, such as `model.learner: {kind: guided, samples: 8}`.

The parser of the command line takes the settings of one class after the other and keeps the first that fits, whatever
kind was asked for. So these settings are put together here, from the configuration files and the words of the command
line in their order, and the parser gets each as one finished value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from rlseg.commands.earlier_words import refuse_old_name, refuse_old_section, refuse_old_word
from rlseg.data.superpixels import SUPERPIXELS
from rlseg.errors import RlsegError
from rlseg.rewards import nearest
from rlseg.training.learners import LEARNERS

Kinds = Mapping[str, type[BaseModel]]
Place = Callable[..., str | None]
"""Where a key, perhaps with a certain value, stands in a configuration file; None if in none."""

CHOICES: dict[str, Kinds] = {"model.learner": LEARNERS, "data.preparation.superpixels": SUPERPIXELS}
"""Key -> kind -> class. Where no kind is named, that of DEFAULTS is meant."""
DEFAULTS = {"model.learner": "policy_gradient", "data.preparation.superpixels": "auto"}


@dataclass
class Choice:
    """What was said of one key so far.

    Attributes:
        key: like model.learner.
        kind: the last that was named, or that of the default.
        settings: of that kind.
        said: whether anything was.
        named: whether a kind was.
    """

    key: str
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    said: bool = False
    named: bool = False

    def add(self, given: Any, where: str) -> None:
        """Take over settings; those of another kind are forgotten when a kind is named.

        Args:
            given: a mapping, with or without kind.
            where: it stands, for messages.

        Raises:
            RlsegError: it is something else, or there is no such kind.
        """
        kinds = CHOICES[self.key]
        known = f"known kinds: {', '.join(sorted(kinds))}"
        refuse_old_name(self.key, given, where)
        if isinstance(given, str) and given in kinds:
            raise RlsegError(
                f"{where}: {given} is a kind", f"say --{self.key}.kind {given}, in a file {{kind: {given}}}"
            )
        if not isinstance(given, Mapping):
            raise RlsegError(f"{where}: expected settings with a kind, got {given!r:.60}", known)
        given = _without_class(given, kinds)
        self.named = self.named or "kind" in given
        kind = given.pop("kind", self.kind)
        if not isinstance(kind, str) or kind not in kinds:
            near = nearest(kind, kinds) if isinstance(kind, str) else None
            raise RlsegError(
                f"{where}: there is no kind {kind!r:.60}", f"did you mean {near}? {known}" if near else known
            )
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
        return {"class_path": _shortest_path(found), "init_args": settings}

    def given(self) -> dict[str, Any]:
        """What was said and nothing else, as plain values; call it after `value`."""
        whole = CHOICES[self.key][self.kind].model_validate(self.settings).model_dump(mode="json")
        return {name: whole[name] for name in (*(["kind"] if self.named else []), *self.settings)}

    def _where(self, name: str, place: Place, value: str | None = None) -> str:
        """A setting, and where it stands if it does in a file."""
        found = place(f"{self.key}.{name}", value) if name else None
        key = f"{self.key}.{name}".rstrip(".")
        return f"{found}: {key}" if found else key


class Gathering:
    """Goes through a command line and keeps what is said of the choices.

    Args:
        files: what the configuration files say, by their names on the command line.
        read: the value of a word.
        place: where a key stands in a file, if it does.

    Attributes:
        choices: by their keys.
    """

    def __init__(self, files: Mapping[str, Any], read: Callable[[str], Any], place: Place) -> None:
        self.choices = {key: Choice(key, DEFAULTS[key]) for key in CHOICES}
        self._files, self._read, self._place = files, read, place
        # words in a row count together, whatever their order: the kind may come last
        self._row: dict[str, dict[str, Any]] = {key: {} for key in CHOICES}

    def words(self, args: Sequence[str]) -> list[str]:
        """The command line with each choice that was made as one word at its end, and nothing of it before.

        Raises:
            RlsegError: a choice cannot be made.
        """
        rest: list[str] = []
        words = iter(range(len(args)))
        for number in words:
            name, equal, value = args[number].partition("=")
            following = args[number + 1] if number + 1 < len(args) else ""
            refuse_old_word(name)
            file = file_of(args[number], following)
            if file is not None:
                self._file(file)
            if name.endswith(".help") and name.removeprefix("--").removesuffix(".help") in CHOICES:
                kinds = CHOICES[name.removeprefix("--").removesuffix(".help")]
                if not equal:
                    value = following
                    next(words, None)
                rest += [name, kinds[value].__name__ if value in kinds else value]
                continue
            if not self._speaks_of_choices(name):
                rest.append(args[number])
                continue
            if not equal:
                value = following
                next(words, None)
                if not value or value.startswith("--"):
                    raise RlsegError(f"{name} needs a value")
            rest += self._word(name.removeprefix("--"), self._value(name, value))
        self._end_of_row()
        made = [choice for choice in self.choices.values() if choice.said]
        return rest + [f"--{choice.key}={json.dumps(choice.value(self._place))}" for choice in made]

    def _value(self, name: str, text: str) -> Any:
        try:
            return self._read(text)
        except yaml.YAMLError as error:
            raise RlsegError(f"{name}: {str(error).partition(': ')[2] or error}, got {text!r:.60}") from None

    def _speaks_of_choices(self, name: str) -> bool:
        return name.startswith("--") and any(
            f"--{key}" == name or name.startswith(f"--{key}.") or f"--{key}".startswith(f"{name}.") for key in CHOICES
        )

    def _file(self, file: str) -> None:
        self._end_of_row()
        content = self._files.get(file)
        refuse_old_section(file, part_of(content, "model"))
        for key, choice in self.choices.items():
            given, above = part_of(content, key), part_of(content, key.rpartition(".")[0])
            if isinstance(above, Mapping) and key.rpartition(".")[2] in above:
                spot = self._place(f"{key}.kind", str(part_of(given, "kind"))) or self._place(key, str(given))
                choice.add(given, f"{spot or file}: {key}")

    def _word(self, name: str, content: Any) -> list[str]:
        """Take over one word; returns what of it is left to the parser."""
        for key, choice in self.choices.items():
            if name == key and isinstance(content, Mapping):
                self._row[key] |= _without_class(content, CHOICES[key])
                return []
            if name == key:
                choice.add(content, f"--{key}")
                return []
            if name.startswith(f"{key}."):
                self._row[key][name.removeprefix(f"{key}.").removeprefix("init_args.")] = content
                return []
        # a mapping around choices, like --data.preparation "{superpixels: {...}}"
        for key, choice in self.choices.items():
            inner = key.removeprefix(f"{name}.")
            given = part_of(content, inner) if inner != key else None
            if given is not None:
                self._end_of_row()
                choice.add(given, f"--{key}")
                content = without(content, inner.split("."))
        if content == {}:
            return []
        return [f"--{name}={content if isinstance(content, str) else json.dumps(content)}"]

    def _end_of_row(self) -> None:
        for key, said in self._row.items():
            if said:
                self.choices[key].add(_without_class(said, CHOICES[key]), f"--{key}")
                said.clear()


def file_of(word: str, following: str) -> str | None:
    """The configuration file that a word of the command line names, by itself or with the next word; or None."""
    name, equal, value = word.partition("=")
    if name.startswith("--co") and "--config".startswith(name):
        return value if equal else following
    if word.startswith("-c") and not word.startswith("--"):
        return word[2:].removeprefix("=") or following
    return None


def part_of(content: Any, key: str) -> Any:
    """What stands at a key like a.b.c of nested mappings, None if nothing does."""
    for part in key.split("."):
        content = content.get(part) if isinstance(content, Mapping) else None
    return content


def without_choices(content: Any) -> Any:
    """A configuration without the choices, which the command line says by then."""
    for key in CHOICES:
        content = without(content, key.split("."))
    return content


def as_parsed(key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with their kind, as a checkpoint holds them, in the form that the parser reads."""
    choice = Choice(key, DEFAULTS[key])
    choice.add(given, key)
    return choice.value(lambda *_: None)


def help_of(key: str) -> str:
    """What `--help` says of a choice: all its kinds, and how to see their settings."""
    names = {kind: found.__name__ for kind, found in sorted(CHOICES[key].items())}
    first, *others = names.values()
    return (
        f"settings of one of the kinds {', '.join(names)}: --{key}.kind NAME, and --{key}.SETTING for its settings, "
        f"which --{key}.help {first} (or {', '.join(others)}) shows"
    )


def without(content: Any, parts: Sequence[str]) -> Any:
    """Nested mappings without what stands at a key.

    Args:
        content: any nested values; what is no mapping is returned as it is.
        parts: of the key, at least one.
    """
    if not isinstance(content, Mapping) or parts[0] not in content:
        return content
    if len(parts) == 1:
        return {name: value for name, value in content.items() if name != parts[0]}
    return {**content, parts[0]: without(content[parts[0]], parts[1:])}


def _without_class(given: Mapping[str, Any], kinds: Kinds) -> dict[str, Any]:
    """`class_path` and `init_args` as `kind` and settings."""
    if "class_path" not in given:
        return dict(given)
    name = str(given["class_path"]).rpartition(".")[2]
    kind = next((kind for kind, found in kinds.items() if found.__name__ == name), str(given["class_path"]))
    settings = given.get("init_args") or {}
    rest = {key: value for key, value in given.items() if key not in ("class_path", "init_args")}
    return rest | (dict(settings) if isinstance(settings, Mapping) else {"init_args": settings}) | {"kind": kind}


def _shortest_path(found: type) -> str:
    """Where a class can be imported from; the parser writes a configuration with kinds only if it knows the path."""
    parts = found.__module__.split(".")
    modules = (".".join(parts[:number]) for number in range(1, len(parts) + 1))
    return next(f"{name}.{found.__name__}" for name in modules if hasattr(import_module(name), found.__name__))
