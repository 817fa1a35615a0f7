"""A reward file with all that it inherits, as tables: what will be optimised, and where each value stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from rlseg.commands.reward.table import table
from rlseg.rewards import LENGTHS, Group, unit_of
from rlseg.rewards.language import FOREGROUND, Node, RewardFile, load_tree, show_value

_COLUMNS = ("property", "expected", "scale", "kernel", "side")
# Keys of numbers that are lengths wherever they stand, and of numbers in the unit of what a term or rule compares.
_LENGTHS = frozenset({"border_radius", "center", "drift", "polygon", "radii", "radius", "reach", "ring", "width"})
_COMPARED = frozenset({"expected", "outside", "over", "scale", "under"})
_UNITS = {"distance_to_center": "px", "ellipse_axes": "px"}  # of kinds that do not say it themselves
_COMBINED = {
    "mean": "the weighted mean",
    "product": "the product",
    "geometric": "the geometric mean",
    "min": "the smallest",
    "sum": "the weighted sum",
}


def resolved_lines(path: str, pixel_size: float | None, allow: Sequence[str] = ()) -> list[str]:
    """The tables of a reward file.

    Args:
        path: the file.
        pixel_size: um per pixel; if known, lengths and areas are shown in both units.
        allow: packages whose terms the file may import.

    Raises:
        RewardFileError: something in the file is wrong.
    """
    file, root = load_tree(path, allow=allow)
    converter = _Converter(file.units.length, pixel_size, file.volumes)
    size = "" if pixel_size is None else f", 1 px = {show_value(pixel_size)} um"
    lines = [file.name + (f": {file.description}" if file.description else "")]
    lines += [f"units: {', '.join(f'{k} {v}' for k, v in file.units if v is not None)}{size}", ""]
    for name, value in file:
        if name == "edges" or (isinstance(value, BaseModel) and name != "units"):
            lines += [f"{name}:", *_settings(value, root.children.get(name), converter), ""]
    lines += _classes(file, root, converter)
    for name in file.rewards:
        node = root.children["rewards"].children[name]
        lines += ["", *_reward(name, file.rewards[name], node, converter)]
    return lines


class _Converter:
    """Numbers of the file in the other unit of length."""

    def __init__(self, length: str, pixel_size: float | None, volumes: bool) -> None:
        self.volumes = volumes
        self.length, self.other = length, "um" if length == "px" else "px"
        known = pixel_size or 1.0
        self.factor = known if length == "px" else 1 / known
        self.useful = pixel_size is not None

    def unit(self, term: Any) -> str:
        """The unit of the number that a term or rule compares: "px", "um^2", "deg", ... in the file's, "" for none."""
        kind = getattr(term, "kind", "")
        name = "area" if kind == "area" else getattr(term, "property", None)
        unit = getattr(term, "UNIT", _UNITS.get(kind, "1")) if name is None else unit_of(name, self.volumes)
        return self._shown.get(unit, unit)

    @property
    def _shown(self) -> dict[str, str]:
        powers = {unit: f"{self.length}^{power}" if power > 1 else self.length for unit, power in LENGTHS.items()}
        return powers | {"1": ""}

    def converted(self, model: BaseModel) -> str:
        """The lengths and areas of a term or of the rule of a class; "" if it has none or no pixel size."""
        return ", ".join(
            self._parts(model, {self._shown[unit]: power for unit, power in LENGTHS.items()}.get(self.unit(model), 0))
        )

    def setting(self, key: str, value: Any) -> str:
        """The same of one value of a section."""
        return self._number(value, 1) if self.useful and key in _LENGTHS and not isinstance(value, str) else ""

    def _parts(self, model: BaseModel, power: int) -> list[str]:
        shown = []
        for key, value in model if self.useful else ():
            inner = [part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, BaseModel)]
            shown += [part for found in inner for part in self._parts(found, 1)]
            if inner or value is None or isinstance(value, str):
                continue
            if key in _COMPARED and power:
                shown.append(("" if key == "expected" else f"{key} ") + self._number(value, power))
            elif key in _LENGTHS:
                shown.append(f"{key} {self._number(value, 1)}")
        return shown

    def _number(self, value: Any, power: int) -> str:
        if isinstance(value, list | tuple):
            return f"[{', '.join(self._number(part, power) for part in value)}]"
        return f"{value * self.factor**power:.4g}" if isinstance(value, int | float) else str(value)


def _classes(file: RewardFile, root: Node, converter: _Converter) -> list[str]:
    rows = []
    for name, rule in file.classes.items():
        given = rule.model_dump(exclude_none=True, exclude_defaults=True)
        words = [str(given.pop(key)) for key in ("kind", "property") if key in given]
        words += [f"{key} {show_value(value)}" for key, value in given.items()]
        place = _places(root.children["classes"].children[name])
        rows.append((name, " ".join(words), converter.unit(rule), converter.converted(rule), place))
    rows.append((FOREGROUND, "what is left", "", "", ""))
    header = ("class", "rule", "unit", f"in {converter.other}", "from")
    return ["classes, the first match wins:", *table(header, rows)]


def _reward(name: str, reward: float | Group, node: Node, converter: _Converter) -> list[str]:
    if not isinstance(reward, Group):
        return [f"{name}: every segment is paid {show_value(reward)}  ({_place(node)})"]
    weights = [term.weight for term in reward.terms.values()]
    rows = []
    for (term_name, term), weight in zip(reward.terms.items(), weights, strict=True):
        values = {key: getattr(term, key) for key in type(term).model_fields}
        more = [
            f"{key} {show_value(value)}"
            for key, value in values.items()
            if key not in (*_COLUMNS, "kind", "weight") and value != type(term).model_fields[key].default
        ]
        share = "" if reward.combine == "min" else f"{weight / sum(weights):.0%}"
        shown = [show_value(values[key]) if values.get(key) is not None else "" for key in _COLUMNS]
        kind = str(values.get("kind", type(term).__name__))
        place = _places(node.children["terms"].children[term_name])
        rows.append(
            (
                *(term_name, kind, *shown, show_value(weight), share, converter.unit(term)),
                *(converter.converted(term), ", ".join(more), place),
            )
        )
    header = ("term", "kind", *_COLUMNS, "weight", "share", "unit", f"in {converter.other}", "more", "from")
    return [f"{name}: {_combination(reward)}", *table(header, rows, right=(3, 4, 7, 8))]


def _combination(group: Group) -> str:
    lowest, highest = 0.0, sum(term.weight for term in group.terms.values()) if group.combine == "sum" else 1.0
    text = f"{_COMBINED[group.combine]} of {len(group.terms)} term(s)"
    if group.sharpness is not None:
        text += f", then r becomes exp({show_value(group.sharpness)} (r - 1))"
        lowest, highest = (math.exp(group.sharpness * (end - 1)) for end in (lowest, highest))
    if group.highest != 1.0:
        text += f", times {show_value(group.highest)}"
        lowest, highest = lowest * group.highest, highest * group.highest
    if group.at_most is not None:
        most = show_value(group.at_most)
        text += f", then r^(n / {most}) if the image has n > {most} of them"
        lowest = 0.0
    gates = [name for name, term in group.terms.items() if term.min_score > 0]
    gated = f"; 0 if {' or '.join(gates)} scores below its min_score" if gates else ""
    return f"{text}; from {lowest:.3g} to {highest:.3g}{gated}"


def _settings(value: BaseModel, node: Node | None, converter: _Converter) -> list[str]:
    """The values of a section, nested mappings with dots; those that no file gives are defaults."""
    rows = []
    for path, item in _flat(value.model_dump(mode="json"), ()):
        here = node
        for part in path:
            here = None if here is None else here.children.get(part)
        if item is not None or here is not None:
            place = "default" if here is None else _place(here)
            rows.append((".".join(path), show_value(item), converter.setting(path[-1], item), place))
    return table(("key", "value", f"in {converter.other}", "from"), rows)


def _flat(data: dict[str, Any], path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in data.items():
        found += _flat(value, (*path, key)) if isinstance(value, dict) else [((*path, key), value)]
    return found


def _place(node: Node) -> str:
    span = node.place
    return f"{span.source.name}:{span.line + 1}"


def _places(node: Node) -> str:
    """Where the values of a mapping stand: a range of lines, and after it what comes from another file."""
    by_file: dict[str, dict[str, int]] = {}
    for key, child in node.children.items():
        by_file.setdefault(child.place.source.name, {})[key] = child.place.line + 1
    if not by_file:
        return _place(node)
    first = max(by_file, key=lambda name: ("kind" in by_file[name], len(by_file[name])))
    others = [f"{', '.join(keys)}: {name}:{_range(keys)}" for name, keys in by_file.items() if name != first]
    return f"{first}:{_range(by_file[first])}" + (f" ({'; '.join(others)})" if others else "")


def _range(lines: dict[str, int]) -> str:
    first, last = min(lines.values()), max(lines.values())
    return f"{first}" if first == last else f"{first}-{last}"
