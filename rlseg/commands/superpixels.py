"""`rlseg superpixels`: which superpixels suit some images and a reward file, before anything is trained."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rlseg.commands.chosen_superpixels import PICTURE, choice_for, images_of
from rlseg.commands.notes import warn
from rlseg.commands.reward import configuration_beside, folder_of, prepared_by
from rlseg.commands.yaml_file import read_plain
from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.io import RawImage, Reading, distance_told, find_images
from rlseg.prediction.choosing import Choice, choice_lines, choose, chosen_of, settings_of, write_choice
from rlseg.rewards import Reward
from rlseg.rewards.language import RewardFile, load_reward, stored_reward

__all__ = ["main"]


def main(args: list[str]) -> int:
    """Run `rlseg superpixels ARGS`.

    Args:
        args: what follows `rlseg superpixels`.

    Returns:
        0.

    Raises:
        RlsegError: a file cannot be used, or the picture not be written.
        SystemExit: the command line is wrong (exit code 2).
    """
    options = _parser().parse_args(args)
    if options.output.suffix.lower() != ".png":
        raise RlsegError(f"{options.output} is not the name of a PNG file", "let it end in .png")
    content = _content(options.file)
    project = configuration_beside(options.file) if not options.images else None
    if project is not None:
        options.file, content = project, _content(project)
    if "rewards" in content or "extends" in content:
        choice = _by_reward(options)
    else:
        choice = _by_configuration(options, content)
    print("\n".join(choice_lines(choice)))
    if choice.trials:
        write_choice(options.output, choice)
        print(f"\nside by side in {options.output}; in a configuration of rlseg fit these are")
        print("\n".join(settings_of(choice.preparation)))
    if choice.preparation.objects is None:
        warn(
            "the reward file has no section objects, so that `rlseg fit` tries nothing and takes level_sets unless the "
            "configuration says another kind"
        )
    return 0


def _by_reward(options: argparse.Namespace) -> Choice:
    if not options.images:
        raise RlsegError(f"{options.file} is a reward file: it names no images", "name some after it")
    reward = Reward(load_reward(options.file, allow=options.allow), options.pixel_size)
    preparation = _told(Preparation(volume=reward.file.volumes), options)
    images = _images(options, _read_as_told(Reading(), options), options.pixel_size, preparation)
    return choose(reward, preparation.for_reward(reward.file), images, shown=True)


def _by_configuration(options: argparse.Namespace, content: dict[str, Any]) -> Choice:
    prepared = prepared_by(options.file, None)
    preparation, reading = _told(prepared.preparation, options), _read_as_told(prepared.reading, options)
    prepared = replace(prepared, preparation=preparation, reading=reading)
    data, model = content["data"], content.get("model")
    known = options.pixel_size if options.pixel_size is not None else data.get("pixel_size")
    reward = Reward(_reward(options, model if isinstance(model, dict) else {}), known)
    prepared = prepared.for_reward(reward.file)
    if options.images:
        images = _images(options, prepared.reading, known, prepared.preparation)
        return choose(reward, prepared.preparation, images, shown=True)
    if data.get("images") is None:
        raise RlsegError(f"{options.file} says no data.images", "name some images on the command line")
    return choice_for(folder_of(prepared, data, known), reward, shown=True)


def _reward(options: argparse.Namespace, model: dict[str, Any]) -> RewardFile:
    if model.get("reward_text") is not None:
        return stored_reward(str(model["reward_text"]), f"model.reward_text of {options.file}", options.allow)
    if model.get("reward") is None:
        raise RlsegError(f"{options.file} says no model.reward", "name the reward file instead, and some images")
    return load_reward(str(model["reward"]), allow=options.allow)


def _told(preparation: Preparation, options: argparse.Namespace) -> Preparation:
    """With the distance of planes that the user says.

    Raises:
        RlsegError: it is none, or nothing is about volumes.
    """
    if options.plane_distance is None:
        return preparation
    if not preparation.volume:
        raise RlsegError(
            "--plane-distance says how far planes of volumes are apart, and this is about images", "leave it out"
        )
    return preparation.model_copy(update={"plane_distance": distance_told(options.plane_distance)})


def _read_as_told(reading: Reading, options: argparse.Namespace) -> Reading:
    if options.axes is None:
        return reading
    try:
        return Reading.model_validate(reading.model_dump() | {"axes": options.axes})
    except ValidationError as error:
        raise RlsegError(f"--axes: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error


def _images(
    options: argparse.Namespace, reading: Reading, pixel_size: float | None, preparation: Preparation
) -> list[RawImage]:
    files = find_images(options.images, say=warn)
    paths = [files[number].image for number in chosen_of(len(files))]
    images = images_of(paths, reading, pixel_size, preparation.volume)
    for path, image in zip(paths, images, strict=True):
        preparation.check_spacing(path, image.pixel_size)
    return images


def _content(path: Path) -> dict[str, Any]:
    content = read_plain(path, "file", str(path))
    if isinstance(content, dict) and (isinstance(content.get("data"), dict) or {"rewards", "extends"} & {*content}):
        return content
    raise RlsegError(f"{path} is neither a configuration of rlseg fit nor a reward file")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rlseg superpixels",
        description="Try several kinds and scales of superpixels on at most three images and judge them, without "
        "labels, by what a search over them finds and is paid for; `rlseg fit` does so by itself, and takes the best, "
        "where superpixels are `auto` and the reward file has a section `objects`. Those of volumes are shown alone.",
    )
    parser.add_argument("file", type=Path, help="configuration of rlseg fit, or a reward file")
    parser.add_argument(
        "images",
        type=Path,
        nargs="*",
        help="images, folders or patterns; by default those of the configuration, or of that beside the reward file",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(PICTURE),
        metavar="PICTURE",
        help=f"PNG file to write; {PICTURE} if not given",
    )
    parser.add_argument(
        "--axes", help="axes of the images if the files do not say them, slowest first, like CYX or ZYX"
    )
    text = "how far planes of volumes are apart, in sides of a pixel, where the files do not say it"
    parser.add_argument("--plane-distance", type=float, metavar="PX", help=text)
    parser.add_argument("--pixel-size", type=float, metavar="UM", help="um per pixel, instead of what the files say")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PACKAGE", help="whose terms the reward file may import"
    )
    return parser
