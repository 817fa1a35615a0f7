"""What one call costs, for the benchmarks."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np


def median_ms(call: Callable[[], object], rounds: int) -> float:
    """Median CPU time of this thread: what one core needs, also when others use the machine."""
    call()
    times = []
    for _ in range(rounds):
        began = time.thread_time()
        call()
        times.append(time.thread_time() - began)
    return 1e3 * float(np.median(times))
