"""Checks a tree against the schema and says what is wrong in the words of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from rlseg.rewards.group import BROKEN_KINDS
from rlseg.rewards.language.document import Node
from rlseg.rewards.language.errors import Problem
from rlseg.rewards.language.fields import choices_at, model_at, tags_at
from rlseg.rewards.language.findings import Finding, Path, describe, locate, show_path
from rlseg.rewards.model import Code
from rlseg.rewards.own import BESIDE, INNER
from rlseg.rewards.words import nearest, printable, quote

M = TypeVar("M", bound=BaseModel)

_WANTED = {
    "bool_type": "true or false",
    "float_type": "a number",
    "int_type": "a whole number",
    "string_type": "text",
    "dict_type": "a mapping 'name: ...'",
    "model_type": "a mapping 'key: value'",
    "tuple_type": "a list [..., ...]",
}
_OR_ELSE = {
    "number": "or a number",
    "interval": "or a list [low, high]",
    "place": "or a list [row, column]",
    "group": "or a group 'terms: ...'",
    "names": "or a list of names",
}
_LIMITS = {
    "greater_than": "greater than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
_CLASS_PATHS = "a class path is package, module and class with dots between: my_lab.rewards.Convexity"
_NAMES = "names are made of letters, digits, '_' and '-', and begin with a letter"


def check_tree(
    schema: type[M], root: Node, inherited: Node | None, allow: tuple[str, ...] = ()
) -> tuple[M | None, list[Finding]]:
    """Check plain data and keep the places.

    Args:
        schema: the model of the whole file.
        root: the file, merged with what it extends.
        inherited: what it extends, or None.
        allow: packages whose terms may be imported.

    Returns:
        The model, or None if something is wrong; and what is wrong.
    """
    try:
        return schema.model_validate(root.plain(), context={"allow": allow}), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        return None, list(_findings(schema, root, inherited, [dict(found) for found in errors]))


def _findings(
    schema: type[BaseModel], root: Node, inherited: Node | None, errors: list[dict[str, Any]], prefix: Path = ()
) -> Iterator[Finding]:
    for error in errors:
        if _is_consequence(error, root):
            continue
        if error["type"] == INNER:  # of the fields of an own term, which has a schema of its own
            node, path = locate(root, error["loc"])
            inner: dict[str, Any] = error["ctx"]
            yield from _findings(inner["schema"], node, None, inner["errors"], prefix + path)
        else:
            yield _Translator(schema, root, inherited, error, prefix).explained()


def _is_consequence(error: dict[str, Any], root: Node) -> bool:
    """Whether a list is called too short only because of what is wrong with its entries."""
    if error["type"] != "too_short":
        return False
    value = locate(root, error["loc"])[0].value
    return isinstance(value, list | dict) and len(value) >= error["ctx"]["min_length"]


class _Translator:
    """One error of pydantic in the words of the file."""

    def __init__(
        self, schema: type[BaseModel], root: Node, inherited: Node | None, error: dict[str, Any], prefix: Path
    ) -> None:
        self.schema, self.root, self.inherited = schema, root, inherited
        self.type: str = error["type"]
        self.location: tuple[int | str, ...] = error["loc"]
        self.context: dict[str, Any] = error.get("ctx", {})
        self.node, self._inner = locate(root, self.location)
        self.path = prefix + self._inner
        self.of_own_term = bool(prefix)  # the fields of an own term

    def explained(self) -> Finding:
        """The finding, with the kind whose explanation says more."""
        found, topic = self.finding(), ""
        for length in range(len(self._inner) + 1 if found.problem.code != "unknown-kind" else 0):
            kind = locate(self.root, self._inner[:length])[0].children.get("kind")
            topic = str(kind.value) if kind is not None else topic
        return replace(found, problem=replace(found.problem, topic=topic))

    def finding(self) -> Finding:
        if self.type in get_args(Code):
            return self.own()
        if self.type == "missing" and isinstance(self.location[-1], str):
            return self.missing(self.location[-1], self.node, self.path)
        if self.type == "extra_forbidden":
            return self.unknown_key()
        if self.type in ("union_tag_invalid", "union_tag_not_found"):
            return self.kind()
        if self.type == "literal_error":
            return self.choice()
        return self.value()

    def report(self, code: str, message: str, **more: Any) -> Problem:
        return Problem(code, f"{show_path(self.path)}: {message}", self.node.place, **more)

    def own(self) -> Finding:
        """Raised by our own validators, see `model.problem`."""
        word, allowed = self.context.get("word", ""), tuple(self.context.get("allowed", ()))
        found = self.report(
            self.type,
            self.context["text"],
            hint=self.context.get("hint"),
            word=word,
            allowed=allowed,
            suggestion=nearest(word, allowed),
        )
        clash = [self.node.children[name].key for name in self.context.get("clash", ()) if name in self.node.children]
        if len(clash) > 1 and clash[0] is not None:
            found = Problem(found.code, found.message, clash[-1], other=("the other one is", clash[0]))
        return Finding(found, self.path, tuple(self.context.get("instead", ())))

    def missing(self, key: str, node: Node, path: Path) -> Finding:
        model = model_at(self.schema, self.location[:-1])
        field = None if model is None else model.model_fields.get(key)
        examples = field.examples if field is not None else None
        hint = f"add for example: {key}: {examples[0]}" if examples else None
        where = show_path(path) if path else "the reward file"
        return Finding(
            Problem("missing-key", f"{quote(key)} is required in {where}", node.place, hint=hint),
            path,
            (key,),
        )

    def unknown_key(self) -> Finding:
        key, mapping = str(self.path[-1]), self.path[:-1]
        model = model_at(self.schema, self.location[:-1])
        allowed = set() if model is None else {name for name, field in model.model_fields.items() if not field.exclude}
        if not mapping:
            allowed.add("extends")
        if self.of_own_term:
            allowed -= {*BESIDE}
        message = f"unknown key {quote(key)} in {show_path(mapping)}"
        suggestion = nearest(key, allowed)
        found = Problem("unknown-key", message, self.node.key, suggestion=suggestion, word=key, allowed=tuple(allowed))
        return Finding(found, mapping)

    def kind(self) -> Finding:
        kinds = tags_at(self.schema, self.location)
        if not isinstance(self.node.value, dict):
            message = f"must be a mapping with a kind, {{kind: ...}}, got {describe(self.node)}"
            return Finding(self.report("bad-value", message))
        kind = self.node.children.get("kind")
        if kind is None:
            return self.no_kind(kinds)
        word = kind.text if isinstance(kind.value, str) else ""
        what = quote(word) if word else describe(kind)
        message = f"{show_path(self.path)}: {what} is not a known kind"
        suggestion = nearest(word, kinds)
        return Finding(
            Problem(
                "unknown-kind",
                message,
                kind.place,
                suggestion=suggestion,
                word=word,
                allowed=kinds,
                hint=BROKEN_KINDS.get(word),
            ),
            self.path,
        )

    def no_kind(self, kinds: tuple[str, ...]) -> Finding:
        for key, child in self.node.children.items():
            if nearest(key, ("kind",)):
                message = f"unknown key {quote(key)} in {show_path(self.path)}"
                return Finding(Problem("unknown-key", message, child.key, suggestion="kind"), self.path)
        if self.inherited is not None:
            name, siblings = str(self.path[-1]), locate(self.inherited, self.path[:-1])[0].children
            suggestion = nearest(name, siblings)
            if name not in siblings and suggestion is not None:
                message = f"{show_path(self.path)}: this name is not inherited, and something new needs a 'kind'"
                return Finding(
                    Problem(
                        "missing-key", message, self.node.key,
                        suggestion=suggestion, word=name, allowed=tuple(siblings),
                    )
                )  # fmt: skip
        message = f"'kind' is required in {show_path(self.path)}"
        return Finding(Problem("missing-key", message, self.node.place, allowed=kinds), self.path, ("kind",))

    def choice(self) -> Finding:
        choices = choices_at(self.schema, self.location)
        names = tuple(choice for choice in choices if isinstance(choice, str))
        if not names:
            newer = self.path == ("version",) and isinstance(self.node.value, int) and self.node.value > choices[0]
            install = "this file was written for a newer rlseg, which has to be installed for it"
            hint: str | None = install if newer else f"write: {choices[0]}"
            return Finding(self.report("bad-value", f"must be {choices[0]}, got {describe(self.node)}", hint=hint))
        word = self.node.value if isinstance(self.node.value, str) else ""
        what = quote(word) if word else describe(self.node)
        message = f"{what} is not one of the choices"
        suggestion = nearest(word, names)
        hint = self.others() or None
        return Finding(
            self.report("unknown-value", message, suggestion=suggestion, word=word, allowed=names, hint=hint)
        )

    def others(self) -> str:
        """What else could stand here, "or ...", if the field takes a plain value or something longer."""
        last = str(self.location[-1]) if self.location else ""
        if last not in ("<number>", "<name>", "<word>"):
            return ""
        tags = tags_at(self.schema, self.location[:-1])
        return " ".join(_OR_ELSE[tag] for tag in tags if tag in _OR_ELSE and f"<{tag}>" != last)

    def value(self) -> Finding:
        got = describe(self.node)
        if self.type in _WANTED:
            others = self.others()
            wanted = _WANTED[self.type] + (f" {others}" if others else "")
            return Finding(self.report("bad-value", f"must be {wanted}, got {got}"))
        if self.type in ("value_error", "assertion_error"):  # from a validator of an own term
            return Finding(self.report("bad-value", f"{printable(str(self.context['error']))}, got {got}"))
        if self.type in _LIMITS:
            (limit,) = (value for name, value in self.context.items() if name in ("gt", "ge", "lt", "le"))
            return Finding(self.report("bad-value", f"must be {_LIMITS[self.type]} {limit}, got {got}"))
        if self.type == "string_pattern_mismatch":
            name = self.path[-1] if self.location[-1] == "[key]" else self.node.text
            place = self.node.key if self.location[-1] == "[key]" else self.node.place
            path = self.location[-1] == "class_path"
            what, hint = ("class path", _CLASS_PATHS) if path else ("name that can be used", _NAMES)
            message = f"{show_path(self.path)}: {quote(str(name))} is no {what}"
            return Finding(Problem("bad-value", message, place, hint=hint))
        if self.type == "too_short":
            return Finding(self.report("bad-value", "must hold at least one entry"))
        if self.type in ("too_long", "missing"):
            pair = "[row, column]" if "<place>" in self.location else "[low, high]"
            return Finding(self.report("bad-value", f"must be two numbers, {pair}"))
        return Finding(self.report("bad-value", f"cannot be {got}"))
