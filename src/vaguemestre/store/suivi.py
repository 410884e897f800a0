"""DOOR. What the register answers about the life after sending: acquits, retours, re-issues."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from vaguemestre.store import tables as t
from vaguemestre.store.connexion import Transactions
from vaguemestre.store.envoyees import PiecesEnvoyees
from vaguemestre.store.vues import (
    BordereauVu,
    ErreurVue,
    RemplacementVu,
    RestitutionVue,
    moment,
    montant,
)

_ERREURS = (
    sa.select(t.erreur)
    .where(t.erreur.c.flux == sa.bindparam("flux"))
    .order_by(t.erreur.c.seq, t.erreur.c.rang)
)
_RESTITUTIONS = (
    sa.select(t.restitution)
    .where(t.restitution.c.flux == sa.bindparam("flux"))
    .order_by(t.restitution.c.seq, t.restitution.c.rang)
)
_PORTEURS = (
    sa.select(t.bordereau, t.flux.c.ordre)
    .join(t.flux, t.flux.c.id == t.bordereau.c.flux)
    .where(
        t.bordereau.c.cod_col == sa.bindparam("cod_col"),
        t.bordereau.c.cod_bud == sa.bindparam("cod_bud"),
        t.bordereau.c.domaine == sa.bindparam("domaine"),
        t.bordereau.c.exercice == sa.bindparam("exercice"),
        t.bordereau.c.type == sa.bindparam("type"),
        t.bordereau.c.numero == sa.bindparam("numero"),
    )
    .order_by(t.bordereau.c.vivant.desc(), t.flux.c.ordre.desc())
)
_SERIE = (
    sa.select(t.bordereau)
    .join(t.flux, t.flux.c.id == t.bordereau.c.flux)
    .where(
        t.bordereau.c.cod_col == sa.bindparam("cod_col"),
        t.bordereau.c.cod_bud == sa.bindparam("cod_bud"),
        t.bordereau.c.domaine == sa.bindparam("domaine"),
        t.bordereau.c.exercice == sa.bindparam("exercice"),
        t.bordereau.c.type == sa.bindparam("type"),
        t.bordereau.c.vivant == sa.literal_column("1"),
        t.flux.c.ordre > sa.bindparam("ordre"),
    )
    .order_by(t.flux.c.ordre, t.bordereau.c.numero)
)
_REMPLACANTS = (
    sa.select(t.remplacement)
    .where(t.remplacement.c.ancien == sa.bindparam("flux"))
    .order_by(t.remplacement.c.seq.desc())
)
_REMPLACES = (
    sa.select(t.remplacement)
    .where(t.remplacement.c.nouveau == sa.bindparam("flux"))
    .order_by(t.remplacement.c.seq.desc())
)


class Suivi:
    """Part of `registre.Registre`. Every method reads what is committed now."""

    def __init__(self, base: Transactions) -> None:
        self._base = base
        self._envoyees = PiecesEnvoyees(base)

    def erreurs(self, flux: str) -> list[ErreurVue]:
        """What the acquits of a flux reproach, oldest first."""
        lignes = (ligne._asdict() for ligne in self._base.tous(_ERREURS, {"flux": flux}))
        return [ErreurVue(**sans_rang(ligne)) for ligne in lignes]

    def restitutions(self, flux: str) -> list[RestitutionVue]:
        """What the retours said of the pièces of a flux, oldest first."""
        return [_restitution(ligne) for ligne in self._base.tous(_RESTITUTIONS, {"flux": flux})]

    def porteurs(
        self, cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str, numero: int
    ) -> list[BordereauVu]:
        """Every flux's bordereau of this number: those that count first, then the latest."""
        cle = serie(cod_col, cod_bud, domaine, exercice, type_) | {"numero": numero}
        return [vers_bordereau(ligne) for ligne in self._base.tous(_PORTEURS, cle)]

    def suivants(self, bordereau: BordereauVu, ordre: int) -> list[BordereauVu]:
        """Bordereaux of the same series that count, in flux opened after `ordre`."""
        b = bordereau
        cle = serie(b.cod_col, b.cod_bud, b.domaine, b.exercice, b.type)
        return [vers_bordereau(ligne) for ligne in self._base.tous(_SERIE, cle | {"ordre": ordre})]

    def remplacant(self, flux: str) -> RemplacementVu | None:
        """The latest flux that stands for this one."""
        ligne = self._base.un(_REMPLACANTS, {"flux": flux})
        return None if ligne is None else _remplacement(ligne)

    def remplace(self, flux: str) -> RemplacementVu | None:
        """The flux that this one stands for."""
        ligne = self._base.un(_REMPLACES, {"flux": flux})
        return None if ligne is None else _remplacement(ligne)


def serie(
    cod_col: str, cod_bud: str, domaine: str, exercice: int, type_: str
) -> dict[str, str | int]:
    """The parameters that name one sequence of bordereaux."""
    return {
        "cod_col": cod_col,
        "cod_bud": cod_bud,
        "domaine": domaine,
        "exercice": exercice,
        "type": type_,
    }


def vers_bordereau(ligne: Any) -> BordereauVu:
    """A row of `bordereau`."""
    return BordereauVu(
        flux=ligne.flux,
        cod_col=ligne.cod_col,
        cod_bud=ligne.cod_bud,
        domaine=ligne.domaine,
        exercice=ligne.exercice,
        type=ligne.type,
        numero=ligne.numero,
        pieces=tuple(json.loads(ligne.pieces)),
        montant_ht=montant(ligne.montant_ht),
        montant_tva=montant(ligne.montant_tva),
        cumul=None if ligne.cumul is None else montant(ligne.cumul),
        accepte=None if ligne.accepte is None else bool(ligne.accepte),
        vivant=bool(ligne.vivant),
        remplace_par=ligne.remplace_par,
    )


def sans_rang(champs: dict[str, Any]) -> dict[str, Any]:
    """The fields of a row without its place among those of its step."""
    del champs["rang"]
    return champs


def _restitution(ligne: Any) -> RestitutionVue:
    lus = {nom: getattr(ligne, nom) for nom in ("montant_ht", "montant_paye")}
    montants = {nom: None if lu is None else montant(lu) for nom, lu in lus.items()}
    autres = {"motifs": tuple(json.loads(ligne.motifs)), "recue_le": moment(ligne.recue_le)}
    return RestitutionVue(**(sans_rang(ligne._asdict()) | montants | autres))


def _remplacement(ligne: Any) -> RemplacementVu:
    return RemplacementVu(
        ancien=ligne.ancien,
        nouveau=ligne.nouveau,
        motif=ligne.motif,
        fait_le=moment(ligne.fait_le),
    )
