"""Object scores against a matching written the slow way, and the cases a formula leaves open."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from rlseg.metrics import THRESHOLDS, Contingency, by_image, match, pooled, score_image, superpixel_ceiling


def slow_matching(truth, prediction, threshold):
    """TP, FP, FN and the summed IoU by one boolean mask per object and an assignment solver."""
    masks_t = [truth == i for i in np.unique(truth) if i != 0]
    masks_p = [prediction == i for i in np.unique(prediction) if i != 0]
    if not masks_t or not masks_p:
        return 0, len(masks_p), len(masks_t), 0.0
    iou = np.array([[(t & p).sum() / (t | p).sum() for p in masks_p] for t in masks_t])
    hit = iou >= threshold
    rows, columns = linear_sum_assignment(-(hit + iou / (2 * min(iou.shape))))
    kept = hit[rows, columns]
    tp = int(kept.sum())
    return tp, len(masks_p) - tp, len(masks_t) - tp, float(iou[rows, columns][kept].sum())


def random_pair(seed):
    """Two related label images: a truth, and one with pixels moved, objects split, merged and dropped."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(4, 20))
    blocks = np.kron(rng.integers(0, 6, (5, 5)), np.ones((size, size), int))
    truth = blocks[: 3 * size, : 4 * size]
    other = np.roll(truth, rng.integers(0, size // 2 + 1, 2), (0, 1))
    other = rng.permutation(8)[other] if rng.random() < 0.5 else other
    noise = rng.random(truth.shape) < rng.choice([0.0, 0.02, 0.2])
    return truth.astype(np.int32), np.where(noise, rng.integers(0, 7, truth.shape), other).astype(np.int32)


@pytest.mark.parametrize("seed", range(40))
def test_object_scores_equal_the_slow_matching(seed):
    truth, prediction = random_pair(seed)
    counts = score_image(prediction, truth)
    for threshold, ap, tp in zip(THRESHOLDS, counts.summary.ap, counts.matched, strict=True):
        slow_tp, fp, fn, _ = slow_matching(truth, prediction, threshold)
        assert tp == slow_tp
        assert ap == pytest.approx(slow_tp / max(slow_tp + fp + fn, 1))
    tp, fp, fn, iou_sum = slow_matching(truth, prediction, 0.5)
    assert counts.summary.rq == pytest.approx(2 * tp / (2 * tp + fp + fn))
    assert counts.summary.pq == pytest.approx(iou_sum / (tp + fp / 2 + fn / 2))
    assert counts.summary.sq == pytest.approx(iou_sum / tp if tp else 0)
    assert counts.summary.mean_ap == pytest.approx(np.mean(counts.summary.ap))


small_labels = st.lists(st.integers(0, 3), min_size=12, max_size=12).map(lambda v: np.array(v).reshape(3, 4))


@settings(max_examples=150, deadline=None)
@given(small_labels, small_labels)
def test_ties_at_one_half_are_matched_once(truth, prediction):
    # Objects of a few pixels hit IoU 1/2 all the time, the only place where partners are not unique.
    for threshold in (0.5, 0.55, 0.75):
        slow_tp, _, _, iou_sum = slow_matching(truth, prediction, threshold)
        table = Contingency.count(prediction, truth)
        pairs = match(table, threshold)
        assert len(pairs) == slow_tp
        assert table.iou[pairs].sum() == pytest.approx(iou_sum)
        assert len(set(table.truth[pairs])) == len(set(table.prediction[pairs])) == len(pairs)


def test_two_halves_of_an_object_count_as_one_hit_and_one_false_object():
    truth = np.array([[1, 1]])
    halves = np.array([[1, 2]])
    assert score_image(halves, truth).summary.ap50 == pytest.approx(1 / 2)
    assert score_image(truth, halves).summary.ap50 == pytest.approx(1 / 2)


@pytest.mark.parametrize("twentieths", range(10, 20))
def test_an_iou_equal_to_a_threshold_is_a_hit(twentieths):
    truth = np.ones((1, 20), int)
    prediction = (np.arange(20) < twentieths).astype(int)[None]
    ap = score_image(prediction, truth).summary.ap
    assert sum(ap) == twentieths - 9  # 0.50 up to and including twentieths / 20


def test_a_perfect_prediction_with_other_ids_scores_one():
    truth = np.array([[0, 0, 1, 1], [2, 2, 0, 0]])
    scores = score_image(np.array([[0, 0, 70, 70], [9, 9, 0, 0]]), truth).summary
    assert scores.as_dict() == {
        "mean_ap": 1, "ap50": 1, "ap75": 1, "pq": 1, "sq": 1, "rq": 1, "vi_split": 0, "vi_merge": 0, "are": 0,
    }  # fmt: skip


def test_33_background_is_label_zero_by_value_not_the_smallest_or_the_largest_label():
    truth = np.array([[1, 1, 1, 1, 2, 2]])  # no background at all
    assert score_image(truth, truth).num_truth == 2
    assert score_image(truth, truth).summary.mean_ap == 1
    assert score_image(np.array([[0, 0, 0, 0, 2, 2]]), truth).summary.ap50 == pytest.approx(1 / 2)


empty, objects = np.zeros((4, 4), int), np.eye(4, dtype=int)


@pytest.mark.parametrize(
    ("prediction", "truth", "expected"), [(empty, empty, 1.0), (objects, empty, 0.0), (empty, objects, 0.0)]
)
def test_33_images_without_objects_have_defined_scores(prediction, truth, expected):
    scores = score_image(prediction, truth).summary
    assert {scores.mean_ap, scores.ap50, scores.ap75, scores.pq, scores.sq, scores.rq} == {expected}


def test_nothing_matched_is_zero_and_not_nan():
    scores = score_image(np.array([[1, 0, 0, 0]]), np.array([[0, 1, 1, 1]])).summary
    assert (scores.mean_ap, scores.pq, scores.sq, scores.rq) == (0, 0, 0, 0)


@settings(max_examples=60, deadline=None)
@given(small_labels, small_labels, st.permutations([5, 17, 900]))
def test_scores_do_not_depend_on_ids_and_swap_with_the_images(truth, prediction, ids):
    renamed = np.array([0, *ids])[prediction]
    scores = score_image(prediction, truth).summary
    assert score_image(renamed, truth).summary.as_dict() == pytest.approx(scores.as_dict())
    swapped = score_image(truth, prediction).summary
    assert swapped.ap == scores.ap
    assert swapped.pq == pytest.approx(scores.pq)
    assert (swapped.vi_split, swapped.vi_merge) == pytest.approx((scores.vi_merge, scores.vi_split))
    assert swapped.are == pytest.approx(scores.are)
    assert all(0 <= value <= 1 for name, value in scores.as_dict().items() if not name.startswith("vi"))
    assert all(a >= b for a, b in zip(scores.ap, scores.ap[1:], strict=False))


def test_by_image_averages_scores_and_pooled_adds_counts():
    one, two = np.array([[1, 1, 0, 0]]), np.array([[1, 2, 3, 4]])
    right, wrong = score_image(one, one), score_image(np.array([[1, 0, 0, 0]]), two)
    assert by_image([right, wrong]).ap50 == pytest.approx((1 + 1 / 4) / 2)
    assert pooled([right, wrong]).ap50 == pytest.approx((1 + 1) / (1 + 4))
    assert pooled([right, wrong]).sq == 1
    assert pooled([right]).as_dict() == by_image([right]).as_dict() == right.summary.as_dict()
    for empty_set in (by_image, pooled):
        with pytest.raises(ValueError, match="no images"):
            empty_set([])


@pytest.mark.parametrize("seed", range(5))
def test_pooled_equals_one_image_made_of_all(seed):
    pairs = [random_pair(seed), random_pair(seed + 100)]
    score = pooled([score_image(p, t) for t, p in pairs])
    # Each image has its own background, so shift all labels; object scores follow with the real background.
    truth = np.concatenate([t.ravel() + 1 + 50 * i for i, (t, _) in enumerate(pairs)])
    prediction = np.concatenate([p.ravel() + 1 + 50 * i for i, (_, p) in enumerate(pairs)])
    whole = score_image(prediction, truth).summary
    assert (score.vi_split, score.vi_merge) == pytest.approx((whole.vi_split, whole.vi_merge))
    assert score.are == pytest.approx(whole.are)
    truth[np.isin(truth, (1, 51))] = 0
    prediction[np.isin(prediction, (1, 51))] = 0
    whole = score_image(prediction, truth).summary
    assert score.ap == pytest.approx(whole.ap)
    assert score.pq == pytest.approx(whole.pq)


def test_29_seventy_thousand_objects_need_no_table_of_all_pairs():
    truth = np.arange(1, 70_001, dtype=np.uint32).repeat(4).reshape(700, 400)
    prediction = truth.copy()
    prediction.ravel()[::4] = 0  # three of four pixels of every object are found
    scores = score_image(prediction, truth)
    assert scores.num_truth == scores.num_prediction == 70_000
    assert scores.summary.ap75 == 1
    assert scores.summary.ap[THRESHOLDS.index(0.8)] == 0


def test_large_ids_are_counted_and_too_large_ones_refused():
    truth = np.array([[0, 2**32 - 1]], np.uint32)
    assert score_image(truth.astype(np.uint8), truth).summary.mean_ap == 1
    with pytest.raises(ValueError, match="too large"):
        score_image(np.array([[0, 2**40]]), np.array([[0, 2**40]]))


@pytest.mark.parametrize("threshold", [0.49, 1.01, np.nan])
def test_thresholds_where_matches_are_not_unique_are_refused(threshold):
    with pytest.raises(ValueError, match=r"threshold must be in \[0.5, 1\]"):
        match(Contingency.count(objects, objects), threshold)


@pytest.mark.parametrize(
    ("prediction", "message"),
    [
        (np.zeros((2, 3), int), "shape"),
        (np.zeros((2, 2)), "integers"),
        (np.array([[0, -1], [0, 0]]), "negative"),
    ],
)
def test_wrong_input_is_refused(prediction, message):
    with pytest.raises(ValueError, match=message):
        score_image(prediction, np.zeros((2, 2), int))


@settings(max_examples=60, deadline=None)
@given(small_labels, small_labels)
def test_ceiling_takes_the_majority_and_the_smaller_label_in_a_tie(superpixels, truth):
    expected = np.empty_like(truth)
    for i in np.unique(superpixels):
        expected[superpixels == i] = np.bincount(truth[superpixels == i]).argmax()
    result = superpixel_ceiling(superpixels, truth)
    assert result.dtype == np.int32
    np.testing.assert_array_equal(result, expected)


def test_ceiling_of_superpixels_inside_the_objects_is_the_truth():
    truth, _ = random_pair(3)
    inside = np.unique(truth * 7 + np.arange(truth.size).reshape(truth.shape) % 7, return_inverse=True)[1]
    np.testing.assert_array_equal(superpixel_ceiling(inside.reshape(truth.shape), truth), truth)
