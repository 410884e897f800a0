"""A PES_Facture inside a PJ (TypePJ 006): its rules, as the XML of the original flows past.

Invoices are kept one at a time. What is found is told at the place of the PJ in its PES, with the
line inside the invoice file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from xml.parsers.expat import XMLParserType

from vaguemestre.errors import Gravite
from vaguemestre.pes.faits import FactureVue, Noeud
from vaguemestre.pes.lecture_facture import LectureAutres
from vaguemestre.pes.regles.base import Catalogue, Constat

_RACINE, _DOMAINE, _FACTURE = "PES_Aller", "PES_Facture", "FactureIndiv"
# Of one PJ: enough to mend it, and bounded.
_MAXIMUM = 200
_REFERENCES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class _Trouve:
    regle: str
    gravite: Gravite
    constat: Constat
    ref: str
    ligne: int | None


class FactureEnPj:
    """Listens to the parser of a PJ; deaf from the first element on where that is no PES_Aller.

    `vue`: its kind and what it invoices, for the rules that know the titres.
    """

    def __init__(self) -> None:
        self.vue = FactureVue()
        self._trop = False
        self._parser: XMLParserType | None = None
        self._pile: list[Noeud | None] = []
        self._trouves: list[_Trouve] = []
        self._autres = LectureAutres(self._appliquer)

    def brancher(self, parser: XMLParserType) -> None:
        """Hear every element that this parser meets."""
        self._parser = parser
        parser.StartElementHandler = self._debut
        parser.EndElementHandler = self._fin

    def constats(self, pj: Noeud) -> Iterator[tuple[str, Gravite, Constat]]:
        """What was found, placed at the PJ: rule, gravity, finding."""
        for trouve in self._trouves:
            ref = f"{pj.ref} / {trouve.ref}" if trouve.ref else pj.ref
            message = f"dans la facture jointe, ligne {trouve.ligne} : {trouve.constat.message}"
            constat = replace(trouve.constat, noeud=pj, champ="", message=message, ref=ref)
            yield trouve.regle, trouve.gravite, constat

    def _appliquer(self, catalogue: Catalogue[Any], faits: Any, noms: tuple[str, ...]) -> None:
        for regle in catalogue.pour(noms):
            for constat in regle.controle(faits):
                if len(self._trouves) >= _MAXIMUM:
                    return
                noeud = constat.noeud
                ligne = noeud.ligne_de(constat.champ) if constat.champ else noeud.ligne
                valeur = constat.valeur if constat.valeur is not None else noeud.v(constat.champ)
                dit = replace(constat, valeur=valeur)
                self._trouves.append(_Trouve(regle.id, regle.gravite, dit, noeud.ref, ligne))

    def _debut(self, nom: str, attributs: dict[str, str]) -> None:
        local = nom.rpartition(":")[2]
        if not self._pile and local != _RACINE:
            self._debrancher()
            return
        parent = self._pile[-1] if self._pile else None
        dedans = local == _DOMAINE and len(self._pile) == 1
        ligne = 0 if self._parser is None else self._parser.CurrentLineNumber
        if dedans:
            self._pile.append(Noeud(local, ligne))
        elif parent is None:
            self._pile.append(None)
        elif "V" in attributs:
            parent.feuille(local, attributs["V"], ligne)
            self._pile.append(None)
        else:
            noeud = Noeud(local, ligne, parent)
            parent.ranger(noeud)
            self._pile.append(noeud)

    def _debrancher(self) -> None:
        if self._parser is not None:
            self._parser.StartElementHandler = None
            self._parser.EndElementHandler = None

    def _fin(self, nom: str) -> None:
        noeud = self._pile.pop() if self._pile else None
        if noeud is None:
            return
        if noeud.nom == _FACTURE and noeud.parent is not None:
            self._autres.facture(noeud)
            self._noter(noeud)
            noeud.parent.enfants.pop()
        elif noeud.parent is None:
            self.vue.type = noeud.v("TypeFact") or ""
            self._autres.facturation(noeud)

    def _noter(self, facture: Noeud) -> None:
        """What it invoices; of a PJ with more than so many, none is kept: nothing is compared."""
        for nom in ("RefTitre", "RefORMC"):
            reference = facture.bloc(nom)
            if reference is not None and not self._trop:
                self.vue.references.append((nom, reference.valeurs, reference.ligne))
        if len(self.vue.references) > _REFERENCES_MAX:
            self._trop = True
            self.vue.references.clear()
