"""The cases no draw may miss: every element missing, doubled, swapped; every type at every edge."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from tests.unit.schemas.modele import Modele
from tests.unit.schemas.tirage import Base, Lieu
from tests.unit.schemas.valeurs import bords


@dataclass(frozen=True, slots=True)
class Cas:
    """One change at one place of one base; `valeur` is the new V, or the change to make."""

    base: int
    rang: int
    geste: str
    valeur: str = ""

    def appliquer(self, racine: etree._Element) -> None:
        """Make the change in a copy of the base document."""
        node = list(racine.iter())[self.rang]
        parent = next(node.iterancestors())
        if self.geste == "valeur":
            node.set("V", self.valeur)
        elif self.geste == "absent":
            parent.remove(node)
        elif self.geste == "double":
            node.addnext(deepcopy(node))
        elif self.geste in ("comble", "deborde"):
            _multiplier(node, int(self.valeur))
        elif self.geste == "echange":
            previous = node.getprevious()
            if previous is not None:
                node.addnext(previous)
        elif self.geste == "etranger":
            node.addprevious(etree.Element("Inconnu", V="1"))
        elif self.geste == "attribut":
            node.set("Autre", "1")
        else:
            raise ValueError(self.geste)


def _multiplier(node: etree._Element, nombre: int) -> None:
    """As many of that element in a row as said, the one there included."""
    for _ in range(nombre - 1):
        node.addnext(deepcopy(node))


def _places(bases: tuple[Base, ...]) -> Iterator[tuple[int, Lieu, bool]]:
    """Each element of each block once, with the first base that holds it; true for a leaf."""
    seen: set[tuple[str, str]] = set()
    for number, base in enumerate(bases):
        for lieu in base.feuilles + base.blocs:
            key = (lieu.bloc, lieu.balise.nom)
            if key not in seen:
                seen.add(key)
                yield number, lieu, lieu in base.feuilles


def cas_valides(bases: tuple[Base, ...], modele: Modele) -> list[Cas]:
    """Every optional part absent; every type at each inner edge, every leaf at its last two."""
    found: list[Cas] = []
    types: set[str] = set()
    for number, lieu, leaf in _places(bases):
        if lieu.balise.mini == 0 and not lieu.seul:
            found.append(Cas(number, lieu.rang, "absent"))
        if lieu.balise.maxi is None and not lieu.porte_id:
            found.append(Cas(number, lieu.rang, "double"))
        if (lieu.balise.maxi or 1) > 1:
            found.append(Cas(number, lieu.rang, "comble", str(lieu.balise.maxi)))
        if leaf:
            inside, _ = bords(modele.feuilles[lieu.balise.type])
            chosen = inside if lieu.balise.type not in types else (inside[0], *inside[-2:])
            types.add(lieu.balise.type)
            found += [Cas(number, lieu.rang, "valeur", value) for value in chosen]
    return found


def cas_casses(bases: tuple[Base, ...], modele: Modele) -> list[Cas]:
    """Every part missing, doubled, swapped, after a stranger; every type at each outer edge."""
    found: list[Cas] = []
    types: set[str] = set()
    for number, lieu, leaf in _places(bases):
        gestures = ["echange", "etranger", "attribut"]
        gestures += ["absent"] if lieu.balise.mini else []
        gestures += ["double"] if lieu.balise.maxi == 1 else []
        found += [Cas(number, lieu.rang, gesture) for gesture in gestures]
        if (lieu.balise.maxi or 1) > 1:
            found.append(Cas(number, lieu.rang, "deborde", str((lieu.balise.maxi or 1) + 1)))
        if leaf:
            _, outside = bords(modele.feuilles[lieu.balise.type])
            chosen = outside if lieu.balise.type not in types else outside[:3] + outside[-3:]
            types.add(lieu.balise.type)
            found += [Cas(number, lieu.rang, "valeur", value) for value in dict.fromkeys(chosen)]
    return found
