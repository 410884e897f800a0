"""Numbers met twice: the first ones with their place, the others only counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Generic, TypeVar

T = TypeVar("T")


class Doubles(Generic[T]):
    """Bounded: a pièce of 150,000 lignes with one number for all costs what a thousand cost."""

    __slots__ = ("_autres", "_retenus")

    def __init__(self) -> None:
        self._retenus: list[tuple[T, int]] = []
        self._autres = 0

    def noter(self, place: Callable[[], T], numero: int, maximum: int) -> None:
        """One more; `place` is only asked for where it is kept.

        Args:
            maximum: places kept, those that a report tells one by one; at least one is.
        """
        if self._retenus and len(self._retenus) >= maximum:
            self._autres += 1
        else:
            self._retenus.append((place(), numero))

    def __iter__(self) -> Iterator[tuple[T, int]]:
        """Each of them; those without a place stand where the last one does."""
        yield from self._retenus
        if self._autres:
            yield from repeat(self._retenus[-1], self._autres)
