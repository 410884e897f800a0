"""20 000 PES documents, the same on every machine: half valid at the edges of the facets, half
broken.

Even numbers are valid by construction, odd ones broken or within a hair of it. Of each half the
first are the systematic cases, the others are drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from lxml import etree

from tests.unit.schemas.casse import CASSES
from tests.unit.schemas.documents import bases
from tests.unit.schemas.modele import Modele, lire
from tests.unit.schemas.systematique import Cas, cas_casses, cas_valides
from tests.unit.schemas.tirage import Base, Tirage, reperer
from tests.unit.schemas.valides import VALIDES

NOMBRE = 20_000
LOT = 1_000


@dataclass(frozen=True, slots=True)
class Mutant:
    """One document: the base it comes from, the change made, and whether it is valid by
    construction.
    """

    numero: int
    base: str
    operation: str
    valide: bool
    racine: etree._Element


@dataclass(frozen=True, slots=True)
class _Terrain:
    modele: Modele
    bases: tuple[Base, ...]
    valides: list[Cas]
    casses: list[Cas]


@cache
def _terrain() -> _Terrain:
    modele = lire("5.30")
    grounds = tuple(reperer(nom, root, modele) for nom, root in bases().items())
    # The last base holds the blocks we let pass unread: nothing of it is valid by construction.
    described = grounds[:-1]
    return _Terrain(modele, grounds, cas_valides(described, modele), cas_casses(described, modele))


def mutant(numero: int) -> Mutant:
    """The mutant of that number, always the same."""
    terrain = _terrain()
    valid = numero % 2 == 0
    cases = terrain.valides if valid else terrain.casses
    rank = numero // 2
    if rank < len(cases):
        return _systematique(numero, cases[rank])
    tirage = Tirage(numero)
    # Those two blocks only need a few witnesses.
    last = tirage.entier(60) == 0
    base = terrain.bases[-1] if last else tirage.choix(terrain.bases[:-1])
    operation = tirage.choix(VALIDES if valid else CASSES)
    root = deepcopy(base.racine)
    operation(root, base, terrain.modele, tirage)
    return Mutant(numero, base.nom, operation.__name__, valid, root)


def _systematique(numero: int, cas: Cas) -> Mutant:
    base = _terrain().bases[cas.base]
    root = deepcopy(base.racine)
    cas.appliquer(root)
    return Mutant(numero, base.nom, cas.geste, numero % 2 == 0, root)


def mutants(nombre: int = NOMBRE) -> Iterator[Mutant]:
    """The first `nombre` mutants in order."""
    return (mutant(numero) for numero in range(nombre))


class Condensat:
    """Digest of the mutants by thousands: stored verdicts speak of exactly these documents or of
    none.
    """

    def __init__(self) -> None:
        self.lots: list[str] = []
        self._lot = hashlib.sha256()

    def ajouter(self, numero: int, racine: etree._Element) -> None:
        """Take one mutant in; a thousand makes a batch."""
        self._lot.update(etree.tostring(racine, method="c14n"))
        if numero % LOT == LOT - 1:
            self.lots.append(self._lot.hexdigest()[:16])
            self._lot = hashlib.sha256()
