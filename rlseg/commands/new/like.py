"""The reward files to begin with: what is known of usual kinds of objects, for objects of any size."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from math import sqrt

from rlseg.errors import RlsegError
from rlseg.rewards import nearest, unit_of
from rlseg.rewards.language import Node, RewardFile, parse_reward, read_document

GENERAL = ("brighter", "darker", "outlined", "different")
"""Templates that know no more than the look of the objects."""
_POWERS = {"px": 1, "px2": 2, "px3": 3}
_SECTION = re.compile(r"^objects:\n(?:[ #].*\n|\n)*", re.MULTILINE)


@dataclass(frozen=True)
class Template:
    """A reward file whose lengths and areas follow from the width of the objects.

    Attributes:
        name: of its file.
        text: the reward file.
    """

    name: str
    text: str

    @property
    def file(self) -> RewardFile:
        """The reward file, checked."""
        return parse_reward(self.text, f"the template {self.name}")

    def sized(self, width: tuple[float, float]) -> Template:
        """The same for objects of another width.

        Lengths at the lower end of a range grow like the smallest width, those at the upper end like the largest,
        single numbers like their geometric mean; areas with the squares, volumes with the cubes. The comments stay
        true.

        Args:
            width: smallest and largest, in px.
        """
        objects = self.file.objects
        assert objects is not None
        low, high = (new / old for new, old in zip(width, objects.widths, strict=True))
        middle = sqrt(low * high)
        changes: dict[str, str] = {}
        for path, node, power in self._lengths():
            key = path.rpartition(".")[2]
            if isinstance(node.value, list):
                ends = zip(node.plain(), (low, high), strict=True)
                changes[path] = f"[{', '.join(digits(end * factor**power) for end, factor in ends)}]"
            else:
                factor = {"over": high, "under": low}.get(key, middle)
                changes[path] = digits(node.plain() * factor**power)
        return self.changed(changes)

    def changed(self, changes: Mapping[str, str]) -> Template:
        """The same with other values.

        Args:
            changes: path of a key, like rewards.foreground.terms.width.expected -> its value as YAML. Those that the
                file has not are left out.
        """
        lines = self.text.split("\n")
        places = [(node.span, value) for path, value in changes.items() if (node := self.node(path)) is not None]
        for span, value in sorted(places, key=lambda place: (place[0].line, place[0].column), reverse=True):
            line = lines[span.line]
            lines[span.line] = line[: span.column] + value + line[span.end :]
        return replace(self, text="\n".join(lines))

    def with_objects(self, section: str) -> Template:
        """The same with another section `objects:`, whose text this is, ending in an empty line."""
        return replace(self, text=_SECTION.sub(lambda _: section, self.text, count=1))

    def node(self, path: str) -> Node | None:
        """What stands at a path like edges.cut, or None."""
        tree, _ = read_document(self.text, self.name)
        for part in path.split("."):
            tree = None if tree is None else tree.children.get(part)
        return tree

    def _lengths(self) -> Iterator[tuple[str, Node, int]]:
        """Paths of the widths, and of the lengths and areas of classes and terms; the power of the length in each."""
        tree, _ = read_document(self.text, self.name)
        assert tree is not None
        volumes = "dimensions" in tree.children
        yield "objects.width", tree.children["objects"].children["width"], 1
        for name, rule in tree.children["classes"].children.items():
            kind = rule.children["kind"].plain()
            power = (3 if volumes else 2) if kind == "area" else _power(rule, volumes)
            for key in ("over", "under", "outside"):
                if power and key in rule.children:
                    yield f"classes.{name}.{key}", rule.children[key], power
        for group, reward in tree.children["rewards"].children.items():
            terms = reward.children.get("terms")
            for name, term in ({} if terms is None else terms.children).items():
                for key in ("expected", "scale"):
                    if key in term.children and (power := _power(term, volumes)):
                        yield f"rewards.{group}.terms.{name}.{key}", term.children[key], power


def template(name: str) -> Template:
    """A template by its name.

    Raises:
        RlsegError: there is none of that name.
    """
    known = templates()
    if name not in known:
        near = " or ".join(_described_by(name)[:3]) or nearest(name, known)
        hint = f"there are {', '.join(known)}; rlseg new --like list tells of each"
        raise RlsegError(f"no template {name!r:.60}", f"did you mean {near}? {hint}" if near else hint)
    return known[name]


def templates() -> dict[str, Template]:
    """All templates that are part of the package, by their names."""
    folder = resources.files("rlseg.commands.new").joinpath("templates")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    found = {file.name.removesuffix(".yaml"): file.read_text(encoding="utf-8") for file in files}
    return {name: Template(name, text) for name, text in found.items()}


def _described_by(word: str) -> list[str]:
    """The templates whose description has a word, in whatever number: pebble is of grains."""
    meant = word.lower().removesuffix("s")
    if len(meant) < 3:
        return []
    words = {name: re.findall(r"[a-z&]+", kind.file.description.lower()) for name, kind in templates().items()}
    return [name for name, said in words.items() if any(part.removesuffix("s") == meant for part in said)]


def list_of_templates() -> list[str]:
    """A line for each template: its name and what it is for."""
    known = templates()
    width = max(map(len, known))
    return [f"  {name.ljust(width)}  {known[name].file.description}" for name in known]


def digits(value: float) -> str:
    """Three digits, never in exponents that people stumble over."""
    text = f"{value:.3g}"
    return f"{float(text):g}" if "e" not in text else f"{float(text):.0f}"


def _power(part: Node, volumes: bool) -> int:
    found = part.children.get("property")
    return 0 if found is None else _POWERS.get(unit_of(str(found.plain()), volumes), 0)
