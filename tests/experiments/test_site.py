"""The pages of docs/: each stands in the navigation, and every link leads somewhere, on GitHub and on the site."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

import rlseg
from experiments import ROOT
from experiments.site.links import read_anchors, read_links, read_title, replace_links, resolve
from experiments.site.navigation import SECTIONS, navigate
from experiments.site.staging import stage
from rlseg.__main__ import COMMANDS

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
OTHERS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "notebooks/README.md"]


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def code_of(page: str, *languages: str) -> Iterator[str]:
    for language, code in re.findall(r"^```(\w*)\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL):
        if language in languages:
            yield code


@pytest.mark.parametrize("page", PAGES + OTHERS)
def test_links_lead_to_files_and_headings_that_there_are(page: str) -> None:
    for target in read_links(text_of(page)):
        path, anchor = resolve(PurePosixPath(page), target)
        assert (ROOT / path).exists(), target
        if anchor and path.suffix == ".md":
            assert anchor in read_anchors(text_of(path.as_posix())), target


def test_every_page_stands_in_the_navigation_once() -> None:
    titles = {page.removeprefix("docs/"): read_title(text_of(page)) for page in PAGES}
    assert all(titles.values())
    assert sorted(page for pages in navigate(titles).values() for page in pages) == sorted(titles)
    # what a section names is there
    assert {f"{name}.md" for names in SECTIONS.values() for name in names} <= set(titles)
    found = navigate({"index.md": "A", "new.md": "B", "results/new.md": "C", "about.md": "a"})
    assert found == {"Start": ["index.md"], "Use": ["about.md", "new.md"], "Results": ["results/new.md"]}


def test_the_reference_has_every_public_name() -> None:
    named = set(re.findall(r"^::: rlseg\.([\w.]+)$", text_of("docs/reference.md"), re.MULTILINE))
    assert named >= set(rlseg.__all__) - {"__version__", "metrics"}
    for name in named:
        first, *rest = name.split(".")
        found = getattr(rlseg, first)
        for word in rest:
            found = getattr(found, word)
        assert found.__doc__, name


@pytest.mark.parametrize("page", PAGES)
def test_code_of_the_pages_is_python_and_calls_what_there_is(page: str) -> None:
    for code in code_of(page, "python"):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "rlseg":
                assert hasattr(rlseg, node.attr), node.attr
    for code in code_of(page, "", "bash", "sh"):
        for word in re.findall(r"^ *rlseg ([a-z-]+)", code, re.MULTILINE):
            assert word in COMMANDS, word


def test_links_of_code_are_none_and_those_of_other_servers_stay() -> None:
    text = '[a](b.md) `[c](d.md)` [`e`](f.md#g)\n```\n[h](i.md)\n```\n![j](k.png "l") [m](https://n.org/o.md)\n'
    assert list(read_links(text)) == ["b.md", "f.md#g", "k.png"]
    changed = replace_links(text, lambda target: target.upper())
    assert changed == text.replace("b.md", "B.MD").replace("f.md#g", "F.MD#G").replace("k.png", "K.PNG")


def test_anchors_are_those_of_github() -> None:
    text = "# A `b_c`: d & e\n## 1. [F](g.md) (h)\n```\n# no\n```\n## I\n## I\n"
    assert read_anchors(text) == {"a-b_c-d--e", "1-f-h", "i", "i-1"}
    assert read_title("<!-- x -->\n\n# `rlseg` from Python\n") == "rlseg from Python"


@pytest.mark.parametrize(
    ("page", "target", "path", "anchor"),
    [
        ("docs/a.md", "b.md#c", "docs/b.md", "c"),
        ("docs/a.md", "#c", "docs/a.md", "c"),
        ("docs/results/a.md", "../../rewards/b.yaml", "rewards/b.yaml", ""),
        ("docs/a.md", "../../b", "../b", ""),
    ],
)
def test_links_are_resolved_from_their_page(page: str, target: str, path: str, anchor: str) -> None:
    assert resolve(PurePosixPath(page), target) == (PurePosixPath(path), anchor)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    files = {
        "docs/index.md": "# Home\ntext\n- [rules](../rules/a.yaml)\n- [more](more/b.md#c)\n\n![p](p.png) [n](n.json)\n",
        "docs/n.json": "{}",
        "docs/more/b.md": "# B\n## C\n[all](../../rules) [notes](../../NOTES.md)\n```\nx:\n- [y](z.md)\n```\n",
        "docs/p.png": "p",
        "rules/a.yaml": "k: 1\n",
        "NOTES.md": "# Notes\n[code](a.py)\n",
        "a.py": "x = 1\n",
        "zensical.toml": '[project]\nsite_name = "s"\n[project.theme]\nfont = false\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_what_a_page_leads_to_has_a_page_of_the_site(small: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert stage(small, output) == []
    pages = output / "docs"
    assert (pages / "index.md").read_text() == (
        "# Home\ntext\n\n- [rules](files/rules/a.yaml.md)\n- [more](more/b.md#c)\n\n![p](p.png) [n](n.json)\n"
    )
    assert (pages / "n.json").read_text() == "{}"
    assert (pages / "more/b.md").read_text().endswith("[notes](../files/NOTES.md.md)\n```\nx:\n- [y](z.md)\n```\n")
    assert "[code](a.py.md)" in (pages / "files/NOTES.md.md").read_text()
    assert "~~~text\na.yaml\n" in (pages / "files/rules.md").read_text()
    assert "~~~yaml\nk: 1\n" in (pages / "files/rules/a.yaml.md").read_text()
    assert "x = 1" in (pages / "files/a.py.md").read_text()
    assert (pages / "p.png").read_text() == "p"
    project = tomllib.loads((output / "zensical.toml").read_text())["project"]
    assert project["nav"] == [{"Start": [{"Home": "index.md"}]}, {"Results": [{"B": "more/b.md"}]}]
    assert (project["site_name"], project["theme"]) == ("s", {"font": False})


def test_the_site_can_be_put_together(tmp_path: Path) -> None:
    assert stage(ROOT, tmp_path / "out") == []


def test_a_link_that_leads_nowhere_is_named(small: Path, tmp_path: Path) -> None:
    (small / "docs/more/b.md").write_text("# B\n## C\n[gone](../gone.md) [out](../../../x)\n")
    assert stage(small, tmp_path / "out") == ["docs/more/b.md: ../gone.md", "docs/more/b.md: ../../../x"]
