"""`rlseg new`: a project of one's own from a folder of images, with a reward file, a configuration and a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from rlseg.rewards import Look

__all__ = ["main"]

_MIN_SCORE = 0.3
EPILOG = (
    "Whatever is not said is looked for in the images; rlseg new prints what it chose and why, and draws it. "
    "rlseg new --like ? lists the usual kinds."
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
    if options.like == "?":
        from rlseg.commands.new.like import list_of_templates

        print("\n".join(list_of_templates()))
        return 0
    if options.folder is None or options.images is None:
        parser.error("a folder to make and --images are needed, like: rlseg new my_project --images my_images")
    _make(options)
    return 0


def _make(options: argparse.Namespace) -> None:
    # --help and --like ? do not wait for these
    from rlseg.commands.new.images import look_at
    from rlseg.commands.new.picture import draw
    from rlseg.commands.new.plan import Asked, plan
    from rlseg.commands.new.project import CONFIG, PICTURE, REWARD, config_text, refuse_existing, reward_text, write

    folder: Path = options.folder
    refuse_existing(folder)
    seen = look_at(options.images)
    print("\n".join(seen.lines()), flush=True)
    chosen = plan(_name(folder), seen, Asked(options.like, options.width, options.look, options.channel))
    text = reward_text(chosen, seen)
    which = next((k for k, found in enumerate(chosen.guess.found) if found is not None), 0) if chosen.guess else 0
    found = None if chosen.guess is None else chosen.guess.found[which]
    shown = draw(seen.units[which], found, chosen.template.file, _MIN_SCORE)
    write(folder, text, config_text(folder, seen), shown.png())
    print("\n".join(f"  {line}" for line in chosen.said))
    height, width = shown.side
    print(
        f"  on {height} x {width} px of {seen.looked_at[which].name}: {shown.superpixels} superpixels; the rules alone "
        f"find {shown.objects} objects there, paid {shown.paid:.2f} of 1 on average\n\n"
        f"{folder / REWARD}\n{folder / CONFIG}\n{folder / PICTURE}\n\n"
        f"Look at {folder / PICTURE} and check the numbers above in {folder / REWARD}. Then\n"
        f"  rlseg fit --config {folder / CONFIG}\n"
        f"  rlseg predict {folder / 'runs/fit/version_0/checkpoints/best.ckpt'} {options.images} "
        f"--output {folder / 'labels'} --overlay --table {folder / 'objects.csv'}"
    )


def _name(folder: Path) -> str:
    """The name of the reward: that of the folder, of letters, digits and _."""
    return "".join(letter if letter.isalnum() else "_" for letter in folder.absolute().name).strip("_") or "objects"


def _parser() -> argparse.ArgumentParser:
    from rlseg.commands.new.asked import channel_of, widths_of

    parser = argparse.ArgumentParser(
        prog="rlseg new", description="Make a project from a folder of images.", epilog=EPILOG
    )
    parser.add_argument("folder", type=Path, nargs="?", help="the project to make")
    parser.add_argument("--images", type=Path, help='folder of images, or a pattern like "plate/**/*_dapi.tif"')
    parser.add_argument("--like", metavar="KIND", help="begin with what is known of such objects; ? lists the kinds")
    parser.add_argument(
        "--width", type=widths_of, metavar="14-20", help="short diameter of the objects in px, a number or a range"
    )
    parser.add_argument("--look", choices=get_args(Look), help="what the objects are like beside what lies around them")
    parser.add_argument(
        "--channel",
        type=channel_of,
        help="where they show: a number from 0, mean, strongest, a stain like hematoxylin, or a colour like purple",
    )
    return parser
