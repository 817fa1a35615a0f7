"""docs/objective.md: what a training is paid for, with numbers and pictures that the rules themselves make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.results.templates import render_template
from experiments.reward_docs.nuclei_example import RULES as NUCLEI_RULES
from experiments.reward_docs.nuclei_example import NucleiExample, nuclei_example
from experiments.reward_docs.nuclei_pictures import draw_candidates, draw_pair, draw_rises, draw_stability, draw_views
from experiments.reward_docs.scene import RULES, Scene, drawn, parts, rules, scene
from rlseg.arrays import Floats
from rlseg.io import image_of
from rlseg.pictures import Rgb, cracks, enlarge, grid, stretch
from rlseg.prediction import Ranking, rank
from rlseg.prediction.degraded import pairs_merged
from rlseg.rewards import Group, Reward, of_single_segments
from rlseg.rewards.language import load_reward, parse_reward
from rlseg.rewards.measure import Segments
from rlseg.rewards.missed import Candidates, missed

TEMPLATE = Path(__file__).with_name("objective.md.j2")
PAGE = "docs/objective.md"
PICTURES = "docs/pictures/objective"
EDGE_RULES = {
    "`own`, 0": rules("background: own"),
    "`own`, 1": rules("background: own", background=1.0),
    "`near`": rules("background: near"),
    "`near`, `missed: 2`": rules(),
}
"""Heading of a column -> reward file."""
DRAWN_RULES = {"own": "`own`, 0", "near": "`near`", "near, missed 2": "`near`, `missed: 2`"}
GROUPS = {
    "found": ("found", "missed", "hidden as debris", "false"),
    "grouped": ("found", "merged", "split"),
    "outlines": ("found", "over-grown", "shrunken"),
}
"""Picture -> its rows."""
ZOOM, CORNER, SIDE = 7, (6, 7), 20  # of the disc that is found in part: enlargement, first pixel, px
BLUE, GRAY, RED = (90, 190, 255), (150, 150, 150), np.array([230, 50, 50])


@dataclass(frozen=True)
class Part:
    """A disc of which a part is found.

    Attributes:
        version: of `parts()`.
        outside: share of the disc that lies in no found object.
        lost: (N,) what is lost at each of its superpixels.
        score: of the part.
        paid: mean edge reward of the image under `near`, without and with `missed`.
    """

    version: str
    outside: float
    lost: Floats
    score: float
    paid: tuple[float, ...]


@dataclass(frozen=True)
class Facts:
    """What the text of the page may ask.

    Attributes:
        rules: the reward file of the drawn scene.
        edge_rules: headings of the columns of `paid` and `ranks`.
        paid: version -> mean edge reward by each of the edge rules.
        ranks: version of `rlseg reward rank` -> by each of the edge rules, what truth and version are paid.
        parts: a disc that is found in part.
        views: ways of looking at the nuclei.
        stability: what -> number of segments, and the median, lowest and highest stability.
        stability_term: the line of the shipped rules for nuclei.
        stability_weight: its weight over that of all other terms there.
    """

    rules: str
    edge_rules: tuple[str, ...]
    paid: Mapping[str, tuple[float, ...]]
    ranks: Mapping[str, tuple[tuple[float, float], ...]]
    parts: tuple[Part, ...]
    views: int
    stability: Mapping[str, tuple[int, float, float, float]]
    stability_term: str
    stability_weight: float


def build_objective() -> dict[str, str | Rgb]:
    """The page and its pictures: path in the repository -> text or (height, width, 3) picture."""
    the_scene, example = scene(), nuclei_example()
    facts = Facts(
        rules=RULES,
        edge_rules=tuple(EDGE_RULES),
        paid={v: paid(the_scene, v) for v in (*the_scene.versions, "all merged", "all split")},
        ranks=ranks(),
        parts=tuple(parts_found()),
        views=len(example.views),
        stability=stabilities(example),
        stability_term=stability_term(),
        stability_weight=stability_weight(),
    )
    return {
        PAGE: render_template(TEMPLATE, lambda value, digits=2: f"{value:.{digits}f}", facts),
        **{f"{PICTURES}/{name}.png": draw_versions(the_scene, rows) for name, rows in GROUPS.items()},
        f"{PICTURES}/half.png": draw_parts(),
        f"{PICTURES}/pair.png": draw_pair(example),
        f"{PICTURES}/views.png": draw_views(example),
        f"{PICTURES}/rises.png": draw_rises(example),
        f"{PICTURES}/stability.png": draw_stability(example),
        f"{PICTURES}/search.png": draw_candidates(example),
    }


def paid(of: Scene, version: str) -> tuple[float, ...]:
    """Mean edge reward of a version by each of EDGE_RULES."""
    return tuple(float(of.judge(version, text).mean_reward[0]) for text in EDGE_RULES.values())


def ranks() -> dict[str, tuple[tuple[float, float], ...]]:
    """What `rlseg reward rank` says of the drawn image by each of EDGE_RULES."""
    image, truth = drawn()
    found: list[Ranking] = [rank(Reward(parse_reward(text)), image_of(image), truth) for text in EDGE_RULES.values()]
    return {version: tuple(ranking[version] for ranking in found) for version in found[0]}


def draw_versions(of: Scene, versions: tuple[str, ...]) -> Rgb:
    """A row for each version: its objects, then its edges in the colour of their pay by each of DRAWN_RULES."""
    tiles = []
    for version in versions:
        tiles.append((version, of.draw(version)))
        for caption, heading in DRAWN_RULES.items():
            outcome = of.judge(version, EDGE_RULES[heading])
            tiles.append((f"{caption}: {outcome.mean_reward[0]:.2f}", of.draw_edges(outcome.edge_reward[0])))
    return grid(tiles, columns=1 + len(DRAWN_RULES))


def parts_found() -> list[Part]:
    """What of a disc is lost if a part of it is found, for each of the versions of `parts()`."""
    of = parts()
    reward = Reward(parse_reward(RULES))
    single, _ = of_single_segments(reward)
    regions = of.sample.regions
    candidates = Candidates.of(regions, lambda segments: single.evaluate(segments).foreground_score)
    disc = of.versions["1"].ravel()[np.unique(of.sample.superpixels, return_index=True)[1]] == 1
    found = []
    for version in of.versions:
        segments = Segments(regions, of.partition(version)[None])
        breakdown = reward.evaluate(segments)
        objects = breakdown.segment_class == breakdown.class_names.index("foreground")
        outside = disc & ~objects[segments.labels[0]]
        lost = np.where(disc, missed(segments, objects, candidates)[0], 0.0)
        share = float(regions.area[outside].sum() / regions.area[disc].sum())
        score = breakdown.foreground_score[segments.labels[0][disc]].max()
        found.append(Part(version, share, lost, float(score), paid(of, version)[2:]))
    return found


def draw_parts() -> Rgb:
    """The disc of `parts_found`: what is found has a blue outline, debris a gray one, what is lost is red."""
    of = parts()
    row, column = CORNER
    window = slice(row, row + SIDE), slice(column, column + SIDE)
    tiles = []
    for part in parts_found():
        red = 0.8 * enlarge(np.round(part.lost, 2)[of.sample.superpixels[window]][..., None], ZOOM)
        picture = enlarge(stretch(of.image[:, window[0], window[1]]), ZOOM)
        picture = ((1 - red) * picture + red * RED).astype(np.uint8)
        inside = enlarge((of.versions[part.version][window] == 1).astype(np.int64), ZOOM)
        for pixels in cracks(inside):
            picture.reshape(-1, 3)[pixels] = BLUE if part.outside < 1 else GRAY
        tiles.append((f"b {part.outside:.2f}, lost {part.lost.max():.2f}", picture))
    return grid(tiles, columns=len(tiles))


def stabilities(example: NucleiExample) -> dict[str, tuple[int, float, float, float]]:
    """Of the nuclei of an image, of touching ones as one, and of the halves of each: count, median, extremes."""
    truth = example.truth
    pairs = pairs_merged(truth)
    joined = np.unique(pairs[pairs != truth])
    cut = truth.copy()
    for label in np.unique(truth[truth > 0]):
        rows = np.nonzero(truth == label)[0]
        lower = (truth == label) & (np.indices(truth.shape)[0] > rows.mean())
        cut[lower] += truth.max()
    found = {
        "nuclei as people outlined them": truth,
        "two that touch as one": np.where(np.isin(pairs, joined), pairs, 0),
        "halves of nuclei": cut,
    }
    values = {name: example.stability_of(labels) for name, labels in found.items()}
    return {name: (len(v), float(np.median(v)), float(v.min()), float(v.max())) for name, v in values.items()}


def stability_term() -> str:
    """The line of the shipped rules for nuclei that pays stability, with single blanks."""
    lines = NUCLEI_RULES.read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if "property: stability" in line and not line.lstrip().startswith("#"))
    return " ".join(line.split())


def stability_weight() -> float:
    """Its weight, over the sum of the other weights of the foreground."""
    group = load_reward(str(NUCLEI_RULES)).rewards["foreground"]
    assert isinstance(group, Group)
    weights = {name: term.weight for name, term in group.terms.items()}
    stability = weights.pop("stability")
    return stability / sum(weights.values())
