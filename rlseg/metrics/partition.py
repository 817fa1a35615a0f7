"""Scores of a partition of the pixels, without matching: variation of information, adapted Rand error."""

from __future__ import annotations

import numpy as np

from rlseg.metrics.contingency import Contingency


def variation_of_information(table: Contingency) -> tuple[float, float]:
    """Variation of information in bits, in the order of scikit-image's (truth, prediction) call.

    Returns:
        (split, merge): the conditional entropies H(prediction | truth) and H(truth | prediction), each >= 0;
        0 is perfect. (0, 0) when the table has no pixels.
    """
    total = int(table.pixels.sum())
    if total == 0:
        return 0.0, 0.0
    pixels = table.pixels.astype(np.float64)
    split = pixels @ np.log2(table.truth_area[table.truth] / pixels) / total
    merge = pixels @ np.log2(table.prediction_area[table.prediction] / pixels) / total
    return float(split), float(merge)


def pixel_pairs(table: Contingency) -> tuple[int, int, int]:
    """Ordered pairs of different pixels with one label: (in both images, in the truth, in the prediction)."""

    def count(area: np.ndarray) -> int:
        return int((area * (area - 1)).sum())

    return count(table.pixels), count(table.truth_area), count(table.prediction_area)


def adapted_rand_error(both: int, truth: int, prediction: int) -> float:
    """1 - F score of the pixel pairs given by `pixel_pairs`, in [0, 1]; 0 is perfect.

    With no pixel pair in either image (for example nothing but single pixels, or everything ignored) nothing
    can be wrong: 0.
    """
    return 1.0 - 2.0 * both / (truth + prediction) if truth + prediction else 0.0
