"""Which page of docs/ stands where in the navigation."""

from __future__ import annotations

import json
from collections.abc import Mapping

SECTIONS = {
    "Start": ("index", "quickstart", "your_images", "gallery", "troubleshooting", "comparison"),
    "Use": (),
    "Rules": ("rewards", "objective"),
    "Python": ("python", "reference"),
    "Results": ("results", "paper", "learners", "performance", "reliability", "results_log"),
}
"""Section -> its first pages; a page that no section names comes into "Use", one of a folder into "Results"."""


def navigate(titles: Mapping[str, str]) -> dict[str, list[str]]:
    """Section -> its pages, each page once.

    Args:
        titles: path in docs/ -> title of the page.
    """
    pages = {section: [f"{name}.md" for name in names if f"{name}.md" in titles] for section, names in SECTIONS.items()}
    named = {page for some in pages.values() for page in some}
    for page in sorted(set(titles) - named, key=lambda page: titles[page].lower()):
        pages["Results" if "/" in page else "Use"].append(page)
    return {section: some for section, some in pages.items() if some}


def write_navigation(titles: Mapping[str, str]) -> str:
    """The navigation as a line of zensical.toml."""
    sections = []
    for section, pages in navigate(titles).items():
        entries = [f"{{{json.dumps(titles[page])} = {json.dumps(page)}}}" for page in pages]
        sections.append(f"{{{json.dumps(section)} = [{', '.join(entries)}]}}")
    return f"nav = [{', '.join(sections)}]\n"
