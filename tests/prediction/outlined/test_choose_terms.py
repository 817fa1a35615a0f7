"""Which terms are written, of made-up numbers."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from rlseg.prediction.outlined.choose import Chosen, LeftOut, choose, columns_of
from rlseg.prediction.outlined.table import Column, Values


def normal(mean: float, spread: float, n: int) -> np.ndarray:
    """n values of which each stands for as many of a normal distribution, so that nothing tells by accident."""
    curve = NormalDist(mean, spread)
    return np.array([curve.inv_cdf((i + 0.5) / n) for i in range(n)])


def made_up(**others: tuple[float, ...]) -> dict[Column, Values]:
    """12 objects of which nothing tells, but what is given: (outlined, shown, pieces, around, moved, spread)."""
    table = {}
    for column in columns_of(1):
        *means, spread = others.get(column[0], (0.5, 0.5, 0.5, 0.5, 0.5, 0.1))
        counts = (12, 12, 60, 200, 24)
        table[column] = Values(*(normal(m, spread, n) for m, n in zip(means, counts, strict=True)))
    return table


def names(found: tuple[list[Chosen], list[LeftOut]]) -> tuple[set[str], dict[str, str]]:
    return {term.wish.property for term in found[0]}, {bad.name: bad.reason for bad in found[1]}


ROUND = {"eccentricity": (0.4, 0.45, 0.8, 0.8, 0.4, 0.05)}


def test_only_what_tells_is_written_and_the_rest_is_named() -> None:
    kept, left = names(choose(made_up(**ROUND, equivalent_diameter_area=(20, 20, 10, 20, 20, 1)), "different"))
    assert kept == {"eccentricity", "equivalent_diameter_area"}
    assert {"smooth", "oval", "contrast"} <= set(left)
    assert all("does not tell" in reason for reason in left.values())


def test_long_objects_have_a_width_and_a_length() -> None:
    table = made_up(eccentricity=(0.97, 0.97, 0.9, 0.9, 0.97, 0.01), box_width=(16, 16, 25, 25, 16, 1),
                    box_length=(60, 60, 35, 35, 60, 5))  # fmt: skip
    kept, _ = names(choose(table, "different"))
    assert kept == {"box_width", "box_length"}


def test_of_words_for_the_same_the_best_is_taken() -> None:
    table = made_up(
        **ROUND,
        solidity=(0.95, 0.94, 0.9, 0.9, 0.95, 0.03),
        ellipse_fill=(0.98, 0.97, 0.8, 0.8, 0.98, 0.02),
        outline_level=(0.5, 0.5, 0.3, 0.3, 0.8, 0.05),
        boundary_evidence=(0.2, 0.2, 0.1, 0.1, 0.15, 0.05),
    )
    kept, _ = names(choose(table, "different"))
    assert kept == {"eccentricity", "ellipse_fill", "outline_level"}


@pytest.mark.parametrize(("sign", "side"), [(1, "below"), (-1, "above")])
def test_the_sign_of_the_contrast(sign: int, side: str) -> None:
    table = made_up(**ROUND, contrast=(sign * 0.3, sign * 0.25, 0, 0, sign * 0.2, 0.03))
    (term,) = [t for t in choose(table, "brighter" if sign > 0 else "darker")[0] if t.wish.name == "contrast"]
    assert term.expected.side == side
    assert np.median(term.expected.score(term.outlined)) > 0.9
    assert np.median(term.expected.score(term.shown)) > 0.9


def test_objects_of_both_signs_have_no_contrast() -> None:
    table = made_up(**ROUND, contrast=(0.0, 0.0, 0.5, 0.5, 0, 0.2))
    _, left = names(choose(table, "different"))
    assert left["contrast"] == "some objects are brighter than what lies around them, others darker"


def test_what_a_clear_look_says_is_kept_though_others_nearby_look_the_same() -> None:
    table = made_up(**ROUND, contrast=(0.3, 0.3, 0.3, 0.3, 0.3, 0.03))
    assert "contrast" in names(choose(table, "brighter"))[0]
    assert "contrast" not in names(choose(table, "different"))[0]


def test_what_superpixels_cannot_show_is_left_out_and_named() -> None:
    table = made_up(**ROUND, solidity=(0.97, 0.6, 0.6, 0.6, 0.97, 0.01), ellipse_fill=(0.98, 0.5, 0.5, 0.5, 0.98, 0.01))
    _, left = names(choose(table, "different"))
    assert left["smooth"].startswith("the superpixels cannot show it: outlined 0.9")
    assert "in superpixels 0.5" in left["smooth"]


def test_shapes_alone_are_all_written() -> None:
    nothing = np.empty(0)
    table = {c: Values(v.outlined, nothing, nothing, nothing, nothing) for c, v in made_up(**ROUND).items()}
    kept, left = names(choose(table, None))
    assert kept == {"equivalent_diameter_area", "eccentricity", "solidity"}
    assert not left


def test_a_reward_needs_a_term() -> None:
    kept, left = names(choose(made_up(eccentricity=(0.4, 0.4, 0.4, 0.4, 0.4, 0.05)), "different"))
    assert kept == {"equivalent_diameter_area"}
    assert "size" not in left
