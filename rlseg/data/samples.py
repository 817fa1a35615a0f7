"""Prepared samples of which only as many are in memory as there is room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from threading import Lock
from typing import overload

from rlseg.graph import Sample, SampleFacts

ROOM = 2**30
"""Bytes of samples that are kept in memory: some 350 images of 256 x 256 pixels, or 25 of 1,024 x 1,024."""
_GROWN = 1.25
"""What is measured on a sample while it is used makes it larger by about a quarter (nuclei, 1,024 x 1,024 pixels)."""


class Room:
    """Memory for samples: those that come first stay.

    Batches are drawn from permutations of all images, so that none is more likely to be wanted soon than another.

    Args:
        size: bytes.
    """

    def __init__(self, size: int = ROOM) -> None:
        self._left = float(size)
        self._lock = Lock()

    def take(self, sample: Sample) -> bool:
        """Whether there is room for a sample, which then is taken."""
        with self._lock:
            fits = (wanted := _GROWN * sample.nbytes) <= self._left
            self._left -= wanted * fits
        return fits


class Kept:
    """One sample, in memory or read whenever it is wanted.

    Args:
        room: for what stays in memory.
        read: reads it anew.
        sample: if it happens to be in memory; it stays there if there is room.
    """

    def __init__(self, room: Room, read: Callable[[], Sample], sample: Sample | None = None) -> None:
        self._room = room
        self._read = read
        self._sample = sample if sample is not None and room.take(sample) else None

    def __call__(self) -> Sample:
        """The sample."""
        if self._sample is not None:
            return self._sample
        sample = self._read()
        if self._room.take(sample):
            self._sample = sample
        return sample


@dataclass(frozen=True)
class Item:
    """A sample that need not be in memory.

    Attributes:
        facts: what is known of it.
        get: the sample.
    """

    facts: SampleFacts
    get: Callable[[], Sample]

    def told(self, tell: Callable[[Sample], None]) -> Item:
        """The same, of which something is said to each sample before it is used."""

        def get() -> Sample:
            sample = self.get()
            tell(sample)
            return sample

        return Item(self.facts, get)

    def without_truth(self) -> Item:
        """The same without its truth."""
        if not self.facts.labelled:
            return self
        return Item(replace(self.facts, labelled=False), lambda: replace(self.get(), truth=None))


class Samples(Sequence[Sample]):
    """Samples in order; who asks for one, or walks through all, holds one after the other in memory and not all.

    Args:
        items: the samples; one may come several times.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.items = tuple(items)

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Samples:
        """Of samples that are in memory."""
        return cls(Item(SampleFacts.of(sample), partial(_itself, sample)) for sample in samples)

    @property
    def facts(self) -> list[SampleFacts]:
        """What is known of each without having it in memory."""
        return [item.facts for item in self.items]

    def where(self, wanted: Callable[[SampleFacts], bool]) -> Samples:
        """Those of which something is true."""
        return Samples(item for item in self.items if wanted(item.facts))

    def once(self) -> Samples:
        """Those of different names."""
        return Samples({item.facts.name: item for item in self.items}.values())

    def named(self, names: Iterable[str]) -> list[Sample]:
        """The samples of these names, in memory."""
        return [self._by_name[name].get() for name in names]

    @cached_property
    def _by_name(self) -> dict[str, Item]:
        return {item.facts.name: item for item in self.items}

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Sample: ...

    @overload
    def __getitem__(self, index: slice) -> Samples: ...

    def __getitem__(self, index: int | slice) -> Sample | Samples:
        return Samples(self.items[index]) if isinstance(index, slice) else self.items[index].get()

    def __iter__(self) -> Iterator[Sample]:
        return (item.get() for item in self.items)


def _itself(sample: Sample) -> Sample:
    return sample
