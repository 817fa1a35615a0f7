"""How the training, whose rewards are to be compared with, prepares its images."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlseg.errors import RlsegError

if TYPE_CHECKING:
    from rlseg.data import Preparation
    from rlseg.io import Reading
    from rlseg.rewards.language import RewardFile


@dataclass(frozen=True)
class Prepared:
    """From where, and how images are read and prepared."""

    source: str
    preparation: Preparation
    reading: Reading

    def for_reward(self, file: RewardFile) -> Prepared:
        """The same with what a reward file says of the objects, see `Preparation.for_reward`."""
        return replace(self, preparation=self.preparation.for_reward(file))

    def say(self) -> None:
        """Tell on stderr which preparation is used."""
        kind = self.preparation.superpixels.usual.kind
        print(f"images are prepared {self.source}: {kind} superpixels", file=sys.stderr)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that say whose preparation it is."""
    group = parser.add_mutually_exclusive_group()
    text = "configuration of the training (data.preparation and data.reading are used)"
    group.add_argument("--config", type=Path, metavar="FILE", help=text)
    text = "a trained model, whose preparation is used"
    group.add_argument("--checkpoint", type=Path, metavar="MODEL", help=text)


def prepared_by(config: Path | None, checkpoint: Path | None) -> Prepared:
    """What a configuration or a model says, or the defaults.

    Args:
        config: a YAML file as for `rlseg fit --config`.
        checkpoint: of `rlseg fit`, or a folder of `rlseg export`.

    Raises:
        RlsegError: the file cannot be used.
    """
    from rlseg.data import Preparation
    from rlseg.io import Reading

    if checkpoint is not None:
        from rlseg.models import read_model

        settings = {"preparation": read_model(checkpoint)["preparation"]}
        source = f"as {checkpoint} does it"
    elif config is not None:
        settings, source = _data_section(config), f"as {config} says"
    else:
        settings, source = {}, "by default (name the training's --config or --checkpoint for its own)"
    preparation = _checked(Preparation, settings.get("preparation"), f"{source}: data.preparation")
    known = settings.get("pixel_size")
    if known is not None:
        preparation = _checked(Preparation, preparation.model_dump() | {"pixel_size": known}, f"{source}: data")
    return Prepared(source, preparation, _checked(Reading, settings.get("reading"), f"{source}: data.reading"))


def _checked(model: Any, values: Any, where: str) -> Any:
    from pydantic import ValidationError

    try:
        return model.model_validate({} if values is None else values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RlsegError(f"{where}.{place}: {first['msg']}".replace("as ", "", 1)) from None


def _data_section(config: Path) -> dict[str, Any]:
    from rlseg.rewards.language import MOST_BYTES, read_document

    try:
        with config.open(encoding="utf-8") as file:
            text = file.read(MOST_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise RlsegError(f"cannot read the configuration {config}: {error}") from None
    tree, problems = read_document(text, str(config), what="configuration")
    if problems:
        raise RlsegError(f"{config}: {problems[0].message}", problems[0].hint)
    content = None if tree is None else tree.plain()
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        raise RlsegError(f"{config} has no section data", "it is a configuration of rlseg fit that is asked for")
    return data
