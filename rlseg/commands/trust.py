"""Whose code a configuration may name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from jsonargparse import set_parsing_settings

from rlseg.errors import RlsegError

# Not torch: no setting needs it, and some of its classes run commands when they are made.
TRUSTED = ("rlseg", "lightning")


@contextmanager
def only_from(packages: Sequence[str]) -> Iterator[None]:
    """Within this context the parser imports what a value names (a `class_path`) from trusted packages alone.

    Anything else is refused before its module is imported, and stays so afterwards; so do then the added packages.

    Args:
        packages: those to trust beside rlseg and lightning.

    Raises:
        RlsegError: one of them is no name of a package.
    """
    added = [package for package in packages if not _is_below(package, TRUSTED)]
    try:
        set_parsing_settings(
            import_path_denylist=["*"],
            import_path_allowlist=[*TRUSTED, *added],
            instantiate_subclass_spec_in_any=False,
        )
    except ValueError as error:
        raise RlsegError(
            f"--allow {' '.join(packages)}: not the name of a package that can be trusted",
            "a name is that of a package or module, for example --allow my_lab",
        ) from error
    try:
        yield
    finally:
        set_parsing_settings(import_path_denylist=added)


def _is_below(path: str, packages: Iterable[str]) -> bool:
    return any(path == package or path.startswith(f"{package}.") for package in packages)
