"""A partner in memory: takes what bears its final name, and may be cut at any call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from vaguemestre.errors import ExchangeInterruptedError

BLOC = 4


class MortError(Exception):
    """The process was killed here: nothing after this point has happened."""


@dataclass
class BoiteMemoire:
    """`depose.Boite` over a dict. `faute` is asked at each point where the line can break.

    It may raise: before the effect (the request was lost) or after it (the reply was lost).
    `emporte`: the partner takes a complete file away at once.
    """

    emporte: bool = True
    faute: Callable[[], None] = lambda: None
    fichiers: dict[str, bytes] = field(default_factory=dict)
    recus: list[tuple[str, bytes]] = field(default_factory=list)
    lisible: bool = True

    def taille(self, nom: str) -> int | None:
        self.faute()
        return len(self.fichiers[nom]) if nom in self.fichiers else None

    def lire(self, nom: str) -> Iterator[bytes] | None:
        self.faute()
        if not self.lisible or nom not in self.fichiers:
            return None
        octets = self.fichiers[nom]
        return iter([octets[i : i + BLOC] for i in range(0, len(octets), BLOC)])

    def ecrire(
        self, nom: str, source: BinaryIO, depuis: int, ecrit: Callable[[], None] | None
    ) -> None:
        self.faute()
        self.fichiers[nom] = self.fichiers.get(nom, b"")[:depuis]
        while bloc := source.read(BLOC):
            self.faute()
            self.fichiers[nom] += bloc
        self.faute()
        if ecrit is not None:
            ecrit()
        self.faute()
        if not nom.endswith(".part"):
            self._prendre(nom)
        self.faute()

    def renommer(self, de: str, vers: str) -> bool:
        self.faute()
        if de not in self.fichiers:
            return False
        self.fichiers[vers] = self.fichiers.pop(de)
        self._prendre(vers)
        self.faute()
        return True

    def effacer(self, nom: str) -> None:
        self.faute()
        self.fichiers.pop(nom, None)

    def _prendre(self, nom: str) -> None:
        if self.emporte:
            self.recus.append((nom, self.fichiers.pop(nom)))


@dataclass
class Fautes:
    """Cut the line, or kill the process, at chosen points counted from the beginning."""

    coupures: frozenset[int]
    morts: frozenset[int]
    points: int = 0

    def __call__(self) -> None:
        self.points += 1
        if self.points in self.morts:
            raise MortError
        if self.points in self.coupures:
            raise ExchangeInterruptedError("coupé")
