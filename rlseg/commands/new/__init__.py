"""`rlseg new`: a project of one's own from images or volumes, with a reward file, a configuration and a picture."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from rlseg.commands.new.asked import refuse_unlike_volumes
from rlseg.rewards import Look

if TYPE_CHECKING:
    from rlseg.commands.new.images import Seen
    from rlseg.commands.new.picture import Shown
    from rlseg.commands.new.plan import Plan

__all__ = ["main"]

_MIN_SCORE = 0.3
EPILOG = (
    "Whatever is not said is looked for in the images; rlseg new prints what it chose and why, and draws it. "
    "rlseg new --like list lists the usual kinds."
)


def main(args: list[str]) -> int:
    """Run `rlseg new ARGS`.

    Args:
        args: what follows `rlseg new`.

    Returns:
        0.

    Raises:
        RlsegError: there is no image, one cannot be read, nothing looks like objects, or the project is there already.
        SystemExit: the command line is wrong (exit code 2).
    """
    parser = _parser()
    options = parser.parse_args(args)
    if options.like in ("?", "list"):
        from rlseg.commands.new.like import list_of_templates

        print("\n".join(list_of_templates()))
        return 0
    if options.folder is None or options.images is None:
        parser.error("a folder to make and --images are needed, like: rlseg new my_project --images my_images")
    if options.measurements is not None and options.outlines is not None:
        parser.error("outlines say more than --measurements: give one of them")
    refuse_unlike_volumes(parser, options)
    _make(options)
    return 0


def _make(options: argparse.Namespace) -> None:
    # --help and --like list do not wait for these
    from rlseg.commands.new.images import look_at, refuse_wide
    from rlseg.commands.new.picture import draw
    from rlseg.commands.new.project import REWARD, config_text, refuse_existing, reward_text, write
    from rlseg.commands.notes import warn
    from rlseg.data import Preparation
    from rlseg.io import Reading
    from rlseg.prediction.choosing import choose
    from rlseg.rewards import Reward
    from rlseg.rewards.language import parse_reward

    folder: Path = options.folder
    refuse_existing(folder)
    settings = Preparation(volume=options.volume, plane_distance=options.plane_distance)
    seen = look_at(options.images, settings, Reading(axes=options.axes))
    print("\n".join(seen.lines()), flush=True)
    refuse_wide(seen, options.width)
    chosen = _chosen(options, seen)
    text = reward_text(chosen, seen)
    file = parse_reward(text, str(folder / REWARD))
    images = [image.raw for image in seen.looked_at]
    preparation = choose(Reward(file), chosen.settings.for_reward(file), images).preparation
    shown = draw(chosen.example, file, preparation, _MIN_SCORE)
    write(folder, text, config_text(folder, seen, chosen), shown.png())
    print("\n".join(f"  {line}" for line in chosen.said))
    for doubt in chosen.doubts:
        warn(doubt)
    if shown.objects == 0:
        warn("the rules find no object there: are width, look and channel right? Others can be given, see --help")
    name = chosen.example.image.path.name
    print("\n".join(_next(options, name, shown, _if_wrong(options, seen, chosen))))


def _if_wrong(options: argparse.Namespace, seen: Seen, chosen: Plan) -> str:
    """What to do if the picture shows something else than the objects."""
    from rlseg.commands.new.advice import what_to_say
    from rlseg.commands.new.plan import FAIRLY
    from rlseg.commands.new.project import PICTURE, REWARD

    picture, reward = options.folder / PICTURE, options.folder / REWARD
    guess = chosen.guess
    if guess is None or guess.sure >= FAIRLY or (options.width is not None and options.look is not None):
        return f"Look at {picture}; if something is wrong, change the numbers above in {reward}. Then"
    return "\n".join(
        [
            f"Look at {picture}: what was seen does not look much like objects. If it is wrong, make another project",
            "and say what you know, for example",
            *(f"  {line}" for line in what_to_say(seen, options.channel)),
            f"or change the numbers above in {reward}. Then",
        ]
    )


def _next(options: argparse.Namespace, name: str, shown: Shown, if_wrong: str) -> list[str]:
    """What was written, and what to do with it."""
    from rlseg.commands.new.project import CONFIG, PICTURE, REWARD

    folder: Path = options.folder
    chosen = "the usual ones" if options.volume else "that on which a search by these rules earns most"
    side = f"{' x '.join(map(str, shown.side))} {'voxels' if options.volume else 'px'}"
    axes = "" if options.axes is None else f" --axes {options.axes}"
    results = f"--output {_word(folder / 'labels')} --overlay --table {_word(folder / 'objects.csv')}"
    return [
        f"  superpixels of kind {shown.kind}, {chosen} (rlseg superpixels {_word(folder / CONFIG)} shows others)",
        f"  on {side} of {name}: {shown.superpixels} superpixels; the rules alone find {shown.objects} "
        f"objects there, paid {shown.paid:.2f} of 1 on average",
        "",
        f"written: {folder / REWARD}  what the objects look like and what is paid for, each number with its source",
        f"         {folder / CONFIG}  the training",
        f"         {folder / PICTURE}  what was seen, the superpixels, and what the rules find",
        "",
        if_wrong,
        f"  rlseg fit --config {_word(folder / CONFIG)}",
        f"  rlseg predict {_word(folder)} {_word(options.images)} {results}{axes}",
    ]


def _word(path: Path) -> str:
    """A path as a shell reads it."""
    return shlex.quote(str(path))


def _chosen(options: argparse.Namespace, seen: Seen) -> Plan:
    """By a template, by outlines or by what is seen; with a template, outlines say where they are drawn."""
    from rlseg.commands.new.outlined import beside, plan_outlined, with_drawn_level
    from rlseg.commands.new.plan import Asked, plan
    from rlseg.commands.new.volume_plan import plan_volumes, refuse_of_images
    from rlseg.commands.notes import warn
    from rlseg.io import find_outlines

    asked = Asked(options.like, options.width, options.look, options.channel)
    if options.measurements is not None:
        from rlseg.commands.new.sizes import with_sizes

        asked, lines = with_sizes(asked, seen, options.measurements)
        print("\n".join(lines), flush=True)
        return plan(_name(options.folder), seen, asked)
    name = _name(options.folder)
    if seen.volumes:
        refuse_of_images(asked)
    if options.outlines is not None:
        outlines = find_outlines(options.outlines, options.images, warn)
        if options.like is not None:
            return with_drawn_level(plan(name, seen, asked), outlines)
        return plan_outlined(name, seen, asked, outlines)
    files = beside(options.images) if options.like is None else ()
    if files:
        print(
            f"  outlines of {len(files)} image(s) lie beside them and are measured (--like KIND does not)", flush=True
        )
        return plan_outlined(name, seen, asked, files)
    return plan_volumes(name, seen, asked) if seen.volumes else plan(name, seen, asked)


def _name(folder: Path) -> str:
    """The name of the reward: that of the folder, of letters, digits and _."""
    return "".join(letter if letter.isalnum() else "_" for letter in folder.absolute().name).strip("_") or "objects"


def _parser() -> argparse.ArgumentParser:
    from rlseg.commands.new.asked import axes_of, channel_of, distance_of, look_of, widths_of

    parser = argparse.ArgumentParser(
        prog="rlseg new", description="Make a project from a folder of images or volumes.", epilog=EPILOG
    )
    parser.add_argument("folder", type=Path, nargs="?", help="the project to make")
    parser.add_argument("--images", type=Path, help='folder of images, or a pattern like "plate/**/*_dapi.tif"')
    text = "a few outlined objects to measure: label images, regions of ImageJ, GeoJSON of QuPath, shapes of napari, "
    text += "JSON of LabelMe or COCO; a file, a folder or a pattern; with --like they only say "
    text += "at which brightness outlines are drawn"
    parser.add_argument("--outlines", type=Path, metavar="PATH", help=text)
    text = "a table of measured objects, whose widths and lengths are taken: results of Fiji (Area and Fit ellipse), "
    text += "objects of CellProfiler, or measurements of QuPath"
    parser.add_argument("--measurements", type=Path, metavar="CSV", help=text)
    parser.add_argument("--like", metavar="KIND", help="begin with what is known of such objects; list lists the kinds")
    parser.add_argument(
        "--width", type=widths_of, metavar="14-20", help="short diameter of the objects in px, a number or a range"
    )
    looks = f"{{{','.join(get_args(Look))}}}"
    text = "what the objects are like beside what lies around them"
    parser.add_argument("--look", type=look_of, metavar=looks, help=text)
    parser.add_argument(
        "--channel",
        type=channel_of,
        help="where they show: a number from 0, mean, strongest, a stain like hematoxylin, or a colour like purple",
    )
    volumes = parser.add_argument_group("volumes (docs/volumes.md)")
    text = "the planes of each stack are one volume, with bright or dark objects"
    volumes.add_argument("--volume", action="store_true", help=text)
    text = "how far planes are apart, in sides of a pixel (1: voxels are cubes), where the files do not say it"
    volumes.add_argument("--plane-distance", type=distance_of, metavar="PX", help=text)
    text = "the axes of the files, like ZYX, where they do not say it"
    volumes.add_argument("--axes", type=axes_of, metavar="AXES", help=text)
    return parser
