"""Rows of `pj` to justificatifs that travel alone, each with what it justifies (pes.md §8.5).

Rows that name one file make one PJ with several RefCompta. What is said of the file itself (type,
description, identifier) may be left empty on the further rows, never contradict itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from vaguemestre.domain.comptable import PieceJustificative, RefCompta
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.lecture import Valeur, Valeurs
from vaguemestre.intake.pj import Justificatifs
from vaguemestre.intake.valeurs import en_texte

_DU_FICHIER = ("budget", "type", "description", "id_unique", "serveur")
_LETTRES = {"01": "D", "02": "R", "04": "B", "06": "M"}
"""Stands between SIRET and exercice in an IdUnique, as for PJ that travel with their pièce."""


@dataclass(slots=True)
class _Seule:
    """One file: the row that named it first, what is said of it, what it justifies."""

    premiere: Valeurs
    dit: dict[str, Valeur] = field(default_factory=dict)
    cibles: list[RefCompta] = field(default_factory=list)
    fautive: bool = False


@dataclass(frozen=True, slots=True)
class PjSeules:
    """Builds the PJ of one `pj` table. `budget`: the only one, where there is one."""

    budget: str | None
    siret: str
    justificatifs: Justificatifs
    constats: Constats

    def assembler(self, rangees: Iterable[Valeurs]) -> dict[str, list[PieceJustificative]]:
        """PJ by budget code, in the order of the table; flawed ones are findings."""
        seules: dict[str, _Seule] = {}
        for rangee in rangees:
            for nom in rangee.noms("fichier"):
                self._ajouter(rangee, seules.setdefault(nom, _Seule(rangee)))
        par_budget: dict[str, list[PieceJustificative]] = {}
        for nom, seule in seules.items():
            pj = self._pj(nom, seule)
            code = seule.dit.get("budget", self.budget)
            if pj is not None and isinstance(code, str):
                par_budget.setdefault(code, []).append(pj)
        return par_budget

    def _ajouter(self, rangee: Valeurs, seule: _Seule) -> None:
        seule.fautive = seule.fautive or bool(rangee.fautives)
        for champ in _DU_FICHIER:
            if (valeur := rangee.lues.get(champ)) is None:
                continue
            deja = seule.dit.setdefault(champ, valeur)
            if deja != valeur:
                seule.fautive = True
                self._contradiction(rangee, champ, deja, seule.premiere.rangee.ligne)
        cible = _cible(rangee)
        if cible is not None and cible not in seule.cibles:
            seule.cibles.append(cible)

    def _contradiction(self, rangee: Valeurs, champ: str, deja: Valeur, ligne: int) -> None:
        avant = " | ".join(deja) if isinstance(deja, tuple) else en_texte(deja)
        self.constats.noter(
            rangee.rangee.anomalie(
                "pj",
                "depot.piece.incoherente",
                champ,
                f"{champ} diffère de la ligne {ligne} du même fichier (« {avant} »)",
                "Donner la même valeur sur toutes les lignes d'un fichier, ou la laisser vide.",
            )
        )

    def _pj(self, nom: str, seule: _Seule) -> PieceJustificative | None:
        pj, sha256 = self.justificatifs.document(seule.premiere, "fichier", nom)
        if not sha256 or seule.fautive or not seule.cibles:
            return None
        premiere = seule.cibles[0]
        donne = seule.dit.get("id_unique")
        calcule = (
            f"{self.siret}{_LETTRES[premiere.domaine]}{premiere.exercice}{sha256[:24].upper()}"
        )
        return replace(
            pj,
            id_unique=donne if isinstance(donne, str) else calcule,
            type=_texte(seule.dit.get("type")),
            description=_texte(seule.dit.get("description")) or pj.description,
            serveur=_texte(seule.dit.get("serveur")),
            references=tuple(seule.cibles),
        )


def _texte(valeur: Valeur | None) -> str | None:
    return valeur if isinstance(valeur, str) else None


def _cible(v: Valeurs) -> RefCompta | None:
    """What one row says that the PJ justifies; None where the row is flawed."""
    domaine, exercice = v.texte("domaine"), v.entier("exercice")
    if domaine is None or exercice is None:
        return None
    ligne = v.entier("ligne")
    return RefCompta(
        domaine=domaine,
        exercice=exercice,
        type_objet=v.texte("type_objet") or "01",
        identifiant=v.texte("identifiant"),
        complement=None if ligne is None else str(ligne),
        id_tiers=v.texte("tiers"),
    )
