"""Between the reading of a PES and whoever looks inside its PJ: two rooms, neither knows the other.

The content of a PJ comes first, piece by piece, then its name and its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from vaguemestre.errors import Anomalie


@dataclass(frozen=True, slots=True, kw_only=True)
class PjLue:
    """A PJ of a PES as it was read: its leaves, its place, the kind of its bytes (« pdf », '')."""

    id_unique: str
    nom: str
    type: str | None
    nature: str
    ref: str
    ligne: int | None
    chemin: str


class Receveur(Protocol):
    """Takes the bytes of one original (after base64 and gzip) as they come."""

    def feed(self, octets: bytes) -> None: ...


class ExamenPj(Protocol):
    """Who looks inside the PJ of one PES while it is read; one of them a file."""

    def ouvrir(self) -> Receveur | None:
        """For the next PJ; its name comes after its content. None: no need of the bytes."""
        ...

    def juger(self, recu: Receveur | None, pj: PjLue) -> None:
        """A PJ is read to its end; `recu` is None where its content could not be read whole."""
        ...

    def conclure(self) -> Iterable[Anomalie]:
        """Every finding, once the file is read."""
        ...
