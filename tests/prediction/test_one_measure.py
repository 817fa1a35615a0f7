"""One object has one measure: in training, in its label image, in tiles and in the table, whatever lies around it."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import blobs, voronoi
from reward_text import HEAD
from skimage.measure import label

from rlseg.data import Preparation
from rlseg.data.normalise import UnitImage
from rlseg.environment import SegmentationEnvironment, label_objects
from rlseg.graph.sample import Sample
from rlseg.prediction.measured import measure_objects
from rlseg.prediction.tiling.judging import Judge, Relief, judge_segments, sample_of_segments
from rlseg.rewards.group import TERM_KINDS
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.language.schema import CLASS_KINDS
from rlseg.rewards.measure import DESCRIPTORS, Segments
from rlseg.rewards.reward import Reward
from rlseg.rewards.terms.base import TermReference

SHAPE = (48, 64)


def sample_of(seed: int, superpixels: int = 80) -> Sample:
    rng = np.random.default_rng(seed)
    image = blobs(seed, SHAPE, channels=2) + rng.normal(0, 5, (2, *SHAPE)).astype(np.float32)
    # a thin cell can fall into pieces that touch at corners only
    return Preparation()(image, "x", superpixels=label(voronoi(rng, SHAPE, superpixels) + 1, connectivity=1) - 1)


def objects_of(sample: Sample, seed: int, count: int = 7) -> np.ndarray:
    """(N,) the object 1..count of some superpixels, 0 for the others; every number occurs."""
    rng = np.random.default_rng(seed + 1)
    nodes = sample.regions.num_nodes
    labels = np.where(rng.random(nodes) < 0.4, rng.integers(1, count + 1, nodes), 0)
    labels[rng.choice(nodes, count, replace=False)] = np.arange(1, count + 1)
    return labels


def term_text(kind: str) -> str:
    model = TERM_KINDS[kind]
    known = yaml.safe_load(model.EXAMPLE)
    others = [
        f", {known[name]}: {TERM_KINDS[mark.kinds[0]].EXAMPLE}"
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, TermReference) and name in known
    ]
    return f"t: {model.EXAMPLE}{''.join(others)}"


def file_with(term: str, rule: str) -> Reward:
    """A reward file with one term in each of two classes, and one class rule."""
    text = f"""
geometry: {{center: image, ring: [6, 20], border_radius: 30}}
classes: {{ruled: {CLASS_KINDS[rule].EXAMPLE}, background: {{kind: area, over: 300}}}}
rewards:
  ruled: 0.3
  background: {{terms: {{{term_text("neighbour_score")}}}}}
  foreground: {{terms: {{{term_text(term)}}}}}
edges: {{radial_prior: {{ring: flat}}}}
"""
    if TERM_KINDS[term].EXAMPLE.find("of: foreground") >= 0:  # a class cannot wait for its own scores
        text = text.replace(f"foreground: {{terms: {{{term_text(term)}}}}}", "foreground: 0.6").replace(
            term_text("neighbour_score"), term_text(term)
        )
    return Reward(parse_reward(HEAD + text))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    term=st.sampled_from(sorted(TERM_KINDS)),
    rule=st.sampled_from(sorted(CLASS_KINDS)),
)
def test_103_104_training_labels_tiles_and_table_pay_the_same(seed: int, term: str, rule: str) -> None:
    sample, reward = sample_of(seed), file_with(term, rule)
    of_node = objects_of(sample, seed)
    labels = of_node[sample.superpixels].astype(np.int32)
    found = label_objects(sample, labels)
    # the partition of a training that has the same objects and the same pieces of background
    first = np.unique(sample.superpixels, return_index=True)[1]
    partition = found.segments.regions.superpixels.ravel()[first].astype(np.int64)
    environment = SegmentationEnvironment(reward, threads=1)
    trained = environment.judge(sample, partition[None])
    of_object = trained.segments.labels[0][[np.flatnonzero(of_node == n)[0] for n in found.present]]
    expected = trained.breakdown.segment_score[of_object]
    by_labels = reward.evaluate(found.segments)
    np.testing.assert_allclose(found.of_objects(by_labels.segment_score), expected, atol=1e-9)
    relief = Relief(sample.level, sample.above, sample.below)
    unit = UnitImage(sample.image, sample.regions.scale[:-1], sample.regions.offset[:-1])
    assert sample.regions.proposals is not None
    proposed = (sample.superpixels, sample.regions.proposals)
    sizes = ((1.0, 1.0), 1.0, (1.0, 1.0))
    tiled = sample_of_segments(unit, relief, found.segments.regions.superpixels, sizes, proposed, partition, {})
    outcome = environment.judge(tiled, np.arange(tiled.regions.num_nodes)[None])
    np.testing.assert_allclose(found.of_objects(outcome.breakdown.segment_score), expected, atol=1e-9)
    judged = judge_segments(tiled, Judge(environment, None, 0.1))
    assert same_objects(judged.labels, trained.objects(0, 0.1)[sample.superpixels])
    table = measure_objects(sample, labels, reward)["reward"]
    np.testing.assert_allclose(table, trained.breakdown.foreground_score[of_object], atol=1e-9)


def same_objects(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two label images differ by their numbers at most."""
    pairs = np.unique(np.stack([one.ravel(), other.ravel()]), axis=1)
    alike = all(len(np.unique(side)) == pairs.shape[1] for side in pairs)
    return alike and bool(((one > 0) == (other > 0)).all())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(sorted(DESCRIPTORS)), channel=st.integers(0, 1))
def test_103_what_lies_around_an_object_may_be_cut_in_any_way(seed: int, name: str, channel: int) -> None:
    sample = sample_of(seed)
    of_node = objects_of(sample, seed)
    nodes = len(of_node)
    one = np.where(of_node > 0, of_node, 0)
    split = np.where(of_node > 0, of_node, nodes + np.arange(nodes))
    some = np.where(of_node > 0, of_node, nodes + np.random.default_rng(seed).integers(0, 5, nodes))
    segments = Segments(sample.regions, np.stack([np.unique(p, return_inverse=True)[1] for p in (one, split, some)]))
    values = segments.descriptor(name, channel)[segments.labels][:, of_node > 0]
    np.testing.assert_allclose(values[1], values[0], atol=1e-9)
    np.testing.assert_allclose(values[2], values[0], atol=1e-9)
    labels = of_node[sample.superpixels].astype(np.int32)
    alone = label_objects(sample, labels)
    table = alone.of_objects(alone.segments.descriptor(name, channel))
    np.testing.assert_allclose(table[of_node[of_node > 0] - 1], values[0], atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_stability_of_outlines_that_follow_no_superpixel(seed: int) -> None:
    """Best IoU with the masks of each view, counted in pixels; as a whole image, and as the segments of a tiled one."""
    sample = sample_of(seed)
    known = sample.regions.proposals
    assert known is not None
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(SHAPE)
    labels = np.zeros(SHAPE, np.int32)
    for number in range(1, 6):
        row, column = rng.random(2) * SHAPE
        labels[(rows - row) ** 2 + (columns - column) ** 2 < rng.uniform(2, 9) ** 2] = number
    found = label_objects(sample, labels)
    expected = []
    for number in found.present:
        mask = labels == number
        best = []
        for view in known.labels(sample.regions.area):
            shown = view[sample.superpixels]
            segments = [shown == g for g in np.unique(shown[shown >= 0])]
            best.append(max([(mask & one).sum() / (mask | one).sum() for one in segments], default=0.0))
        expected.append(np.mean(best))
    np.testing.assert_allclose(found.of_objects(found.segments.descriptor("stability")), expected, atol=1e-12)
    assert 0 < max(expected) <= 1
    # the same superpixels put into segments, of which the objects are then outlined anew
    owner = rng.integers(0, 9, sample.regions.num_nodes)
    owner = np.unique(owner, return_inverse=True)[1]
    unit = UnitImage(sample.image, sample.regions.scale[:-1], sample.regions.offset[:-1])
    relief = Relief(sample.level, sample.above, sample.below)
    coarse = owner[sample.superpixels].astype(np.int32)
    tiled = sample_of_segments(
        unit, relief, coarse, ((1.0, 1.0), 1.0, (1.0, 1.0)), (sample.superpixels, known), owner, {}
    )
    again = label_objects(tiled, labels)
    np.testing.assert_allclose(again.of_objects(again.segments.descriptor("stability")), expected, atol=1e-12)


@pytest.mark.parametrize("drawn", ["seams", "ramp", "noise"])
def test_103_the_contrast_of_an_object_does_not_hang_on_the_ground_far_away(drawn: str) -> None:
    """With all background as one segment a ramp of illumination turned the contrasts of the table around."""
    rows, columns = np.indices((64, 64))
    inside = (rows - 30) ** 2 + (columns - 12) ** 2 <= 36
    ground = {"seams": 50.0 * (columns > 40), "ramp": 2.0 * columns, "noise": 80.0 * (rows % 9 == 0) * (columns > 30)}
    image = (ground[drawn] + 30.0 * inside)[None].astype(np.float32)
    sample = Preparation()(image, "x")
    found = label_objects(sample, inside.astype(np.int32))
    scale = sample.regions.scale[0]
    contrast = found.of_objects(found.segments.descriptor("contrast"))[0] * scale
    assert contrast == pytest.approx(30, abs=1)
