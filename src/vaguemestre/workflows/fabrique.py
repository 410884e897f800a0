"""What was read from a deposit -> PES Aller files on disk, named, totalled, below the limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vaguemestre.config.sections import Budget, Collectivite, Configuration, Pes
from vaguemestre.domain.asap import Facturation
from vaguemestre.domain.comptable import (
    Bordereau,
    EnTete,
    Enveloppe,
    PesAller,
    PieceJustificative,
)
from vaguemestre.errors import Anomalie, Gravite
from vaguemestre.pes.build import PesEcrit, ecrire
from vaguemestre.pes.decoupe import Lot, decouper
from vaguemestre.pes.sommaire import Sommaire
from vaguemestre.ports import Memoire
from vaguemestre.workflows.asap import FacturesJointes, joindre
from vaguemestre.workflows.cles import poser as poser_cles

_AUCUNE: Mapping[str, tuple[Any, ...]] = MappingProxyType({})
Nommer = Callable[[str], str]
Serie = tuple[str, str, int, str]


@dataclass(slots=True)
class Cumuls:
    """Running totals of the year (MtCumulAnnuel) while one deposit is made.

    `memoire` gives the total before this deposit; None means no register: no total is written.
    `base` is « ttc » or « ht » (pes.md §7.3: inferred; a setting). `departs`: the series whose
    starting value is configured; another that starts from nothing is told in `anomalies`.
    """

    memoire: Memoire | None
    cod_col: str
    base: str
    departs: frozenset[Serie] = frozenset()
    anomalies: list[Anomalie] = field(default_factory=list)
    _totaux: dict[Serie, Decimal | None] = field(default_factory=dict)

    def ajouter(self, serie: Serie, montant_ht: Decimal, montant_tva: Decimal) -> Decimal | None:
        """The total including this bordereau; `serie` is budget, domaine, exercice, TypBord."""
        if serie not in self._totaux:
            self._totaux[serie] = (
                None if self.memoire is None else self.memoire.cumul(self.cod_col, *serie)
            )
            self._signaler_depart(serie)
        avant = self._totaux[serie]
        if avant is None:
            return None
        total = avant + montant_ht + (montant_tva if self.base == "ttc" else Decimal(0))
        self._totaux[serie] = total
        return total

    def _signaler_depart(self, serie: Serie) -> None:
        """A total that starts at zero is right on the year's first bordereau only."""
        if self._totaux[serie] != 0 or serie in self.departs:
            return
        cod_bud, domaine, exercice, type_ = serie
        self.anomalies.append(
            Anomalie(
                "registre.cumul.depart",
                f"budget {cod_bud}, {domaine} {exercice}, bordereaux de type {type_}",
                "le cumul annuel (MtCumulAnnuel) part de 0,00 : aucun bordereau connu, aucune"
                " valeur de départ configurée",
                Gravite.AVERTISSEMENT,
                chemin="MtCumulAnnuel",
                conseil="Si d'autres bordereaux ont été émis cette année avant celui-ci,"
                " l'exploitant renseigne [[collectivite.budget.cumul]].",
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Atelier:
    """What making the files of one deposit takes. `nommer` gives a new NomFic for a SIREN."""

    config: Configuration
    collectivite: Collectivite
    jour: date
    nommer: Nommer
    cumuls: Cumuls
    dossier: Path

    def fabriquer(
        self,
        bordereaux: dict[str, tuple[Bordereau, ...]],
        pjs: tuple[PieceJustificative, ...],
        pj_connues: frozenset[str],
        *,
        factures: Mapping[str, tuple[Facturation, ...]] = _AUCUNE,
        seules: Mapping[str, tuple[PieceJustificative, ...]] = _AUCUNE,
    ) -> Iterator[tuple[str, PesEcrit]]:
        """One or several files per budget: (NomFic, file), in the order of sending.

        `factures` of its titres travel as PJ of type 006; `seules`: PJ without their pièce, in
        files of their own.

        Raises:
            DocumentError: values that fit no PES, a PJ or bordereau over the limit: all of them.
        """
        for code, liste in bordereaux.items():
            chiffres = tuple(
                self._chiffrer(code, poser_cles(bordereau, self.collectivite))
                for bordereau in liste
            )
            if code in factures:
                jointes = self._joindre(code, chiffres, factures[code])
                chiffres, pjs = jointes.bordereaux, (*pjs, *jointes.pjs)
            utilisees = {ref.id_unique for bordereau in chiffres for ref in bordereau.pj_refs}
            siennes = [pj for pj in pjs if pj.id_unique in utilisees]
            lots = decouper(chiffres, siennes, limite=self._pes.taille_max, pj_envoyees=pj_connues)
            pj_connues |= {pj.id_unique for pj in siennes}
            for lot in lots:
                yield self._ecrire(lot, self._entete(code))
        for code, solitaires in seules.items():
            for lot in decouper((), solitaires, limite=self._pes.taille_max):
                yield self._ecrire(lot, self._entete(code))

    def _joindre(
        self, code: str, bordereaux: tuple[Bordereau, ...], factures: tuple[Facturation, ...]
    ) -> FacturesJointes:
        return joindre(
            bordereaux,
            factures,
            enveloppe=self._enveloppe(""),
            entete=self._entete(code),
            monnaie=self.collectivite.monnaie,
            dossier=self.dossier,
        )

    def fabriquer_pj(
        self, vu: Sommaire, pjs: Iterable[PieceJustificative]
    ) -> Iterator[tuple[str, PesEcrit]]:
        """PES_PJ files for the PJ that lie beside a ready-made PES, under that PES's header."""
        entete = EnTete(
            date_production=self.jour,
            id_poste=vu.id_post,
            id_collectivite=vu.id_coll,
            code_collectivite=vu.cod_col,
            code_budget=vu.cod_bud,
        )
        for lot in decouper((), tuple(pjs), limite=self._pes.taille_max):
            yield self._ecrire(lot, entete)

    @property
    def _pes(self) -> Pes:
        return self.config.pes

    def _chiffrer(self, code: str, bordereau: Bordereau) -> Bordereau:
        serie = (code, bordereau.domaine.value, bordereau.exercice, bordereau.type)
        total = self.cumuls.ajouter(serie, bordereau.montant_ht, bordereau.montant_tva)
        return replace(bordereau, cumul_annuel=total)

    def _entete(self, code: str) -> EnTete:
        budget = budget_de(self.collectivite, code)
        return EnTete(
            date_production=self.jour,
            id_poste=self.collectivite.poste,
            id_collectivite=(budget.siret if budget else "") or self.collectivite.siret,
            code_collectivite=self.collectivite.code,
            code_budget=code,
            libelle_poste=self.collectivite.libelle_poste or None,
            finess_juridique=(budget.finess_juridique if budget else "") or None,
            libelle_budget=(budget.libelle if budget else "") or self.collectivite.nom,
        )

    def _enveloppe(self, nomfic: str) -> Enveloppe:
        return Enveloppe(
            nom_fichier=nomfic,
            type_fichier=self._pes.type_fichier,
            editeur=self._pes.editeur,
            logiciel=self._pes.logiciel,
        )

    def _ecrire(self, lot: Lot, entete: EnTete) -> tuple[str, PesEcrit]:
        nomfic = self.nommer(self.collectivite.siret[:9])
        document = PesAller(
            enveloppe=self._enveloppe(nomfic),
            entete=entete,
            bordereaux=lot.bordereaux,
            pieces_justificatives=lot.pieces_justificatives,
        )
        vers = self.dossier / f"{nomfic}.xml"
        return nomfic, ecrire(document, vers, monnaie=self.collectivite.monnaie, durable=False)


def budget_de(collectivite: Collectivite, code: str) -> Budget | None:
    return next((budget for budget in collectivite.budgets if budget.code == code), None)


def nomenclatures(collectivite: Collectivite) -> dict[str, str]:
    """CodBud to nomenclature (M57…), for the rules that depend on it."""
    return {b.code: b.nomenclature for b in collectivite.budgets if b.nomenclature}


def trop_gros(taille: int, limite: int, decoupe: str) -> Anomalie:
    """A ready-made file over the legal limit, with the split that would work."""
    return Anomalie(
        "depot.taille",
        "fichier",
        f"le fichier pèse {taille / 1e6:.1f} Mo, la limite légale est de {limite / 1e6:.0f} Mo",
        Gravite.REJET_FLUX,
        valeur=str(taille),
        conseil=f"Refaire l'export en plusieurs fichiers. {decoupe}".rstrip(),
    )
