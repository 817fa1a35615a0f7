"""How the training, whose rewards are to be compared with, prepares its images."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlseg.commands.yaml_file import read_plain
from rlseg.errors import RlsegError

if TYPE_CHECKING:
    from rlseg.data import ImageFolder, Preparation
    from rlseg.io import Reading
    from rlseg.rewards.language import RewardFile

_OF_IMAGES = ("images", "labels", "superpixels", "labelled", "validation_share", "validation_seed")


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
        settings, source = _content(config)["data"], f"as {config} says"
    else:
        settings, source = {}, "by default (name the training's --config or --checkpoint for its own)"
    preparation = _checked(Preparation, settings.get("preparation"), f"{source}: data.preparation")
    known = settings.get("pixel_size")
    if known is not None:
        preparation = _checked(Preparation, preparation.model_dump() | {"pixel_size": known}, f"{source}: data")
    return Prepared(source, preparation, _checked(Reading, settings.get("reading"), f"{source}: data.reading"))


def prepared_for(config: Path | None, checkpoint: Path | None, reward: str | None, allow: Sequence[str]) -> Prepared:
    """The same for a reward file: with what it says of the objects, and the superpixels that its training takes.

    Where nobody says how images are prepared, a reward file of volumes is about volumes.

    Args:
        config, checkpoint: see `prepared_by`; without them the configuration config.yaml beside the reward file is
            taken if it names that file, as `rlseg new` writes both.
        reward: a reward file; that which the configuration names if None.
        allow: packages whose terms it may import.

    Raises:
        RlsegError: a file cannot be used.
    """
    if config is None and checkpoint is None and reward is not None:
        config = configuration_beside(Path(reward))
    prepared = prepared_by(config, checkpoint)
    if checkpoint is not None:
        return prepared
    content = {} if config is None else _content(config)
    named = _named_reward(content) if reward is None else reward
    if named is None:
        return prepared
    from rlseg.rewards.language import load_reward

    file = load_reward(named, allow=allow)
    preparation = prepared.preparation
    if config is None:
        preparation = preparation.model_copy(update={"volume": file.volumes})
    prepared = replace(prepared, preparation=preparation.for_reward(file))
    images = content.get("data", {}).get("images")
    if prepared.preparation.superpixels.kind != "auto" or file.objects is None or images is None:
        return prepared
    return replace(prepared, preparation=_settled(prepared, content["data"], file))


def _settled(prepared: Prepared, data: dict[str, Any], file: RewardFile) -> Preparation:
    """With the superpixels that a training on these images takes."""
    from rlseg.commands.chosen_superpixels import choice_for
    from rlseg.rewards import Reward

    known = data.get("pixel_size")
    return choice_for(folder_of(prepared, data, known), Reward(file, known)).preparation


def folder_of(prepared: Prepared, data: dict[str, Any], pixel_size: float | None) -> ImageFolder:
    """The images that the section data of a configuration names.

    Args:
        prepared: how they are read and prepared.
        data: the section, with images.
        pixel_size: um, or None.

    Raises:
        RlsegError: there are none.
    """
    from rlseg.data import ImageFolder

    given = {name: data[name] for name in _OF_IMAGES if data.get(name) is not None}
    return ImageFolder(**given, pixel_size=pixel_size, preparation=prepared.preparation, reading=prepared.reading)


def configuration_beside(reward: Path) -> Path | None:
    """The file config.yaml beside a reward file, if it names that file: the configuration of its project."""
    config = reward.parent / "config.yaml"
    if not config.is_file():
        return None
    try:
        named = _named_reward(_content(config))
        return config if named is not None and Path(named).resolve() == reward.resolve() else None
    except RlsegError:  # of something else
        return None


def _named_reward(content: dict[str, Any]) -> str | None:
    model = content.get("model")
    named = model.get("reward") if isinstance(model, dict) else None
    return named if isinstance(named, str) else None


def _checked(model: Any, values: Any, where: str) -> Any:
    from pydantic import ValidationError

    try:
        return model.model_validate({} if values is None else values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RlsegError(f"{where}.{place}: {first['msg']}".replace("as ", "", 1)) from None


def _content(config: Path) -> dict[str, Any]:
    content = read_plain(config, "configuration", f"the configuration {config}")
    if not isinstance(content, dict) or not isinstance(content.get("data"), dict):
        raise RlsegError(f"{config} has no section data", "it is a configuration of rlseg fit that is asked for")
    return content
