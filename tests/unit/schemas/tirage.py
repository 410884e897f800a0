"""Reproducible draws, and the places of a document where a change may be made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from lxml import etree

from tests.unit.schemas.modele import DS, Balise, Groupe, Modele

GRAINE = 2026
_T = TypeVar("_T")


class Tirage:
    """A stream of draws for one mutant, from SHA-256: no Python version changes it."""

    def __init__(self, numero: int) -> None:
        self._cle = f"{GRAINE}:{numero}:".encode()
        self._rang = 0

    def entier(self, borne: int) -> int:
        """A number from 0 to borne - 1."""
        self._rang += 1
        digest = hashlib.sha256(self._cle + str(self._rang).encode()).digest()
        return int.from_bytes(digest[:6], "big") % borne

    def choix(self, valeurs: Sequence[_T]) -> _T:
        """One of the values."""
        return valeurs[self.entier(len(valeurs))]

    def quelques(self, valeurs: Sequence[_T], au_plus: int) -> list[_T]:
        """From one to `au_plus` different values (all of them where there are fewer)."""
        rest = list(valeurs)
        count = min(1 + self.entier(au_plus), len(rest))
        return [rest.pop(self.entier(len(rest))) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class Lieu:
    """One element of a base document: its rank in document order and what the schema says of it.

    `seul` is true where the element stands in a choice, so that its absence or doubling means
    something else; `bloc` is the type of the block it stands in; `porte_id` is true where it or a
    part of it bears an @Id, which no copy may repeat.
    """

    rang: int
    balise: Balise
    seul: bool
    bloc: str
    porte_id: bool


@dataclass(frozen=True, slots=True)
class Base:
    """A base document with the places of its elements by kind."""

    nom: str
    racine: etree._Element
    feuilles: tuple[Lieu, ...]
    blocs: tuple[Lieu, ...]
    signatures: tuple[int, ...]


def reperer(nom: str, racine: etree._Element, modele: Modele) -> Base:
    """Match every element of a base document with the schema."""
    ranks = {node: rank for rank, node in enumerate(racine.iter())}
    leaves: list[Lieu] = []
    blocks: list[Lieu] = []

    def visit(node: etree._Element, groupe: Groupe, bloc: str) -> None:
        known = {balise.nom: balise for balise in modele.balises(groupe)}
        direct = {part.nom for part in groupe.contenu if isinstance(part, Balise)}
        for child in node:
            balise = known.get(str(child.tag))
            if balise is None:
                continue
            alone = balise.nom not in direct or groupe.genre == "choice"
            marked = any(inner.get("Id") for inner in child.iter())
            place = Lieu(ranks[child], balise, alone, bloc, marked)
            if balise.type in modele.feuilles:
                leaves.append(place)
            else:
                blocks.append(place)
            if balise.type in modele.blocs:
                visit(child, modele.blocs[balise.type], balise.type)

    visit(racine, modele.racine, "PES_Aller")
    signed = tuple(rank for node, rank in ranks.items() if _sous_signature(node))
    return Base(nom, racine, tuple(leaves), tuple(blocks), signed)


def _sous_signature(node: etree._Element) -> bool:
    return any(up.tag == f"{{{DS}}}Signature" for up in (node, *node.iterancestors()))
