"""Building on another file: the merge itself; its errors are among the golden files."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlseg.rewards.group import Group
from rlseg.rewards.language.document import Node, read_document
from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.language.merge import merge
from rlseg.rewards.terms.descriptor import DescriptorTerm

OK = Path(__file__).parents[1] / "reward_files" / "ok"


def tree(text: str) -> Node:
    node, problems = read_document(text, "x")
    assert node is not None
    assert not problems
    return node


# The examples of RFC 7396, appendix A, as far as they are mappings.
@pytest.mark.parametrize(
    ("original", "patch", "result"),
    [
        ("{a: b}", "{a: c}", {"a": "c"}),
        ("{a: b}", "{b: c}", {"a": "b", "b": "c"}),
        ("{a: b}", "{a: null}", {}),
        ("{a: b, b: c}", "{a: null}", {"b": "c"}),
        ("{a: [b]}", "{a: c}", {"a": "c"}),
        ("{a: c}", "{a: [b]}", {"a": ["b"]}),
        ("{a: {b: c}}", "{a: {b: d, c: null}}", {"a": {"b": "d"}}),
        ("{a: [{b: c}]}", "{a: [1]}", {"a": [1]}),
        ("{a: b}", "[c]", ["c"]),
        ("{e: null}", "{a: 1}", {"e": None, "a": 1}),
        ("{a: foo}", "{a: {b: {c: null}}}", {"a": {"b": {}}}),
    ],
)
def test_merge_patch(original: str, patch: str, result: object) -> None:
    assert merge(tree(original), tree(patch)).plain() == result


def test_another_kind_replaces() -> None:
    merged = merge(tree("{t: {kind: a, x: 1}}"), tree("{t: {kind: b, y: 2}}"))
    assert merged.plain() == {"t": {"kind": "b", "y": 2}}
    merged = merge(tree("{t: {kind: a, x: 1}}"), tree("{t: {kind: a, y: 2}}"))
    assert merged.plain() == {"t": {"kind": "a", "x": 1, "y": 2}}


def test_values_keep_their_places() -> None:
    merged = merge(tree("{a: 1,\n b: 2}"), tree("\n\n{b: 3}"))
    assert [merged.children[name].span.line for name in "ab"] == [0, 2]


def test_a_chain_of_files() -> None:
    file = load_reward(OK / "deeper" / "grandchild.yaml")
    assert file.name == "grandchild"
    assert file.class_names == ("background", "foreground")
    foreground = file.rewards["foreground"]
    assert isinstance(foreground, Group)
    assert foreground.sharpness is None
    assert list(foreground.terms) == ["size", "round"]
    size = foreground.terms["size"]
    assert isinstance(size, DescriptorTerm)
    assert (size.expected, size.scale) == ((30.0, 50.0), 10.0)
    assert foreground.terms["round"].kind == "object_count"
    assert file.edges.background == "near"


def test_names_of_parents_are_shown_from_where_the_user_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "base.yaml").write_text("version: 1\nname: base\nrewards: {foreground: 2}\nunits: {length: px}\n")
    (tmp_path / "a" / "child.yaml").write_text("version: 1\nextends: ../base.yaml\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RewardFileError, match=r"^base.yaml:3:23: rewards.foreground: must be at most") as caught:
        load_reward("a/child.yaml")
    assert str(caught.value).endswith("1 problem(s) in a/child.yaml")
