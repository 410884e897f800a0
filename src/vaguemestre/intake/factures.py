"""Rows of `factures` to PES_Facture values: one Facturation per bordereau of titres and TypeFact.

An invoice follows the titre (or article de rôle) it names, which lies in the same deposit: its
Edition says which TypeFact it takes, its debtor is billed. Issuer, signatory and centres come
from `[collectivite.asap]`. Source: reference/pes.md §5.8, §6 « Edition », §8.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vaguemestre.config.sections import Collectivite
from vaguemestre.domain.asap import TYPE_DE_L_EDITION, Facturation, FactureIndividuelle
from vaguemestre.domain.comptable import Bordereau, Domaine, Titre
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.facture_individuelle import Fabrication, Visee
from vaguemestre.intake.facture_parties import centres, emetteur
from vaguemestre.intake.lecture import Valeurs

_Cle = tuple[str, int, int, int]


@dataclass(frozen=True, slots=True)
class Factures:
    """Builds the invoices of one `factures` table for the titres already read.

    `budget`: the only one, where there is one; `bordereaux` by budget code.
    """

    collectivite: Collectivite
    budget: str | None
    bordereaux: Mapping[str, Sequence[Bordereau]]
    constats: Constats

    def assembler(self, rangees: Iterable[Valeurs]) -> dict[str, list[Facturation]]:
        """Facturations by budget code; what names no titre, or is flawed, is a finding."""
        titres = dict(self._titres())
        groupes: dict[_Cle, list[Valeurs]] = {}
        for rangee in rangees:
            cle = self._cle(rangee)
            if cle is None:
                continue
            if cle not in titres:
                self._sans_titre(rangee)
                continue
            groupes.setdefault(cle, []).append(rangee)
        if groupes and self.collectivite.asap is None:
            self._sans_reglage()
            return {}
        fabrication = Fabrication(self.collectivite, self.constats)
        lots: dict[tuple[str, int, int, str], list[tuple[Valeurs, FactureIndividuelle]]] = {}
        for cle, lignes in groupes.items():
            type_ = self._type(lignes[0], titres[cle])
            facture = type_ and fabrication.facture(lignes, titres[cle], type_)
            if type_ and facture:
                lots.setdefault((*cle[:3], type_), []).append((lignes[0], facture))
        return self._facturations(lots)

    def _titres(self) -> Iterable[tuple[_Cle, Visee]]:
        """Every titre of the deposit; a number used by two types of bordereau names the first."""
        vus: set[_Cle] = set()
        for code, bordereaux in self.bordereaux.items():
            for bordereau in bordereaux:
                if bordereau.domaine is not Domaine.RECETTE:
                    continue
                for titre in bordereau.pieces:
                    cle = (code, bordereau.exercice, bordereau.numero, titre.numero)
                    if isinstance(titre, Titre) and cle not in vus:
                        vus.add(cle)
                        yield cle, Visee(bordereau, titre)

    def _cle(self, rangee: Valeurs) -> _Cle | None:
        code = rangee.texte("budget") or self.budget
        exercice, bordereau = rangee.entier("exercice"), rangee.entier("bordereau")
        titre = rangee.entier("titre")
        if code is None or exercice is None or bordereau is None or titre is None:
            return None
        return code, exercice, bordereau, titre

    def _type(self, rangee: Valeurs, visee: Visee) -> str | None:
        """The TypeFact that the Edition of the titre asks for."""
        type_ = TYPE_DE_L_EDITION.get(visee.titre.edition or "")
        if type_ is None:
            permises = ", ".join(sorted(TYPE_DE_L_EDITION))
            self._noter(
                rangee,
                "depot.facture.edition",
                "titre",
                f"le titre {visee.titre.numero} est en édition "
                f"{visee.titre.edition or 'non précisée'}, qui n'a pas de facture",
                f"Dans titres, donner à ce titre une édition avec facture ({permises}), ou retirer "
                "ses lignes de factures.",
            )
        return type_

    def _facturations(
        self,
        lots: Mapping[tuple[str, int, int, str], list[tuple[Valeurs, FactureIndividuelle]]],
    ) -> dict[str, list[Facturation]]:
        par_budget: dict[str, list[Facturation]] = {}
        reglage = self.collectivite.asap
        if reglage is None:
            return par_budget
        for (code, exercice, _, type_), factures in lots.items():
            v, premiere = factures[0]
            facturation = Facturation(
                exercice=exercice,
                type=type_,
                date_facture=premiere.date_emission,
                emetteur=emetteur(self.collectivite, reglage),
                tiers=centres(reglage),
                factures=tuple(facture for _rangee, facture in factures),
                sequence=v.entier("sequence"),
                nature=v.texte("nature_facture"),
                commentaire=v.texte("commentaire"),
            )
            par_budget.setdefault(code, []).append(facturation)
        return par_budget

    def _sans_titre(self, rangee: Valeurs) -> None:
        self._noter(
            rangee,
            "depot.facture.titre",
            "titre",
            "cette facture ne correspond à aucun titre du dépôt (budget, exercice, bordereau, "
            "titre)",
            "Corriger les numéros, ou joindre le titre dans titres.",
        )

    def _sans_reglage(self) -> None:
        self.constats.depot(
            "depot.facture.reglage",
            "les factures demandent des renseignements que la configuration n'a pas (émetteur, "
            "signataire, centre d'encaissement, trésorerie)",
            "L'exploitant renseigne [collectivite.asap] dans vaguemestre.toml, puis redéposer.",
        )

    def _noter(self, rangee: Valeurs, regle: str, colonne: str, message: str, conseil: str) -> None:
        self.constats.noter(rangee.rangee.anomalie("factures", regle, colonne, message, conseil))
