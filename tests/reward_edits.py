"""Random damage to reward files."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

Edit = tuple[float, int, str]
"""Where, as a share of the text; how many characters are taken out; what is put in."""

PIECES = [
    *("", " ", "  ", "\n", "\t", ":", ": ", "-", "- ", "{", "}", "[", "]", ",", "#", "'", '"', "&a ", "*a"),
    *(
        "!!str ",
        "<<",
        "|",
        ">",
        "?",
        "%",
        "@",
        "\\",
        "\x00",
        "\x85",
        "\ufeff",
        "é",
        "\U0001f52c",
        "null",
        "~",
    ),
    *(".nan", ".inf", "-1", "0", "1e999", "true", "no", "foreground", "background", "kind", "descriptor"),
    *("extends: x.yaml\n", "---\n", "...\n", "9" * 30, '"\\ud800"', '"\\Uffffffff"'),
]
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES) | st.text(max_size=4)),
    min_size=1,
    max_size=4,
)


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text after some edits."""
    for place, removed, inserted in edits:
        start = int(place * len(text))
        text = text[:start] + inserted + text[start + removed :]
    return text
