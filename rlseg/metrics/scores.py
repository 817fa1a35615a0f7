"""The scores of one image and of many: by image (mean of their scores) and pooled (counts added first)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from rlseg.arrays import AnyLabels
from rlseg.metrics.contingency import Contingency
from rlseg.metrics.matching import THRESHOLDS, match, true_positives
from rlseg.metrics.partition import adapted_rand_error, pixel_pairs, variation_of_information


@dataclass(frozen=True)
class Summary:
    """Scores of one image or of a set of images. All but the two entropies lie in [0, 1].

    Attributes:
        mean_ap: mean of `ap`.
        ap: average precision TP / (TP + FP + FN) at each IoU threshold of THRESHOLDS.
        ap50, ap75: the same at IoU 0.5 and 0.75.
        pq, sq, rq: panoptic quality sq * rq at IoU 0.5; mean IoU of the matched objects;
            TP / (TP + FP / 2 + FN / 2).
        vi_split, vi_merge: variation of information in bits, H(prediction | truth) and H(truth | prediction).
        are: adapted Rand error.
    """

    mean_ap: float
    ap: tuple[float, ...]
    ap50: float
    ap75: float
    pq: float
    sq: float
    rq: float
    vi_split: float
    vi_merge: float
    are: float

    def as_dict(self) -> dict[str, float]:
        """Every single score by name (`ap`, a tuple, is left out)."""
        return {name: value for name, value in asdict(self).items() if name != "ap"}


@dataclass(frozen=True)
class ImageScores:
    """What is counted on one image; scores are derived from it, so that images can be pooled.

    Attributes:
        num_truth, num_prediction: objects.
        matched: matched objects at each IoU threshold of THRESHOLDS.
        iou_sum: sum of the IoU of the objects matched at 0.5.
        pixels: number of pixels in the entropies and pixel pairs.
        vi_split, vi_merge: bits, see Summary.
        pairs: ordered pixel pairs with one label (in both, in the truth, in the prediction).
    """

    num_truth: int
    num_prediction: int
    matched: tuple[int, ...]
    iou_sum: float
    pixels: int
    vi_split: float
    vi_merge: float
    pairs: tuple[int, int, int]

    @property
    def summary(self) -> Summary:
        """The scores of this image.

        Defined for every input: ap, pq, sq and rq are 1 if neither truth nor prediction has objects, and 0
        if just one of them has none or nothing matches.
        """
        objects = self.num_truth + self.num_prediction
        ap = tuple(1.0 if objects == 0 else tp / (objects - tp) for tp in self.matched)
        tp = self.matched[0]
        rq = 1.0 if objects == 0 else 2.0 * tp / objects
        sq = 1.0 if objects == 0 else (self.iou_sum / tp if tp else 0.0)
        return Summary(
            mean_ap=float(np.mean(ap)),
            ap=ap,
            ap50=ap[THRESHOLDS.index(0.5)],
            ap75=ap[THRESHOLDS.index(0.75)],
            pq=sq * rq,
            sq=sq,
            rq=rq,
            vi_split=self.vi_split,
            vi_merge=self.vi_merge,
            are=adapted_rand_error(*self.pairs),
        )


def score_image(prediction: AnyLabels, truth: AnyLabels, ignore_background: bool = False) -> ImageScores:
    """Compare a predicted label image with the truth.

    Args:
        prediction: (H, W) integers; 0 = background by value, any other value is one object, connected or not.
        truth: (H, W), the same.
        ignore_background: leave the pixels whose truth is 0 out of the variation of information and of the
            adapted Rand error (as `ignore_labels=(0,)` of scikit-image). If none is left both are 0. The
            object scores always see the whole image.

    Returns:
        Counts of the image; `.summary` holds its scores.

    Raises:
        ValueError: shapes differ, labels are not integers or negative.
    """
    table = Contingency.count(prediction, truth)
    area = table.without_truth_background() if ignore_background else table
    split, merge = variation_of_information(area)
    return ImageScores(
        num_truth=table.num_truth,
        num_prediction=table.num_prediction,
        matched=true_positives(table),
        iou_sum=float(table.iou[match(table, 0.5)].sum()),
        pixels=int(area.pixels.sum()),
        vi_split=split,
        vi_merge=merge,
        pairs=pixel_pairs(area),
    )


def by_image(scores: Sequence[ImageScores]) -> Summary:
    """Mean over images of each image's scores: every image counts the same.

    Raises:
        ValueError: no images.
    """
    if not scores:
        raise ValueError("no images to average over")
    rows = [score.summary for score in scores]
    mean = {name: float(np.mean([row.as_dict()[name] for row in rows])) for name in rows[0].as_dict()}
    return Summary(ap=tuple(np.mean([row.ap for row in rows], axis=0).tolist()), **mean)


def pooled(scores: Sequence[ImageScores]) -> Summary:
    """The scores of all images as if they were one: every object (or pixel) counts the same.

    AnyLabels of different images are different labels, background included; the entropies are then
    the pixel-weighted means of those of the images.

    Raises:
        ValueError: no images.
    """
    if not scores:
        raise ValueError("no images to pool")
    pixels = sum(score.pixels for score in scores)
    both, truth, prediction = (sum(score.pairs[i] for score in scores) for i in range(3))
    return ImageScores(
        num_truth=sum(score.num_truth for score in scores),
        num_prediction=sum(score.num_prediction for score in scores),
        matched=tuple(sum(counts) for counts in zip(*(score.matched for score in scores), strict=True)),
        iou_sum=sum(score.iou_sum for score in scores),
        pixels=pixels,
        vi_split=sum(score.vi_split * score.pixels for score in scores) / max(pixels, 1),
        vi_merge=sum(score.vi_merge * score.pixels for score in scores) / max(pixels, 1),
        pairs=(both, truth, prediction),
    ).summary
