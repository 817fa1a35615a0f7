"""The words of the reward language and what they mean, from the models themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from pydantic import BaseModel

from rlseg.reward_cli.table import table
from rlseg.rewards.describe import example_of, field_texts, summary
from rlseg.rewards.descriptors import DESCRIPTORS
from rlseg.rewards.fields import members
from rlseg.rewards.group import TERM_KINDS, Group
from rlseg.rewards.schema import CLASS_KINDS, RewardFile

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
        self.words = sorted({*TERM_KINDS, *CLASS_KINDS, *DESCRIPTORS, *self._sections})

    def index(self) -> list[str]:
        """All words, by what they are."""
        lines = ["`rlseg reward explain WORD` explains one of these words:", ""]
        for title, names in (
            ("kinds of terms", TERM_KINDS),
            ("kinds of classes", CLASS_KINDS),
            ("properties", DESCRIPTORS),
            ("sections of a file", self._sections),
        ):
            lines += [f"{title}:", *_wrapped(", ".join(sorted(names))), ""]
        return lines[:-1]

    def explain(self, word: str) -> list[str]:
        """Everything that the word stands for."""
        lines: list[str] = []
        for kinds, title in ((TERM_KINDS, "a kind of term"), (CLASS_KINDS, "a kind of class")):
            if word in kinds:
                model: type[BaseModel] = kinds[word]
                lines += [f"{word}: {title}", "", *_text(model), "", f"    {example_of(model)}", "", *_keys(model), ""]
        if word in DESCRIPTORS:
            unit = DESCRIPTORS[word].unit.replace("px2", "px^2")
            lines += [f"{word}: a property, unit {'none' if unit == '1' else unit}", ""]
            lines += [*_wrapped(DESCRIPTORS[word].compute.__doc__ or ""), ""]
        if word in self._sections:
            model = self._sections[word]
            lines += [f"{word}: a section of a reward file", "", *_text(model), "", *_keys(model), ""]
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
