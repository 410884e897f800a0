"""A value made from files: made once, and again when one of them has changed.

Revocation lists live a day and certificates some years: neither asks for a new start.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

S = TypeVar("S")
V = TypeVar("V")


class Relecture(Generic[S, V]):
    """`lire(sujet)`, kept under `nom(sujet)` until one of `fichiers(sujet)` is another file.

    Whatever `lire` raises goes through, and the next call tries again.
    """

    def __init__(
        self,
        nom: Callable[[S], str],
        fichiers: Callable[[S], tuple[Path, ...]],
        lire: Callable[[S], V],
    ) -> None:
        self._nom, self._fichiers, self._lire = nom, fichiers, lire
        self._lus: dict[str, tuple[tuple[object, ...], V]] = {}

    def __call__(self, sujet: S) -> V:
        marque = tuple(_marque(chemin) for chemin in self._fichiers(sujet))
        connu = self._lus.get(self._nom(sujet))
        if connu is None or connu[0] != marque:
            connu = self._lus[self._nom(sujet)] = (marque, self._lire(sujet))
        return connu[1]


def _marque(chemin: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written or replaced; None where there is none."""
    try:
        vu = chemin.stat()
    except OSError:
        return None
    return vu.st_ino, vu.st_mtime_ns, vu.st_size
