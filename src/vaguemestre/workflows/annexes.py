"""Which invoices and contracts of a settled flux its replacement carries.

An invoice goes with its titre; a contract (marché, concession) is judged by its own line of the
acquit. What the partner has accepted is not sent twice, and where nobody knows whether it has, a
person is asked: nothing here is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from vaguemestre.errors import Anomalie, Gravite, UsageError
from vaguemestre.pes.hors_bordereau import ContratSitue, FactureSituee, HorsBordereau
from vaguemestre.workflows.dires import Dires
from vaguemestre.workflows.tri import Cle, Reste

Marches = Literal["avec", "sans"]
_Titre = tuple[int, int, int]
"""Exercice, IdBord (or rôle), IdPce (or article)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annexes:
    """What stays, by place in the file; `numeros`: invoices whose bordereau has a new number;
    `otees`: names of what goes, each with its reason. Of the contracts: IdUnique of the PJ that
    those that stay cite, and IdContrat of those that stay, of all, and of the refused that go.
    """

    factures: frozenset[int] = frozenset()
    contrats: frozenset[int] = frozenset()
    numeros: Mapping[int, int] = field(default_factory=dict)
    otees: tuple[str, ...] = ()
    pjs: frozenset[str] = frozenset()
    gardes: frozenset[str] = frozenset()
    presents: frozenset[str] = frozenset()
    rejetes: frozenset[str] = frozenset()
    anomalies: tuple[Anomalie, ...] = ()


@dataclass(slots=True)
class TriAnnexes:
    """Sorts what stands beside the bordereaux. `choisi`: a person named what is left out."""

    dires: Dires
    restes: Sequence[Reste]
    numeros: Mapping[Cle, int]
    marches: Marches | None
    choisi: bool
    _otees: list[str] = field(default_factory=list)
    _rejetes: set[str] = field(default_factory=set)
    _anomalies: list[Anomalie] = field(default_factory=list)

    def trier(self, hors: HorsBordereau) -> Annexes:
        """What stays of it.

        Raises:
            UsageError: nobody knows whether the partner has a thing, or a key that cannot be
                made again would become false; all such things at once.
        """
        contrats = self._contrats(hors.contrats)
        factures = self._factures(hors.factures)
        numeros = self._nouveaux_numeros(hors.factures, factures)
        gardes = [c for rang, c in enumerate(hors.contrats) if rang in contrats]
        return Annexes(
            factures=factures,
            contrats=contrats,
            numeros=numeros,
            otees=tuple(self._otees),
            pjs=frozenset(pj for c in gardes for pj in c.pjs),
            gardes=frozenset(c.identifiant for c in gardes),
            presents=frozenset(c.identifiant for c in hors.contrats),
            rejetes=frozenset(self._rejetes),
            anomalies=tuple(self._anomalies),
        )

    # -- contracts ---------------------------------------------------------------------------

    def _contrats(self, contrats: Sequence[ContratSitue]) -> frozenset[int]:
        restent, inconnus = set[int](), list[str]()
        for rang, contrat in enumerate(contrats):
            reste = self._contrat(contrat)
            if reste is None:
                inconnus.append(contrat.nom)
            elif reste:
                restent.add(rang)
        if inconnus:
            raise UsageError(
                f"l'acquit ne dit rien de : {', '.join(inconnus)} ; demander au comptable s'il l'a"
                " reçu, puis ajouter « --marches sans » s'il l'a, « --marches avec » s'il ne l'a"
                " pas"
            )
        return frozenset(restent)

    def _contrat(self, contrat: ContratSitue) -> bool | None:
        dit = self.dires.contrat(contrat)
        if dit.accepte:
            return self._oter(contrat.nom, "accepté, il ne part pas deux fois")
        if self.marches == "sans":
            return self._oter(contrat.nom, "--marches sans")
        if self.marches is None and dit.accepte is None:
            return None
        if dit.erreurs and self.marches is None and not self.choisi:
            self._rejetes.add(contrat.identifiant)
            self._anomalies.append(_contrat_refuse(contrat, dit.raison, reprise=False))
            return self._oter(contrat.nom, "refusé par l'acquit")
        if dit.erreurs:
            self._anomalies.append(_contrat_refuse(contrat, dit.raison, reprise=True))
        return True

    def _oter(self, nom: str, raison: str) -> bool:
        self._otees.append(f"{nom} ({raison})")
        return False

    # -- invoices ----------------------------------------------------------------------------

    def _factures(self, factures: Sequence[FactureSituee]) -> frozenset[int]:
        if not factures:
            return frozenset()
        dit = self.dires.factures
        if dit.accepte:
            for facture in factures:
                self._oter(_nom(facture), "acceptée, elle ne part pas deux fois")
            return frozenset()
        restent, partent = _titres(self.restes)
        gardees, inconnues = set[int](), list[str]()
        for rang, facture in enumerate(factures):
            if facture.cible in restent or (_ailleurs(facture, partent) and self.dires.tout_refuse):
                gardees.add(rang)
            elif _ailleurs(facture, partent):
                inconnues.append(_nom(facture))
            else:
                self._oter(_nom(facture), "son titre ne repart pas")
        if inconnues:
            raise UsageError(
                f"{', '.join(inconnues)} : aucun titre de ce flux n'y est nommé, et l'acquit ne dit"
                " rien des factures ; rien ne dit si elles doivent repartir : refaire le flux dans"
                " le logiciel émetteur, sans les pièces rejetées, puis le redéposer"
            )
        if gardees and dit.erreurs:
            self._anomalies.append(_factures_refusees(dit.raison))
        return frozenset(gardees)

    def _nouveaux_numeros(
        self, factures: Sequence[FactureSituee], gardees: Iterable[int]
    ) -> dict[int, int]:
        """Invoices whose titre stands in a bordereau of another number from now on.

        Raises:
            UsageError: the number is, or may be, part of an optical line.
        """
        changes = {
            (reste.bordereau.exercice, reste.bordereau.numero): self.numeros[reste.cle]
            for reste in self.restes
            if reste.pieces
            and reste.bordereau.domaine.value == "recette"
            and self.numeros[reste.cle] != reste.bordereau.numero
        }
        nouveaux = {
            rang: changes[cible[:2]]
            for rang in sorted(gardees)
            if (cible := factures[rang].cible) is not None and cible[:2] in changes
        }
        figees = [factures[r] for r in nouveaux if factures[r].role or factures[r].optique]
        if figees:
            raise UsageError(
                f"{', '.join(map(_nom, figees))} : la ligne optique peut porter le numéro du"
                " bordereau, et la façon de la calculer n'est pas publiée, elle ne se refait pas ;"
                " garder « --numerotation meme »"
            )
        return nouveaux


def _titres(restes: Iterable[Reste]) -> tuple[frozenset[_Titre], frozenset[_Titre]]:
    """Titres and articles that stay, and those that do not."""
    restent, partent = set[_Titre](), set[_Titre]()
    for reste in restes:
        b = reste.bordereau
        if b.domaine.value == "recette":
            for rang, piece in enumerate(b.pieces):
                groupe = restent if rang in reste.pieces else partent
                groupe.add((b.exercice, b.numero, piece.numero))
    return frozenset(restent), frozenset(partent)


def _ailleurs(facture: FactureSituee, partent: frozenset[_Titre]) -> bool:
    """It names no titre that goes; asked of one that names none that stays."""
    return facture.cible is None or facture.cible not in partent


def _nom(facture: FactureSituee) -> str:
    return f"facture {facture.numero}"


def _contrat_refuse(contrat: ContratSitue, raison: str, *, reprise: bool) -> Anomalie:
    suite = "il repart tel quel" if reprise else "il n'est pas repris"
    return Anomalie(
        "registre.marche.refuse",
        contrat.nom,
        f"l'acquit refuse ce contrat : {raison} ; {suite}",
        Gravite.AVERTISSEMENT,
        valeur=contrat.identifiant,
        conseil="Si le contrat est en cause, le corriger dans le logiciel, puis le redéposer.",
    )


def _factures_refusees(raison: str) -> Anomalie:
    return Anomalie(
        "registre.facture.refusee",
        "PES_Facture",
        f"l'acquit refuse les factures : {raison} ; celles des titres qui restent repartent telles"
        " quelles",
        Gravite.AVERTISSEMENT,
        conseil="Si une facture est en cause, la corriger dans le logiciel, puis redéposer.",
    )
