"""The statements of the paper for docs/paper.md (paper.yaml): what is said, where it is in the code, what differs."""

from __future__ import annotations

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator


class Place(BaseModel):
    """A file of the repository, and what is meant in it; the file's own name if it is meant as a whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: str
    name: str


class Statement(BaseModel):
    """One line of the table, see paper.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    where: str
    says: str
    code: tuple[str, ...]
    measured: str
    differs: str

    @field_validator("where", "says", "measured", "differs")
    @classmethod
    def _fits_in_a_cell(cls, text: str) -> str:
        if set(text) & set("|\n"):
            raise ValueError("a cell of a table is one line without |")
        return text

    @property
    def places(self) -> list[Place]:
        """Where it is in the code."""
        parts = [each.partition(": ") for each in self.code]
        return [Place(file=file, name=name or file.rpartition("/")[2]) for file, _, name in parts]


def read_statements(text: str) -> dict[str, list[Statement]]:
    """The statements by the title of their section.

    Raises:
        pydantic.ValidationError: the text says something else.
    """
    return TypeAdapter(dict[str, list[Statement]]).validate_python(yaml.safe_load(text))
