"""The words of the reward language and what they mean, from the models themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from pydantic import BaseModel

from rlseg.commands.reward.table import table
from rlseg.rewards import TERM_KINDS, Division, EdgeRules, Group, MixedChannel
from rlseg.rewards.language import (
    CLASS_KINDS,
    FieldText,
    RewardFile,
    example_of,
    field_texts,
    members,
    models_in,
    summary,
)
from rlseg.rewards.links import DIVISION_KINDS, LinkTerm
from rlseg.rewards.measure import DESCRIPTORS, VOLUME_DESCRIPTORS
from rlseg.rewards.terms import Term

_WIDTH = 100


class Vocabulary:
    """What `rlseg reward explain` knows.

    Attributes:
        words: all words that can be explained, sorted.
    """

    def __init__(self) -> None:
        self._sections: dict[str, type[BaseModel]] = {"terms": Group}
        for name, field in RewardFile.model_fields.items():
            found = [m for m in members(field.annotation) if isinstance(m, type) and issubclass(m, BaseModel)]
            if found:
                self._sections[name] = found[0]
        forms = {name: models_in(field.annotation) for name, field in EdgeRules.model_fields.items()}
        self._edge_terms = {name: models for name, models in forms.items() if models}
        self._keys: dict[str, list[tuple[str, FieldText]]] = {}
        self._sections["division"] = Division
        owners: dict[str, type[BaseModel]] = {
            **self._sections, "any term": Term, "channel": MixedChannel, "any term of links": LinkTerm
        }  # fmt: skip
        for owner, model in owners.items():
            for key in field_texts(model):
                if key.name not in (*self._sections, *self._edge_terms):
                    self._keys.setdefault(key.name, []).append((owner, key))
        kinds = {*TERM_KINDS, *CLASS_KINDS, *DIVISION_KINDS, *DESCRIPTORS, *VOLUME_DESCRIPTORS}
        self.words = sorted(kinds | {*self._sections, *self._edge_terms, *self._keys})

    def index(self) -> list[str]:
        """All words, by what they are."""
        lines = ["`rlseg reward explain WORD` explains one of these words:", ""]
        for title, names in (
            ("kinds of terms", TERM_KINDS),
            ("kinds of classes", CLASS_KINDS),
            ("terms of links and divisions in films", DIVISION_KINDS),
            ("terms for single edges", self._edge_terms),
            ("properties", DESCRIPTORS),
            ("properties of volumes", VOLUME_DESCRIPTORS),
            ("sections of a file", self._sections),
            ("keys of these sections and of all terms", self._keys),
        ):
            lines += [f"{title}:", *_wrapped(", ".join(sorted(names))), ""]
        return lines[:-1]

    def explain(self, word: str) -> list[str]:
        """Everything that the word stands for."""
        lines: list[str] = []
        every: tuple[tuple[Mapping[str, type[BaseModel]], str], ...] = (
            (TERM_KINDS, "a kind of term"),
            (CLASS_KINDS, "a kind of class"),
            (DIVISION_KINDS, "a term of links and divisions, under tracks"),
        )
        for kinds, title in every:
            if word in kinds:
                model = kinds[word]
                lines += [f"{word}: {title}", "", *_text(model), "", f"    {example_of(model)}", "", *_keys(model), ""]
        forms = self._edge_terms.get(word, [])
        for number, model in enumerate(forms, 1):
            which = f", form {number} of {len(forms)}" if len(forms) > 1 else ""
            lines += [f"{word}: a term for single edges, under edges{which}", "", *_text(model), ""]
            lines += [f"    {word}: {getattr(model, 'EXAMPLE', '')}", "", *_keys(model), ""]
            for inner in dict.fromkeys(m for f in model.model_fields.values() for m in models_in(f.annotation)):
                users = [name for name, f in model.model_fields.items() if inner in models_in(f.annotation)]
                lines += [f"in {', '.join(users)}:", "", *_text(inner), "", *_keys(inner), ""]
        for known, of in ((DESCRIPTORS, ""), (VOLUME_DESCRIPTORS, " of volumes")):
            found = known.get(word)
            if found is None or (of and found == DESCRIPTORS.get(word)):  # the same of both
                continue
            unit = found.unit.replace("px2", "px^2").replace("px3", "px^3")
            lines += [f"{word}: a property{of}, unit {'none' if unit == '1' else unit}", ""]
            lines += [*_wrapped(found.compute.__doc__ or ""), ""]
        if word in self._sections:
            model = self._sections[word]
            lines += [f"{word}: a section of a reward file", "", *_text(model), "", *_keys(model), ""]
        for section, key in self._keys.get(word, []):
            lines += [f"{word}: a key of {section}", "", *_wrapped(key.text), ""]
            lines += [f"  {key.values}" + ("" if key.default == "required" else f"; {key.default} if not given"), ""]
        return lines[:-1]


def _text(model: type[BaseModel]) -> list[str]:
    return [line for part in summary(model).split("\n\n") for line in [*_wrapped(part), ""]][:-1]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _keys(model: type[BaseModel]) -> list[str]:
    rows: list[Sequence[str]] = []
    for field in field_texts(model):
        cells = ([field.name], textwrap.wrap(field.values, 36), [field.default], textwrap.wrap(field.text, 60))
        rows += zip_longest(*cells, fillvalue="")
    return table(("key", "value", "default", "meaning"), rows) if rows else []
