"""Puts together what the site is built from: the pages of docs/, and a page for every file that they lead to."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path, PurePosixPath

from experiments.site.links import CODE, read_title, replace_links, resolve
from experiments.site.navigation import write_navigation

LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".sh": "bash", ".json": "json"}
FILES = PurePosixPath("files")
"""Where files that lie outside of docs/ have their pages."""
UNSEARCHED = "---\nsearch:\n  exclude: true\n---\n"
# a list or table that follows a line of text is one on GitHub, and on the site only after an empty line
BEGIN = re.compile(
    CODE + r"|^(?P<before>(?![ \t]|- |\d+\. |\||#|>|```)[^\n]+\n)(?=- |\d+\. |\|)", re.MULTILINE | re.DOTALL
)


def stage(root: Path, folder: Path) -> list[str]:
    """Write a folder that zensical can build by itself.

    On GitHub docs/results.md leads to ../rewards/circles.yaml. A site has docs/ alone; there the same link leads
    to a page that shows this file; what such a page leads to has a page, too.

    Args:
        root: of the repository.
        folder: what was there is replaced.

    Returns:
        Links that lead nowhere, a line each.
    """
    shutil.rmtree(folder, ignore_errors=True)
    pages = sorted(PurePosixPath(path.relative_to(root).as_posix()) for path in (root / "docs").rglob("*.md"))
    titles: dict[str, str] = {}
    lost: list[str] = []
    waiting, known = list(pages), set(pages)

    def lead(page: PurePosixPath, target: str) -> str:
        path, anchor = resolve(page, target)
        if path.parts[:1] in ((), ("..",)) or not (root / path).exists():
            lost.append(f"{page}: {target}")
            return target
        if path not in known:
            known.add(path)
            waiting.append(path)
        beside = os.path.relpath(_place(path), _place(page).parent)
        return PurePosixPath(beside).as_posix() + (f"#{anchor}" if anchor else "")

    while waiting:
        page = waiting.pop()
        output = folder / "docs" / _place(page)
        output.parent.mkdir(parents=True, exist_ok=True)
        if page.suffix != ".md" and not _has_page(page):
            shutil.copyfile(root / page, output)
            continue
        text = _read(root / page)
        if page.suffix == ".md":
            text = replace_links(text, lambda target, page=page: lead(page, target))
            text = BEGIN.sub(lambda found: f"{found['before']}\n" if found["before"] else found[0], text)
        else:
            text = f"# {page}\n\n~~~~~~{LANGUAGES.get(page.suffix, 'text')}\n{text}\n~~~~~~\n"
        if page.parts[0] == "docs":
            titles[_place(page).as_posix()] = read_title(text)
        else:
            text = UNSEARCHED + text
        output.write_text(text, encoding="utf-8")
    settings = (root / "zensical.toml").read_text(encoding="utf-8")
    (folder / "zensical.toml").write_text(settings.replace("[project]\n", "[project]\n" + write_navigation(titles), 1))
    return lost


def _read(path: Path) -> str:
    """The text of a file, or the names in a folder."""
    if path.is_dir():
        names = (child.name + "/" * child.is_dir() for child in path.iterdir())
        return "\n".join(sorted(name for name in names if name != "__pycache__/"))
    return path.read_text(encoding="utf-8")


def _has_page(path: PurePosixPath) -> bool:
    """Whether a file that is no page itself is shown on one, and not copied as it is."""
    return path.parts[0] != "docs" and (path.suffix in LANGUAGES or path.suffix in (".txt", ".j2", ""))


def _place(path: PurePosixPath) -> PurePosixPath:
    """Where a file of the repository has its page or copy, from the root of the site's pages."""
    if path.parts[0] == "docs":
        return PurePosixPath(*path.parts[1:])
    # README.md would be taken for the first page of its folder
    shown = path.suffix == ".md" or _has_page(path)
    return FILES / (path.with_name(f"{path.name}.md") if shown else path)
