"""`rlseg export`: a model to share, from a checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path

from rlseg.errors import RlsegError
from rlseg.models import TEXT, WEIGHTS, read_checkpoint, write_model
from rlseg.models.onnx import import_onnx, refuse_onnx, write_onnx

__all__ = ["main"]


def main(args: list[str]) -> int:
    """Run `rlseg export ARGS`.

    Args:
        args: what follows `rlseg export`.

    Returns:
        0.

    Raises:
        RlsegError: the checkpoint cannot be used, or the folder not be written.
        SystemExit: the command line is wrong (exit code 2).
    """
    parser = argparse.ArgumentParser(prog="rlseg export", description="A model to share, from a checkpoint.")
    parser.add_argument("checkpoint", type=Path, help="checkpoint of rlseg fit (.ckpt)")
    parser.add_argument("folder", type=Path, help=f"gets {WEIGHTS} and {TEXT}; made if needed")
    text = "also the networks as ONNX: policy.onnx and, where the model has a network on pixels, pixels.onnx"
    parser.add_argument("--onnx", action="store_true", help=text)
    options = parser.parse_args(args)
    if options.onnx:
        import_onnx()  # before any work
    content = read_checkpoint(options.checkpoint)
    if options.onnx:
        refuse_onnx(content)
    if options.folder.exists() and not options.folder.is_dir():
        raise RlsegError(f"{options.folder} is a file", "name a folder")
    write_model(content, options.folder)
    print(f"wrote {options.folder / WEIGHTS} and {options.folder / TEXT}")
    if options.onnx:
        print(f"wrote {' and '.join(map(str, write_onnx(content, options.folder)))}")
    return 0
