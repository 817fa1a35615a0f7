"""Mean and spread of columns whose rows come in parts."""

from __future__ import annotations

import torch
from torch import Tensor


class Moments:
    """Mean and spread of the columns of all rows that were added, in double precision (Chan et al. 1979).

    Attributes:
        count: rows.
        mean: (D,) float64.
    """

    def __init__(self, columns: int) -> None:
        self.count = 0
        self.mean = torch.zeros(columns, dtype=torch.float64)
        self._squares = torch.zeros(columns, dtype=torch.float64)

    @property
    def std(self) -> Tensor:
        """(D,) float64, of the rows as they are, not of what they are drawn from. There must be some."""
        return (self._squares / self.count).sqrt()

    def add(self, values: Tensor) -> None:
        """Count the (M, D) values in; M may be 0.

        Raises:
            ValueError: the number of columns differs.
        """
        if values.ndim != 2 or values.shape[1] != len(self.mean):
            raise ValueError(f"values must have shape (M, {len(self.mean)}), got {tuple(values.shape)}")
        if not len(values):
            return
        values = values.double()
        mean, count = values.mean(0), self.count + len(values)
        apart = mean - self.mean
        self._squares += (values - mean).square().sum(0) + apart.square() * (self.count * len(values) / count)
        self.mean += apart * (len(values) / count)
        self.count = count
