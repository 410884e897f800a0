"""Seeded changes to valid answers, the same on every machine: edges of values, and breaks."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

from tests.partage import DONNEES
from tests.unit.schemas_reponses.documents import ENTREES, Modele

GRAINE = 2026
NOMBRE = 1_500
GARDES = Path(__file__).resolve().parents[3] / "fixtures" / "mutants_reponses" / "verdicts.json.gz"
_VALEURS = (
    *("", " ", "0", "00", "01", "02", "04", "05", "07", "12", "16", "39", "40", "99", "nc", "."),
    *("2026", "26", "2026-01-05", "2026-02-30", "2026-01-05Z", "12.50", "12,50", "12.505"),
    *("-3.10", "+4", "1e3", "9" * 12, "9" * 13, "9" * 14, "9" * 15, "123456789012.34"),
    *("true", "oui", "A", "é", "a b", "É" * 5, "X" * 38, "X" * 39, "X" * 100, "X" * 101),
    *("X" * 400, "X" * 401, "X" * 500, "X" * 501, "X" * 255, "X" * 256, "X" * 257, "X" * 30),
    *("X" * 31, "1" * 3, "1" * 4, "1" * 6, "1" * 7, "1" * 9, "1" * 50, "1" * 51, "\t1", "1\n2"),
    *("FR7630001007941234567890185", "fr76300", "BDFEFRPP", "BDFEFRP", "02A123", "2A", "971"),
    *("ERREUR_AUTRE", "ERREUR_TIMEOUT", "ERREUR_X", "10", "11", "13", "14", "98", "000", "988"),
)
_NOMS = ("Inconnu", "IdPce", "Obj", "MtHT", "EtatPce", "NumBord", "Erreur", "IdVer", "CodCol")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One document; `geste` is what was done to a valid one."""

    genre: str
    numero: int
    geste: str
    racine: etree._Element


Geste = Callable[[random.Random, etree._Element, list[etree._Element]], None]


def _valeur(hasard: random.Random, racine: etree._Element, noeuds: list[etree._Element]) -> None:
    feuilles = [noeud for noeud in noeuds if noeud.get("V") is not None]
    hasard.choice(feuilles).set("V", hasard.choice(_VALEURS))


def _manque(hasard: random.Random, racine: etree._Element, noeuds: list[etree._Element]) -> None:
    noeud = hasard.choice(noeuds)
    parent = noeud.getparent()
    assert parent is not None
    parent.remove(noeud)


def _doublon(hasard: random.Random, racine: etree._Element, noeuds: list[etree._Element]) -> None:
    noeud = hasard.choice(noeuds)
    noeud.addnext(deepcopy(noeud))


def _ordre(hasard: random.Random, racine: etree._Element, noeuds: list[etree._Element]) -> None:
    noeud = hasard.choice(noeuds)
    suivant = noeud.getnext()
    if suivant is not None:
        suivant.addnext(noeud)


def _nom(hasard: random.Random, racine: etree._Element, noeuds: list[etree._Element]) -> None:
    hasard.choice(noeuds).tag = hasard.choice(_NOMS)


def _intrus(hasard: random.Random, racine: etree._Element, noeuds: list[etree._Element]) -> None:
    intrus = etree.Element(hasard.choice(_NOMS), V="01")
    noeud = hasard.choice(noeuds)
    (noeud.addnext, noeud.addprevious, noeud.append)[hasard.randrange(3)](intrus)


def _attribut(hasard: random.Random, racine: etree._Element, noeuds: list[etree._Element]) -> None:
    noeud = hasard.choice(noeuds)
    if noeud.get("V") is not None and hasard.randrange(2):
        del noeud.attrib["V"]
    else:
        noeud.set(hasard.choice(("v", "unite", "Id")), "1")


def _texte(hasard: random.Random, racine: etree._Element, noeuds: list[etree._Element]) -> None:
    hasard.choice(noeuds).text = hasard.choice((" ", "\n", "texte", "1"))


GESTES: tuple[Geste, ...] = (
    *(_valeur, _valeur, _valeur, _valeur, _valeur, _valeur),
    *(_manque, _doublon, _ordre, _nom, _intrus, _attribut, _texte),
)


@cache
def _bases(genre: str) -> tuple[etree._Element, ...]:
    modele = Modele(genre)
    return tuple(
        modele.document(branche=branche, complet=complet)
        for branche in (0, 1, 2)
        for complet in (True, False)
    )


def valides(genre: str) -> tuple[etree._Element, ...]:
    """The documents that mutants come from."""
    return tuple(deepcopy(base) for base in _bases(genre))


def mutants(genre: str) -> Iterator[Mutant]:
    """The mutants of one kind of answer, in order."""
    for numero in range(NOMBRE):
        hasard = random.Random(f"{GRAINE}/{genre}/{numero}")  # noqa: S311 — the same everywhere
        racine = deepcopy(hasard.choice(_bases(genre)))
        geste = hasard.choice(GESTES)
        geste(hasard, racine, [n for n in racine.iter("*") if n is not racine])
        yield Mutant(genre, numero, geste.__name__, racine)


def reference(genre: str) -> Path | None:
    """The official schema of 5.17 beside the clone, where it is there."""
    path = DONNEES / "pes-xsd" / "schemas_pes_v5.17" / ENTREES[genre][1]
    return path if path.exists() else None


def condensat(tous: list[Mutant]) -> str:
    """Stored verdicts speak of exactly these documents or of none."""
    empreinte = hashlib.sha256()
    for un in tous:
        empreinte.update(etree.tostring(un.racine, method="c14n"))
    return empreinte.hexdigest()


def gardes() -> dict[str, dict[str, object]]:
    """By kind: digest of the mutants, and the path blamed for each of them."""
    with gzip.open(GARDES, "rt", encoding="utf-8") as fichier:
        lus: dict[str, dict[str, object]] = json.load(fichier)
    return lus
