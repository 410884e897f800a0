"""PES documents, the same on every machine: half valid at the edges of the facets, half broken.

The first 20 000 are of dépense, recette and PJ, those after them of PES_Facture and PES_Marche.
Even numbers are valid by construction, odd ones broken or within a hair of it. Of each half of a
campaign the first are the systematic cases, the others are drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from lxml import etree

from tests.unit.schemas.casse import CASSES
from tests.unit.schemas.documents import VARIANTES, VARIANTES_ASAP_MARCHE, Variante, batir
from tests.unit.schemas.modele import Modele, lire
from tests.unit.schemas.systematique import Cas, cas_casses, cas_valides
from tests.unit.schemas.tirage import Base, Tirage, reperer
from tests.unit.schemas.valides import VALIDES

PREMIERS = 20_000
NOMBRE = 36_000
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
def _terrain(variantes: tuple[Variante, ...]) -> _Terrain:
    modele = lire("5.30")
    grounds = tuple(reperer(one.nom, batir(modele, one), modele) for one in variantes)
    return _Terrain(modele, grounds, cas_valides(grounds, modele), cas_casses(grounds, modele))


def mutant(numero: int) -> Mutant:
    """The mutant of that number, always the same."""
    first = numero < PREMIERS
    terrain = _terrain(VARIANTES if first else VARIANTES_ASAP_MARCHE)
    valid = numero % 2 == 0
    cases = terrain.valides if valid else terrain.casses
    rank = (numero if first else numero - PREMIERS) // 2
    if rank < len(cases):
        return _systematique(numero, cases[rank], terrain)
    tirage = Tirage(numero)
    base = tirage.choix(terrain.bases)
    operation = tirage.choix(VALIDES if valid else CASSES)
    root = deepcopy(base.racine)
    operation(root, base, terrain.modele, tirage)
    return Mutant(numero, base.nom, operation.__name__, valid, root)


def _systematique(numero: int, cas: Cas, terrain: _Terrain) -> Mutant:
    base = terrain.bases[cas.base]
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
        self._lot.update(etree.tostring(racine, encoding="utf-8"))
        if numero % LOT == LOT - 1:
            self.lots.append(self._lot.hexdigest()[:16])
            self._lot = hashlib.sha256()
