"""What to do when the memory of a GPU is used up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from rlseg.errors import RlsegError
from rlseg.graph import Batch


@contextmanager
def explain_out_of_memory(batch: Batch, samples: int) -> Iterator[None]:
    """Say in terms of the settings why the memory was not enough.

    Args:
        batch: what was being worked on.
        samples: partitions an image, the setting model.learner.samples.

    Raises:
        RlsegError: in place of torch.OutOfMemoryError.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        images = len(batch.samples)
        smaller = [f"--data.batch_size {images // 2}"] * (images > 1) + [f"--model.learner.samples {samples // 2}"] * (
            samples > 3
        )
        pixels = max(sample.image[0].size for sample in batch.samples)
        raise RlsegError(
            f"the memory of the GPU is not enough for {images} images of up to {pixels / 1e6:.2g} million pixels, "
            f"{batch.num_nodes} superpixels and {batch.num_edges} edges, {samples} times each",
            f"try {', or '.join(smaller or ['smaller images'])}; or --trainer.accelerator cpu",
        ) from error
