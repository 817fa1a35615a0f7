"""Links and headings of Markdown pages, as GitHub reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

CODE = r"(?P<code>^(?P<fence>```+|~~~+).*?^(?P=fence)[ \t]*$|(?P<tick>`+)(?!`).*?(?<!`)(?P=tick)(?!`))"
LINK = re.compile(CODE + r"|\]\((?P<target>[^)\s]+)(?P<title>\s+\"[^\"]*\")?\)", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$\n?", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:", re.IGNORECASE)


def read_links(text: str) -> Iterator[str]:
    """The targets of the links and pictures of a page that lead into the repository; what looks so in code is none."""
    for found in LINK.finditer(text):
        target = found["target"]
        if target and not ELSEWHERE.match(target):
            yield target


def replace_links(text: str, change: Callable[[str], str]) -> str:
    """A page with another target for each link that `read_links` gives."""

    def one(found: re.Match[str]) -> str:
        target = found["target"]
        if not target or ELSEWHERE.match(target):
            return found[0]
        return f"]({change(target)}{found['title'] or ''})"

    return LINK.sub(one, text)


def read_anchors(text: str) -> set[str]:
    """What may follow a # in a link to a page: its headings in small letters, hyphens for blanks, no other signs."""
    anchors: set[str] = set()
    for heading in HEADING.findall(FENCED.sub("", text)):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        number = next(n for n in range(len(anchors) + 1) if (f"{slug}-{n}" if n else slug) not in anchors)
        anchors.add(f"{slug}-{number}" if number else slug)
    return anchors


def read_title(text: str) -> str:
    """The first heading of a page, without the marks of code."""
    found = HEADING.search(FENCED.sub("", text))
    return found[1].replace("`", "") if found else ""


def resolve(page: PurePosixPath, target: str) -> tuple[PurePosixPath, str]:
    """Where a link of a page leads.

    Args:
        page: its path from the root of the repository.
        target: of the link.

    Returns:
        The path from the root of what it leads to, and the heading there, "" for none. What leads out of the repository
        begins with "..".
    """
    path, _, anchor = target.partition("#")
    parts: list[str] = []
    for part in (*page.parent.parts, *PurePosixPath(path).parts) if path else page.parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts), anchor
