"""Reports as Markdown from Jinja templates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def render_template(template: Path, number: Callable[..., str], r: Any, **more: Any) -> str:
    """Fill in a template; what it asks for must be there.

    Args:
        template: the file.
        number: the filter `n`, which writes a number.
        r: what the template may ask.
        more: further values by name.
    """
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["n"] = number
    return environment.get_template(template.name).render(r=r, **more)
