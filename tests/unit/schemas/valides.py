"""Changes that keep a document valid: values at the edges, optional parts present or absent,
repeated parts.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from tests.unit.schemas.modele import Balise, Modele
from tests.unit.schemas.tirage import Base, Lieu, Tirage
from tests.unit.schemas.valeurs import bords, typique

Operation = Callable[[etree._Element, Base, Modele, Tirage], None]


def noeud(racine: etree._Element, rang: int) -> etree._Element:
    """The element of that rank in document order."""
    return list(racine.iter())[rang]


def bords_permis(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """One to four values at an edge of their type."""
    nodes = list(racine.iter())
    for lieu in tirage.quelques(base.feuilles, 4):
        inside, _ = bords(modele.feuilles[lieu.balise.type])
        nodes[lieu.rang].set("V", tirage.choix(inside))


def facultatif_absent(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """One to three optional parts left out."""
    nodes = list(racine.iter())
    for lieu in tirage.quelques(_facultatifs(base), 3):
        _retirer(nodes[lieu.rang])


def squelette(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """About half of the optional parts left out, then one value at an edge."""
    bords_permis(racine, base, modele, tirage)
    nodes = list(racine.iter())
    for lieu in _facultatifs(base):
        if tirage.entier(2):
            _retirer(nodes[lieu.rang])


def facultatif_ajoute(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """One to three absent optional leaves added at their place."""
    nodes = list(racine.iter())
    absent: list[tuple[etree._Element, Balise, list[str]]] = []
    for lieu in base.blocs:
        if lieu.balise.type not in modele.blocs:
            continue
        groupe = modele.blocs[lieu.balise.type]
        order = [balise.nom for balise in modele.balises(groupe)]
        present = {str(child.tag) for child in nodes[lieu.rang]}
        absent += [
            (nodes[lieu.rang], part, order)
            for part in groupe.contenu
            if isinstance(part, Balise) and part.nom not in present and part.type in modele.feuilles
        ]
    if not absent:
        bords_permis(racine, base, modele, tirage)
        return
    for parent, balise, order in tirage.quelques(absent, 3):
        node = etree.Element(balise.nom, V=typique(modele.feuilles[balise.type]))
        rank = order.index(balise.nom)
        after = (child for child in parent if child.tag not in order[: rank + 1])
        follower = next(after, None)
        if follower is None:
            parent.append(node)
        else:
            follower.addprevious(node)


def repetition(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """One or two unbounded parts repeated up to three times more; copied identifiers are made
    unique.
    """
    bords_permis(racine, base, modele, tirage)
    nodes = list(racine.iter())
    unbounded = [lieu for lieu in base.blocs if lieu.balise.maxi is None]
    for lieu in tirage.quelques(unbounded, 2) if unbounded else []:
        for copy in range(1 + tirage.entier(3)):
            nodes[lieu.rang].addnext(_double(nodes[lieu.rang], f"{lieu.rang}_{copy}"))


def bruit(racine: etree._Element, base: Base, modele: Modele, tirage: Tirage) -> None:
    """Comments, processing instructions and white space between elements: no schema minds them."""
    bords_permis(racine, base, modele, tirage)
    nodes = list(racine.iter())
    for lieu in tirage.quelques(base.blocs, 3):
        if not len(nodes[lieu.rang]):
            continue
        kind = tirage.entier(3)
        if kind == 0:
            nodes[lieu.rang].insert(0, etree.Comment(" mandat "))
        elif kind == 1:
            nodes[lieu.rang].append(etree.ProcessingInstruction("editeur", "fictif"))
        else:
            nodes[lieu.rang].text = "\n\t  "


VALIDES: tuple[Operation, ...] = (
    bords_permis,
    bords_permis,
    bords_permis,
    facultatif_absent,
    squelette,
    facultatif_ajoute,
    repetition,
    bruit,
)


def _facultatifs(base: Base) -> list[Lieu]:
    """Optional parts below the domains; those of a choice that are not optional themselves stay."""
    blocs = [lieu for lieu in base.blocs if not lieu.seul]
    return [lieu for lieu in (*base.feuilles, *blocs) if lieu.balise.mini == 0]


def _retirer(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _double(node: etree._Element, suffixe: str) -> etree._Element:
    twin = deepcopy(node)
    for inner in twin.iter():
        for name in ("Id", "URI", "Target"):
            value = inner.get(name)
            if value is not None:
                inner.set(name, f"{value}_{suffixe}")
    return twin
